// conv2d_dsp_s16_s8 around its inner loops, and the portable ones: kernels/wide_conv2d_dsp_loops.hpp for its codes.
#include "kernels/conv2d_dsp_s16_s8/conv2d_dsp_s16_s8.hpp"

#include "kernels/wide_conv2d_dsp_loops.hpp"

namespace pudu::kernels::wide_conv2d_dsp {

template void run<std::int16_t, std::int8_t>(const Conv2dDspS8Params&,
                                             const WideConv2dDspOperands<std::int16_t, std::int8_t>&, Gemm) noexcept;

#if !PUDU_CONV2D_DSP_ASSEMBLY
PUDU_WIDE_CONV2D_DSP_INSTANCES(std::int16_t, std::int8_t, Full)
#endif

}  // namespace pudu::kernels::wide_conv2d_dsp
