// What becomes of operators between dequantize and quantize nodes: int8 ones with the same numbers, or float ones.
#include "passes/adopt_quantization.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ops/registry.hpp"
#include "passes/int8_ports.hpp"

namespace pudu::passes {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Builds graphs as the reader of PT2E's files does.
class Builder {
 public:
  Builder() { graph.name = "net"; }

  ir::ValueId input(const std::string& name, ir::Shape shape) {
    const ir::ValueId id = graph.add_value(name, {ir::DType::Float32, std::move(shape)});
    graph.inputs.push_back(id);
    return id;
  }
  ir::ValueId append(const std::string& name, std::string_view op, std::vector<std::optional<ir::ValueId>> inputs,
                     ir::Attributes attributes = {}) {
    auto node = ops::append_node(graph, name, op, std::move(inputs), std::move(attributes));
    EXPECT_TRUE(node.ok()) << to_string(node.error());
    return graph.nodes()[ir::index_of(*node)].outputs.front();
  }
  ir::ValueId quantize(ir::ValueId value, float scale, std::int32_t zero_point) {
    const ir::ValueId codes = append(graph.unique_node_name("q"), "quantize", {value});
    graph.value(codes).type.dtype = ir::DType::Int8;
    graph.value(codes).quant = ir::per_tensor(scale, zero_point);
    return codes;
  }
  ir::ValueId pair(ir::ValueId value, float scale, std::int32_t zero_point) {
    return append(graph.unique_node_name("dq"), "dequantize", {quantize(value, scale, zero_point)});
  }
  /// codes * scale, for each row.
  ir::ValueId weight(ir::Shape shape, const std::vector<int>& codes, const std::vector<float>& scales) {
    std::vector<float> data(codes.size());
    const std::size_t per_row = codes.size() / scales.size();
    for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<float>(codes[i]) * scales[i / per_row];
    const ir::ValueId id = graph.add_constant_f32(graph.unique_value_name("w"), std::move(shape), data);
    graph.value(id).quant = {.scales = scales, .axis = 0, .quant_min = -127};
    return id;
  }
  ir::ValueId bias(const std::vector<float>& data) {
    return graph.add_constant_f32(graph.unique_value_name("b"), {static_cast<std::int64_t>(data.size())}, data);
  }

  ir::Graph graph;
};

std::vector<std::string> operators(const ir::Graph& graph) {
  std::vector<std::string> names;
  for (const ir::Node& node : graph.nodes()) names.push_back(node.op);
  return names;
}

void adopt(ir::Graph& graph) {
  ASSERT_TRUE(ops::verify(graph).ok());
  const Status status = adopt_quantization(graph);
  ASSERT_TRUE(status.ok()) << to_string(status.error());
  const Status valid = ops::verify(graph);
  ASSERT_TRUE(valid.ok()) << to_string(valid.error());
}

ir::Attributes with(const std::string& name, ir::AttributeValue value) {
  ir::Attributes attributes;
  attributes.set(name, std::move(value));
  return attributes;
}

/// x -> linear -> y, both quantized.
Builder linear_network(const std::vector<float>& bias) {
  Builder build;
  const ir::ValueId x = build.pair(build.input("x", {1, 2}), 0.5F, 3);
  const ir::ValueId w = build.weight({2, 2}, {127, -5, 0, 0}, {0.25F, 0.125F});
  const ir::ValueId y = build.append("fc", "linear", {x, w, build.bias(bias)});
  build.graph.outputs = {build.pair(y, 2.0F, -7)};
  return build;
}

TEST(AdoptQuantization, AnOperatorBetweenPairsIsInt8WithTheNumbersOfTheFile) {
  Builder build = linear_network({1.0F, -0.5F});
  adopt(build.graph);
  EXPECT_THAT(operators(build.graph), ElementsAre("quantize", "linear", "dequantize"));
  const ir::Node& linear = build.graph.nodes()[1];
  EXPECT_EQ(*build.graph.value(*linear.inputs[0]).quant, ir::per_tensor(0.5F, 3));
  EXPECT_EQ(*build.graph.value(linear.outputs[0]).quant, ir::per_tensor(2.0F, -7));
  const ir::Value& weight = build.graph.value(*linear.inputs[1]);
  EXPECT_EQ(weight.quant->scales, (std::vector<float>{0.25F, 0.125F}));
  EXPECT_THAT(weight.data<std::int8_t>(), ElementsAre(127, -5, 0, 0));
  const ir::Value& bias = build.graph.value(*linear.inputs[2]);
  EXPECT_THAT(bias.data<std::int32_t>(), ElementsAre(8, -8));  // 1 / (0.5 * 0.25), -0.5 / (0.5 * 0.125)
}

TEST(AdoptQuantization, PortsBecomeInt8AndKeepTheirNames) {
  Builder build = linear_network({1.0F, -0.5F});
  const std::string output = build.graph.value(build.graph.outputs.front()).name;
  adopt(build.graph);
  ASSERT_TRUE(make_int8_ports(build.graph).ok());
  ASSERT_TRUE(ops::verify(build.graph).ok());
  EXPECT_THAT(operators(build.graph), ElementsAre("linear"));
  EXPECT_EQ(build.graph.value(build.graph.inputs.front()).name, "x");
  EXPECT_EQ(build.graph.value(build.graph.outputs.front()).name, output);
  EXPECT_EQ(build.graph.value(build.graph.outputs.front()).type.dtype, ir::DType::Int8);
}

TEST(AdoptQuantization, AChannelOfZerosGetsAScaleThatItsBiasFits) {
  Builder build = linear_network({1.0F, 1e9F});
  adopt(build.graph);
  const ir::Node& linear = build.graph.nodes()[1];
  const std::int32_t code = build.graph.value(*linear.inputs[2]).data<std::int32_t>()[1];
  const float scale = build.graph.value(*linear.inputs[1]).quant->scales[1];
  EXPECT_NEAR(static_cast<double>(code) * 0.5 * static_cast<double>(scale), 1e9, 1e3);
}

TEST(AdoptQuantization, ScalesWhoseProductIsNoNumberAreRefusedByName) {
  for (const float scale : {1e30F, 1e-30F}) {
    Builder build;
    const ir::ValueId x = build.pair(build.input("x", {1, 2}), scale, 3);
    const ir::ValueId w = build.weight({2, 2}, {127, -5, 3, 1}, {scale, scale});
    const ir::ValueId y = build.append("fc", "linear", {x, w, build.bias({0.0F, 0.0F})});
    build.graph.outputs = {build.pair(y, 2.0F, -7)};
    const Status status = adopt_quantization(build.graph);
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().kind, ErrorKind::Unsupported);
    EXPECT_THAT(to_string(status.error()), HasSubstr("fc: input scale times weight scale of channel 0 is 1e"));
  }
}

TEST(AdoptQuantization, ABiasBeyond30BitsIsRefusedByName) {
  Builder build = linear_network({1e9F, 0.0F});
  const Status status = adopt_quantization(build.graph);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().kind, ErrorKind::Unsupported);
  EXPECT_THAT(to_string(status.error()), HasSubstr("fc: the bias of channel 0 is 8e+09 steps"));
}

TEST(AdoptQuantization, WeightsThatCouldOverflowAreRefused) {
  Builder build;
  constexpr std::int64_t inputs = 40000;
  const ir::ValueId x = build.pair(build.input("x", {1, inputs}), 0.5F, 0);
  const ir::ValueId w = build.weight({1, inputs}, std::vector<int>(inputs, 127), {0.25F});
  build.graph.outputs = {build.pair(build.append("fc", "linear", {x, w, std::nullopt}), 2.0F, 0)};
  const Status status = adopt_quantization(build.graph);
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(to_string(status.error()), HasSubstr("the weights of channel 0 add up to 5080000"));
}

TEST(AdoptQuantization, WhatMovesElementsIsDoneToCodes) {
  Builder build;
  const ir::ValueId x = build.pair(build.input("x", {1, 4, 2}), 0.5F, 3);
  const ir::ValueId flat = build.append("flat", "reshape", {x}, with("shape", std::vector<std::int64_t>{1, 8}));
  const ir::ValueId w = build.weight({1, 8}, {1, 2, 3, 4, 5, 6, 7, 8}, {0.25F});
  const ir::ValueId y = build.append("fc", "linear", {flat, w, std::nullopt});
  const ir::ValueId row = build.append("row", "reshape", {y}, with("shape", std::vector<std::int64_t>{1}));
  build.graph.outputs = {build.pair(row, 2.0F, 0)};
  adopt(build.graph);
  EXPECT_THAT(operators(build.graph), ElementsAre("quantize", "reshape", "linear", "reshape", "dequantize"));
  EXPECT_EQ(build.graph.nodes()[1].name, "flat");
  EXPECT_EQ(build.graph.nodes()[3].name, "row");
}

TEST(AdoptQuantization, OtherParametersThanAnOperatorsOwnAreRescaled) {
  Builder build;
  const ir::ValueId x = build.pair(build.input("x", {1, 4}), 0.5F, 3);
  const ir::ValueId scores = build.append("softmax", "softmax", {x}, with("dim", std::int64_t{1}));
  build.graph.outputs = {build.pair(scores, 1.0F / 200.0F, -100)};
  adopt(build.graph);
  EXPECT_THAT(operators(build.graph), ElementsAre("quantize", "softmax", "unary", "dequantize"));
  EXPECT_EQ(*build.graph.value(build.graph.nodes()[1].outputs[0]).quant, ir::per_tensor(1.0F / 256.0F, -128));
  EXPECT_EQ(*build.graph.value(build.graph.nodes()[2].outputs[0]).quant, ir::per_tensor(1.0F / 200.0F, -100));
}

TEST(AdoptQuantization, OperandsOfAConcatenationAreRescaledToItsResult) {
  Builder build;
  const ir::ValueId a = build.pair(build.input("a", {1, 4}), 0.5F, 3);
  const ir::ValueId b = build.pair(build.input("b", {1, 4}), 0.25F, 0);
  const ir::ValueId both = build.append("cat", "concat", {a, b}, with("dim", std::int64_t{1}));
  build.graph.outputs = {build.pair(both, 0.5F, 3)};
  adopt(build.graph);
  EXPECT_THAT(operators(build.graph), ElementsAre("quantize", "quantize", "unary", "concat", "dequantize"));
}

TEST(AdoptQuantization, WhatTheFileLeavesInFloatStaysFloat) {
  Builder build;
  const ir::ValueId x = build.pair(build.input("x", {1, 4}), 0.5F, 3);
  const ir::ValueId tanh = build.append("tanh", "unary", {x}, with("function", std::string("tanh")));
  const ir::ValueId sum = build.append("sum", "add", {tanh, x});
  build.graph.outputs = {build.pair(sum, 0.5F, 0)};
  adopt(build.graph);
  EXPECT_THAT(operators(build.graph), ElementsAre("quantize", "dequantize", "unary", "add", "quantize", "dequantize"));
  const auto remainders = find_float_remainders(build.graph);
  ASSERT_TRUE(remainders.ok());
  ASSERT_EQ(remainders->size(), 2U);
  EXPECT_EQ((*remainders)[0].reason, "its result is not quantized in the file");
  EXPECT_EQ((*remainders)[1].reason, "its operand 'tanh' is not quantized in the file");
}

TEST(AdoptQuantization, AFloatOperatorWithoutAKernelIsRefusedByName) {
  Builder build;
  const ir::ValueId x = build.pair(build.input("x", {1, 4, 6, 6}), 0.5F, 3);
  build.graph.outputs = {
      build.append("shrink", "adaptive_avg_pool2d", {x}, with("output_size", std::vector<std::int64_t>{4, 4}))};
  adopt(build.graph);
  const auto remainders = find_float_remainders(build.graph);
  ASSERT_FALSE(remainders.ok());
  EXPECT_EQ(remainders.error().kind, ErrorKind::Unsupported);
  EXPECT_THAT(to_string(remainders.error()),
              HasSubstr("shrink: its result is not quantized in the file, and operator adaptive_avg_pool2d has no "
                        "float kernel"));
}

TEST(AdoptQuantization, AUnsymmetricWeightStaysFloat) {
  Builder build = linear_network({0.0F, 0.0F});
  for (std::size_t i = 0; i < build.graph.values().size(); ++i) {
    ir::Value& value = build.graph.value(static_cast<ir::ValueId>(i));
    if (value.is_constant() && value.quant) value.quant = ir::per_tensor(0.25F, 1);
  }
  adopt(build.graph);
  const auto remainders = find_float_remainders(build.graph);
  ASSERT_TRUE(remainders.ok());
  ASSERT_EQ(remainders->size(), 1U);
  EXPECT_THAT(remainders->front().reason, HasSubstr("other codes than symmetric int8"));
}

TEST(AdoptQuantization, ChangesNothingASecondTime) {
  Builder build = linear_network({1.0F, -0.5F});
  adopt(build.graph);
  const std::string once = ir::print(build.graph).text;
  adopt(build.graph);
  EXPECT_EQ(ir::print(build.graph).text, once);
}

}  // namespace
}  // namespace pudu::passes
