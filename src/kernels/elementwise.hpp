// Binary int8 operators with broadcasting: one loop for all of them.
#pragma once

#include "kernels/strided_loop.hpp"

namespace pudu::kernels {

/// output[i] = function(x1, x2) for every element of the broadcast output; Params has rank, output_shape,
/// input1_strides and input2_strides.
template <class Params, class Operands, class Function>
inline void run_binary(const Params& params, const Operands& operands, Function&& function) noexcept {
  const StridedLoop<2> loop =
      make_strided_loop<2>(params.rank, params.output_shape, {params.input1_strides, params.input2_strides});
  const std::int32_t last = loop.rank - 1;
  const std::int32_t count = loop.shape[last];
  if (count == 0) return;
  std::int8_t* output = operands.output;
  for_each_outer(loop, 1, [&](const std::int32_t(&offsets)[2]) {
    const std::int8_t* x1 = operands.input1 + offsets[0];
    const std::int8_t* x2 = operands.input2 + offsets[1];
    for (std::int32_t left = count; left > 0; --left) {
      *output++ = function(*x1, *x2);
      x1 += loop.strides[0][last];
      x2 += loop.strides[1][last];
    }
  });
}

}  // namespace pudu::kernels
