// A pass: one step of a compilation between reading and emitting, with everything the manager must know to run it.
//
// Rewritings of float graphs are passes, one in a file, with a golden of their own name; so are the stages (calibrate,
// quantize, lower, ...), which the driver describes. Both stand in one list, which pass_manager.hpp checks and runs.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "ir/graph.hpp"
#include "ops/tensor.hpp"
#include "program/program.hpp"
#include "targets/target.hpp"

namespace pudu::passes {

/// What a pass works on or looks at.
enum class Need : std::uint8_t { Graph, Program, Target, Calibration };
/// "graph", "program", "target", "calibration".
std::string_view to_string(Need need);

/// What a pass changes or makes.
enum class Change : std::uint8_t { Nothing, Graph, Program };

/// Calibration samples: a tensor for each input of the graph, in the graph's order.
using Calibration = std::vector<std::vector<ops::Tensor>>;

/// What the manager hands to a pass: that which it declares as needed; all else is null. A pass that makes the program
/// gets an empty one to fill.
struct Supplies {
  ir::Graph* graph = nullptr;
  program::Program* program = nullptr;
  const targets::TargetConfig* target = nullptr;
  const Calibration* calibration = nullptr;
};

/// A pass without which another cannot run, and why.
struct Requirement {
  std::string_view pass;
  std::string_view why;
};

/// Names and reasons are string literals. A graph pass is a function from a verified graph to a verified graph that
/// computes the same floats (up to rounding) from the same inputs for the same outputs; run again on its own result, it
/// changes nothing.
struct Pass {
  std::string_view name;    ///< unique in a list; that of its file and of its golden
  std::string_view reason;  ///< why it stands where it stands
  std::vector<Need> needs;
  Change changes = Change::Graph;
  std::vector<std::string_view> after;    ///< those of these passes that run, run before it
  std::vector<Requirement> requirements;  ///< all of these run before it
  std::string_view indispensable;         ///< why no whole compilation goes without it; empty when it may be left out
  std::function<Status(const Supplies& supplies)> run;
};

}  // namespace pudu::passes
