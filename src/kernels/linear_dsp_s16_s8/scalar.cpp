// linear_dsp_s16_s8 around its loops, and the portable ones: kernels/wide_linear_dsp_loops.hpp for its codes.
#include "kernels/linear_dsp_s16_s8/linear_dsp_s16_s8.hpp"

#include "kernels/wide_linear_dsp_loops.hpp"

namespace pudu::kernels::wide_linear_dsp {

template void run<std::int16_t, std::int8_t>(const WideLinearDspParams<std::int16_t, std::int8_t>&,
                                             const WideLinearDspOperands<std::int16_t, std::int8_t>&, RunGroups,
                                             linear_dsp::Dots) noexcept;

#if !PUDU_LINEAR_DSP_ASSEMBLY
PUDU_WIDE_LINEAR_DSP_INSTANCES(std::int16_t, std::int8_t, Full)
#endif

}  // namespace pudu::kernels::wide_linear_dsp
