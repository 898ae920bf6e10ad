// Tests only: the arithmetic of docs/arithmetic.md written as its formulas read, sharing no code with the kernels.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kernels/testing/random_data.hpp"

namespace pudu::kernels::testing {

/// floor(a / b) for b > 0.
inline std::int64_t floor_divide(std::int64_t a, std::int64_t b) {
  const std::int64_t quotient = a / b;
  return quotient * b > a ? quotient - 1 : quotient;
}

inline std::int32_t wrap(std::int64_t value) {
  const std::int64_t modulus = std::int64_t{1} << 32;
  const std::int64_t low = value - floor_divide(value, modulus) * modulus;
  return static_cast<std::int32_t>(low >= modulus / 2 ? low - modulus : low);
}

inline std::int32_t reference_rdhm(std::int32_t a, std::int32_t b) {
  return wrap(floor_divide(static_cast<std::int64_t>(a) * b + (std::int64_t{1} << 30), std::int64_t{1} << 31));
}

inline std::int32_t reference_rdp(std::int32_t x, int exponent) {
  if (exponent == 0) return x;
  const std::int64_t half = std::int64_t{1} << (exponent - 1);
  return static_cast<std::int32_t>(floor_divide(x >= 0 ? x + half : x + half - 1, std::int64_t{1} << exponent));
}

inline std::int32_t reference_requantize(std::int32_t x, std::int32_t multiplier, std::int32_t shift) {
  const std::int64_t shifted = static_cast<std::int64_t>(x) * (std::int64_t{1} << (shift > 0 ? shift : 0));
  return reference_rdp(reference_rdhm(wrap(shifted), multiplier), shift < 0 ? -shift : 0);
}

inline std::int8_t reference_output(std::int32_t accumulator, std::int32_t multiplier, std::int32_t shift,
                                    std::int32_t offset, std::int32_t low, std::int32_t high) {
  const std::int64_t value = std::int64_t{reference_requantize(accumulator, multiplier, shift)} + offset;
  return static_cast<std::int8_t>(value < low ? low : value > high ? high : value);
}

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
