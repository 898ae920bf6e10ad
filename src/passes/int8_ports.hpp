// Moves the boundary between float32 and int8 out of a quantized network, to its caller.
#pragma once

#include "base/result.hpp"
#include "ir/graph.hpp"

namespace pudu::passes {

/// Inputs that are only quantized, with one set of parameters, and outputs that are dequantized codes become int8 ports
/// of the same names. Others stay float32.
Status make_int8_ports(ir::Graph& graph);

}  // namespace pudu::passes
