// depthwise_conv2d_dsp_s16_s8 around its slides, and the portable ones: kernels/wide_depthwise_conv2d_dsp_slides.hpp
// for its codes.
#include "kernels/depthwise_conv2d_dsp_s16_s8/depthwise_conv2d_dsp_s16_s8.hpp"

#include "kernels/wide_depthwise_conv2d_dsp_slides.hpp"

namespace pudu::kernels::wide_depthwise_conv2d_dsp {

template void run_stride1<std::int16_t, std::int8_t>(const DepthwiseConv2dDspS8Params&,
                                                     const WideDepthwiseConv2dDspOperands<std::int16_t, std::int8_t>&,
                                                     const Slides&, const Slides&) noexcept;
template void run_stride2<std::int16_t, std::int8_t>(const DepthwiseConv2dDspS8Params&,
                                                     const WideDepthwiseConv2dDspOperands<std::int16_t, std::int8_t>&,
                                                     const Slides&) noexcept;

#if !PUDU_DEPTHWISE_DSP_ASSEMBLY
PUDU_WIDE_SLIDE_INSTANCES(std::int16_t, std::int8_t, Full)
#endif

}  // namespace pudu::kernels::wide_depthwise_conv2d_dsp
