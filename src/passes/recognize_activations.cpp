// A function of one variable is one table look-up on the device, with one rounding; written out it is up to four passes
// over the tensor, with one each. torch.export's decompositions write hardswish, hardsigmoid and silu out.
//
// The hardsigmoid of torch.nn.Hardsigmoid is clamp(x / 6 + 1 / 2, 0, 1). A scaled form is recognized by its numbers:
// outer_scale * clamp(inner_scale * x + inner_shift, low, high) + outer_shift. Numbers are compared to single
// precision.
#include "passes/recognize_activations.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <vector>

#include "passes/bounds.hpp"
#include "passes/channel_affine.hpp"
#include "passes/graph_editor.hpp"

namespace pudu::passes {
namespace {

bool is_close(double a, double b) {
  return std::abs(a - b) <= 1e-6 * std::max(std::abs(a), std::abs(b));
}

/// The unary node of that function that makes `value`, or null.
const ir::Node* unary(const GraphEditor& editor, ir::ValueId value, std::string_view function) {
  const ir::Node* node = editor.producer(value, "unary");
  return node != nullptr && node->attributes.text("function") == function ? node : nullptr;
}

/// value = scale * root + shift.
struct Affine {
  ir::ValueId root;
  double scale = 1.0;
  double shift = 0.0;
};

/// `value` seen through zero, one, ... scale_shift nodes.
std::vector<Affine> affine_views(const GraphEditor& editor, ir::ValueId value) {
  std::vector<Affine> views = {{value}};
  constexpr std::size_t max_views = 4;  // the written-out forms have one or two nodes in a row
  while (views.size() < max_views) {
    const Affine last = views.back();
    const ir::Node* node = unary(editor, last.root, "scale_shift");
    if (node == nullptr) break;
    const std::vector<double>& params = node->attributes.reals("params");
    views.push_back({*node->inputs[0], last.scale * params[0], last.scale * params[1] + last.shift});
  }
  return views;
}

/// value = factor * hardsigmoid(input).
struct ScaledHardsigmoid {
  ir::ValueId input;
  double factor = 1.0;
};

std::optional<ScaledHardsigmoid> match_clamp(const GraphEditor& editor, const Affine& outer) {
  if (const ir::Node* gate = unary(editor, outer.root, "hardsigmoid"); gate != nullptr && outer.shift == 0.0) {
    return ScaledHardsigmoid{*gate->inputs[0], outer.scale};
  }
  const ir::Node* clamp = unary(editor, outer.root, "clamp");
  if (clamp == nullptr) return {};
  const std::vector<double>& bounds = clamp->attributes.reals("params");
  const double factor = outer.scale * bounds[1] + outer.shift;
  if (!std::isfinite(factor) || factor == 0.0 ||
      std::abs(outer.scale * bounds[0] + outer.shift) > 1e-6 * std::abs(factor)) {
    return {};
  }
  for (const Affine& inner : affine_views(editor, *clamp->inputs[0])) {
    if (is_close(outer.scale * inner.scale, factor / 6.0) &&
        is_close(outer.scale * inner.shift + outer.shift, factor / 2.0)) {
      return ScaledHardsigmoid{inner.root, factor};
    }
  }
  return {};
}

std::optional<ScaledHardsigmoid> match_hardsigmoid(const GraphEditor& editor, ir::ValueId value) {
  for (const Affine& outer : affine_views(editor, value)) {
    if (auto found = match_clamp(editor, outer)) return found;
  }
  return {};
}

/// value = factor * function(input).
struct Gated {
  std::string_view function;
  ir::ValueId input;
  double factor = 1.0;
};

/// Is `x`, up to a factor, the value `root`? Then that factor.
std::optional<double> multiple_of(const GraphEditor& editor, ir::ValueId x, ir::ValueId root) {
  for (const Affine& view : affine_views(editor, x)) {
    if (view.root == root && view.shift == 0.0) return view.scale;
  }
  return {};
}

std::optional<Gated> match_gate(const GraphEditor& editor, ir::ValueId x, ir::ValueId gate) {
  if (const auto found = match_hardsigmoid(editor, gate)) {
    if (const auto scale = multiple_of(editor, x, found->input)) {
      return Gated{"hardswish", found->input, *scale * found->factor};
    }
  }
  if (const ir::Node* sigmoid = unary(editor, gate, "sigmoid"); sigmoid != nullptr && sigmoid->inputs[0] == x) {
    return Gated{"silu", x, 1.0};
  }
  const ir::Node* tanh = unary(editor, gate, "tanh");
  const ir::Node* softplus = tanh == nullptr ? nullptr : unary(editor, *tanh->inputs[0], "softplus");
  // beta is 1; from the threshold on softplus(x) is taken for x, where the tanh of both is 1 in single precision.
  if (softplus != nullptr && softplus->inputs[0] == x && softplus->attributes.reals("params")[0] == 1.0 &&
      softplus->attributes.reals("params")[1] >= 10.0) {
    return Gated{"mish", x, 1.0};
  }
  return {};
}

std::optional<Gated> match_mul(const GraphEditor& editor, ir::ValueId value) {
  const ir::Node* mul = editor.producer(value, "mul");
  if (mul == nullptr || has_fused_activation(*mul)) return {};
  const ir::ValueId a = *mul->inputs[0];
  const ir::ValueId b = *mul->inputs[1];
  if (editor.shape(a) != editor.shape(b)) return {};
  if (auto found = match_gate(editor, a, b)) return found;
  return match_gate(editor, b, a);
}

Status make_unary(GraphEditor& editor, ir::NodeId id, std::string_view function, ir::ValueId input,
                  std::vector<double> params) {
  ir::Attributes attributes;
  attributes.set("function", std::string(function));
  attributes.set("params", std::move(params));
  return editor.replace(id, "unary", {input}, attributes);
}

/// add or mul of an activation and one number.
Status rewrite_scalar(GraphEditor& editor, ir::NodeId id) {
  const ir::Node& node = editor.node(id);
  if (has_fused_activation(node)) return {};
  for (const std::size_t operand : std::array<std::size_t, 2>{0, 1}) {
    const ir::ValueId input = *node.inputs[operand];
    const std::span<const float> constant = editor.floats(*node.inputs[1 - operand]);
    if (constant.size() != 1 || editor.shape(input) != editor.shape(node.outputs[0])) continue;
    const auto number = static_cast<double>(constant[0]);
    if (node.op == "mul") return make_unary(editor, id, "scale_shift", input, {number, 0.0});
    const double alpha = node.attributes.real("alpha");
    if (operand == 0) return make_unary(editor, id, "scale_shift", input, {1.0, alpha * number});
    return make_unary(editor, id, "scale_shift", input, {alpha, number});
  }
  return {};
}

/// A clamp that others read, too, stays: two readers of a layer instead of one would keep both clamps out of it.
Status merge_clamps(GraphEditor& editor, ir::NodeId id) {
  const ir::Node& outer = editor.node(id);
  const ir::Node* inner = unary(editor, *outer.inputs[0], "clamp");
  if (inner == nullptr || !editor.has_single_user(inner->outputs[0])) return {};
  const Bounds both = in_sequence(bounds_of_clamp(*inner), bounds_of_clamp(outer));
  return make_unary(editor, id, "clamp", *inner->inputs[0], {both.min, both.max});
}

Status rewrite_unary(GraphEditor& editor, ir::NodeId id) {
  const ir::Node& node = editor.node(id);
  const ir::ValueId result = node.outputs[0];
  const std::string& function = node.attributes.text("function");
  if (function != "clamp" && function != "scale_shift") return {};
  for (const Affine& view : affine_views(editor, result)) {
    const auto found = match_mul(editor, view.root);
    if (found && view.shift == 0.0 && is_close(view.scale * found->factor, 1.0)) {
      return make_unary(editor, id, found->function, found->input, {});
    }
  }
  if (const auto found = match_hardsigmoid(editor, result); found && is_close(found->factor, 1.0)) {
    return make_unary(editor, id, "hardsigmoid", found->input, {});
  }
  if (function == "clamp") return merge_clamps(editor, id);
  return {};
}

}  // namespace

Status recognize_activations(ir::Graph& graph) {
  return rewrite_until_stable(graph, [](GraphEditor& editor, ir::NodeId id) -> Status {
    const ir::Node& node = editor.node(id);
    if (node.op == "unary") return rewrite_unary(editor, id);
    if (node.op != "add" && node.op != "mul") return {};
    const auto found = match_mul(editor, node.outputs[0]);
    if (found && is_close(found->factor, 1.0)) return make_unary(editor, id, found->function, found->input, {});
    return rewrite_scalar(editor, id);
  });
}

}  // namespace pudu::passes
