// Observer of one group of values: range, then distribution within the range.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "ir/types.hpp"

namespace pudu::quantizer {

/// int8 parameters of the smallest affine grid over [low, high] extended to include 0, which is then exact.
/// A range without width gets scale 1 (nothing but 0) or covers [0, value].
ir::QuantParams affine_params(float low, float high);

class RangeObserver {
 public:
  void add(std::span<const float> data);
  /// As if everything that `other` has seen had been added here.
  void merge(const RangeObserver& other);

  bool empty() const { return low_ > high_; }
  /// Is every number seen so far finite?
  bool finite() const { return finite_; }
  float low() const { return low_; }
  float high() const { return high_; }

 private:
  void add_value(float value);

  float low_ = 3.4e38F;
  float high_ = -3.4e38F;
  bool finite_ = true;
};

/// How the ends of a value's range differ from sample to sample.
///
/// A network's output has few elements, so a few calibration samples do not show its extremes, and clipping the largest
/// score costs more than any rounding: on the fixtures, an output range taken as observed from 4 samples loses up to 10
/// dB on new inputs. The range of outputs is therefore widened by (1.5 + 2 / sqrt(samples)) standard deviations of the
/// per-sample extremes at each end; an end that never moves (0 behind a relu) stays where it is.
class SampleExtremes {
 public:
  void add(std::span<const float> data);
  /// The samples of `other` behind those of this.
  void append(const SampleExtremes& other);

  float widened_low() const { return lows_.widened(-1.0); }
  float widened_high() const { return highs_.widened(1.0); }

 private:
  struct End {
    std::vector<float> values;
    float widened(double direction) const;
  };
  End lows_;
  End highs_;
};

/// Counts of the data in equal bins between the ends of a known range.
class Histogram {
 public:
  static constexpr std::size_t bins = 2048;

  Histogram(float low, float high);
  /// Nothing counted, over the same range.
  Histogram empty_copy() const { return {low_, high_}; }
  void add(std::span<const float> data);
  /// Adds the counts of `other`, which has the same range.
  void merge(const Histogram& other);

  /// The range [a, b] within [low, high] whose int8 grid has the least mean squared error over the counts: rounding
  /// inside, clipping outside. Ends are searched by shrinking each of them in steps of 1/64 of the range.
  ir::QuantParams best_params() const;
  /// The bins that hold anything.
  ir::QuantParams occupied_params() const;
  /// The range without the outermost (1 - kept) / 2 of the counts at either end.
  ir::QuantParams percentile_params(double kept) const;
  /// The range [a, b] within [low, high] with the least Kullback-Leibler divergence of the counts, those outside added
  /// to the ends, from what 256 codes tell of them (Migacz, 8-bit inference with TensorRT, 2017). Ends are searched as
  /// by best_params(), down to an eighth of the range: below, there are no more bins than codes.
  ir::QuantParams least_divergence_params() const;

 private:
  template <class Error>
  ir::QuantParams search(int steps_taken, const Error& error) const;
  double divergence(const ir::QuantParams& params) const;
  double squared_error(const ir::QuantParams& params) const;
  float center(std::size_t bin) const;

  float low_;
  float high_;
  std::array<std::uint64_t, bins> counts_{};
};

}  // namespace pudu::quantizer
