// add_s8 for MVE: four elements a vector, the arithmetic of the portable kernel in every lane. The parameters are
// scalars, which the instructions take from general registers. Operands whose stride is neither 1 nor 0 and what is
// left of fours go one by one.
#if defined(__ARM_FEATURE_MVE)

#include "kernels/mve.hpp"
#include "kernels/add/add_s8.hpp"
#include "kernels/elementwise.hpp"
#include "numerics/requantize.hpp"

namespace pudu::kernels {
namespace {

std::int8_t add_one(const AddS8Params& p, std::int32_t x1, std::int32_t x2) noexcept {
  using numerics::requantize;
  using numerics::wrapping_shift_left;
  const std::int32_t a =
      requantize(wrapping_shift_left(x1 + p.input1_offset, AddS8::left_shift), p.input1_multiplier, p.input1_shift);
  const std::int32_t b =
      requantize(wrapping_shift_left(x2 + p.input2_offset, AddS8::left_shift), p.input2_multiplier, p.input2_shift);
  return numerics::requantize_to_int8(numerics::wrapping_add(a, b), p.output_multiplier, p.output_shift,
                                      p.output_offset, p.activation_min, p.activation_max);
}

/// (x + offset) * 2^left_shift, requantized with a right shift of at least 1.
[[gnu::always_inline]] inline int32x4_t scaled(int32x4_t x, std::int32_t offset, std::int32_t multiplier,
                                               std::int32_t shift) noexcept {
  return mve::requantize_right(vshlq_n_s32(vaddq_n_s32(x, offset), AddS8::left_shift), multiplier, shift);
}

/// Fours of a run of two contiguous operands. All shifts are to the right.
void add_fours(const AddS8Params& p, const std::int8_t* x1, const std::int8_t* x2, std::int8_t* output,
               std::int32_t count) noexcept {
  const mve::OutputRange range(p.output_offset, p.activation_min, p.activation_max);
  for (; count >= 4; count -= 4, x1 += 4, x2 += 4, output += 4) {
    const int32x4_t a = scaled(vldrbq_s32(x1), p.input1_offset, p.input1_multiplier, p.input1_shift);
    const int32x4_t b = scaled(vldrbq_s32(x2), p.input2_offset, p.input2_multiplier, p.input2_shift);
    vstrbq_s32(output, range.apply(mve::requantize_right(vaddq_s32(a, b), p.output_multiplier, p.output_shift)));
  }
}

}  // namespace

void AddS8::run(const Params& params, const Operands& operands) noexcept {
  const bool shifts_right = params.input1_shift < 0 && params.input2_shift < 0 && params.output_shift < 0;
  for_each_run(params, operands, [&](BinaryRun run) {
    if (shifts_right && run.stride1 == 1 && run.stride2 == 1) {
      const std::int32_t fours = run.count & ~3;
      add_fours(params, run.input1, run.input2, run.output, fours);
      run.input1 += fours, run.input2 += fours, run.output += fours, run.count -= fours;
    }
    for (; run.count > 0; --run.count, run.input1 += run.stride1, run.input2 += run.stride2) {
      *run.output++ = add_one(params, *run.input1, *run.input2);
    }
  });
}

}  // namespace pudu::kernels

#endif
