// Linear layer of int8 codes to int16 prepared for cores with the DSP extension: kernels/wide_linear_dsp.hpp for its
// codes.
#pragma once

#include "kernels/wide_linear_dsp.hpp"

namespace pudu::kernels {

struct LinearDspS8S16 : WideLinearDsp<std::int8_t, std::int16_t> {
  static constexpr const char* name = "linear_dsp_s8_s16";
  static constexpr const char* header = "kernels/linear_dsp_s8_s16/linear_dsp_s8_s16.hpp";
};
using LinearDspS8S16Params = LinearDspS8S16::Params;

}  // namespace pudu::kernels
