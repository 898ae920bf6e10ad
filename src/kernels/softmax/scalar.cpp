// Portable softmax_s8. Exponentials are computed twice, for the sum and for the output, because there is no scratch.
// Formulas and constants: docs/arithmetic.md, "Softmax".
#if !defined(__ARM_FEATURE_MVE)

#include "kernels/softmax/normalizer.hpp"
#include "kernels/softmax/softmax_s8.hpp"
#include "numerics/requantize.hpp"

namespace pudu::kernels {
namespace {

using namespace softmax;

/// exp(a) in Q0.31 of a <= 0 in Q5.26: a Taylor polynomial around -1/8 on (-1/4, 0], then one factor exp(-2^k) per bit.
std::int32_t exp_on_negative_values(std::int32_t a) noexcept {
  if (a == 0) return INT32_MAX;
  const std::int32_t reduced = (a & (quarter - 1)) - quarter;
  std::int32_t remainder = wrapping_add(reduced, static_cast<std::int32_t>(0u - static_cast<std::uint32_t>(a)));
  const std::int32_t x = wrapping_add(numerics::wrapping_shift_left(reduced, 5), 1 << 28);
  const std::int32_t x2 = multiply(x, x);
  const std::int32_t x3 = multiply(x2, x);
  const std::int32_t x4 = multiply(x2, x2);
  const std::int32_t tail = rounding_divide_by_power_of_two(
      wrapping_add(multiply(wrapping_add(rounding_divide_by_power_of_two(x4, 2), x3), one_third), x2), 1);
  std::int32_t result = wrapping_add(exp_minus_eighth, multiply(exp_minus_eighth, wrapping_add(x, tail)));
  remainder >>= 24;
  for (const std::int32_t factor : factors) {
    if ((remainder & 1) != 0) result = multiply(result, factor);
    remainder >>= 1;
  }
  return result;
}

std::int32_t row_maximum(const std::int8_t* row, std::int32_t depth) noexcept {
  std::int32_t largest = -128;
  for (std::int32_t i = 0; i < depth; ++i) largest = row[i] > largest ? row[i] : largest;
  return largest;
}

std::int32_t exponential_of(const SoftmaxS8Params& params, std::int32_t difference) noexcept {
  return exp_on_negative_values(multiply(numerics::wrapping_shift_left(difference, params.shift), params.multiplier));
}

}  // namespace

void SoftmaxS8::run(const Params& params, const Operands& operands) noexcept {
  const std::int8_t* input = operands.input;
  std::int8_t* output = operands.output;
  for (std::int32_t row = 0; row < params.outer_count; ++row, input += params.depth, output += params.depth) {
    const std::int32_t largest = row_maximum(input, params.depth);
    std::uint64_t sum = 0;
    for (std::int32_t i = 0; i < params.depth; ++i) {
      const std::int32_t difference = input[i] - largest;
      if (difference < params.diff_min) continue;
      sum += static_cast<std::uint32_t>(
          rounding_divide_by_power_of_two(exponential_of(params, difference), sum_integer_bits));
    }
    const RowNormalizer normalizer(sum);
    for (std::int32_t i = 0; i < params.depth; ++i) {
      const std::int32_t difference = input[i] - largest;
      output[i] =
          difference < params.diff_min ? std::int8_t{-128} : normalizer.code(exponential_of(params, difference));
    }
  }
}

}  // namespace pudu::kernels

#endif
