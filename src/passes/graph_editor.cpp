#include "passes/graph_editor.hpp"

#include <algorithm>

#include "ops/registry.hpp"

namespace pudu::passes {
namespace {

using ir::index_of;
using ir::NodeId;
using ir::ValueId;

/// The nodes so that each stands behind those it reads from. Those in `sequence` keep their order as far as possible,
/// others stand right before their first user.
class Scheduler {
 public:
  Scheduler(std::span<const ir::Node> nodes, const std::vector<std::optional<NodeId>>& producers)
      : nodes_(nodes), producers_(producers), is_placed_(nodes.size(), false) {}

  void place(NodeId id) {
    std::vector<NodeId> pending = {id};
    while (!pending.empty()) {
      const NodeId next = pending.back();
      if (is_placed_[index_of(next)] || !push_unplaced_producers(next, pending)) {
        pending.pop_back();
        if (is_placed_[index_of(next)]) continue;
        is_placed_[index_of(next)] = true;
        order_.push_back(next);
      }
    }
  }
  const std::vector<NodeId>& order() const { return order_; }

 private:
  /// In reverse, so that the producer of the first input is placed first.
  bool push_unplaced_producers(NodeId id, std::vector<NodeId>& pending) const {
    const std::size_t before = pending.size();
    const auto& inputs = nodes_[index_of(id)].inputs;
    for (auto input = inputs.rbegin(); input != inputs.rend(); ++input) {
      if (!*input) continue;
      const std::optional<NodeId> producer = producers_[index_of(**input)];
      if (producer && !is_placed_[index_of(*producer)]) pending.push_back(*producer);
    }
    return pending.size() > before;
  }

  std::span<const ir::Node> nodes_;
  const std::vector<std::optional<NodeId>>& producers_;
  std::vector<bool> is_placed_;
  std::vector<NodeId> order_;
};

/// The node was made by a pass, so that a refusal is the pass's defect.
Error as_defect(Error error) {
  error.kind = ErrorKind::Internal;
  return error;
}

}  // namespace

GraphEditor::GraphEditor(ir::Graph& graph) : graph_(graph) {
  grow();
  for (const ir::Node& node : graph_.nodes()) {
    for (const ValueId output : node.outputs) producers_[index_of(output)] = node.id;
    for (const std::optional<ValueId>& input : node.inputs) {
      if (input) connect(node.id, *input);
    }
  }
  for (const ValueId output : graph_.outputs) is_output_[index_of(output)] = true;
  for (const ir::State& state : graph_.states) is_output_[index_of(state.after)] = true;
}

void GraphEditor::grow() {
  users_.resize(graph_.values().size());
  producers_.resize(graph_.values().size());
  is_output_.resize(graph_.values().size(), false);
  is_removed_.resize(graph_.nodes().size(), false);
}

const ir::Node* GraphEditor::producer(ValueId id) const {
  const std::optional<NodeId> found = producers_[index_of(id)];
  return found ? &node(*found) : nullptr;
}

const ir::Node* GraphEditor::producer(ValueId id, std::string_view op) const {
  const ir::Node* found = producer(id);
  return found != nullptr && found->op == op ? found : nullptr;
}

std::span<const float> GraphEditor::floats(ValueId id) const {
  const ir::Value& constant = value(id);
  if (!constant.is_constant() || constant.type.dtype != ir::DType::Float32) return {};
  return constant.data<float>();
}

void GraphEditor::connect(NodeId user, ValueId input) {
  users_[index_of(input)].push_back(user);
}

void GraphEditor::disconnect(NodeId user, ValueId input) {
  std::vector<NodeId>& users = users_[index_of(input)];
  users.erase(std::find(users.begin(), users.end(), user));
}

void GraphEditor::remove(NodeId id) {
  ++changes_;
  is_removed_[index_of(id)] = true;
  const ir::Node& removed = node(id);
  for (const ValueId output : removed.outputs) {
    if (producers_[index_of(output)] == id) producers_[index_of(output)].reset();
  }
  for (const std::optional<ValueId>& input : removed.inputs) {
    if (input) disconnect(id, *input);
  }
}

void GraphEditor::remove_if_unused(NodeId id) {
  std::vector<NodeId> pending = {id};
  while (!pending.empty()) {
    const NodeId next = pending.back();
    pending.pop_back();
    const auto& outputs = node(next).outputs;
    const bool is_used = std::any_of(outputs.begin(), outputs.end(),
                                     [&](ValueId output) { return is_graph_output(output) || !users(output).empty(); });
    if (is_used || is_removed(next)) continue;
    for (const std::optional<ValueId>& input : node(next).inputs) {
      if (input && producers_[index_of(*input)]) pending.push_back(*producers_[index_of(*input)]);
    }
    remove(next);
  }
}

Result<ValueId> GraphEditor::insert(std::string_view name_hint, std::string_view op, NodeInputs inputs,
                                    ir::Attributes attributes, std::string source) {
  Result<NodeId> added = ops::append_node(graph_, graph_.unique_node_name(name_hint), op, std::move(inputs),
                                          std::move(attributes), std::move(source));
  if (!added) return as_defect(std::move(added).error());
  grow();
  ++changes_;
  const ir::Node& inserted = node(*added);
  producers_[index_of(inserted.outputs[0])] = *added;
  for (const std::optional<ValueId>& input : inserted.inputs) {
    if (input) connect(*added, *input);
  }
  return inserted.outputs[0];
}

Status GraphEditor::replace(NodeId id, std::string_view op, NodeInputs inputs, ir::Attributes attributes) {
  const Result<NodeId> added =
      ops::append_node(graph_, node(id).name, op, std::move(inputs), std::move(attributes), node(id).source);
  if (!added) return as_defect(added.error());
  ir::Node fresh = std::move(graph_.mutable_nodes().back());
  graph_.mutable_nodes().pop_back();
  grow();
  ir::Node& old = mutable_node(id);
  const ir::TensorType& found = value(fresh.outputs[0]).type;
  const ir::TensorType& wanted = value(old.outputs[0]).type;
  const bool is_other_type = found.dtype != wanted.dtype && !value(old.outputs[0]).quant;
  if (found.shape != wanted.shape || is_other_type) {
    return internal_error({.where = old.name,
                           .found = "a " + std::string(op) + " with a result of shape " + ir::to_string(found.shape),
                           .allowed = "the shape " + ir::to_string(wanted.shape) + " of what it replaces"});
  }
  ++changes_;
  fresh.id = id;
  fresh.outputs = old.outputs;
  const NodeInputs old_inputs = old.inputs;
  old = std::move(fresh);
  for (const std::optional<ValueId>& input : old.inputs) {
    if (input) connect(id, *input);
  }
  for (const std::optional<ValueId>& input : old_inputs) {
    if (!input) continue;
    disconnect(id, *input);
    if (producers_[index_of(*input)]) remove_if_unused(*producers_[index_of(*input)]);
  }
  return {};
}

void GraphEditor::set_input(NodeId id, std::size_t index, std::optional<ValueId> input) {
  ++changes_;
  ir::Node& user = mutable_node(id);
  if (index >= user.inputs.size()) user.inputs.resize(index + 1);
  const std::optional<ValueId> old = user.inputs[index];
  user.inputs[index] = input;
  if (input) connect(id, *input);
  if (!old) return;
  disconnect(id, *old);
  if (producers_[index_of(*old)]) remove_if_unused(*producers_[index_of(*old)]);
}

void GraphEditor::set_attribute(NodeId id, std::string_view name, ir::AttributeValue attribute) {
  ++changes_;
  mutable_node(id).attributes.set(std::string(name), std::move(attribute));
}

void GraphEditor::redirect(ValueId from, ValueId to) {
  const std::vector<NodeId> users = std::move(users_[index_of(from)]);
  users_[index_of(from)].clear();
  for (const NodeId user : users) {
    for (std::optional<ValueId>& input : mutable_node(user).inputs) {
      if (input == from) input = to;
    }
    connect(user, to);
  }
  if (!is_graph_output(from)) return;
  std::replace(graph_.outputs.begin(), graph_.outputs.end(), from, to);
  for (ir::State& state : graph_.states) {
    if (state.after == from) state.after = to;
  }
  is_output_[index_of(from)] = false;
  is_output_[index_of(to)] = true;
}

void GraphEditor::drop(NodeId id, ValueId same) {
  const ValueId result = node(id).outputs[0];
  const std::optional<NodeId> source = producers_[index_of(same)];
  if (is_graph_output(result) && source && !is_graph_output(same)) {
    remove(id);
    for (ValueId& output : mutable_node(*source).outputs) {
      if (output == same) output = result;
    }
    producers_[index_of(result)] = source;
    producers_[index_of(same)].reset();
    redirect(same, result);
    return;
  }
  redirect(result, same);
  remove(id);
  if (source) remove_if_unused(*source);
}

void GraphEditor::make_constant(NodeId id, std::span<const float> result) {
  const auto bytes = std::as_bytes(result);
  ir::Value& output = graph_.value(node(id).outputs[0]);
  output.constant = std::make_shared<const std::vector<std::byte>>(bytes.begin(), bytes.end());
  remove(id);
}

ValueId GraphEditor::add_constant(std::string_view name_hint, ir::Shape shape, std::span<const float> data) {
  const ValueId id = graph_.add_constant_f32(graph_.unique_value_name(name_hint), std::move(shape), data);
  grow();
  ++changes_;
  return id;
}

ValueId GraphEditor::add_constant(std::string_view name_hint, ir::TensorType type, std::vector<std::byte> data,
                                  ir::QuantParams quantization) {
  const ValueId id = graph_.add_constant(graph_.unique_value_name(name_hint), std::move(type), std::move(data));
  graph_.value(id).quant = std::move(quantization);
  grow();
  ++changes_;
  return id;
}

void GraphEditor::set_quantization(ValueId id, ir::DType dtype, ir::QuantParams quantization) {
  graph_.value(id).type.dtype = dtype;
  graph_.value(id).quant = std::move(quantization);
  ++changes_;
}

void GraphEditor::swap_names(NodeId a, NodeId b) {
  std::swap(mutable_node(a).name, mutable_node(b).name);
}

void GraphEditor::swap_names(ValueId a, ValueId b) {
  std::swap(graph_.value(a).name, graph_.value(b).name);
}

void GraphEditor::set_constant(NodeId id, std::size_t index, std::string_view name_hint, ir::Shape shape,
                               std::span<const float> data) {
  const ir::Node& user = node(id);
  const std::optional<ValueId> old = index < user.inputs.size() ? user.inputs[index] : std::nullopt;
  if (old && has_single_user(*old)) {
    ++changes_;
    const auto bytes = std::as_bytes(data);
    ir::Value& constant = graph_.value(*old);
    constant.type.shape = std::move(shape);
    constant.quant.reset();
    constant.constant = std::make_shared<const std::vector<std::byte>>(bytes.begin(), bytes.end());
    return;
  }
  set_input(id, index, add_constant(old ? std::string_view(value(*old).name) : name_hint, std::move(shape), data));
}

void GraphEditor::finish() {
  if (changes_ == 0) return;
  Scheduler scheduler(graph_.nodes(), producers_);
  for (const ir::Node& present : graph_.nodes()) {
    if (!is_removed(present.id)) scheduler.place(present.id);
  }
  std::vector<ir::Node> ordered;
  for (const NodeId id : scheduler.order()) ordered.push_back(std::move(mutable_node(id)));
  graph_.mutable_nodes() = std::move(ordered);
  graph_.renumber_nodes();
  graph_.remove_dead_code();
}

Status rewrite_until_stable(ir::Graph& graph, const Rewrite& rewrite) {
  GraphEditor editor(graph);
  const std::size_t most_sweeps = 100 + editor.node_count();
  std::size_t seen = 0;
  std::size_t sweeps = 0;
  do {
    if (++sweeps > most_sweeps) {
      return internal_error({.found = "still changes the graph after " + std::to_string(most_sweeps) + " sweeps"});
    }
    seen = editor.changes();
    for (std::size_t i = 0; i < editor.node_count(); ++i) {
      const auto id = static_cast<NodeId>(i);
      if (!editor.is_removed(id)) PUDU_TRY(rewrite(editor, id));
    }
  } while (editor.changes() != seen);
  editor.finish();
  return {};
}

}  // namespace pudu::passes
