// The int16 forms of operators against their float references: 16x8 layers, elementwise operators, pools, tables, data
// movement and the model's boundary; kernels by name; what is refused.
#include "ops/int16_node.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "kernels/lut_s16/lut_s16.hpp"
#include "ops/testing/single_node.hpp"
#include "ops/unary/functions.hpp"

namespace pudu::ops {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::SingleNode;

ir::Attributes integers(const std::string& name, std::vector<std::int64_t> values) {
  ir::Attributes attributes;
  attributes.set(name, std::move(values));
  return attributes;
}

ir::Attributes convolution(std::vector<std::int64_t> stride, std::vector<std::int64_t> padding, std::int64_t groups) {
  ir::Attributes attributes;
  attributes.set("stride", std::move(stride));
  attributes.set("padding", std::move(padding));
  attributes.set("groups", groups);
  return attributes;
}

/// Multipliers have 16 bits: a result of n codes is off by n * 2^-16 of them, beside its rounding.
constexpr double layer_tolerance = 1.01;

std::vector<std::string> kernels_of(SingleNode& node) {
  const auto lowered = node.lower();
  EXPECT_TRUE(lowered.ok()) << testing::message_of(lowered);
  return lowered.ok() ? lowered->kernels : std::vector<std::string>();
}

TEST(Int16Form, AFileThatMixesTypesIsNotPudusDefect) {
  ir::Value value;
  value.name = "x";
  value.type.dtype = ir::DType::Int8;
  const Status status = require_int16(value);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().kind, ErrorKind::Unsupported);
  EXPECT_THAT(to_string(status.error()), HasSubstr("value x of type i8 beside values of 16 bits"));
}

TEST(Int16Form, Convolutions) {
  testing::Random random(1);
  for (const std::int64_t groups : {1, 2, 6}) {
    SingleNode node("conv2d", convolution({2, 1}, {1, 0, 2, 1}, groups));
    node.wide_input({2, 6, 9, 7}, 1e-3F, {0, 2, 3, 1})
        .weights({12, 6 / groups, 3, 3}, random.codes(12 * 9 * 6 / groups, -127), std::vector<float>(12, 0.01F))
        .bias({1, 2, -3000000, 4, 5000000, 6, 7, 8, 9, 10, 11, 0}, std::vector<float>(12, 1e-5F))
        .wide_output(0.02F)
        .expect_matches_reference(layer_tolerance);
    EXPECT_THAT(kernels_of(node), ElementsAre(groups == 6 ? "depthwise_conv2d_s16" : "conv2d_s16"));
  }
}

TEST(Int16Form, LinearWithAFusedActivation) {
  testing::Random random(2);
  ir::Attributes relu;
  relu.set("activation_min", 0.0);
  SingleNode node("linear", relu);
  node.wide_input({3, 70}, 1e-3F)
      .weights({9, 70}, random.codes(9 * 70, -127), std::vector<float>(9, 0.01F))
      .bias({100, -100, 0, 7, 1000000, -1000000, 3, 2, 1}, std::vector<float>(9, 1e-5F))
      .wide_output(0.01F)
      .expect_matches_reference(layer_tolerance);
  EXPECT_THAT(kernels_of(node), ElementsAre("linear_s16"));
}

/// A layer that reads int16 and makes int8, or the reverse; its result is the exact one, rounded once.
void check_mixed(SingleNode& node, const ir::Shape& input, const ir::Shape& weights, const DimOrder& order,
                 const std::string& operator_name, bool reads_int16) {
  testing::Random random(3);
  const std::int64_t channels = weights[0];
  std::vector<std::int32_t> biases;
  for (std::int64_t c = 0; c < channels; ++c) biases.push_back(random.integer(-20000, 20000));
  reads_int16 ? node.wide_input(input, 1e-3F, order) : node.input(input, {.scale = 0.05F, .zero_point = -11}, order);
  node.weights(weights, random.codes(ir::element_count(weights), -127),
               std::vector<float>(static_cast<std::size_t>(channels), 0.01F));
  node.bias(biases, std::vector<float>(static_cast<std::size_t>(channels), reads_int16 ? 1e-5F : 5e-4F));
  reads_int16 ? node.output({.scale = 0.6F, .zero_point = 17}) : node.wide_output(1e-2F);
  // Multipliers of 15 bits: less than one code in 16 bits, nothing in 8.
  node.expect_matches_reference(reads_int16 ? 0.51 : layer_tolerance);
  EXPECT_THAT(kernels_of(node), ElementsAre(operator_name + (reads_int16 ? "_s16_s8" : "_s8_s16")));
}

TEST(Int16Form, LayersThatReadOneWidthAndMakeTheOther) {
  const DimOrder nhwc = {0, 2, 3, 1};
  for (const bool reads_int16 : {true, false}) {
    for (const std::int64_t groups : {1, 2, 6}) {
      SingleNode node("conv2d", convolution({2, 1}, {1, 0, 2, 1}, groups));
      check_mixed(node, {2, 6, 9, 7}, {12, 6 / groups, 3, 3}, nhwc, groups == 6 ? "depthwise_conv2d" : "conv2d",
                  reads_int16);
    }
    ir::Attributes relu;
    relu.set("activation_min", 0.0);
    SingleNode linear("linear", relu);
    check_mixed(linear, {3, 70}, {9, 70}, {}, "linear", reads_int16);
  }
}

TEST(Int16Form, TensorFlowLiteHasNoLayersOfBothWidths) {
  SingleNode node("linear");
  node.wide_input({1, 2}, 0.1F).weights({1, 2}, {1, 2}, {1.0F}).absent().output({.scale = 0.1F});
  node.set_arithmetic(ir::Arithmetic::TfLite);
  EXPECT_THAT(testing::message_of(node.lower()), HasSubstr("beside values of 16 bits"));
}

TEST(Int16Form, SumsDifferencesAndProducts) {
  for (const double alpha : {1.0, -1.0, 0.25}) {
    ir::Attributes attributes;
    attributes.set("alpha", alpha);
    SingleNode node("add", attributes);
    node.wide_input({2, 3, 4}, 1e-3F).wide_input({3, 1}, 7e-4F).wide_output(1.5e-3F).expect_matches_reference();
    EXPECT_THAT(kernels_of(node), ElementsAre("add_s16"));
  }
  SingleNode product("mul");
  product.wide_input({2, 3, 4}, 1e-3F).wide_input({2, 3, 1}, 7e-4F).wide_output(0.02F).expect_matches_reference();
  EXPECT_THAT(kernels_of(product), ElementsAre("mul_s16"));
}

TEST(Int16Form, Pools) {
  ir::Attributes window = integers("kernel", {3, 2});
  window.set("stride", std::vector<std::int64_t>{2, 2});
  window.set("padding", std::vector<std::int64_t>{1, 1, 0, 1});
  for (const std::string op : {"max_pool2d", "avg_pool2d"}) {
    SingleNode node(op, window);
    node.wide_input({1, 5, 7, 8}, 1e-3F, {0, 2, 3, 1}).wide_output(1e-3F).expect_matches_reference();
    EXPECT_THAT(kernels_of(node), ElementsAre(op + "_s16"));
  }
  SingleNode mean("mean", integers("dims", {2, 3}));
  mean.wide_input({2, 5, 7, 8}, 1e-3F, {0, 2, 3, 1}).wide_output(1e-3F).expect_matches_reference();
  EXPECT_THAT(kernels_of(mean), ElementsAre("avg_pool2d_s16"));
}

TEST(Int16Form, FunctionsAreFollowedMoreCloselyThanInt8Can) {
  for (const std::string name : {"sigmoid", "tanh", "hardswish", "silu", "gelu"}) {
    ir::Attributes attributes;
    attributes.set("function", name);
    SingleNode node("unary", attributes);
    // Results to +-8: int8 has steps of 0.0625, 256 of these codes.
    node.wide_input({40, 50}, 8.0F / 32767).wide_output(8.0F / 32767).expect_matches_reference(4.0);
    EXPECT_THAT(kernels_of(node), ElementsAre("lut_s16"));
  }
}

TEST(Int16Form, TheTableOfAKinkedFunctionIsExactWhereItsKinkIsAnEntry) {
  const UnaryFunction& relu = *find_unary_function("clamp");
  const double bounds[] = {0.0, 1e30};
  const ir::QuantParams quant = ir::per_tensor(0.25F, 0);
  const std::vector<std::int16_t> table = make_wide_unary_table(relu, bounds, quant, quant);
  ASSERT_EQ(table.size(), static_cast<std::size_t>(kernels::LutS16::table_entries));
  for (std::int32_t i = 0; i < 512; ++i) {
    EXPECT_EQ(table[static_cast<std::size_t>(i)], i < 256 ? 0 : (i - 256) * 128) << i;
  }
  EXPECT_EQ(table.back(), 32767);
}

TEST(Int16Form, DataMovement) {
  ir::Attributes slice;
  slice.set("dim", std::int64_t{2});
  slice.set("start", std::int64_t{1});
  slice.set("end", std::int64_t{6});
  slice.set("step", std::int64_t{2});
  SingleNode cut("slice", slice);
  cut.wide_input({2, 3, 7, 5}, 1e-3F).wide_output(1e-3F).expect_matches_reference(0.01);
  EXPECT_THAT(kernels_of(cut), ElementsAre("strided_slice_s16"));
  SingleNode shape("reshape", integers("shape", {6, 35}));
  shape.wide_input({2, 3, 7, 5}, 1e-3F).wide_output(1e-3F).expect_matches_reference(0.01);
  EXPECT_THAT(kernels_of(shape), ElementsAre());
}

TEST(Int16Form, TheBoundaryToFloats) {
  SingleNode in("quantize");
  EXPECT_THAT(kernels_of(in.float_input({4}).wide_output(0.1F)), ElementsAre("quantize_f32_s16"));
  SingleNode out("dequantize");
  EXPECT_THAT(kernels_of(out.wide_input({4}, 0.1F)), ElementsAre("dequantize_s16_f32"));
  const std::int16_t codes[] = {-32768, -1, 0, 32767};
  const auto bytes = std::as_bytes(std::span(codes));
  std::vector<float> floats(4);
  const std::vector<std::byte> result = out.run_bytes({{bytes.begin(), bytes.end()}});
  ASSERT_EQ(result.size(), 16U);
  std::memcpy(floats.data(), result.data(), 16);
  EXPECT_THAT(floats, ElementsAre(-32768 * 0.1F, -0.1F, 0.0F, 32767 * 0.1F));
}

TEST(Int16Form, IsRefusedByOperatorsWithoutIt) {
  SingleNode node("div");
  const auto lowered = node.wide_input({4}, 0.1F).wide_input({4}, 0.1F).wide_output(0.1F).lower();
  EXPECT_THAT(testing::message_of(lowered), HasSubstr("16"));
  EXPECT_FALSE(lowered.ok());
  SingleNode smaller("minimum");
  EXPECT_THAT(testing::message_of(smaller.wide_input({4}, 0.1F).wide_input({4}, 0.1F).wide_output(0.1F).lower()),
              HasSubstr("operator minimum with values of 16 bits; int8"));
  SingleNode mixed("add");
  EXPECT_FALSE(mixed.wide_input({4}, 0.1F).input({4}, {.scale = 0.1F}).wide_output(0.1F).lower().ok());
}

TEST(Int16Form, RefusesScalesThatNoShiftReaches) {
  SingleNode node("linear");
  node.wide_input({1, 2}, 1.0F).weights({1, 2}, {1, 2}, {1.0F}).absent().wide_output(1e-5F);
  EXPECT_THAT(testing::message_of(node.lower()), HasSubstr("factors below 16384"));
}

}  // namespace
}  // namespace pudu::ops
