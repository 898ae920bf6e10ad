// How the caller passes images and sequences: as the model was exported, channels first, or channels last.
#pragma once

#include "base/npy.hpp"
#include "driver/compile.hpp"
#include "ir/graph.hpp"
#include "ops/tensor.hpp"

namespace pudu::driver {

/// Says of the graph's inputs how they lie in memory: images [N, C, H, W], and sequences [N, C, L] that convolutions or
/// pools read. Other inputs (features of recurrent layers, tokens, vectors) stay as exported.
void set_input_layout(ir::Graph& graph, InputLayout layout);

/// The sizes that the caller passes: those of the value, in the order in which it lies in memory.
ir::Shape caller_shape(const ir::Value& input);

/// What the caller passes as the tensor of the float graph, channels first.
ops::Tensor to_input_tensor(const base::Array& array, const ir::Shape& shape, ir::Layout layout);

}  // namespace pudu::driver
