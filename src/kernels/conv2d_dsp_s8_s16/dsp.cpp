// The inner loops of conv2d_dsp_s8_s16 for the DSP extension: kernels/wide_conv2d_dsp_assembly.hpp for its codes.
#include "kernels/wide_conv2d_dsp_assembly.hpp"

#if PUDU_CONV2D_DSP_ASSEMBLY

namespace pudu::kernels::wide_conv2d_dsp {

PUDU_WIDE_CONV2D_DSP_INSTANCES(std::int8_t, std::int16_t, Full)
PUDU_WIDE_CONV2D_DSP_INSTANCES(std::int8_t, std::int16_t, NonNegative)
PUDU_WIDE_CONV2D_DSP_INSTANCES(std::int8_t, std::int16_t, Capped)

}  // namespace pudu::kernels::wide_conv2d_dsp

#endif
