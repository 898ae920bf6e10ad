// Tests only: random parameters of kernels, and the plain arithmetic to check them with.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kernels/testing/random_data.hpp"
#include "numerics/testing/reference.hpp"

namespace pudu::kernels::testing {

using namespace numerics::testing;

/// Biases, multipliers and shifts of `channels` output channels, for accumulators of about `taps` products.
struct ChannelParameters {
  std::vector<std::int32_t> bias, multipliers, shifts;
};

inline ChannelParameters random_channels(Random& random, std::int32_t channels, std::int32_t taps) {
  ChannelParameters result;
  int typical_shift = -6;  // a product is some 2^12; outputs should neither all clamp nor all vanish
  for (std::int32_t n = 1; n < taps; n *= 4) --typical_shift;
  for (std::int32_t c = 0; c < channels; ++c) {
    result.bias.push_back(random.one_in(6) ? random.between(INT32_MIN, INT32_MAX) : random.between(-20000, 20000));
    result.multipliers.push_back(random.multiplier());
    result.shifts.push_back(random.one_in(8) ? random.between(-31, 30) : typical_shift + random.between(-2, 2));
  }
  return result;
}

/// Output extent of a window of `taps` over `in` elements and `pads` elements of padding; 0 when it does not fit.
inline std::int32_t output_extent(std::int32_t in, std::int32_t pads, std::int32_t taps, std::int32_t dilation,
                                  std::int32_t stride) {
  const std::int32_t room = in + pads - dilation * (taps - 1) - 1;
  return room < 0 ? 0 : room / stride + 1;
}

inline std::string describe_value(std::int32_t value) {
  return std::to_string(value);
}
inline std::string describe_value(float value) {
  return std::to_string(value);
}
template <class T, std::size_t N>
std::string describe_value(const T (&values)[N]) {
  std::string text = "{";
  for (const T& value : values) text += describe_value(value) + " ";
  return text + "}";
}

/// Every parameter of a failing case.
template <class Params>
std::string describe(const Params& params) {
  std::string text;
  Params::visit(params, [&text](const char* name, const auto& value) {
    text += std::string(" ") + name + "=" + describe_value(value);
  });
  return text;
}

/// Bounds of a clamp, the full range half of the time.
struct Clamp {
  std::int32_t low, high;
};

inline Clamp random_clamp(Random& random) {
  if (random.one_in(2)) return {-128, 127};
  const std::int32_t low = random.between(-128, 127);
  return {low, random.between(low, 127)};
}

}  // namespace pudu::kernels::testing
