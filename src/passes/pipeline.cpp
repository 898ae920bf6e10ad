// The ordered list of passes, with the reason for each one's place. A pass that makes work for an earlier one would
// stand wrong: the order is such that one run of the list suffices (pipeline_test checks that a second changes
// nothing).
#include "passes/pipeline.hpp"

#include <array>
#include <string>

#include "ops/registry.hpp"
#include "passes/eliminate_dead_code.hpp"

namespace pudu::passes {
namespace {

constexpr std::array pipeline = {
    Pass{"eliminate_dead_code", "first: dead nodes would count as users and block rewritings", eliminate_dead_code},
};

/// What went wrong in a pass, as a defect of Pudu: the graph was right before it.
Error defect_of(const Pass& pass, Error error) {
  for (Diagnostic& diagnostic : error.diagnostics) {
    diagnostic.where = "pass " + std::string(pass.name) + (diagnostic.where.empty() ? "" : ", " + diagnostic.where);
  }
  error.kind = ErrorKind::Internal;
  return error;
}

}  // namespace

std::span<const Pass> canonicalization_pipeline() {
  return pipeline;
}

Status canonicalize(ir::Graph& graph, const PassObserver& observer) {
  for (const Pass& pass : pipeline) {
    if (Status status = pass.run(graph); !status) return defect_of(pass, std::move(status).error());
    if (Status status = ops::verify(graph); !status) return defect_of(pass, std::move(status).error());
    if (observer) observer(pass, graph);
  }
  return {};
}

}  // namespace pudu::passes
