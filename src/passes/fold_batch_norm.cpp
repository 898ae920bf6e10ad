// Batch norm at inference (Ioffe and Szegedy 2015; torch.nn.BatchNorm2d): per channel c of dimension 1
//   y = (x - running_mean[c]) / sqrt(running_var[c] + eps) * weight[c] + bias[c],
// an affine function whose factors are known here. They are computed in double.
#include "passes/fold_batch_norm.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "passes/channel_affine.hpp"
#include "passes/graph_editor.hpp"

namespace pudu::passes {
namespace {

enum Operand : std::size_t { Input, Weight, Bias, RunningMean, RunningVar };

std::vector<double> operand(const GraphEditor& editor, const ir::Node& norm, Operand index, double absent) {
  if (norm.inputs[index]) {
    const std::span<const float> data = editor.floats(*norm.inputs[index]);
    return {data.begin(), data.end()};
  }
  return std::vector<double>(static_cast<std::size_t>(editor.shape(*norm.inputs[Input])[1]), absent);
}

/// Can the norm be computed here? All its parameters are float constants.
bool has_constant_parameters(const GraphEditor& editor, const ir::Node& norm) {
  return std::all_of(norm.inputs.begin() + 1, norm.inputs.end(), [&](const std::optional<ir::ValueId>& parameter) {
    return !parameter || !editor.floats(*parameter).empty();
  });
}

Result<ChannelAffine> affine_of(const GraphEditor& editor, const ir::Node& norm) {
  const std::vector<double> mean = operand(editor, norm, RunningMean, 0.0);
  const std::vector<double> variance = operand(editor, norm, RunningVar, 1.0);
  const std::vector<double> weight = operand(editor, norm, Weight, 1.0);
  const std::vector<double> bias = operand(editor, norm, Bias, 0.0);
  const double eps = norm.attributes.real("eps");
  ChannelAffine affine;
  for (std::size_t c = 0; c < mean.size(); ++c) {
    if (!(variance[c] + eps > 0.0)) {
      return invalid_input(
          {.where = norm.name,
           .found = "running_var + eps is " + std::to_string(variance[c] + eps) + " in channel " + std::to_string(c),
           .allowed = "a positive number, since its square root is divided by"});
    }
    affine.scale.push_back(weight[c] / std::sqrt(variance[c] + eps));
    affine.shift.push_back(bias[c] - mean[c] * affine.scale[c]);
  }
  return affine;
}

std::vector<float> to_floats(const std::vector<double>& values) {
  return {values.begin(), values.end()};
}

Status make_depthwise(GraphEditor& editor, ir::NodeId id, const ChannelAffine& affine) {
  const ir::ValueId input = *editor.node(id).inputs[Input];
  const std::string name = editor.node(id).name;
  const auto channels = static_cast<std::int64_t>(affine.scale.size());
  const ir::ValueId weight = editor.add_constant(name + ".weight", {channels, 1, 1, 1}, to_floats(affine.scale));
  const ir::ValueId bias = editor.add_constant(name + ".bias", {channels}, to_floats(affine.shift));
  ir::Attributes attributes;
  attributes.set("groups", channels);
  return editor.replace(id, "conv2d", {input, weight, bias}, attributes);
}

Status make_mul_add(GraphEditor& editor, ir::NodeId id, const ChannelAffine& affine) {
  const ir::Node norm = editor.node(id);
  ir::Shape shape(editor.shape(norm.outputs[0]).size(), 1);
  shape[1] = static_cast<std::int64_t>(affine.scale.size());
  const ir::ValueId scale = editor.add_constant(norm.name + ".weight", shape, to_floats(affine.scale));
  const ir::ValueId shift = editor.add_constant(norm.name + ".bias", shape, to_floats(affine.shift));
  PUDU_TRY_ASSIGN(const ir::ValueId scaled,
                  editor.insert(norm.name + ".scaled", "mul", {norm.inputs[Input], scale}, {}, norm.source));
  return editor.replace(id, "add", {scaled, shift}, {});
}

}  // namespace

Status fold_batch_norm(ir::Graph& graph) {
  return rewrite_until_stable(graph, [](GraphEditor& editor, ir::NodeId id) -> Status {
    const ir::Node& norm = editor.node(id);
    if (norm.op != "batch_norm" || !has_constant_parameters(editor, norm)) return {};
    PUDU_TRY_ASSIGN(const ChannelAffine affine, affine_of(editor, norm));
    const ir::ValueId input = *norm.inputs[Input];
    const std::size_t rank = editor.shape(input).size();
    const ir::Node* layer = affine_target(editor, input);
    // Channels are dimension 1, which is the last one, that of a linear's outputs, in rank 2 only.
    if (layer != nullptr && rank == (layer->op != "linear" ? 4U : 2U) && fold_into_layer(editor, layer->id, affine)) {
      editor.drop(id, input);
      return {};
    }
    return rank == 4 ? make_depthwise(editor, id, affine) : make_mul_add(editor, id, affine);
  });
}

}  // namespace pudu::passes
