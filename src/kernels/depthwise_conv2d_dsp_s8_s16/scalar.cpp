// depthwise_conv2d_dsp_s8_s16 around its slides, and the portable ones: kernels/wide_depthwise_conv2d_dsp_slides.hpp
// for its codes.
#include "kernels/depthwise_conv2d_dsp_s8_s16/depthwise_conv2d_dsp_s8_s16.hpp"

#include "kernels/wide_depthwise_conv2d_dsp_slides.hpp"

namespace pudu::kernels::wide_depthwise_conv2d_dsp {

template void run_stride1<std::int8_t, std::int16_t>(const DepthwiseConv2dDspS8Params&,
                                                     const WideDepthwiseConv2dDspOperands<std::int8_t, std::int16_t>&,
                                                     const Slides&, const Slides&) noexcept;
template void run_stride2<std::int8_t, std::int16_t>(const DepthwiseConv2dDspS8Params&,
                                                     const WideDepthwiseConv2dDspOperands<std::int8_t, std::int16_t>&,
                                                     const Slides&) noexcept;

#if !PUDU_DEPTHWISE_DSP_ASSEMBLY
PUDU_WIDE_SLIDE_INSTANCES(std::int8_t, std::int16_t, Full)
PUDU_WIDE_SLIDE_INSTANCES(std::int8_t, std::int16_t, NonNegative)
PUDU_WIDE_SLIDE_INSTANCES(std::int8_t, std::int16_t, Capped)
#endif

}  // namespace pudu::kernels::wide_depthwise_conv2d_dsp
