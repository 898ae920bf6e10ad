// A pass: one rewriting of float graphs, in one file, with one golden of its own name.
#pragma once

#include <string_view>

#include "base/result.hpp"
#include "ir/graph.hpp"

namespace pudu::passes {

/// A function from a verified graph to a verified graph that computes the same floats (up to rounding) from the same
/// inputs for the same outputs. Run again on its own result, it changes nothing.
struct Pass {
  std::string_view name;    ///< that of its file and of its golden
  std::string_view reason;  ///< why it stands where it stands in the pipeline
  Status (*run)(ir::Graph& graph);
};

}  // namespace pudu::passes
