// From the checked file to the graph: inputs, every operator through its row, outputs.
#pragma once

#include <string>

#include "base/result.hpp"
#include "frontends/tflite/file.hpp"
#include "ir/graph.hpp"

namespace pudu::frontends::tflite {

/// The graph of the first subgraph; ops::verify accepts it. Unsupported with a diagnostic for every operator that is;
/// InvalidInput for the first that makes no sense.
Result<ir::Graph> import_model(const File& file, std::string graph_name);

}  // namespace pudu::frontends::tflite
