// How far a value of the quantized network is from the float network's: sums over samples, and the figures made of
// them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "program/program.hpp"

namespace pudu::driver {

/// Distance of one series of numbers from another.
struct DistanceSums {
  double signal = 0;   ///< sum of reference^2
  double noise = 0;    ///< sum of (reference - actual)^2
  double product = 0;  ///< sum of reference * actual
  double power = 0;    ///< sum of actual^2

  void add(double reference, double actual);
  void add(const DistanceSums& other);
  /// 10 log10(signal / noise), in dB, at most 200; 0 when there is no signal but noise.
  double sqnr_db() const;
  /// Cosine of the angle between the two; 1 when both are 0.
  double cosine() const;
};

/// Of one value over all samples.
struct LayerSums {
  DistanceSums cumulative;  ///< behind all layers before it, quantized
  DistanceSums isolated;    ///< of this layer alone, on the float network's inputs
  bool has_isolated = false;
  std::size_t elements = 0;
  std::size_t saturated = 0;  ///< float values more than half a step outside of what codes can say
  std::int32_t lowest_code = 127, highest_code = -128;

  void add(const LayerSums& other);
};

struct LayerQuality {
  std::string name, op, kernel;
  double sqnr_db = 0;           ///< cumulative
  double isolated_sqnr_db = 0;  ///< NaN where the layer cannot be run alone
  double cosine = 0;
  double saturated_percent = 0;
  double range_used_percent = 0;  ///< of the 256 codes, or of 256 parts of the codes of 16 bits
};

/// Adds a value's codes, in memory order, and the float network's numbers in the same order. `buffer` says what codes
/// mean; a float buffer's bytes are numbers themselves.
void add_values(LayerSums& sums, std::span<const float> reference, std::span<const std::byte> bytes,
                const program::Buffer& buffer);

/// What codes can say, and half a step more at each end.
struct CodeRange {
  double low = 0, high = 0;
};
CodeRange code_range(const program::Buffer& buffer);

/// The real numbers of a buffer's bytes: (q - zero point) * scale of int8 or int16 codes, float32 as they are.
double number_at(std::span<const std::byte> bytes, std::size_t index, const program::Buffer& buffer);

LayerQuality quality_of(const LayerSums& sums);

}  // namespace pudu::driver
