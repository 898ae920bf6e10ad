// The Graph: one network as operators over values, from the reader to the lowering.
//
// Values are tensors (graph inputs, constants, results of nodes); nodes are in execution order (a node only uses values
// defined before it). Shapes are PyTorch's logical ones (NCHW); layout appears only at inputs and outputs.
// The same structure carries float graphs (no quantization parameters) and quantized ones (every value has them).
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "ir/attributes.hpp"
#include "ir/types.hpp"

namespace pudu::ir {

enum class ValueId : std::uint32_t {};
enum class NodeId : std::uint32_t {};

constexpr std::size_t index_of(ValueId id) {
  return static_cast<std::size_t>(id);
}
constexpr std::size_t index_of(NodeId id) {
  return static_cast<std::size_t>(id);
}

/// Bytes of a constant, shared between copies of a graph: a constant is never changed, only replaced.
using ConstantData = std::shared_ptr<const std::vector<std::byte>>;

struct Value {
  ValueId id{};
  std::string name;  ///< unique in the graph
  TensorType type;
  std::optional<QuantParams> quant;  ///< set by the quantizer
  ConstantData constant;             ///< contiguous row-major data of type.bytes() bytes, or null for an activation

  bool is_constant() const { return constant != nullptr; }
  /// The elements of a constant; T must match type.dtype.
  template <class T>
  std::span<const T> data() const {
    return {reinterpret_cast<const T*>(constant->data()), constant->size() / sizeof(T)};
  }
};

struct Node {
  NodeId id{};
  std::string name;                            ///< unique in the graph; the exporter's node name where there is one
  std::string op;                              ///< name of an OpDefinition in ops.def, e.g. "conv2d"
  std::vector<std::optional<ValueId>> inputs;  ///< in the order of OpDefinition::inputs; empty = optional input absent
  std::vector<ValueId> outputs;
  Attributes attributes;
  std::string source;  ///< where the user wrote it: "model.py:26 in forward", or empty
};

/// Whose integer arithmetic a quantized graph follows: where the two differ (docs/arithmetic.md), an operator's `lower`
/// asks for it. A graph that Pudu quantizes itself follows ExecuTorch's Cortex-M dialect; one out of an int8 .tflite
/// file follows TensorFlow Lite, whose training saw these roundings.
enum class Arithmetic : std::uint8_t { ExecuTorch, TfLite };

/// A value that outlives a run. Every run finds it in `before`, as the run before left it in `after`; the first run
/// finds `initial`. So all reads of a run see what it began with, whatever it leaves behind: there is no order to keep.
struct State {
  ValueId before{};      ///< made by no node; its name is the state's
  ValueId after{};       ///< of the same type and quantization: any value of the graph, `before` included
  ConstantData initial;  ///< contiguous row-major data of type.bytes() bytes
};

class Graph {
 public:
  std::string name;  ///< model name: a C identifier
  Arithmetic arithmetic = Arithmetic::ExecuTorch;
  std::vector<ValueId> inputs;   ///< activations, in the order of the model's signature
  std::vector<ValueId> outputs;  ///< may repeat a value, and may name a graph input
  std::vector<State> states;     ///< what a streaming model keeps from run to run

  ValueId add_value(std::string value_name, TensorType type);
  ValueId add_constant(std::string value_name, TensorType type, std::vector<std::byte> data);
  /// A state whose `after` is its `before` until the caller says otherwise.
  ValueId add_state(std::string value_name, TensorType type, std::vector<std::byte> initial);
  ValueId add_constant_f32(std::string value_name, Shape shape, std::span<const float> data);
  /// Appends a node with new result values named after it (`name`, `name.1`, ...; made unique). The node's own name is
  /// taken as it is: see unique_node_name.
  NodeId add_node(std::string node_name, std::string op, std::vector<std::optional<ValueId>> node_inputs,
                  Attributes attributes, std::span<const TensorType> result_types, std::string source = {});

  Value& value(ValueId id) { return values_[index_of(id)]; }
  const Value& value(ValueId id) const { return values_[index_of(id)]; }
  std::span<const Value> values() const { return values_; }
  std::span<Node> nodes() { return nodes_; }
  std::span<const Node> nodes() const { return nodes_; }
  std::vector<Node>& mutable_nodes() { return nodes_; }

  /// A name not yet used by any value, made from `hint`.
  std::string unique_value_name(std::string_view hint) const;
  /// The same for nodes.
  std::string unique_node_name(std::string_view hint) const;

  /// Replaces every use of `from`, graph outputs and what states become included, by `to`.
  void replace_uses(ValueId from, ValueId to);
  /// Nodes using `id`, each once for every use; graph outputs and what states become are counted by use_count only.
  std::vector<const Node*> users(ValueId id) const;
  std::size_t use_count(ValueId id) const;
  /// The node producing `id`, or null for inputs, states and constants.
  const Node* producer(ValueId id) const;
  Node* producer(ValueId id);

  /// Removes the nodes for which `predicate` holds. Their results must have no uses left (verify() checks).
  template <class Predicate>
  void remove_nodes_if(Predicate predicate) {
    std::erase_if(nodes_, predicate);
    renumber_nodes();
  }
  /// Moves `node`, which stands behind `before`, to just in front of it; nodes are renumbered.
  void move_node(NodeId node, NodeId before) {
    const auto begin = nodes_.begin();
    const auto from = begin + static_cast<std::ptrdiff_t>(index_of(node));
    std::rotate(begin + static_cast<std::ptrdiff_t>(index_of(before)), from, from + 1);
    renumber_nodes();
  }
  /// Drops nodes whose results nobody uses, states that no output depends on, then values that nothing refers to; ids
  /// are compacted.
  void remove_dead_code();
  /// Gives every node the id of its position; due after mutable_nodes() inserted, moved or removed some.
  void renumber_nodes();

  /// A graph of these parts, ids renumbered; for the parser.
  static Graph assemble(std::string graph_name, std::vector<Value> values, std::vector<Node> nodes);

 private:
  std::vector<Value> values_;
  std::vector<Node> nodes_;
};

/// Checks what every stage may rely on: ids that are positions, unique names, definitions before uses, constants of the
/// right size, positive sizes whose product fits 31 bits, well-formed quantization parameters. Reports every fault, as
/// InvalidInput. The operator-level check is ops::verify.
Status verify(const Graph& graph);

/// Text form, and its inverse: parse(print(g)) equals g, ids included, for every graph that verify() accepts. Constants
/// stand as `@offset+bytes` into a side buffer, which `print` fills and `parse` reads; values that share their data
/// share it there, too. Graphs that verify() rejects can be printed, for debugging. print.cpp shows the form.
struct GraphText {
  std::string text;
  std::vector<std::byte> constants;
};
GraphText print(const Graph& graph);
/// Fails with InvalidInput, naming the line, on text that is not of that form, and on graphs that verify() rejects.
Result<Graph> parse(std::string_view text, std::span<const std::byte> constants);

}  // namespace pudu::ir
