// Makes int8 operators of a network that its file has quantized (PT2E's convert, frontends/pt2/aten_quantization.cpp).
//
// Such a network computes in float between `dequantize` and `quantize` nodes. An operator whose operands are
// dequantized and whose result is only quantized becomes an operator on codes, with exactly the file's scales, zero
// points and weight codes; what only moves or compares elements is done to the codes; everything else stays float32,
// between the nodes that are there already. Where an operator prescribes parameters (pooling: those of its input,
// softmax: 1/256) and the file has others, a rescaling follows. Limits: operators of one result; biases are quantized
// to int32 with the product of input and weight scale, as int8 kernels want them, if the file has them in float.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "ir/graph.hpp"

namespace pudu::passes {

/// Unsupported: a bias that 32 bits do not hold.
Status adopt_quantization(ir::Graph& graph);

/// A node that computes in float32 between int8 ones.
struct FloatRemainder {
  std::string node;
  std::string op;
  std::string reason;
};

/// The float nodes of an adopted graph, in its sequence. Unsupported: one whose operator has no float kernel; names it
/// and what the file did not quantize.
Result<std::vector<FloatRemainder>> find_float_remainders(const ir::Graph& graph);

}  // namespace pudu::passes
