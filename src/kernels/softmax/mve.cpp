// softmax_s8 with MVE: the portable formulas, four elements at a time. Exponentials are computed twice, as there.
// Lanes are chosen by arithmetic masks, because GCC 12 turns constant predicates into all-ones.
#if defined(__ARM_FEATURE_MVE)

#include <arm_mve.h>

#include "kernels/softmax/normalizer.hpp"
#include "kernels/softmax/softmax_s8.hpp"

namespace pudu::kernels {
namespace {

/// numerics::rounding_divide_by_power_of_two for exponents of at least 1: VRSHL rounds ties up, so 1 is taken from
/// negative values first.
int32x4_t rounding_divide(int32x4_t x, std::int32_t exponent) noexcept {
  return vrshlq_n_s32(vaddq_s32(x, vshrq_n_s32(x, 31)), -exponent);
}

/// b where the mask's lane is all ones, a where it is 0.
int32x4_t choose(int32x4_t a, int32x4_t b, int32x4_t mask) noexcept {
  return veorq_s32(a, vandq_s32(veorq_s32(a, b), mask));
}

/// softmax::exp_on_negative_values in every lane.
int32x4_t exp_on_negative_values(int32x4_t a) noexcept {
  using namespace softmax;
  const int32x4_t reduced = vsubq_n_s32(vandq_s32(a, vdupq_n_s32(quarter - 1)), quarter);
  int32x4_t remainder = vshrq_n_s32(vsubq_s32(reduced, a), 24);
  const int32x4_t x = vaddq_n_s32(vshlq_n_s32(reduced, 5), 1 << 28);
  const int32x4_t x2 = vqrdmulhq_s32(x, x);
  const int32x4_t x3 = vqrdmulhq_s32(x2, x);
  const int32x4_t x4 = vqrdmulhq_s32(x2, x2);
  const int32x4_t cubic = vqrdmulhq_n_s32(vaddq_s32(rounding_divide(x4, 2), x3), one_third);
  const int32x4_t tail = rounding_divide(vaddq_s32(cubic, x2), 1);
  int32x4_t result = vaddq_n_s32(vqrdmulhq_n_s32(vaddq_s32(x, tail), exp_minus_eighth), exp_minus_eighth);
  for (const std::int32_t factor : factors) {
    const int32x4_t is_set = vshrq_n_s32(vshlq_n_s32(remainder, 31), 31);
    result = choose(result, vqrdmulhq_n_s32(result, factor), is_set);
    remainder = vshrq_n_s32(remainder, 1);
  }
  // -|a| is negative unless a is 0.
  const int32x4_t is_below_zero = vshrq_n_s32(a, 31);
  return choose(vdupq_n_s32(INT32_MAX), result, is_below_zero);
}

/// Four exponentials, and all ones where a difference is so small that there is none.
struct Exponentials {
  int32x4_t values, absent;
};

Exponentials exponentials_of(const SoftmaxS8Params& p, const std::int8_t* input, std::int32_t largest,
                             mve_pred16_t active) noexcept {
  const int32x4_t difference = vminq_s32(vsubq_n_s32(vldrbq_z_s32(input, active), largest), vdupq_n_s32(0));
  const int32x4_t absent = vshrq_n_s32(vsubq_n_s32(difference, p.diff_min), 31);
  const int32x4_t scaled = vqrdmulhq_n_s32(vshlq_r_s32(difference, p.shift), p.multiplier);
  return {exp_on_negative_values(scaled), absent};
}

std::int32_t row_maximum(const std::int8_t* row, std::int32_t depth) noexcept {
  std::int8_t largest = -128;
  for (std::int32_t left = depth; left > 0; left -= 16, row += 16) {
    const mve_pred16_t active = vctp8q(static_cast<std::uint32_t>(left));
    largest = vmaxvq_p_s8(largest, vldrbq_z_s8(row, active), active);
  }
  return largest;
}

void write_row(const SoftmaxS8Params& p, const std::int8_t* input, std::int8_t* output) noexcept {
  const std::int32_t largest = row_maximum(input, p.depth);
  std::int64_t sum = 0;
  for (std::int32_t i = 0; i < p.depth; i += 4) {
    const mve_pred16_t active = vctp32q(static_cast<std::uint32_t>(p.depth - i));
    const Exponentials e = exponentials_of(p, input + i, largest, active);
    const int32x4_t rounded = vbicq_s32(rounding_divide(e.values, softmax::sum_integer_bits), e.absent);
    sum = vaddlvaq_p_s32(sum, rounded, active);
  }
  const softmax::RowNormalizer normalizer(static_cast<std::uint64_t>(sum));
  for (std::int32_t i = 0; i < p.depth; i += 4) {
    const mve_pred16_t active = vctp32q(static_cast<std::uint32_t>(p.depth - i));
    const Exponentials e = exponentials_of(p, input + i, largest, active);
    int32x4_t codes;
    if (normalizer.is_large()) {
      std::int32_t lanes[4];
      vstrwq_s32(lanes, e.values);
      for (std::int32_t& lane : lanes) lane = normalizer.code(lane);
      codes = vldrwq_s32(lanes);
    } else {
      codes = rounding_divide(vqrdmulhq_n_s32(e.values, normalizer.reciprocal()), normalizer.shift());
      codes = vminq_s32(vsubq_n_s32(codes, 128), vdupq_n_s32(127));
    }
    vstrbq_p_s32(output + i, choose(codes, vdupq_n_s32(-128), e.absent), active);
  }
}

}  // namespace

void SoftmaxS8::run(const Params& params, const Operands& operands) noexcept {
  for (std::int32_t row = 0; row < params.outer_count; ++row) {
    write_row(params, operands.input + row * params.depth, operands.output + row * params.depth);
  }
}

}  // namespace pudu::kernels

#endif
