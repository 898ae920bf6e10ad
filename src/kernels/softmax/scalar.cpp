// Portable softmax_s8. Exponentials are computed twice, for the sum and for the output, because there is no scratch.
// Formulas and constants: docs/arithmetic.md, "Softmax".
#include "kernels/softmax/softmax_s8.hpp"
#include "numerics/requantize.hpp"

namespace pudu::kernels {
namespace {

using numerics::rounding_divide_by_power_of_two;
using numerics::wrapping_add;
constexpr auto multiply = numerics::saturating_rounding_doubling_high_multiply;

/// Integer bits left of the binary point in the sum of exponentials (Q12.19).
constexpr int sum_integer_bits = 12;

/// value * 2^bits, saturated to int32.
constexpr std::int32_t saturating_shift_left(std::int32_t value, int bits) noexcept {
  const std::int32_t threshold = (std::int32_t{1} << (31 - bits)) - 1;
  if (value > threshold) return INT32_MAX;
  if (value < -threshold) return INT32_MIN;
  return numerics::wrapping_shift_left(value, bits);
}

/// exp(a) in Q0.31 of a <= 0 in Q5.26: a Taylor polynomial around -1/8 on (-1/4, 0], then one factor exp(-2^k) per bit.
std::int32_t exp_on_negative_values(std::int32_t a) noexcept {
  if (a == 0) return INT32_MAX;
  constexpr std::int32_t quarter = 1 << 24;
  const std::int32_t reduced = (a & (quarter - 1)) - quarter;
  std::int32_t remainder = wrapping_add(reduced, static_cast<std::int32_t>(0u - static_cast<std::uint32_t>(a)));
  const std::int32_t x = wrapping_add(numerics::wrapping_shift_left(reduced, 5), 1 << 28);
  const std::int32_t x2 = multiply(x, x);
  const std::int32_t x3 = multiply(x2, x);
  const std::int32_t x4 = multiply(x2, x2);
  constexpr std::int32_t one_third = 715827883;
  constexpr std::int32_t exp_minus_eighth = 1895147668;
  const std::int32_t tail = rounding_divide_by_power_of_two(
      wrapping_add(multiply(wrapping_add(rounding_divide_by_power_of_two(x4, 2), x3), one_third), x2), 1);
  std::int32_t result = wrapping_add(exp_minus_eighth, multiply(exp_minus_eighth, wrapping_add(x, tail)));
  // exp(-1/4), exp(-1/2), exp(-1), ... exp(-16) in Q0.31
  constexpr std::int32_t factors[] = {1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242};
  remainder >>= 24;
  for (const std::int32_t factor : factors) {
    if ((remainder & 1) != 0) result = multiply(result, factor);
    remainder >>= 1;
  }
  return result;
}

/// 1 / (1 + v) in Q0.31 of v in [0, 1) in Q0.31: three Newton-Raphson steps.
std::int32_t reciprocal_of_one_plus(std::int32_t v) noexcept {
  const std::int64_t sum = static_cast<std::int64_t>(v) + INT32_MAX;
  const auto half = static_cast<std::int32_t>((sum + (sum >= 0 ? 1 : -1)) / 2);
  constexpr std::int32_t initial_constant = 1515870810;  // 48 / 17 in Q2.29
  constexpr std::int32_t initial_slope = -1010580540;    // -32 / 17 in Q2.29
  std::int32_t x = wrapping_add(initial_constant, multiply(half, initial_slope));
  for (int step = 0; step < 3; ++step) {
    const std::int32_t error = wrapping_add(1 << 29, -multiply(half, x));
    x = wrapping_add(x, saturating_shift_left(multiply(x, error), 2));
  }
  return saturating_shift_left(x, 1);
}

int count_leading_zeros(std::uint32_t value) noexcept {
  int zeros = 32;
  while (value != 0) {
    value >>= 1;
    --zeros;
  }
  return zeros;
}

/// Turns exponentials into codes, once per row.
class RowNormalizer {
 public:
  explicit RowNormalizer(std::uint64_t sum) noexcept : sum_(sum) {
    if (is_large()) return;
    const auto low = static_cast<std::uint32_t>(sum);
    const int zeros = count_leading_zeros(low);
    reciprocal_ = reciprocal_of_one_plus(static_cast<std::int32_t>((low << zeros) - 0x80000000u));
    shift_ = sum_integer_bits + 23 - zeros;
  }

  std::int8_t code(std::int32_t exponential) const noexcept {
    if (is_large()) {
      // 256 * e / sum is at most one half: round that quotient, ties up, instead of shifting by 32 or more.
      const auto e = static_cast<std::uint64_t>(rounding_divide_by_power_of_two(exponential, sum_integer_bits));
      return e * 512 >= sum_ ? -127 : -128;
    }
    const std::int32_t scaled = rounding_divide_by_power_of_two(multiply(reciprocal_, exponential), shift_);
    return static_cast<std::int8_t>(numerics::clamp(scaled - 128, -128, 127));
  }

 private:
  bool is_large() const noexcept { return sum_ >= (std::uint64_t{1} << 28); }

  std::uint64_t sum_;
  std::int32_t reciprocal_ = 0;
  int shift_ = 0;
};

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
