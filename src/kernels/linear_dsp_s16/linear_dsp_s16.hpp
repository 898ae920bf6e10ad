// int16 linear layer prepared for cores with the DSP extension: kernels/wide_linear_dsp.hpp for its codes.
#pragma once

#include "kernels/wide_linear_dsp.hpp"

namespace pudu::kernels {

struct LinearDspS16 : WideLinearDsp<std::int16_t, std::int16_t> {
  static constexpr const char* name = "linear_dsp_s16";
  static constexpr const char* header = "kernels/linear_dsp_s16/linear_dsp_s16.hpp";
};
using LinearDspS16Params = LinearDspS16::Params;

}  // namespace pudu::kernels
