// mul_s8 for MVE: four elements a vector, the arithmetic of the portable kernel in every lane; an operand may be one
// element, repeated. Other strides, left shifts and what is left of fours go one by one.
#if defined(__ARM_FEATURE_MVE)

#include "kernels/mve.hpp"
#include "kernels/elementwise.hpp"
#include "kernels/mul/mul_element.hpp"

namespace pudu::kernels {
namespace {

/// Fours of a run of two contiguous operands. The shift is to the right.
void multiply_fours(const MulS8Params& p, const std::int8_t* x1, const std::int8_t* x2, std::int8_t* output,
                    std::int32_t count) noexcept {
  const mve::OutputRange range(p.output_offset, p.activation_min, p.activation_max);
  for (; count >= 4; count -= 4, x1 += 4, x2 += 4, output += 4) {
    const int32x4_t product =
        vmulq_s32(vaddq_n_s32(vldrbq_s32(x1), p.input1_offset), vaddq_n_s32(vldrbq_s32(x2), p.input2_offset));
    vstrbq_s32(output, range.apply(mve::requantize_right(product, p.output_multiplier, p.output_shift)));
  }
}

}  // namespace

void MulS8::run(const Params& params, const Operands& operands) noexcept {
  for_each_run(params, operands, [&](BinaryRun run) {
    if (params.output_shift < 0 && run.stride1 == 1 && run.stride2 == 1) {
      const std::int32_t fours = run.count & ~3;
      multiply_fours(params, run.input1, run.input2, run.output, fours);
      run.input1 += fours, run.input2 += fours, run.output += fours, run.count -= fours;
    }
    for (; run.count > 0; --run.count, run.input1 += run.stride1, run.input2 += run.stride2) {
      *run.output++ = multiply_element(params, *run.input1, *run.input2);
    }
  });
}

}  // namespace pudu::kernels

#endif
