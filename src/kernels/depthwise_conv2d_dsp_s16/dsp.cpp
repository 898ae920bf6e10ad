// The slides of depthwise_conv2d_dsp_s16 for the DSP extension: kernels/wide_depthwise_conv2d_dsp_assembly.hpp for its
// codes.
#include "kernels/wide_depthwise_conv2d_dsp_assembly.hpp"

#if PUDU_DEPTHWISE_DSP_ASSEMBLY

namespace pudu::kernels::wide_depthwise_conv2d_dsp {

PUDU_WIDE_SLIDE_INSTANCES(std::int16_t, std::int16_t, Full)
PUDU_WIDE_SLIDE_INSTANCES(std::int16_t, std::int16_t, NonNegative)
PUDU_WIDE_SLIDE_INSTANCES(std::int16_t, std::int16_t, Capped)

}  // namespace pudu::kernels::wide_depthwise_conv2d_dsp

#endif
