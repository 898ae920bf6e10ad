// The registry: lookup, what append_node fills in and refuses, what verify finds in a damaged graph; orders and shapes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <set>
#include <stdexcept>

#include "ops/lower_context.hpp"
#include "ops/registry.hpp"
#include "ops/testing/single_node.hpp"

namespace pudu::ops {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::message_of;

ir::Graph graph_with_input(ir::Shape shape) {
  ir::Graph graph;
  graph.name = "test";
  graph.inputs.push_back(graph.add_value("x", {ir::DType::Float32, std::move(shape)}));
  return graph;
}

TEST(Registry, FindsOperatorsByName) {
  for (const OpDefinition* definition : all_operators()) EXPECT_EQ(find_operator(definition->name), definition);
  EXPECT_EQ(find_operator("conv9d"), nullptr);
  ir::Node node;
  node.op = "conv9d";
  EXPECT_THROW(operator_of(node), std::logic_error);
}

TEST(Registry, ListsEveryKernelOnceByName) {
  std::set<std::string_view> names;
  for (const KernelBinding* kernel : all_kernels()) {
    EXPECT_TRUE(names.insert(kernel->name).second) << kernel->name;
    EXPECT_EQ(find_kernel(kernel->name), kernel);
  }
  EXPECT_TRUE(names.contains("conv2d_s8"));
  EXPECT_TRUE(names.contains("transpose_s8")) << "the lowering transposes for any operator";
  EXPECT_EQ(find_kernel("conv9d_s8"), nullptr);
}

std::vector<std::string_view> in_place_inputs_of(testing::SingleNode& node) {
  const auto lowered = node.lower();
  const program::KernelCall& call = lowered->program.calls.front();
  return find_kernel(call.kernel)->in_place_inputs(call.parameters);
}

TEST(KernelBinding, NamesTheInputsThatTheOutputMayOverwrite) {
  testing::SingleNode same("add");
  same.input({2, 3}, {}).input({2, 3}, {}).output({});
  EXPECT_THAT(in_place_inputs_of(same), ElementsAre("input1", "input2"));
  testing::SingleNode broadcast("mul");
  broadcast.input({3}, {}).input({2, 3}, {}).output({});
  EXPECT_THAT(in_place_inputs_of(broadcast), ElementsAre("input2"));
  ir::Attributes negate;
  negate.set("function", std::string("neg"));
  testing::SingleNode table("unary", negate);
  table.input({2, 3}, {}).output({});
  EXPECT_THAT(in_place_inputs_of(table), ElementsAre("input"));
  testing::SingleNode linear("linear");
  linear.input({1, 2}, {}).weights({1, 2}, {1, 1}, {1.0F}).output({});
  EXPECT_THAT(in_place_inputs_of(linear), ::testing::IsEmpty());
}

/// Every operand of the call has memory of its own, but input and output of one are the same.
TEST(KernelBinding, InPlaceCallsGiveTheSameResult) {
  testing::SingleNode node("add");
  node.input({2, 3}, {0.5F, 1}).input({3}, {0.25F, 2}).output({1.0F, 0});
  const auto lowered = node.lower();
  const program::KernelCall& call = lowered->program.calls.front();
  std::vector<std::int8_t> image = {1, -20, 30, 4, 50, -60};
  std::vector<std::int8_t> row = {7, -8, 90};
  const testing::Codes expected = node.run({image, row});
  find_kernel(call.kernel)->run(call.parameters, [&](std::string_view name) -> void* {
    return name == "input2" ? row.data() : image.data();
  });
  EXPECT_EQ(image, expected);
}

TEST(AppendNode, FillsInDefaultsAndInfers) {
  ir::Graph graph = graph_with_input({1, 2, 3});
  ir::Attributes attributes;
  attributes.set("activation_min", 0);
  const auto id = append_node(graph, "sum", "add", {graph.inputs[0], graph.inputs[0]}, attributes, "model.py:3");
  ASSERT_TRUE(id.ok()) << message_of(id);
  const ir::Node& node = graph.nodes().front();
  EXPECT_EQ(node.name, "sum");
  EXPECT_EQ(node.source, "model.py:3");
  EXPECT_EQ(*node.attributes.find("alpha"), ir::AttributeValue(1.0));
  EXPECT_EQ(*node.attributes.find("activation_min"), ir::AttributeValue(0.0)) << "an integer where a real is wanted";
  EXPECT_EQ(*node.attributes.find("activation_max"), ir::AttributeValue(std::numeric_limits<double>::infinity()));
  EXPECT_EQ(graph.value(node.outputs.front()).type.shape, (ir::Shape{1, 2, 3}));
  graph.outputs = node.outputs;
  const Status status = ops::verify(graph);
  EXPECT_TRUE(status.ok()) << (status.ok() ? "" : to_string(status.error()));
}

TEST(AppendNode, NamesTheNodeInErrors) {
  ir::Graph graph = graph_with_input({2});
  const ir::ValueId x = graph.inputs[0];
  EXPECT_THAT(message_of(append_node(graph, "n", "conv9d", {x}, {})),
              HasSubstr("error: n: operator 'conv9d'; conv2d, conv_transpose2d, linear, "));
  EXPECT_EQ(message_of(append_node(graph, "n", "mul", {x}, {})),
            "error: n: mul without its operand b; any tensor; shapes broadcast");
  EXPECT_EQ(message_of(append_node(graph, "n", "mul", {x, x, x}, {})), "error: n: mul with 3 operands; at most 2");
  ir::Attributes wrong;
  wrong.set("alpha", std::string("two"));
  EXPECT_EQ(message_of(append_node(graph, "n", "add", {x, x}, wrong)), "error: n: attribute alpha is a text; a number");
  EXPECT_TRUE(graph.nodes().empty());
}

/// x + x, then changed by `damage`; the message of verify.
template <class Damage>
std::string verify_damaged(Damage damage) {
  ir::Graph graph = graph_with_input({2});
  EXPECT_TRUE(append_node(graph, "sum", "add", {graph.inputs[0], graph.inputs[0]}, {}).ok());
  graph.outputs = graph.nodes().front().outputs;
  damage(graph);
  const Status status = ops::verify(graph);
  return status.ok() ? "ok" : to_string(status.error());
}

TEST(Verify, FindsWhatDoesNotFitTheOperator) {
  EXPECT_EQ(verify_damaged([](ir::Graph&) {}), "ok");
  EXPECT_THAT(verify_damaged([](ir::Graph& graph) { graph.nodes().front().op = "total"; }),
              HasSubstr("error: sum: operator 'total'; conv2d, "));
  EXPECT_EQ(verify_damaged([](ir::Graph& graph) { graph.nodes().front().attributes.erase("alpha"); }),
            "error: sum: operator add without its attribute alpha; a number: factor of b, of either sign");
  EXPECT_EQ(verify_damaged([](ir::Graph& graph) { graph.nodes().front().inputs[1].reset(); }),
            "error: sum: add without its operand b; any tensor; shapes broadcast");
  EXPECT_EQ(verify_damaged([](ir::Graph& graph) { graph.value(graph.outputs[0]).type.shape = {3}; }),
            "error: sum: result sum of shape [3]; shape [2]");
  EXPECT_EQ(verify_damaged([](ir::Graph& graph) { graph.value(graph.outputs[0]).type.dtype = ir::DType::Int8; }),
            "error: sum: result sum of type i8; type f32, or quantization parameters");
  EXPECT_EQ(verify_damaged([](ir::Graph& graph) {
              graph.value(graph.outputs[0]).type.dtype = ir::DType::Int8;
              graph.value(graph.outputs[0]).quant = ir::per_tensor(0.5F, 3);
            }),
            "ok");
}

TEST(Axis, CountsFromTheEndWhenNegative) {
  EXPECT_EQ(*normalize_axis(1, 3), 1);
  EXPECT_EQ(*normalize_axis(-1, 3), 2);
  EXPECT_EQ(message_of(normalize_axis(3, 3)), "error: dimension 3 of a tensor of rank 3; a dimension from -3 to 2");
  EXPECT_EQ(message_of(normalize_axis(0, 0)),
            "error: dimension 0 of a tensor of rank 0; a tensor with at least one dimension");
}

TEST(Orders, DescribeMemory) {
  EXPECT_THAT(channels_last_order(4), ElementsAre(0, 2, 3, 1));
  EXPECT_THAT(channels_last_order(3), ElementsAre(0, 2, 1));
  EXPECT_THAT(channels_last_order(2), ElementsAre(0, 1));
  EXPECT_THAT(physical_shape({1, 3, 4, 5}, {0, 2, 3, 1}), ElementsAre(1, 4, 5, 3));
  EXPECT_THAT(memory_strides({1, 3, 4, 5}, {0, 2, 3, 1}), ElementsAre(60, 1, 15, 3));
  EXPECT_TRUE(same_in_memory({1, 1, 4, 5}, {0, 1, 2, 3}, {0, 2, 3, 1}));
  EXPECT_TRUE(same_in_memory({7, 3, 1, 1}, {0, 1, 2, 3}, {0, 2, 3, 1}));
  EXPECT_FALSE(same_in_memory({1, 2, 4, 5}, {0, 1, 2, 3}, {0, 2, 3, 1}));
}

}  // namespace
}  // namespace pudu::ops
