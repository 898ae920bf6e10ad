// int16 to int8 fully connected layer with int8 weights; the formula is in kernels/wide_layers.hpp.
#pragma once

#include "kernels/wide_layers.hpp"

namespace pudu::kernels {

struct LinearS16S8 : WideLinear<std::int16_t, std::int8_t> {
  static constexpr const char* name = "linear_s16_s8";
  static constexpr const char* header = "kernels/linear_s16_s8/linear_s16_s8.hpp";

  static void run(const Params& params, const Operands& operands) noexcept;
};
using LinearS16S8Params = LinearS16S8::Params;

}  // namespace pudu::kernels
