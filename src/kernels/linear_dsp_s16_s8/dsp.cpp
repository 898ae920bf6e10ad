// The loops of linear_dsp_s16_s8 for the DSP extension: kernels/wide_linear_dsp_assembly.hpp for its codes.
#include "kernels/wide_linear_dsp_assembly.hpp"

#if PUDU_LINEAR_DSP_ASSEMBLY

namespace pudu::kernels::wide_linear_dsp {

PUDU_WIDE_LINEAR_DSP_INSTANCES(std::int16_t, std::int8_t, Full)

}  // namespace pudu::kernels::wide_linear_dsp

#endif
