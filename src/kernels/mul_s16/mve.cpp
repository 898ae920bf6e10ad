// mul_s16 for MVE: four elements a vector, the arithmetic of the portable kernel in every lane. Strides other than 1,
// shifts to the left and what is left of fours go one by one.
#if defined(__ARM_FEATURE_MVE)

#include "kernels/mve.hpp"
#include "kernels/elementwise.hpp"
#include "kernels/mul_s16/mul_element.hpp"

namespace pudu::kernels {
namespace {

/// Fours of a run of two contiguous operands. The shift is to the right.
void multiply_fours(const MulS16Params& p, const std::int16_t* x1, const std::int16_t* x2, std::int16_t* output,
                    std::int32_t count) noexcept {
  const mve::OutputRange range(0, p.output_min, p.output_max);
  for (; count >= 4; count -= 4, x1 += 4, x2 += 4, output += 4) {
    const int32x4_t product = vmulq_s32(vldrhq_s32(x1), vldrhq_s32(x2));
    vstrhq_s32(output, range.apply(mve::requantize_right(product, p.output_multiplier, p.output_shift)));
  }
}

}  // namespace

void MulS16::run(const Params& params, const Operands& operands) noexcept {
  for_each_run(params, operands, [&](BinaryRunOf<std::int16_t> run) {
    if (params.output_shift < 0 && run.stride1 == 1 && run.stride2 == 1) {
      const std::int32_t fours = run.count & ~3;
      multiply_fours(params, run.input1, run.input2, run.output, fours);
      run.input1 += fours, run.input2 += fours, run.output += fours, run.count -= fours;
    }
    for (; run.count > 0; --run.count, run.input1 += run.stride1, run.input2 += run.stride2) {
      *run.output++ = multiply_wide_element(params, *run.input1, *run.input2);
    }
  });
}

}  // namespace pudu::kernels

#endif
