// Which operators of a .pte may write their result over an operand, whoever computes them: ExecuTorch's own library on
// CMSIS-NN, or Pudu's (integrations/executorch).
//
// cortex_m's quantized_add, quantized_mul, quantized_div, minimum, maximum and quantized_activation go through their
// elements in ascending order and read an element, or those of one vector, before they write it. This holds in Pudu's
// kernels (their descriptions say so, and their tests run in place), in CMSIS-NN's C, DSP and MVE code of
// arm_elementwise_add_s8, arm_elementwise_mul_s8, arm_minimum_s8 and arm_maximum_s8, none of whose pointers is
// `restrict` (seen in its sources, and tried in place and apart on QEMU's Cortex-M4 and M55), and in the loops of
// ExecuTorch's quantized_div and quantized_activation, as in their calls for an operand that is broadcast. So the
// result may lie where an operand of as many bytes lies, and nowhere else over it.
//
// Limits: all other operators of a stock runtime have their results apart, softmax and quantize_per_tensor too.
#pragma once

#include <string_view>
#include <vector>

#include "program/program.hpp"

namespace pudu::emitters {

/// Operands of a call of a legalized program whose memory the result may have.
std::vector<std::string_view> in_place_operands(const program::Program& program, const program::KernelCall& call);

}  // namespace pudu::emitters
