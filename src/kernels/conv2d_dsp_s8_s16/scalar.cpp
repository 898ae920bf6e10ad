// conv2d_dsp_s8_s16 around its inner loops, and the portable ones: kernels/wide_conv2d_dsp_loops.hpp for its codes.
#include "kernels/conv2d_dsp_s8_s16/conv2d_dsp_s8_s16.hpp"

#include "kernels/wide_conv2d_dsp_loops.hpp"

namespace pudu::kernels::wide_conv2d_dsp {

template void run<std::int8_t, std::int16_t>(const Conv2dDspS8Params&,
                                             const WideConv2dDspOperands<std::int8_t, std::int16_t>&, Gemm) noexcept;

#if !PUDU_CONV2D_DSP_ASSEMBLY
PUDU_WIDE_CONV2D_DSP_INSTANCES(std::int8_t, std::int16_t, Full)
PUDU_WIDE_CONV2D_DSP_INSTANCES(std::int8_t, std::int16_t, NonNegative)
PUDU_WIDE_CONV2D_DSP_INSTANCES(std::int8_t, std::int16_t, Capped)
#endif

}  // namespace pudu::kernels::wide_conv2d_dsp
