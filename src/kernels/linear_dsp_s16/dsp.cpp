// The loops of linear_dsp_s16 for the DSP extension: kernels/wide_linear_dsp_assembly.hpp for its codes.
#include "kernels/wide_linear_dsp_assembly.hpp"

#if PUDU_LINEAR_DSP_ASSEMBLY

namespace pudu::kernels::wide_linear_dsp {

PUDU_WIDE_LINEAR_DSP_INSTANCES(std::int16_t, std::int16_t, Full)
PUDU_WIDE_LINEAR_DSP_INSTANCES(std::int16_t, std::int16_t, NonNegative)
PUDU_WIDE_LINEAR_DSP_INSTANCES(std::int16_t, std::int16_t, Capped)

}  // namespace pudu::kernels::wide_linear_dsp

#endif
