// Graph -> Program: every node becomes KernelCalls of the cortex_m dialect over physical buffers.
//
// Images are kept NHWC; a transpose is made only where a kernel or the model's boundary needs another order and the
// bytes really differ. Constants that the calls read become constant buffers, stored once when equal. Scratch buffers
// get their final size here.
#pragma once

#include <map>
#include <string>

#include "base/result.hpp"
#include "ir/graph.hpp"
#include "ops/lower_context.hpp"
#include "program/program.hpp"
#include "targets/target.hpp"

namespace pudu::lowering {

/// Where a value of the graph lies, as it was made.
struct ValuePlace {
  program::BufferId buffer{};
  ops::DimOrder order;  ///< of its dimensions in memory
};
using ValuePlaces = std::map<std::string, ValuePlace>;  ///< by the value's name

/// Lowers a quantized graph (every activation int8 with parameters, floats only around quantize and dequantize nodes).
/// States become State buffers; calls behind all others copy into them what they become, unless the call that computes
/// it can write it there. The port of a graph input with Layout::ChannelsLast has NHWC sizes; all others have the
/// logical sizes. `places`, when given, gets every activation's place. Errors: Unsupported from an operator's `lower`,
/// with the node's name.
Result<program::Program> lower(const ir::Graph& graph, const targets::TargetConfig& target,
                               ValuePlaces* places = nullptr);

}  // namespace pudu::lowering
