// Tests only: the arithmetic of docs/arithmetic.md written as its formulas read, sharing no code with what it proves.
#pragma once

#include <cstdint>

namespace pudu::numerics::testing {

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

}  // namespace pudu::numerics::testing
