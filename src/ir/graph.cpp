#include "ir/graph.hpp"

#include <algorithm>

namespace pudu::ir {
namespace {

/// `hint`, or `hint.1`, `hint.2`, ... whichever no item has.
template <class Items>
std::string unique_name(const Items& items, std::string_view hint) {
  const auto is_taken = [&](const std::string& name) {
    return std::any_of(items.begin(), items.end(), [&](const auto& item) { return item.name == name; });
  };
  std::string name(hint);
  for (int suffix = 1; is_taken(name); ++suffix) name = std::string(hint) + "." + std::to_string(suffix);
  return name;
}

bool produces(const Node& node, ValueId id) {
  return std::find(node.outputs.begin(), node.outputs.end(), id) != node.outputs.end();
}

struct Liveness {
  std::vector<bool> is_used;  ///< by value
  std::vector<bool> is_live;  ///< by node
};

/// Which values are needed, and whether their producers are: walks the nodes backwards from what is used.
void find_live_nodes(const Graph& graph, Liveness& liveness) {
  std::vector<bool>& is_used = liveness.is_used;
  std::vector<bool>& is_live = liveness.is_live;
  const std::span<const Node> nodes = graph.nodes();
  for (std::size_t i = nodes.size(); i-- > 0;) {
    is_live[i] = std::any_of(nodes[i].outputs.begin(), nodes[i].outputs.end(),
                             [&](ValueId id) { return is_used[index_of(id)]; });
    if (!is_live[i]) continue;
    for (const std::optional<ValueId>& input : nodes[i].inputs) {
      if (input) is_used[index_of(*input)] = true;
    }
  }
}

/// A state that is read needs what it becomes, which may read other states: walks until nothing is added.
Liveness find_live_parts(const Graph& graph) {
  Liveness liveness{std::vector<bool>(graph.values().size(), false), std::vector<bool>(graph.nodes().size(), false)};
  for (const ValueId id : graph.outputs) liveness.is_used[index_of(id)] = true;
  bool grows = true;
  while (grows) {
    find_live_nodes(graph, liveness);
    grows = false;
    for (const State& state : graph.states) {
      if (!liveness.is_used[index_of(state.before)] || liveness.is_used[index_of(state.after)]) continue;
      liveness.is_used[index_of(state.after)] = true;
      grows = true;
    }
  }
  return liveness;
}

}  // namespace

ValueId Graph::add_value(std::string value_name, TensorType type) {
  const auto id = static_cast<ValueId>(values_.size());
  values_.push_back({id, std::move(value_name), std::move(type), std::nullopt, nullptr});
  return id;
}

ValueId Graph::add_constant(std::string value_name, TensorType type, std::vector<std::byte> data) {
  const ValueId id = add_value(std::move(value_name), std::move(type));
  value(id).constant = std::make_shared<const std::vector<std::byte>>(std::move(data));
  return id;
}

ValueId Graph::add_state(std::string value_name, TensorType type, std::vector<std::byte> initial) {
  const ValueId id = add_value(std::move(value_name), std::move(type));
  states.push_back({id, id, std::make_shared<const std::vector<std::byte>>(std::move(initial))});
  return id;
}

ValueId Graph::add_constant_f32(std::string value_name, Shape shape, std::span<const float> data) {
  const auto bytes = std::as_bytes(data);
  return add_constant(std::move(value_name), {DType::Float32, std::move(shape), Layout::Contiguous},
                      {bytes.begin(), bytes.end()});
}

NodeId Graph::add_node(std::string node_name, std::string op, std::vector<std::optional<ValueId>> node_inputs,
                       Attributes attributes, std::span<const TensorType> result_types, std::string source) {
  const auto id = static_cast<NodeId>(nodes_.size());
  Node node{id, std::move(node_name),  std::move(op),    std::move(node_inputs),
            {}, std::move(attributes), std::move(source)};
  for (std::size_t i = 0; i < result_types.size(); ++i) {
    const std::string hint = i == 0 ? node.name : node.name + "." + std::to_string(i);
    node.outputs.push_back(add_value(unique_value_name(hint), result_types[i]));
  }
  nodes_.push_back(std::move(node));
  return id;
}

std::string Graph::unique_value_name(std::string_view hint) const {
  return unique_name(values_, hint);
}

std::string Graph::unique_node_name(std::string_view hint) const {
  return unique_name(nodes_, hint);
}

void Graph::replace_uses(ValueId from, ValueId to) {
  for (Node& node : nodes_) {
    for (std::optional<ValueId>& input : node.inputs) {
      if (input == from) input = to;
    }
  }
  std::replace(outputs.begin(), outputs.end(), from, to);
  for (State& state : states) {
    if (state.after == from) state.after = to;
  }
}

std::vector<const Node*> Graph::users(ValueId id) const {
  std::vector<const Node*> users;
  for (const Node& node : nodes_) {
    users.insert(users.end(),
                 static_cast<std::size_t>(std::count(node.inputs.begin(), node.inputs.end(), std::optional(id))),
                 &node);
  }
  return users;
}

std::size_t Graph::use_count(ValueId id) const {
  const auto kept = std::count_if(states.begin(), states.end(), [id](const State& state) { return state.after == id; });
  return users(id).size() + static_cast<std::size_t>(std::count(outputs.begin(), outputs.end(), id) + kept);
}

const Node* Graph::producer(ValueId id) const {
  const auto found = std::find_if(nodes_.begin(), nodes_.end(), [id](const Node& node) { return produces(node, id); });
  return found == nodes_.end() ? nullptr : &*found;
}

Node* Graph::producer(ValueId id) {
  return const_cast<Node*>(std::as_const(*this).producer(id));
}

void Graph::remove_dead_code() {
  const auto [is_used, is_live] = find_live_parts(*this);
  std::erase_if(states, [&used = is_used](const State& state) { return !used[index_of(state.before)]; });
  std::vector<Node> live_nodes;
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    if (is_live[i]) live_nodes.push_back(std::move(nodes_[i]));
  }
  nodes_ = std::move(live_nodes);
  renumber_nodes();

  std::vector<ValueId*> references;
  for (ValueId& id : inputs) references.push_back(&id);
  for (ValueId& id : outputs) references.push_back(&id);
  for (State& state : states) references.insert(references.end(), {&state.before, &state.after});
  for (Node& node : nodes_) {
    for (std::optional<ValueId>& input : node.inputs) {
      if (input) references.push_back(&*input);
    }
    for (ValueId& output : node.outputs) references.push_back(&output);
  }
  std::vector<bool> is_referred(values_.size(), false);
  for (const ValueId* const id : references) is_referred[index_of(*id)] = true;

  std::vector<ValueId> new_ids(values_.size());
  std::vector<Value> live_values;
  for (Value& value : values_) {
    const std::size_t old_index = index_of(value.id);
    if (!is_referred[old_index]) continue;
    value.id = static_cast<ValueId>(live_values.size());
    new_ids[old_index] = value.id;
    live_values.push_back(std::move(value));
  }
  values_ = std::move(live_values);
  for (ValueId* const id : references) *id = new_ids[index_of(*id)];
}

void Graph::renumber_nodes() {
  for (std::size_t i = 0; i < nodes_.size(); ++i) nodes_[i].id = static_cast<NodeId>(i);
}

Graph Graph::assemble(std::string graph_name, std::vector<Value> values, std::vector<Node> nodes) {
  Graph graph;
  graph.name = std::move(graph_name);
  graph.values_ = std::move(values);
  graph.nodes_ = std::move(nodes);
  for (std::size_t i = 0; i < graph.values_.size(); ++i) graph.values_[i].id = static_cast<ValueId>(i);
  graph.renumber_nodes();
  return graph;
}

}  // namespace pudu::ir
