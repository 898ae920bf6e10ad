// Linear: the float reference against plain loops, the lowered form bit by bit against plain integer loops.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "ops/registry.hpp"
#include "ops/testing/integers.hpp"
#include "ops/testing/single_node.hpp"

namespace pudu::ops {
namespace {

using testing::Codes;
using ::testing::ElementsAre;
using testing::message_of;
using testing::Random;
using testing::SingleNode;

struct Case {
  ir::Shape input;
  std::int64_t out;
};

std::vector<Case> cases() {
  return {{{1, 1}, 1}, {{7}, 3}, {{1, 64}, 10}, {{5, 13}, 6}, {{2, 3, 9}, 4}, {{2, 2, 3, 33}, 17}};
}

TEST(Linear, FloatReferenceEqualsPlainLoops) {
  std::uint32_t seed = 1;
  for (const Case& c : cases()) {
    SCOPED_TRACE(ir::to_string(c.input));
    Random random(seed++);
    const std::int64_t in = c.input.back();
    const std::vector<float> input = random.reals(ir::element_count(c.input), -2.0F, 2.0F);
    const std::vector<float> weight = random.reals(in * c.out, -1.0F, 1.0F);
    const std::vector<float> bias = random.reals(c.out, -3.0F, 3.0F);
    SingleNode node("linear");
    node.float_input(c.input).float_constant({c.out, in}, weight).float_constant({c.out}, bias);
    SingleNode without_bias("linear");
    without_bias.float_input(c.input).float_constant({c.out, in}, weight).absent();
    ir::Shape shape = c.input;
    shape.back() = c.out;
    ASSERT_EQ(node.output_shape(), shape);
    const std::vector<float> actual = node.reference({input});
    const std::vector<float> actual_without_bias = without_bias.reference({input});
    const auto columns = static_cast<std::size_t>(in);
    const auto outputs = static_cast<std::size_t>(c.out);
    for (std::size_t i = 0; i < actual.size(); ++i) {
      double sum = 0.0;
      for (std::size_t k = 0; k < columns; ++k) {
        sum += static_cast<double>(input[i / outputs * columns + k]) *
               static_cast<double>(weight[i % outputs * columns + k]);
      }
      ASSERT_NEAR(actual_without_bias[i], sum, 1e-4);
      ASSERT_NEAR(actual[i], sum + static_cast<double>(bias[i % outputs]), 1e-4);
    }
  }
}

TEST(Linear, LoweredFormIsExact) {
  std::uint32_t seed = 50;
  for (const Case& c : cases()) {
    SCOPED_TRACE(ir::to_string(c.input));
    Random random(seed++);
    const auto in = static_cast<std::size_t>(c.input.back());
    const auto out = static_cast<std::size_t>(c.out);
    const testing::Scale input{0.03F, random.integer(-128, 127)};
    const testing::Scale output{static_cast<float>(0.03 * 0.01 * 70.0 * std::sqrt(static_cast<double>(in))), -5};
    const Codes weights = random.codes(static_cast<std::int64_t>(in * out), -127);
    std::vector<float> scales;
    std::vector<float> bias_scales;
    std::vector<std::int32_t> bias;
    for (std::size_t o = 0; o < out; ++o) {
      scales.push_back(random.real(0.002F, 0.02F));
      bias_scales.push_back(scales.back() * input.scale);
      bias.push_back(random.integer(-5000, 5000));
    }
    SingleNode node("linear");
    node.input(c.input, input).weights({c.out, c.input.back()}, weights, scales).bias(bias, bias_scales).output(output);
    const Codes codes = random.codes(ir::element_count(c.input));
    const Codes actual = node.run({codes});
    for (std::size_t i = 0; i < actual.size(); ++i) {
      std::int64_t sum = bias[i % out];
      for (std::size_t k = 0; k < in; ++k) {
        sum += (codes[i / out * in + k] - input.zero_point) * static_cast<std::int64_t>(weights[i % out * in + k]);
      }
      const double factor =
          static_cast<double>(input.scale) * static_cast<double>(scales[i % out]) / static_cast<double>(output.scale);
      const std::int64_t code = testing::rescale(sum, testing::fixed_point(factor)) + output.zero_point;
      ASSERT_EQ(actual[i], std::clamp<std::int64_t>(code, -128, 127)) << i;
    }
    node.expect_matches_reference(0.8);
  }
}

SingleNode node_in_order(DimOrder order) {
  SingleNode node("linear");
  Random random(4);
  node.input({2, 3, 4}, {0.1F, 3}, std::move(order)).weights({5, 4}, random.codes(20, -127), std::vector(5, 0.01F));
  node.output({0.2F, 0});
  return node;
}

TEST(Linear, KeepsTheOrderOfItsBatches) {
  const Codes codes = Random(5).codes(24);
  const Codes expected = node_in_order({}).run({codes});
  EXPECT_EQ(node_in_order({1, 0, 2}).lower()->transposes, 0U);
  EXPECT_THAT(node_in_order({1, 0, 2}).lower()->output_orders, ElementsAre(DimOrder{1, 0, 2}));
  EXPECT_EQ(node_in_order({1, 0, 2}).run({codes}), expected);
  EXPECT_EQ(node_in_order({0, 2, 1}).lower()->transposes, 1U);
  EXPECT_EQ(node_in_order({0, 2, 1}).run({codes}), expected);
  EXPECT_THAT(node_in_order({2, 1, 0}).lower()->output_orders, ElementsAre(DimOrder{0, 1, 2}))
      << "once transposed, contiguous as other users want it";
}

TEST(Linear, ClampsToAFusedActivation) {
  ir::Attributes relu;
  relu.set("activation_min", 0.0);
  SingleNode node("linear", relu);
  node.input({1, 2}, {1.0F, 0}).weights({2, 2}, {1, 1, -1, -1}, {1.0F, 1.0F}).output({1.0F, -10});
  EXPECT_THAT(node.run({{3, 4}}), ElementsAre(-3, -10));
  EXPECT_THAT(node.reference({{3.0F, 4.0F}}), ElementsAre(7.0F, 0.0F));
}

TEST(Linear, CountsMultiplyAccumulates) {
  SingleNode node("linear");
  node.float_input({2, 3, 4}).float_constant({5, 4}, std::vector<float>(20));
  node.output_shape();
  EXPECT_EQ(operator_of(node.node()).macs(node.graph(), node.node()), 2 * 3 * 5 * 4);
}

TEST(Linear, SaysWhatItCannotDo) {
  SingleNode wrong_width("linear");
  wrong_width.float_input({2, 3}).float_constant({5, 4}, std::vector<float>(20));
  EXPECT_EQ(message_of(wrong_width.infer()),
            "error: node: weight of shape [5, 4] for an input of shape [2, 3]; a weight [out, in] where in is the last "
            "size of the input");
  SingleNode wrong_bias("linear");
  wrong_bias.float_input({2, 4})
      .float_constant({5, 4}, std::vector<float>(20))
      .float_constant({1, 5}, std::vector<float>(5));
  EXPECT_EQ(message_of(wrong_bias.infer()),
            "error: node: bias of shape [1, 5]; shape [5], one element an output channel");
  SingleNode no_weight("linear");
  no_weight.float_input({2, 4});
  EXPECT_EQ(message_of(no_weight.infer()), "error: node: linear without its operand weight; constant [out, in]");
}

}  // namespace
}  // namespace pudu::ops
