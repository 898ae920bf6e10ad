// Batch normalization with fixed statistics. See batch_norm.md.
#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "ops/checks.hpp"
#include "ops/lower_context.hpp"
#include "ops/op_definition.hpp"

namespace pudu::ops {
namespace {

enum Operand : std::size_t { Input, Weight, Bias, Mean, Variance };

Status check_statistics(const ir::Graph& graph, const ir::Node& node, std::size_t index, std::string_view name) {
  if (!has_input(node, index)) return {};
  PUDU_TRY(check_input(graph, node, index));
  const std::int64_t channels = input_type(graph, node, Input).shape[1];
  const ir::Shape& shape = input_type(graph, node, index).shape;
  if (shape == ir::Shape{channels}) return {};
  return invalid_input({.found = std::string(name) + " of shape " + ir::to_string(shape),
                        .allowed = "shape " + ir::to_string({channels}) + ", one element a channel"});
}

Result<std::vector<ir::TensorType>> infer(const ir::Graph& graph, const ir::Node& node) {
  PUDU_TRY(check_input(graph, node, Input));
  const ir::TensorType& input = input_type(graph, node, Input);
  if (input.shape.size() < 2) {
    return invalid_input({.found = "input of shape " + ir::to_string(input.shape), .allowed = "[N, C, ...]"});
  }
  PUDU_TRY(check_statistics(graph, node, Weight, "weight"));
  PUDU_TRY(check_statistics(graph, node, Bias, "bias"));
  PUDU_TRY(check_statistics(graph, node, Mean, "running_mean"));
  PUDU_TRY(check_statistics(graph, node, Variance, "running_var"));
  if (const double eps = node.attributes.real("eps"); !(eps >= 0.0)) {
    return invalid_input({.found = "eps is " + std::to_string(eps), .allowed = "eps >= 0"});
  }
  return single_result(ir::DType::Float32, input.shape);
}

Status reference(const ir::Node& node, std::span<const Tensor> inputs, std::span<Tensor> outputs) {
  const Tensor& input = inputs[Input];
  const auto channels = static_cast<std::size_t>(input.dim(1));
  const std::size_t inner =
      static_cast<std::size_t>(input.elements()) / (static_cast<std::size_t>(input.dim(0)) * channels);
  const double eps = node.attributes.real("eps");
  const auto parameter = [&](std::size_t index, std::size_t channel, double absent) {
    return inputs[index].defined() ? static_cast<double>(inputs[index].data()[channel]) : absent;
  };
  const auto source = input.data();
  const auto result = outputs[0].mutable_data();
  for (std::size_t run = 0; run * inner < source.size(); ++run) {
    const std::size_t channel = run % channels;
    const double factor = parameter(Weight, channel, 1.0) / std::sqrt(parameter(Variance, channel, 1.0) + eps);
    const double shift = parameter(Bias, channel, 0.0) - parameter(Mean, channel, 0.0) * factor;
    for (std::size_t i = run * inner; i < (run + 1) * inner; ++i) {
      result[i] = static_cast<float>(static_cast<double>(source[i]) * factor + shift);
    }
  }
  return {};
}

Status lower(LowerContext&) {
  return unsupported(
      {.found = "batch_norm has no kernel",
       .allowed = "the pass fold_batch_norm puts it into a neighbour or makes it a depthwise convolution"});
}

}  // namespace

const OpDefinition& batch_norm_definition() {
  static const OpDefinition definition = {
      .name = "batch_norm",
      .summary = "Batch normalization with running statistics; canonicalization folds it away.",
      .inputs = {{"input", OperandPresence::Required, "[N, C, ...]"},
                 {"weight", OperandPresence::Optional, "constant [C]; 1 when absent"},
                 {"bias", OperandPresence::Optional, "constant [C]; 0 when absent"},
                 {"running_mean", OperandPresence::Required, "constant [C]"},
                 {"running_var", OperandPresence::Required, "constant [C]"}},
      .attributes = {{"eps", AttributeType::Real, 1e-5, "added to the variance"}},
      .infer = infer,
      .reference = reference,
      .quantization = {},
      .lower = lower,
      .kernels = {},
      .macs = nullptr,
  };
  return definition;
}

}  // namespace pudu::ops
