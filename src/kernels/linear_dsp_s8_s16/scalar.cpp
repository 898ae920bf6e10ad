// linear_dsp_s8_s16 around its loops, and the portable ones: kernels/wide_linear_dsp_loops.hpp for its codes.
#include "kernels/linear_dsp_s8_s16/linear_dsp_s8_s16.hpp"

#include "kernels/wide_linear_dsp_loops.hpp"

namespace pudu::kernels::wide_linear_dsp {

template void run<std::int8_t, std::int16_t>(const WideLinearDspParams<std::int8_t, std::int16_t>&,
                                             const WideLinearDspOperands<std::int8_t, std::int16_t>&, RunGroups,
                                             linear_dsp::Dots) noexcept;

#if !PUDU_LINEAR_DSP_ASSEMBLY
PUDU_WIDE_LINEAR_DSP_INSTANCES(std::int8_t, std::int16_t, Full)
PUDU_WIDE_LINEAR_DSP_INSTANCES(std::int8_t, std::int16_t, NonNegative)
PUDU_WIDE_LINEAR_DSP_INSTANCES(std::int8_t, std::int16_t, Capped)
#endif

}  // namespace pudu::kernels::wide_linear_dsp
