#include "ir/graph.hpp"

#include <gmock/gmock.h>

#include <array>
#include <stdexcept>

namespace pudu::ir {
namespace {

using ::testing::ElementsAre;

const TensorType vector_type{DType::Float32, {4}, Layout::Contiguous};

/// x -> a = relu(x) -> b = add(a, w); dead = relu(a).
struct Example {
  Graph graph;
  ValueId x, w, a, dead, b;

  Example() {
    graph.name = "example";
    x = graph.add_value("x", vector_type);
    graph.inputs = {x};
    w = graph.add_constant_f32("w", {4}, std::array{1.0F, 2.0F, 3.0F, 4.0F});
    a = add("a", "relu", {x});
    dead = add("dead", "relu", {a});
    b = add("b", "add", {a, w});
    graph.outputs = {b};
  }

  ValueId add(std::string name, std::string op, std::vector<std::optional<ValueId>> inputs) {
    const NodeId id = graph.add_node(std::move(name), std::move(op), std::move(inputs), {}, {&vector_type, 1});
    return graph.nodes()[index_of(id)].outputs.at(0);
  }
};

TEST(Types, SizesNamesAndTheirInverse) {
  EXPECT_EQ(size_in_bytes(DType::Int64), 8U);
  EXPECT_EQ(size_in_bytes(DType::Bool), 1U);
  EXPECT_EQ(size_in_bytes(DType::Int16), 2U);
  for (const DType dtype :
       {DType::Float32, DType::Int8, DType::UInt8, DType::Int16, DType::Int32, DType::Int64, DType::Bool}) {
    EXPECT_EQ(parse_dtype(to_string(dtype)), dtype);
  }
  EXPECT_EQ(parse_dtype("f64"), std::nullopt);
  EXPECT_EQ(element_count({}), 1);
  EXPECT_EQ(to_string(Shape{1, 3, 32, 32}), "[1, 3, 32, 32]");
  EXPECT_EQ(to_string(Shape{}), "[]");
  EXPECT_EQ((TensorType{DType::Int32, {2, 3}, Layout::Contiguous}).bytes(), 24U);
}

TEST(Attributes, TypedReadsAndMisses) {
  Attributes attributes;
  attributes.set("axis", 3);
  attributes.set("keepdim", true);
  attributes.set("alpha", AttributeValue(0.5));
  attributes.set("kind", AttributeValue(std::string("dropout")));
  attributes.set("dims", AttributeValue(std::vector<std::int64_t>{1, 2}));
  attributes.set("params", AttributeValue(std::vector<double>{1.5}));
  EXPECT_EQ(attributes.integer("axis"), 3);
  EXPECT_EQ(attributes.integer("keepdim"), 1);
  EXPECT_EQ(attributes.real("alpha"), 0.5);
  EXPECT_EQ(attributes.real("axis"), 3.0);
  EXPECT_EQ(attributes.text("kind"), "dropout");
  EXPECT_THAT(attributes.integers("dims"), ElementsAre(1, 2));
  EXPECT_THAT(attributes.reals("params"), ElementsAre(1.5));
  EXPECT_THROW(attributes.integer("alpha"), std::logic_error);
  EXPECT_THROW(attributes.text("missing"), std::logic_error);
  attributes.erase("axis");
  attributes.erase("missing");
  EXPECT_FALSE(attributes.has("axis"));
}

TEST(Graph, ConstantsHoldTheirElements) {
  const Example example;
  EXPECT_THAT(example.graph.value(example.w).data<float>(), ElementsAre(1.0F, 2.0F, 3.0F, 4.0F));
  EXPECT_TRUE(example.graph.value(example.w).is_constant());
  EXPECT_FALSE(example.graph.value(example.x).is_constant());
}

TEST(Graph, ResultsAreNamedAfterTheirNode) {
  Graph graph;
  graph.add_value("split.1", vector_type);
  const std::array types = {vector_type, vector_type};
  graph.add_node("split", "chunk", {}, {}, types);
  EXPECT_EQ(graph.values()[1].name, "split");
  EXPECT_EQ(graph.values()[2].name, "split.1.1");
  EXPECT_EQ(graph.unique_value_name("split"), "split.2");
  EXPECT_EQ(graph.unique_value_name("new"), "new");
  EXPECT_EQ(graph.unique_node_name("split"), "split.1");
}

TEST(Graph, UsesAndProducers) {
  Example example;
  Graph& graph = example.graph;
  const ValueId twice = example.add("twice", "add", {example.b, example.b});
  graph.outputs = {example.b, twice, example.b};
  EXPECT_EQ(graph.users(example.b).size(), 2U);
  EXPECT_EQ(graph.use_count(example.b), 4U);
  EXPECT_EQ(graph.producer(example.b)->name, "b");
  EXPECT_EQ(graph.producer(example.x), nullptr);
  EXPECT_EQ(graph.producer(example.w), nullptr);

  graph.replace_uses(example.b, example.a);
  EXPECT_EQ(graph.use_count(example.b), 0U);
  EXPECT_THAT(graph.outputs, ElementsAre(example.a, twice, example.a));
  EXPECT_EQ(graph.users(example.a).size(), 4U);
}

TEST(Graph, DeadCodeGoesAndIdsAreCompacted) {
  Example example;
  Graph& graph = example.graph;
  graph.add_value("loose", vector_type);
  const ValueId unused_input = graph.add_value("unused_input", vector_type);
  graph.inputs.push_back(unused_input);
  graph.remove_dead_code();
  ASSERT_TRUE(verify(graph).ok()) << to_string(verify(graph).error());

  std::vector<std::string> value_names, node_names;
  for (const Value& value : graph.values()) value_names.push_back(value.name);
  for (const Node& node : graph.nodes()) node_names.push_back(node.name);
  EXPECT_THAT(value_names, ElementsAre("x", "w", "a", "b", "unused_input"));
  EXPECT_THAT(node_names, ElementsAre("a", "b"));
  EXPECT_EQ(graph.value(graph.outputs[0]).name, "b");
  EXPECT_EQ(graph.value(graph.inputs[1]).name, "unused_input");
  EXPECT_EQ(graph.value(*graph.nodes()[1].inputs[1]).name, "w");
}

TEST(Graph, OneLiveResultKeepsTheOthers) {
  Graph graph;
  graph.name = "g";
  const std::array types = {vector_type, vector_type};
  graph.add_node("split", "chunk", {}, {}, types);
  graph.outputs = {graph.nodes()[0].outputs[1]};
  graph.remove_dead_code();
  EXPECT_EQ(graph.values().size(), 2U);
  EXPECT_TRUE(verify(graph).ok());
}

TEST(Graph, RemovedNodesLeavePositionsAsIds) {
  Example example;
  example.graph.remove_nodes_if([](const Node& node) { return node.name == "dead"; });
  EXPECT_EQ(example.graph.nodes().size(), 2U);
  EXPECT_EQ(index_of(example.graph.nodes()[1].id), 1U);
  EXPECT_TRUE(verify(example.graph).ok());
}

struct VerifyCase {
  void (*damage)(Example& example);
  std::string_view message;
};

TEST(Verify, NamesEveryFault) {
  const VerifyCase cases[] = {
      {[](Example& e) { e.graph.value(e.a).name = "x"; },
       "error: value 'x': name used twice; names of values are unique"},
      {[](Example& e) { e.graph.value(e.a).name = ""; }, "error: value '': empty name; every value has a name"},
      {[](Example& e) { e.graph.value(e.a).id = e.b; }, "error: value 'a': id 4; a value's id is its position, here 2"},
      {[](Example& e) {
         e.graph.value(e.a).type.shape = {2, 0};
       },
       "error: value 'a': shape [2, 0]; sizes are positive"},
      {[](Example& e) {
         e.graph.value(e.a).type.shape = {65536, 65536};
       },
       "error: value 'a': shape [65536, 65536]; at most 2147483647 elements"},
      {[](Example& e) { e.graph.value(e.w).type.shape = {5}; },
       "error: value 'w': constant of 16 bytes; f32[5] takes 20"},
      {[](Example& e) { e.graph.value(e.a).quant = per_tensor(0.0F, 0); },
       "error: value 'a': quantization scale 0.000000; scales are positive and finite"},
      {[](Example& e) { e.graph.value(e.a).quant = per_tensor(1.0F, 128); },
       "error: value 'a': zero point 128 in the range [-128, 127]; the zero point lies within a range of at least two "
       "codes"},
      {[](Example& e) { e.graph.value(e.a).quant = QuantParams{}; },
       "error: value 'a': 0 quantization scales; quantization per tensor has one"},
      {[](Example& e) {
         e.graph.value(e.a).quant = QuantParams{.scales = {1, 1, 1}, .axis = 0};
       },
       "error: value 'a': 3 quantization scales; axis 0 of [4] has 4"},
      {[](Example& e) { e.graph.value(e.a).quant = QuantParams{.scales = {1}, .axis = 1}; },
       "error: value 'a': quantization axis 1; an axis of [4]"},
      {[](Example& e) {
         e.graph.value(e.a).quant = QuantParams{.scales = {1, 1, 1, 1}, .zero_point = 3, .axis = 0};
       },
       "error: value 'a': zero point 3 per channel; it is 0 per channel"},
      {[](Example& e) { e.graph.nodes()[1].name = "a"; },
       "error: node 'a': name used twice; names of nodes are unique"},
      {[](Example& e) { e.graph.nodes()[1].op = ""; }, "error: node 'dead': no operator; every node has one"},
      {[](Example& e) { e.graph.nodes()[1].outputs = {}; }, "error: node 'dead': no results; at least one"},
      {[](Example& e) { e.graph.nodes()[1].id = NodeId{7}; },
       "error: node 'dead': id 7; a node's id is its position, here 1 (Graph::renumber_nodes)"},
      {[](Example& e) { e.graph.nodes()[0].inputs = {e.b}; },
       "error: node 'a': input 0 'b' that is not defined before; definitions precede uses"},
      {[](Example& e) { e.graph.nodes()[0].inputs = {ValueId{99}}; },
       "error: node 'a': input 0 with value id 99; ids below 5"},
      {[](Example& e) { e.graph.nodes()[1].outputs = {e.w}; },
       "error: node 'dead': result 'w' that is defined already; a value is one input, one state, one constant or one "
       "node's "
       "result"},
      {[](Example& e) { e.graph.inputs.push_back(e.x); },
       "error: graph 'example': input 'x' that is defined already; a value is one input, one state, one constant or "
       "one node's "
       "result"},
      {[](Example& e) { e.graph.outputs = {e.graph.add_value("loose", vector_type)}; },
       "error: graph 'example': output 'loose' that is not defined before; definitions precede uses"},
  };
  ASSERT_TRUE(verify(Example().graph).ok());
  for (const VerifyCase& test : cases) {
    Example example;
    test.damage(example);
    const Status status = verify(example.graph);
    ASSERT_FALSE(status.ok()) << test.message;
    EXPECT_EQ(to_string(status.error()), test.message);
    EXPECT_EQ(status.error().kind, ErrorKind::InvalidInput);
  }
}

TEST(Verify, ReportsAllFaultsAtOnce) {
  Example example;
  example.graph.value(example.a).type.shape = {-1};
  example.graph.nodes()[1].op = "";
  EXPECT_EQ(verify(example.graph).error().diagnostics.size(), 2U);
}

}  // namespace
}  // namespace pudu::ir
