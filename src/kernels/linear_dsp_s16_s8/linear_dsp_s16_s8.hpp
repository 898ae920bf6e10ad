// Linear layer of int16 codes to int8 prepared for cores with the DSP extension: kernels/wide_linear_dsp.hpp for its
// codes.
#pragma once

#include "kernels/wide_linear_dsp.hpp"

namespace pudu::kernels {

struct LinearDspS16S8 : WideLinearDsp<std::int16_t, std::int8_t> {
  static constexpr const char* name = "linear_dsp_s16_s8";
  static constexpr const char* header = "kernels/linear_dsp_s16_s8/linear_dsp_s16_s8.hpp";
};
using LinearDspS16S8Params = LinearDspS16S8::Params;

}  // namespace pudu::kernels
