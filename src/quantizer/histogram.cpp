#include "quantizer/histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>

namespace pudu::quantizer {

ir::QuantParams affine_params(float low, float high) {
  low = std::min(low, 0.0F);
  high = std::max(high, 0.0F);
  // In double: the width of a float32 range may overflow a float.
  const double width = static_cast<double>(high) - low;
  const auto scale = static_cast<float>(width / 255.0);
  // Below the smallest normal scale the multipliers lose all precision; such a tensor is 0 for every purpose. Where it
  // is none after all, as the state of a recurrent layer after the first run, [-1, 1) suits it.
  if (!(scale > 1e-30F)) return ir::per_tensor(1.0F / 128.0F, 0);
  const double zero_point = std::nearbyint(-128.0 - low / static_cast<double>(scale));
  return ir::per_tensor(scale, static_cast<std::int32_t>(std::clamp(zero_point, -128.0, 127.0)));
}

void RangeObserver::add(std::span<const float> data) {
  // Every value of every sample comes here: several at a time, in a form that compilers find vectors in.
  constexpr std::size_t together = 16;
  constexpr std::uint32_t magnitude = 0x7fffffff, infinite = 0x7f800000;
  float lows[together], highs[together];
  std::uint32_t greatest[together] = {};
  std::fill_n(lows, together, low_);
  std::fill_n(highs, together, high_);
  const std::size_t whole = data.size() / together * together;
  for (std::size_t begin = 0; begin < whole; begin += together) {
    const float* values = data.data() + begin;
    for (std::size_t i = 0; i < together; ++i) {
      const std::uint32_t bits = std::bit_cast<std::uint32_t>(values[i]) & magnitude;
      greatest[i] = bits > greatest[i] ? bits : greatest[i];
      lows[i] = values[i] < lows[i] ? values[i] : lows[i];
      highs[i] = values[i] > highs[i] ? values[i] : highs[i];
    }
  }
  const bool all_finite = *std::max_element(greatest, greatest + together) < infinite;
  if (all_finite) {
    low_ = *std::min_element(lows, lows + together);
    high_ = *std::max_element(highs, highs + together);
  }
  for (const float value : data.subspan(all_finite ? whole : 0)) add_value(value);
}

void RangeObserver::add_value(float value) {
  if (!std::isfinite(value)) {
    finite_ = false;
    return;
  }
  low_ = std::min(low_, value);
  high_ = std::max(high_, value);
}

void RangeObserver::merge(const RangeObserver& other) {
  low_ = std::min(low_, other.low_);
  high_ = std::max(high_, other.high_);
  finite_ = finite_ && other.finite_;
}

void SampleExtremes::append(const SampleExtremes& other) {
  lows_.values.insert(lows_.values.end(), other.lows_.values.begin(), other.lows_.values.end());
  highs_.values.insert(highs_.values.end(), other.highs_.values.begin(), other.highs_.values.end());
}

void SampleExtremes::add(std::span<const float> data) {
  const auto [low, high] = std::minmax_element(data.begin(), data.end());
  lows_.values.push_back(*low);
  highs_.values.push_back(*high);
}

float SampleExtremes::End::widened(double direction) const {
  const auto count = static_cast<double>(values.size());
  double sum = 0;
  double squares = 0;
  double extreme = direction * static_cast<double>(values.front());
  for (const float value : values) {
    sum += value;
    squares += static_cast<double>(value) * value;
    extreme = std::max(extreme, direction * static_cast<double>(value));
  }
  const double mean = sum / count;
  const double deviation = std::sqrt(std::max(0.0, squares / count - mean * mean));
  return static_cast<float>(direction * (extreme + (1.5 + 2.0 / std::sqrt(count)) * deviation));
}

Histogram::Histogram(float low, float high) : low_(low), high_(high) {}

void Histogram::add(std::span<const float> data) {
  const double width = static_cast<double>(high_) - low_;
  const double bins_per_unit = width > 0 ? static_cast<double>(bins) / width : 0.0;
  for (const float value : data) {
    const double bin = (static_cast<double>(value) - low_) * bins_per_unit;
    const double last = static_cast<double>(bins - 1);
    counts_[static_cast<std::size_t>(std::clamp(bin, 0.0, last))]++;
  }
}

void Histogram::merge(const Histogram& other) {
  std::transform(counts_.begin(), counts_.end(), other.counts_.begin(), counts_.begin(), std::plus<>());
}

float Histogram::center(std::size_t bin) const {
  const double width = (static_cast<double>(high_) - low_) / static_cast<double>(bins);
  return static_cast<float>(low_ + (static_cast<double>(bin) + 0.5) * width);
}

double Histogram::squared_error(const ir::QuantParams& params) const {
  const double scale = params.scale();
  const double low = (params.quant_min - params.zero_point) * scale;
  const double high = (params.quant_max - params.zero_point) * scale;
  const double rounding = scale * scale / 12.0;  // variance of a uniform error of one step
  double error = 0;
  for (std::size_t bin = 0; bin < bins; ++bin) {
    if (counts_[bin] == 0) continue;
    const double value = center(bin);
    const double clipped = value < low ? low - value : (value > high ? value - high : 0.0);
    error += static_cast<double>(counts_[bin]) * (clipped > 0 ? clipped * clipped : rounding);
  }
  return error;
}

template <class Error>
ir::QuantParams Histogram::search(int steps_taken, const Error& error) const {
  constexpr int steps = 64;
  ir::QuantParams best = affine_params(low_, high_);
  double least = error(best);
  const auto consider = [&](float low, float high) {
    const ir::QuantParams candidate = affine_params(low, high);
    const double found = error(candidate);
    if (found < least) {
      least = found;
      best = candidate;
    }
  };
  // Both ends shrink together first, then each alone from there: distributions are rarely worse than bell shaped.
  float low = low_;
  float high = high_;
  for (int step = 1; step < steps_taken; ++step) {
    const float keep = 1.0F - static_cast<float>(step) / steps;
    const double before = least;
    consider(low_ * keep, high_ * keep);
    if (least < before) {
      low = low_ * keep;
      high = high_ * keep;
    }
  }
  const float common_low = low;
  for (int step = 0; step < steps_taken; ++step) {
    const double before = least;
    const float candidate = high_ * (1.0F - static_cast<float>(step) / steps);
    consider(common_low, candidate);
    if (least < before) high = candidate;
  }
  for (int step = 0; step < steps_taken; ++step) consider(low_ * (1.0F - static_cast<float>(step) / steps), high);
  return best;
}

ir::QuantParams Histogram::best_params() const {
  return search(64, [&](const ir::QuantParams& params) { return squared_error(params); });
}

ir::QuantParams Histogram::occupied_params() const {
  return percentile_params(1.0);
}

ir::QuantParams Histogram::percentile_params(double kept) const {
  double total = 0;
  for (const std::uint64_t count : counts_) total += static_cast<double>(count);
  const double cut = total * (1.0 - kept) / 2.0;
  const auto edge = [&](std::size_t bin) {
    return static_cast<float>(low_ + static_cast<double>(bin) * (static_cast<double>(high_) - low_) / bins);
  };
  std::size_t first = 0;
  for (double left = 0; first + 1 < bins; ++first) {
    left += static_cast<double>(counts_[first]);
    if (left > cut) break;
  }
  std::size_t last = bins - 1;
  for (double right = 0; last > first; --last) {
    right += static_cast<double>(counts_[last]);
    if (right > cut) break;
  }
  return affine_params(edge(first), edge(last + 1));
}

/// Each code tells the sum of the counts that it stands for, spread over the bins that hold any.
double Histogram::divergence(const ir::QuantParams& params) const {
  constexpr std::size_t codes = 256;
  const double scale = params.scale();
  std::array<double, bins> clipped{};
  std::array<std::size_t, bins> code_of{};
  std::array<double, codes> sums{}, occupied{};
  double total = 0;
  const auto code = [&](std::size_t bin) {
    const double rounded = std::nearbyint(static_cast<double>(center(bin)) / scale) + params.zero_point;
    return std::clamp(rounded, static_cast<double>(params.quant_min), static_cast<double>(params.quant_max));
  };
  // Zero is exact whatever the range, and behind a relu there is more of it than of everything else.
  const double zero_bin = -low_ / ((static_cast<double>(high_) - low_) / static_cast<double>(bins));
  const auto zero =
      low_ <= 0 && high_ > low_ ? static_cast<std::size_t>(std::min(zero_bin, static_cast<double>(bins))) : bins;
  std::size_t first = bins - 1, last = 0;
  for (std::size_t bin = 0; bin < bins; ++bin) {
    const double value = center(bin);
    code_of[bin] = static_cast<std::size_t>(code(bin) - params.quant_min);
    const bool inside = value >= (params.quant_min - params.zero_point - 0.5) * scale &&
                        value <= (params.quant_max - params.zero_point + 0.5) * scale;
    if (!inside || bin == zero) continue;
    first = std::min(first, bin), last = std::max(last, bin);
    sums[code_of[bin]] += static_cast<double>(counts_[bin]);
    occupied[code_of[bin]] += counts_[bin] > 0 ? 1 : 0;
  }
  if (first > last) return std::numeric_limits<double>::infinity();
  for (std::size_t bin = 0; bin < bins; ++bin) {
    if (bin == zero) continue;
    clipped[std::clamp(bin, first, last)] += static_cast<double>(counts_[bin]);
    total += static_cast<double>(counts_[bin]);
  }
  double sum = 0;
  for (std::size_t bin = first; bin <= last; ++bin) {
    if (clipped[bin] == 0) continue;
    const double told = counts_[bin] > 0 ? sums[code_of[bin]] / occupied[code_of[bin]] : 0.0;
    // What no code tells of counts as half an element.
    sum += clipped[bin] / total * std::log(clipped[bin] / std::max(told, 0.5));
  }
  return sum;
}

ir::QuantParams Histogram::least_divergence_params() const {
  return search(57, [&](const ir::QuantParams& params) { return divergence(params); });
}

}  // namespace pudu::quantizer
