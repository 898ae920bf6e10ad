// The ordered list of passes, with the reason for each one's place. A pass that makes work for an earlier one would
// stand wrong: the order is such that one run of the list suffices (pipeline_test checks that a second changes
// nothing).
#include "passes/pipeline.hpp"

#include <array>
#include <string>

#include "ops/registry.hpp"
#include "passes/drop_identities.hpp"
#include "passes/eliminate_dead_code.hpp"
#include "passes/fold_affine.hpp"
#include "passes/fold_batch_norm.hpp"
#include "passes/fold_constants.hpp"
#include "passes/fuse_activations.hpp"
#include "passes/fuse_pad.hpp"
#include "passes/matmul_to_linear.hpp"
#include "passes/permute_linear_weights.hpp"
#include "passes/recognize_activations.hpp"
#include "passes/simplify_data_movement.hpp"
#include "passes/simplify_pooling.hpp"

namespace pudu::passes {
namespace {

constexpr std::array pipeline = {
    Pass{"eliminate_dead_code", "first: dead nodes would count as users, and a value with two users is left alone",
         eliminate_dead_code},
    Pass{"drop_identities", "early: an identity between two nodes hides them from each other", drop_identities},
    Pass{"fold_constants", "before all that look for constant operands: weights may be computed from parameters",
         fold_constants},
    Pass{"recognize_activations", "before the clamps and factors that written-out functions are made of are fused away",
         recognize_activations},
    Pass{"matmul_to_linear", "before anything is folded into linear layers", matmul_to_linear},
    Pass{"simplify_pooling", "leaves reshapes, so it stands before simplify_data_movement", simplify_pooling},
    Pass{"simplify_data_movement", "brings layers and what is folded into them next to each other",
         simplify_data_movement},
    Pass{"fuse_pad", "when nothing stands between pad and convolution any more", fuse_pad},
    Pass{"fold_batch_norm", "before the activation behind it is fused: bounds hold for the normalized value",
         fold_batch_norm},
    Pass{"fold_affine", "after batch norm, which it may follow, and before activations, like batch norm", fold_affine},
    Pass{"fuse_activations", "when weights are final: nothing can be folded into a layer with bounds",
         fuse_activations},
    Pass{"simplify_data_movement", "again: a clamp that is fused now stood between reshapes", simplify_data_movement},
    Pass{"permute_linear_weights", "last: elementwise functions have moved in front of the flattening by now",
         permute_linear_weights},
};

/// The pass is what the reader of the message needs to know.
Error in_pass(const Pass& pass, Error error) {
  for (Diagnostic& diagnostic : error.diagnostics) {
    diagnostic.where = "pass " + std::string(pass.name) + (diagnostic.where.empty() ? "" : ", " + diagnostic.where);
  }
  return error;
}

/// The graph was right before the pass, so that what is wrong now is a defect of Pudu.
Status verify_after(const Pass& pass, const ir::Graph& graph) {
  Status status = ops::verify(graph);
  if (status) return {};
  Error error = in_pass(pass, std::move(status).error());
  error.kind = ErrorKind::Internal;
  return error;
}

}  // namespace

std::span<const Pass> canonicalization_pipeline() {
  return pipeline;
}

Status canonicalize(ir::Graph& graph, const PassObserver& observer) {
  for (const Pass& pass : pipeline) {
    if (Status status = pass.run(graph); !status) return in_pass(pass, std::move(status).error());
    PUDU_TRY(verify_after(pass, graph));
    if (observer) observer(pass, graph);
  }
  return {};
}

}  // namespace pudu::passes
