// The ordered list of canonicalization passes, with the reason for each one's place. A pass that makes work for an
// earlier one would stand wrong: the order is such that one run of the list suffices (pipeline_test checks that a
// second changes nothing).
#include "passes/pipeline.hpp"

#include <string>
#include <utility>

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

/// The pass is what the reader of the message needs to know.
Status in_pass(std::string_view name, Status status) {
  if (status) return status;
  Error error = std::move(status).error();
  for (Diagnostic& diagnostic : error.diagnostics) {
    diagnostic.where = "pass " + std::string(name) + (diagnostic.where.empty() ? "" : ", " + diagnostic.where);
  }
  return error;
}

Pass rewriting(std::string_view name, Status (*rewrite)(ir::Graph&), std::vector<std::string_view> after,
               std::string_view reason) {
  return {.name = name,
          .reason = reason,
          .needs = {Need::Graph},
          .changes = Change::Graph,
          .after = std::move(after),
          .requirements = {},
          .indispensable = {},
          .run = [name, rewrite](const Supplies& supplies) { return in_pass(name, rewrite(*supplies.graph)); }};
}

std::vector<Pass> make_pipeline() {
  return {
      rewriting("eliminate_dead_code", eliminate_dead_code, {},
                "first: dead nodes would count as users, and a value with two users is left alone"),
      rewriting("drop_identities", drop_identities, {"eliminate_dead_code"},
                "early: an identity between two nodes hides them from each other"),
      rewriting("fold_constants", fold_constants, {"eliminate_dead_code", "drop_identities"},
                "before all that look for constant operands: weights may be computed from parameters"),
      rewriting("recognize_activations", recognize_activations, {"fold_constants"},
                "before the clamps and factors that written-out functions are made of are fused away"),
      rewriting("matmul_to_linear", matmul_to_linear, {"fold_constants"},
                "before anything is folded into linear layers"),
      rewriting("simplify_pooling", simplify_pooling, {"drop_identities"},
                "leaves reshapes, so it stands before simplify_data_movement"),
      rewriting("simplify_data_movement", simplify_data_movement, {"matmul_to_linear", "simplify_pooling"},
                "brings layers and what is folded into them next to each other"),
      rewriting("fuse_pad", fuse_pad, {"simplify_data_movement"},
                "when nothing stands between pad and convolution any more"),
      rewriting("fold_batch_norm", fold_batch_norm, {"simplify_data_movement"},
                "before the activation behind it is fused: bounds hold for the normalized value"),
      rewriting("fold_affine", fold_affine, {"recognize_activations", "fold_batch_norm"},
                "after batch norm, which it may follow, and before activations, like batch norm"),
      rewriting("fuse_activations", fuse_activations, {"recognize_activations", "fold_batch_norm", "fold_affine"},
                "when weights are final: nothing can be folded into a layer with bounds"),
      rewriting("simplify_data_movement_again", simplify_data_movement, {"fuse_activations"},
                "a clamp that is fused now stood between reshapes"),
      rewriting("permute_linear_weights", permute_linear_weights, {"fuse_activations", "simplify_data_movement_again"},
                "last: elementwise functions have moved in front of the flattening by now"),
  };
}

/// What moves data is rewritten; nothing that computes is, for every rounding of the model's arithmetic counts.
std::vector<Pass> make_quantized_pipeline() {
  return {
      rewriting("eliminate_dead_code", eliminate_dead_code, {},
                "first: dead nodes would count as users, and a value with two users is left alone"),
      rewriting("simplify_data_movement", simplify_data_movement, {"eliminate_dead_code"},
                "merges the permutes that the reader has put around operators on images"),
      rewriting("fuse_pad", fuse_pad, {"simplify_data_movement"},
                "when nothing stands between pad and convolution any more"),
  };
}

/// What moves codes may have come next to each other where dequantize and quantize nodes have gone.
std::vector<Pass> make_adopted_pipeline() {
  return {
      rewriting("simplify_movement_of_codes", simplify_data_movement, {}, "merges what moves codes in a row"),
      rewriting("permute_int8_linear_weights", permute_linear_weights, {"simplify_movement_of_codes"},
                "last: the codes lie as the layers in front of the flattening leave them"),
  };
}

/// Tells an observer of graphs what becomes of the graph.
class Forwarding final : public PassListener {
 public:
  explicit Forwarding(const PassObserver& observer) : observer_(observer) {}

  void begin(const Pass&) override {}
  void end(const Pass&, double) override {}
  Status after(const Pass& pass, const PassState& state) override {
    if (observer_) observer_(pass, state.graph);
    return {};
  }

 private:
  const PassObserver& observer_;
};

}  // namespace

std::span<const Pass> canonicalization_pipeline() {
  static const std::vector<Pass> pipeline = make_pipeline();
  return pipeline;
}

std::span<const Pass> quantized_pipeline() {
  static const std::vector<Pass> pipeline = make_quantized_pipeline();
  return pipeline;
}

std::span<const Pass> adopted_pipeline() {
  static const std::vector<Pass> pipeline = make_adopted_pipeline();
  return pipeline;
}

Status canonicalize(ir::Graph& graph, const PassObserver& observer) {
  PassState state{.graph = graph};
  Forwarding listener(observer);
  return run_passes(canonicalization_pipeline(), state, listener);
}

}  // namespace pudu::passes
