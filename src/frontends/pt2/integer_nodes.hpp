// Nodes that compute with sizes: aten.sym_size and Python's integer operators. Every size is known when a graph is
// built, so they are computed, not translated.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "base/result.hpp"
#include "frontends/pt2/aten_arguments.hpp"
#include "frontends/pt2/exported_program.hpp"
#include "ir/graph.hpp"

namespace pudu::frontends {

/// Whether the node computes an integer, a truth value or a float out of sizes.
bool computes_from_sizes(const ExportedNode& node);

/// The integer, or nothing for results that only assertions read (truth values, floats).
/// Unsupported: an operator that is not known. InvalidInput: wrong arguments, overflow, division by zero.
Result<std::optional<std::int64_t>> compute_integer(const ExportedNode& node, const NameResolver& resolver,
                                                    const ir::Graph& graph);

}  // namespace pudu::frontends
