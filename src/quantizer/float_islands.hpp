// Float islands: operators that stay float32 inside of an int8 graph, because nothing computes them in int8 or because
// the user says so. Neighbours join: a value goes from one to the next as it is, and only what enters an island is
// dequantized, only what leaves it quantized.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "ir/graph.hpp"
#include "quantizer/options.hpp"

namespace pudu::quantizer {

/// A node that stays float32.
struct FloatPart {
  std::string node;
  std::string op;
  std::string reason;
};

/// The nodes of a float graph that stay float32: those that `names` names, by node or by operator; those whose weights
/// or bias the model computes; and what only copies elements between such. In the sequence of the graph. Usage: a name
/// that is none; Unsupported: a node whose operator has no float kernel.
Result<std::vector<FloatPart>> find_float_parts(const ir::Graph& graph, std::span<const std::string> names, IoType io);

/// What quantize() has to know about the values of a graph with islands, by value index.
struct Islands {
  std::vector<bool> stays_float;
  /// The value whose parameters and statistics are meant: itself, or what was before the boundary.
  std::vector<ir::ValueId> origin;
};

/// Puts the nodes at the boundary of every island into a float graph. With IoType::Float32, inputs and outputs that an
/// island touches stay float32. The graph still verifies as a float graph.
Result<Islands> add_islands(ir::Graph& graph, std::span<const FloatPart> parts, IoType io);

}  // namespace pudu::quantizer
