#include "quantizer/sharing.hpp"

#include <utility>

#include "ops/registry.hpp"

namespace pudu::quantizer {
namespace {

bool shares_parameters(const ops::OpDefinition& definition) {
  return definition.quantization.output == ops::OutputQuantization::SameAsInput;
}

/// Does following pass-through operators upwards from `id` end at an operator with prescribed output parameters?
bool has_fixed_origin(const ir::Graph& graph, ir::ValueId id) {
  const ir::Node* producer = graph.producer(id);
  if (producer == nullptr) return false;
  const ops::OpDefinition& definition = ops::operator_of(*producer);
  if (definition.quantization.output == ops::OutputQuantization::Fixed) return true;
  if (!shares_parameters(definition)) return false;
  for (const std::optional<ir::ValueId>& input : producer->inputs) {
    if (input && has_fixed_origin(graph, *input)) return true;
  }
  return false;
}

}  // namespace

SharingGroups::SharingGroups(const ir::Graph& graph) : fixed_(graph.values().size()) {
  for (std::size_t i = 0; i < graph.values().size(); ++i) parents_.push_back(i);
  for (const ir::Node& node : graph.nodes()) {
    const ops::OpDefinition& definition = ops::operator_of(node);
    if (definition.quantization.output == ops::OutputQuantization::Fixed) {
      for (const ir::ValueId output : node.outputs) fixed_[group_of(output)] = definition.quantization.fixed_output;
    }
    if (!shares_parameters(definition)) continue;
    for (const std::optional<ir::ValueId>& input : node.inputs) {
      // Positions take no part in scales.
      if (input && graph.value(*input).type.dtype == ir::DType::Float32) unite(node.outputs.front(), *input);
    }
  }
  // The next run reads as codes what this one leaves behind.
  for (const ir::State& state : graph.states) unite(state.after, state.before);
}

std::size_t SharingGroups::group_of(ir::ValueId id) const {
  std::size_t index = ir::index_of(id);
  while (parents_[index] != index) index = parents_[index] = parents_[parents_[index]];
  return index;
}

void SharingGroups::unite(ir::ValueId a, ir::ValueId b) {
  const std::size_t from = group_of(a);
  const std::size_t into = group_of(b);
  if (from == into) return;
  parents_[from] = into;
  if (!fixed_[into]) fixed_[into] = std::move(fixed_[from]);
}

namespace {

/// What reads a state may share its parameters with other values: prescribed ones stay with the value that has them.
Status separate_fixed_states(ir::Graph& graph) {
  for (ir::State& state : graph.states) {
    if (!has_fixed_origin(graph, state.after)) continue;
    ir::Attributes attributes;
    attributes.set("function", std::string("identity"));
    PUDU_TRY_ASSIGN(const ir::NodeId rescale, ops::append_node(graph, graph.value(state.after).name + ".kept", "unary",
                                                               {state.after}, attributes, {}));
    state.after = graph.nodes()[ir::index_of(rescale)].outputs.front();
  }
  return {};
}

}  // namespace

Status separate_fixed_inputs(ir::Graph& graph) {
  std::vector<std::pair<ir::NodeId, std::size_t>> to_rescale;
  for (const ir::Node& node : graph.nodes()) {
    if (!shares_parameters(ops::operator_of(node)) || node.inputs.size() < 2) continue;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      if (node.inputs[i] && has_fixed_origin(graph, *node.inputs[i])) to_rescale.emplace_back(node.id, i);
    }
  }
  // From the back, so that the positions of the nodes still to be visited stay what they are.
  for (std::size_t k = to_rescale.size(); k-- > 0;) {
    const auto [node_id, input] = to_rescale[k];
    const std::size_t position = ir::index_of(node_id);
    const ir::ValueId source = *graph.nodes()[position].inputs[input];
    ir::Attributes attributes;
    attributes.set("function", std::string("identity"));
    PUDU_TRY_ASSIGN(const ir::NodeId rescale, ops::append_node(graph, graph.value(source).name + ".rescaled", "unary",
                                                               {source}, attributes, graph.nodes()[position].source));
    graph.nodes()[position].inputs[input] = graph.nodes()[ir::index_of(rescale)].outputs.front();
    graph.move_node(rescale, node_id);
  }
  return separate_fixed_states(graph);
}

}  // namespace pudu::quantizer
