// Turns an exported program into a graph: inputs, nodes in order, outputs. What cannot be translated is collected, so
// that a model with five unsupported nodes is reported with five lines.
#pragma once

#include <string>

#include "base/result.hpp"
#include "frontends/pt2/exported_program.hpp"
#include "frontends/pt2/symbols.hpp"
#include "frontends/pt2/tensor_store.hpp"
#include "ir/graph.hpp"

namespace pudu::frontends {

/// Unsupported with one diagnostic for each node (or input, or output) that is; InvalidInput for the first thing that
/// makes no sense. Diagnostics lack the file.
Result<ir::Graph> import_program(const ExportedProgram& program, TensorStore& store, const SizeEvaluator& sizes,
                                 std::string graph_name);

}  // namespace pudu::frontends
