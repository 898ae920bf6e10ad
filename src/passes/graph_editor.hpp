// Local rewriting of a graph: who makes and who uses a value, kept up to date through every change.
//
// Why: Graph::users and Graph::producer walk all nodes; a pass asks them for every node. The editor knows them at once,
// removes what loses its last user, and puts the nodes into an executable order at the end, so that a pass may insert
// nodes anywhere. Limits: nodes with one result, as all of today's operators have, except where noted.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "ir/graph.hpp"

namespace pudu::passes {

using NodeInputs = std::vector<std::optional<ir::ValueId>>;

class GraphEditor {
 public:
  /// `graph` is verified; nobody else changes it before finish().
  explicit GraphEditor(ir::Graph& graph);

  // --- Looking. References to nodes are valid until insert or replace. ---

  const ir::Graph& graph() const { return graph_; }
  const ir::Value& value(ir::ValueId id) const { return graph_.value(id); }
  const ir::Node& node(ir::NodeId id) const { return graph_.nodes()[ir::index_of(id)]; }
  /// Nodes so far, removed ones included: ids are below it.
  std::size_t node_count() const { return graph_.nodes().size(); }
  bool is_removed(ir::NodeId id) const { return is_removed_[ir::index_of(id)]; }

  /// The node that makes the value, or null for graph inputs and constants.
  const ir::Node* producer(ir::ValueId id) const;
  /// The same if it is an `op`, else null.
  const ir::Node* producer(ir::ValueId id, std::string_view op) const;
  /// Every use by a node: a node that reads the value twice is there twice.
  std::span<const ir::NodeId> users(ir::ValueId id) const { return users_[ir::index_of(id)]; }
  /// Does the value leave the graph: as an output, or as what a state becomes?
  bool is_graph_output(ir::ValueId id) const { return is_output_[ir::index_of(id)]; }
  /// Exactly one use by a node, and the value leaves the model nowhere.
  bool has_single_user(ir::ValueId id) const { return users(id).size() == 1 && !is_graph_output(id); }

  /// Elements of a float constant; empty for everything else.
  std::span<const float> floats(ir::ValueId id) const;
  const ir::Shape& shape(ir::ValueId id) const { return value(id).type.shape; }

  // --- Changing. ---

  /// A new node; it finds its place in the order by itself. Returns its result.
  Result<ir::ValueId> insert(std::string_view name_hint, std::string_view op, NodeInputs inputs,
                             ir::Attributes attributes, std::string source);
  /// The node becomes another one with the same name, results and place. Result types must not change.
  Status replace(ir::NodeId id, std::string_view op, NodeInputs inputs, ir::Attributes attributes);
  void set_input(ir::NodeId id, std::size_t index, std::optional<ir::ValueId> input);
  void set_attribute(ir::NodeId id, std::string_view name, ir::AttributeValue attribute);
  /// Removes a node whose result equals `same`. A graph output keeps its name where it can.
  void drop(ir::NodeId id, ir::ValueId same);
  /// Removes a node whose result is known.
  void make_constant(ir::NodeId id, std::span<const float> result);
  /// Input `index`, a constant or absent, becomes a constant of that shape and data, without quantization parameters;
  /// other users of the constant keep the old data. `name_hint` is for a constant that was not there.
  void set_constant(ir::NodeId id, std::size_t index, std::string_view name_hint, ir::Shape shape,
                    std::span<const float> data);
  ir::ValueId add_constant(std::string_view name_hint, ir::Shape shape, std::span<const float> data);
  /// A constant of codes.
  ir::ValueId add_constant(std::string_view name_hint, ir::TensorType type, std::vector<std::byte> data,
                           ir::QuantParams quantization);
  /// An activation becomes codes.
  void set_quantization(ir::ValueId value, ir::DType dtype, ir::QuantParams quantization);
  /// The second takes the name that the caller knows.
  void swap_names(ir::NodeId a, ir::NodeId b);
  void swap_names(ir::ValueId a, ir::ValueId b);

  /// How often something was changed.
  std::size_t changes() const { return changes_; }
  /// Brings the nodes into order and drops what is dead. The editor is of no use afterwards.
  void finish();

 private:
  void grow();
  void connect(ir::NodeId user, ir::ValueId input);
  void disconnect(ir::NodeId user, ir::ValueId input);
  void remove(ir::NodeId id);
  void remove_if_unused(ir::NodeId id);
  ir::Node& mutable_node(ir::NodeId id) { return graph_.nodes()[ir::index_of(id)]; }
  void redirect(ir::ValueId from, ir::ValueId to);

  ir::Graph& graph_;
  std::vector<std::vector<ir::NodeId>> users_;        ///< by value
  std::vector<std::optional<ir::NodeId>> producers_;  ///< by value
  std::vector<bool> is_output_;                       ///< by value
  std::vector<bool> is_removed_;                      ///< by node
  std::size_t changes_ = 0;
};

/// Looks at one node and changes what it likes through the editor.
using Rewrite = std::function<Status(GraphEditor& editor, ir::NodeId node)>;

/// Calls `rewrite` for every node in order, new ones included, until it changes nothing any more. Rewritings look at a
/// node's inputs, which were seen before it, so that two or three sweeps are enough for nearly every graph; a pass that
/// never comes to rest is an Internal error.
Status rewrite_until_stable(ir::Graph& graph, const Rewrite& rewrite);

}  // namespace pudu::passes
