#include "ops/float_executor.hpp"

#include <algorithm>
#include <limits>

#include "base/cancellation.hpp"
#include "ops/registry.hpp"

namespace pudu::ops {
namespace {

constexpr std::size_t never = std::numeric_limits<std::size_t>::max();

/// A constant, or a value with data, as a float tensor. Float data are shared; integer and boolean data are converted.
Tensor constant_tensor(const ir::Value& value) {
  std::vector<float> converted(static_cast<std::size_t>(value.type.elements()));
  const auto convert = [&]<class T>(std::span<const T> data) {
    std::transform(data.begin(), data.end(), converted.begin(), [](T element) { return static_cast<float>(element); });
  };
  switch (value.type.dtype) {
    case ir::DType::Float32:
      return Tensor::sharing(value.constant, value.type.shape);
    case ir::DType::Int8:
      convert(value.data<std::int8_t>());
      break;
    case ir::DType::UInt8:
    case ir::DType::Bool:
      convert(value.data<std::uint8_t>());
      break;
    case ir::DType::Int16:
      convert(value.data<std::int16_t>());
      break;
    case ir::DType::Int32:
      convert(value.data<std::int32_t>());
      break;
    case ir::DType::Int64:
      convert(value.data<std::int64_t>());
      break;
  }
  return {value.type.shape, std::move(converted)};
}

}  // namespace

FloatExecutor::FloatExecutor(const ir::Graph& graph)
    : graph_(graph), constants_(graph.values().size()), last_use_(graph.values().size(), 0) {
  for (const ir::Value& value : graph.values()) {
    if (value.is_constant()) constants_[ir::index_of(value.id)] = constant_tensor(value);
  }
  for (std::size_t step = 0; step < graph.nodes().size(); ++step) {
    for (const std::optional<ir::ValueId>& input : graph.nodes()[step].inputs) {
      if (input) last_use_[ir::index_of(*input)] = step;
    }
    for (const ir::ValueId output : graph.nodes()[step].outputs) last_use_[ir::index_of(output)] = step;
  }
  for (const ir::ValueId output : graph.outputs) last_use_[ir::index_of(output)] = never;
  for (const ir::State& state : graph.states) last_use_[ir::index_of(state.after)] = never;
}

std::vector<Tensor> FloatExecutor::initial_states() const {
  std::vector<Tensor> states;
  for (const ir::State& state : graph_.states) {
    ir::Value value = graph_.value(state.before);
    value.constant = state.initial;
    states.push_back(constant_tensor(value));
  }
  return states;
}

Status FloatExecutor::run_node(const ir::Node& node, std::vector<Tensor>& values) const {
  std::vector<Tensor> inputs;
  for (const std::optional<ir::ValueId>& input : node.inputs) {
    inputs.push_back(input ? values[ir::index_of(*input)] : Tensor());
  }
  std::vector<Tensor> outputs;
  for (const ir::ValueId output : node.outputs) outputs.emplace_back(graph_.value(output).type.shape);
  PUDU_TRY(operator_of(node).reference(node, inputs, outputs));
  for (std::size_t i = 0; i < outputs.size(); ++i) values[ir::index_of(node.outputs[i])] = std::move(outputs[i]);
  return {};
}

Result<std::vector<Tensor>> FloatExecutor::run(std::span<const Tensor> inputs, const ValueObserver& observer) const {
  std::vector<Tensor> states = initial_states();
  return run_next(inputs, states, observer);
}

Result<std::vector<Tensor>> FloatExecutor::run_next(std::span<const Tensor> inputs, std::vector<Tensor>& states,
                                                    const ValueObserver& observer) const {
  if (inputs.size() != graph_.inputs.size()) {
    return invalid_input({.where = "inputs",
                          .found = std::to_string(inputs.size()) + " inputs",
                          .allowed = "the model has " + std::to_string(graph_.inputs.size())});
  }
  std::vector<Tensor> values = constants_;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const ir::Value& value = graph_.value(graph_.inputs[i]);
    if (inputs[i].shape() != value.type.shape) {
      return invalid_input({.where = value.name,
                            .found = "shape " + ir::to_string(inputs[i].shape()),
                            .allowed = "the model takes " + ir::to_string(value.type.shape)});
    }
    values[ir::index_of(value.id)] = inputs[i];
    if (observer) observer(value.id, inputs[i]);
  }
  for (std::size_t i = 0; i < states.size(); ++i) {
    const ir::ValueId before = graph_.states[i].before;
    values[ir::index_of(before)] = states[i];
    if (observer) observer(before, states[i]);
  }
  for (std::size_t step = 0; step < graph_.nodes().size(); ++step) {
    const ir::Node& node = graph_.nodes()[step];
    base::check_cancelled();
    if (Status status = run_node(node, values); !status) return std::move(status).error().at(node.name);
    for (const ir::ValueId output : node.outputs) {
      if (observer) observer(output, values[ir::index_of(output)]);
      if (last_use_[ir::index_of(output)] == step) values[ir::index_of(output)] = Tensor();
    }
    for (const std::optional<ir::ValueId>& input : node.inputs) {
      if (input && last_use_[ir::index_of(*input)] == step) values[ir::index_of(*input)] = Tensor();
    }
  }
  for (std::size_t i = 0; i < states.size(); ++i) states[i] = values[ir::index_of(graph_.states[i].after)];
  std::vector<Tensor> results;
  for (const ir::ValueId output : graph_.outputs) results.push_back(values[ir::index_of(output)]);
  return results;
}

}  // namespace pudu::ops
