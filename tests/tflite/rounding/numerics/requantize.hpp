// Stands in front of src/numerics/requantize.hpp when tests/tflite compiles the kernels once more: the same functions,
// but requantize rounds as `selected_rounding` says. LiteRT's interpreter on a PC does not round in one way: it was
// built for one rounding, the matrix library under it rounds twice with another rule for ties, and which code runs
// depends on the operator, on the place in the row and on the PC's instruction set. TensorFlow Lite Micro, CMSIS-NN and
// Pudu round twice, ties away from zero. With this switch the tests tell a different rounding from a wrong number.
#pragma once

// The present functions under other names, so that the kernels' calls find those below.
// NOLINTBEGIN(readability-identifier-naming)
#define requantize requantize_twice
#define requantize_to_int8 requantize_twice_to_int8
// NOLINTEND(readability-identifier-naming)
#include PUDU_REQUANTIZE_HEADER
#undef requantize
#undef requantize_to_int8

namespace pudu::numerics {
inline namespace selectable {

enum class Rounding : std::uint8_t { Twice, Once, TwiceTiesUp };

extern Rounding selected_rounding;

inline std::int32_t requantize(std::int32_t x, std::int32_t multiplier, std::int32_t shift) noexcept {
  switch (selected_rounding) {
    case Rounding::Twice:
      break;
    case Rounding::Once: {
      const int bits = 31 - shift;
      return wrap_to_int32((static_cast<std::int64_t>(x) * multiplier + (std::int64_t{1} << (bits - 1))) >> bits);
    }
    case Rounding::TwiceTiesUp: {
      if (shift >= 0) break;
      const std::int64_t once = rounding_doubling_high_multiply(x, multiplier);
      return static_cast<std::int32_t>((once + (std::int64_t{1} << (-shift - 1))) >> -shift);
    }
  }
  return requantize_twice(x, multiplier, shift);
}

inline std::int8_t requantize_to_int8(std::int32_t accumulator, std::int32_t multiplier, std::int32_t shift,
                                      std::int32_t zero_point, std::int32_t low, std::int32_t high) noexcept {
  const std::int32_t scaled = requantize(accumulator, multiplier, shift);
  return static_cast<std::int8_t>(clamp(scaled, low - zero_point, high - zero_point) + zero_point);
}

}  // namespace selectable
}  // namespace pudu::numerics
