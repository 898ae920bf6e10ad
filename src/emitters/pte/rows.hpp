// Which calls of a legalized program a .pte may run some rows at a time, each time as a call of the operator on a
// smaller image (ops/row_calls.hpp), and so in which an arena below that of whole layers is possible.
//
// An operator sees sizes, strides and padding, and no borders of a larger image. Convolutions compute as many rows as
// their output has, in ExecuTorch's operators on CMSIS-NN and in Pudu's, so padding on one side is no fault. Pools
// insist on the size that the same padding on both sides gives. Elementwise operators and slices take any rows.
//
// Limits: Pudu's own operators, concatenations, pads of rows, transposes and what is no image run whole, as do
// convolutions of one row of taps whose short images CMSIS-NN's MVE kernels refuse or get wrong (windows.hpp).
#pragma once

#include "program/program.hpp"

namespace pudu::emitters {

/// For a call that has a row form.
bool runs_by_rows(const program::Program& program, const program::KernelCall& call);

}  // namespace pudu::emitters
