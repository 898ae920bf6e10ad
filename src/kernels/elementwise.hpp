// Binary integer operators with broadcasting: one loop for all of them.
#pragma once

#include <type_traits>

#include "kernels/strided_loop.hpp"

namespace pudu::kernels {

/// Neighbouring elements of the output; a stride of 0 repeats one element.
template <class Code>
struct BinaryRunOf {
  const Code *input1, *input2;
  Code* output;
  std::int32_t count, stride1, stride2;
};
using BinaryRun = BinaryRunOf<std::int8_t>;

/// Calls body(BinaryRunOf) until the broadcast output is covered, in its order; Params has rank, output_shape,
/// input1_strides and input2_strides.
template <class Params, class Operands, class Body>
inline void for_each_run(const Params& params, const Operands& operands, Body&& body) noexcept {
  const StridedLoop<2> loop =
      make_strided_loop<2>(params.rank, params.output_shape, {params.input1_strides, params.input2_strides});
  const std::int32_t last = loop.rank - 1;
  const std::int32_t count = loop.shape[last];
  if (count == 0) return;
  auto* output = operands.output;
  for_each_outer(loop, 1, [&](const std::int32_t(&offsets)[2]) {
    body(BinaryRunOf<std::remove_pointer_t<decltype(output)>>{operands.input1 + offsets[0],
                                                              operands.input2 + offsets[1], output, count,
                                                              loop.strides[0][last], loop.strides[1][last]});
    output += count;
  });
}

/// output[i] = function(x1, x2) for every element of the broadcast output.
template <class Params, class Operands, class Function>
inline void run_binary(const Params& params, const Operands& operands, Function&& function) noexcept {
  for_each_run(params, operands, [&](auto run) {
    for (std::int32_t left = run.count; left > 0; --left) {
      *run.output++ = function(*run.input1, *run.input2);
      run.input1 += run.stride1;
      run.input2 += run.stride2;
    }
  });
}

}  // namespace pudu::kernels
