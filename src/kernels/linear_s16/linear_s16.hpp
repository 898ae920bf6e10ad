// int16 fully connected layer with int8 weights; the formula is in kernels/wide_layers.hpp.
#pragma once

#include "kernels/wide_layers.hpp"

namespace pudu::kernels {

struct LinearS16 : WideLinear<std::int16_t, std::int16_t> {
  static constexpr const char* name = "linear_s16";
  static constexpr const char* header = "kernels/linear_s16/linear_s16.hpp";

  static void run(const Params& params, const Operands& operands) noexcept;
};
using LinearS16Params = LinearS16::Params;

}  // namespace pudu::kernels
