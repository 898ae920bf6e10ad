// Convolution: the float reference against plain loops, the lowered form against the reference and, bit by bit, against
// plain integer loops; which kernel is chosen; what infer rejects.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

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
  ir::Shape input;   ///< [N, C, H, W]
  ir::Shape weight;  ///< [O, C / groups, height, width]
  std::vector<std::int64_t> stride = {1, 1};
  std::vector<std::int64_t> padding = {0, 0, 0, 0};  ///< top, bottom, left, right
  std::vector<std::int64_t> dilation = {1, 1};
  std::int64_t groups = 1;

  ir::Attributes attributes() const {
    ir::Attributes result;
    result.set("stride", stride);
    result.set("padding", padding);
    result.set("dilation", dilation);
    result.set("groups", ir::AttributeValue(groups));
    return result;
  }
  std::int64_t output_size(std::size_t axis) const {
    const std::int64_t padded = input[2 + axis] + padding[2 * axis] + padding[2 * axis + 1];
    return (padded - (weight[2 + axis] - 1) * dilation[axis] - 1) / stride[axis] + 1;
  }
  ir::Shape output() const { return {input[0], weight[0], output_size(0), output_size(1)}; }
};

std::vector<Case> cases() {
  return {
      {{1, 1, 1, 1}, {1, 1, 1, 1}},
      {{1, 3, 5, 6}, {4, 3, 3, 3}},
      {{2, 3, 5, 6}, {4, 3, 3, 3}, {2, 1}, {1, 1, 1, 1}},
      {{1, 8, 4, 4}, {5, 8, 1, 1}},
      {{1, 8, 5, 5}, {3, 8, 1, 1}, {2, 2}},
      {{1, 1, 9, 7}, {6, 1, 3, 3}, {2, 2}, {1, 1, 1, 1}},
      {{1, 1, 10, 4}, {2, 1, 10, 4}, {1, 1}, {4, 5, 1, 2}},
      {{1, 4, 7, 7}, {4, 1, 3, 3}, {1, 1}, {1, 1, 1, 1}, {1, 1}, 4},
      {{2, 4, 6, 7}, {8, 1, 3, 3}, {2, 2}, {0, 1, 0, 1}, {1, 1}, 4},
      {{1, 17, 5, 4}, {17, 1, 5, 3}, {1, 2}, {2, 2, 1, 1}, {1, 1}, 17},
      {{1, 4, 9, 9}, {6, 2, 3, 2}, {1, 1}, {1, 0, 2, 1}, {2, 3}, 2},
      {{1, 6, 5, 5}, {3, 2, 2, 2}, {2, 2}, {0, 0, 0, 0}, {1, 1}, 3},
      {{1, 2, 1, 12}, {3, 2, 1, 5}, {1, 2}, {0, 0, 2, 2}},
      {{1, 2, 3, 3}, {2, 2, 3, 3}, {3, 3}, {5, 5, 5, 5}},
  };
}

/// Calls visit(output index, input index, weight index, channel) for every tap inside of the image.
template <class Visit>
void for_each_tap(const Case& c, Visit visit) {
  const ir::Shape out = c.output();
  const std::int64_t group_outputs = c.weight[0] / c.groups;
  std::size_t output = 0;
  for (std::int64_t n = 0; n < out[0]; ++n)
    for (std::int64_t o = 0; o < out[1]; ++o)
      for (std::int64_t y = 0; y < out[2]; ++y)
        for (std::int64_t x = 0; x < out[3]; ++x, ++output)
          for (std::int64_t i = 0; i < c.weight[1]; ++i)
            for (std::int64_t ky = 0; ky < c.weight[2]; ++ky)
              for (std::int64_t kx = 0; kx < c.weight[3]; ++kx) {
                const std::int64_t row = y * c.stride[0] - c.padding[0] + ky * c.dilation[0];
                const std::int64_t column = x * c.stride[1] - c.padding[2] + kx * c.dilation[1];
                if (row < 0 || row >= c.input[2] || column < 0 || column >= c.input[3]) continue;
                const std::int64_t channel = o / group_outputs * c.weight[1] + i;
                const std::int64_t input = ((n * c.input[1] + channel) * c.input[2] + row) * c.input[3] + column;
                const std::int64_t weight = ((o * c.weight[1] + i) * c.weight[2] + ky) * c.weight[3] + kx;
                visit(output, static_cast<std::size_t>(input), static_cast<std::size_t>(weight));
              }
}

std::size_t channel_of(const Case& c, std::size_t output) {
  const ir::Shape shape = c.output();
  return output / static_cast<std::size_t>(shape[2] * shape[3]) % static_cast<std::size_t>(shape[1]);
}

TEST(Conv2d, FloatReferenceEqualsPlainLoops) {
  std::uint32_t seed = 1;
  for (const Case& c : cases()) {
    SCOPED_TRACE(ir::to_string(c.input) + " * " + ir::to_string(c.weight));
    Random random(seed++);
    const std::vector<float> input = random.reals(ir::element_count(c.input), -2.0F, 2.0F);
    const std::vector<float> weight = random.reals(ir::element_count(c.weight), -1.0F, 1.0F);
    const std::vector<float> bias = random.reals(c.weight[0], -3.0F, 3.0F);
    SingleNode with_bias("conv2d", c.attributes());
    with_bias.float_input(c.input).float_constant(c.weight, weight).float_constant({c.weight[0]}, bias);
    SingleNode without_bias("conv2d", c.attributes());
    without_bias.float_input(c.input).float_constant(c.weight, weight);
    ASSERT_EQ(with_bias.output_shape(), c.output());

    std::vector<double> expected(static_cast<std::size_t>(ir::element_count(c.output())), 0.0);
    for_each_tap(c, [&](std::size_t o, std::size_t i, std::size_t w) {
      expected[o] += static_cast<double>(input[i]) * static_cast<double>(weight[w]);
    });
    const std::vector<float> actual_with_bias = with_bias.reference({input});
    const std::vector<float> actual = without_bias.reference({input});
    ASSERT_EQ(actual.size(), expected.size());
    for (std::size_t o = 0; o < expected.size(); ++o) {
      ASSERT_NEAR(actual[o], expected[o], 1e-4) << o;
      ASSERT_NEAR(actual_with_bias[o], expected[o] + static_cast<double>(bias[channel_of(c, o)]), 1e-4) << o;
    }
  }
}

/// A quantized node of the case with random weights, and what it was made from.
struct Quantized {
  SingleNode node;
  Codes weights;
  std::vector<float> scales;  ///< of the weights
  std::vector<std::int32_t> bias;
  testing::Scale input, output;
};

enum class Bias { Absent, Present };

Quantized quantized(const Case& c, std::uint32_t seed, Bias with_bias, ir::Attributes attributes,
                    DimOrder input_order = {}) {
  Random random(seed);
  Quantized result{SingleNode("conv2d", std::move(attributes)),
                   random.codes(ir::element_count(c.weight), -127),
                   {},
                   {},
                   {0.02F, random.integer(-128, 127)},
                   {}};
  const double taps = static_cast<double>(ir::element_count(c.weight) / c.weight[0]);
  result.output = {static_cast<float>(0.02 * 0.01 * 60.0 * std::sqrt(taps)), random.integer(-30, 30)};
  std::vector<float> bias_scales;
  for (std::int64_t o = 0; o < c.weight[0]; ++o) {
    result.scales.push_back(random.real(0.002F, 0.02F));
    bias_scales.push_back(result.scales.back() * result.input.scale);
    result.bias.push_back(with_bias == Bias::Present ? random.integer(-4000, 4000) : 0);
  }
  result.node.input(c.input, result.input, std::move(input_order)).weights(c.weight, result.weights, result.scales);
  if (with_bias == Bias::Present) result.node.bias(result.bias, bias_scales);
  result.node.output(result.output);
  return result;
}

Codes exact_result(const Case& c, const Quantized& q, const Codes& input, std::int64_t low, std::int64_t high) {
  std::vector<std::int64_t> sums(static_cast<std::size_t>(ir::element_count(c.output())), 0);
  for_each_tap(c, [&](std::size_t o, std::size_t i, std::size_t w) {
    sums[o] += (input[i] - q.input.zero_point) * static_cast<std::int64_t>(q.weights[w]);
  });
  Codes result;
  for (std::size_t o = 0; o < sums.size(); ++o) {
    const std::size_t channel = channel_of(c, o);
    const double factor = static_cast<double>(q.input.scale) * static_cast<double>(q.scales[channel]) /
                          static_cast<double>(q.output.scale);
    const std::int64_t code =
        testing::rescale(sums[o] + q.bias[channel], testing::fixed_point(factor)) + q.output.zero_point;
    result.push_back(static_cast<std::int8_t>(std::clamp(code, low, high)));
  }
  return result;
}

TEST(Conv2d, LoweredFormIsExact) {
  std::uint32_t seed = 100;
  for (const Case& c : cases()) {
    for (const Bias with_bias : {Bias::Absent, Bias::Present}) {
      SCOPED_TRACE(ir::to_string(c.input) + " * " + ir::to_string(c.weight));
      Quantized q = quantized(c, seed, with_bias, c.attributes());
      const Codes input = Random(seed++).codes(ir::element_count(c.input));
      ASSERT_EQ(q.node.run({input}), exact_result(c, q, input, -128, 127));
      q.node.expect_matches_reference(0.8);
    }
  }
}

TEST(Conv2d, FusedActivationBoundsTheCodes) {
  const Case c{{1, 3, 5, 5}, {4, 3, 3, 3}};
  ir::Attributes attributes = c.attributes();
  attributes.set("activation_min", 0.0);
  attributes.set("activation_max", 0.1);
  Quantized q = quantized(c, 7, Bias::Present, attributes);
  const Codes input = Random(8).codes(ir::element_count(c.input));
  const auto high = static_cast<std::int64_t>(
      std::nearbyint(0.1 / static_cast<double>(q.output.scale) + static_cast<double>(q.output.zero_point)));
  const Codes expected = exact_result(c, q, input, q.output.zero_point, high);
  EXPECT_EQ(*std::min_element(expected.begin(), expected.end()), q.output.zero_point);
  EXPECT_EQ(*std::max_element(expected.begin(), expected.end()), high);
  EXPECT_EQ(q.node.run({input}), expected);
  q.node.expect_matches_reference(0.8);
}

TEST(Conv2d, ChoosesTheKernel) {
  const auto kernels_of = [](const Case& c) {
    return quantized(c, 1, Bias::Present, c.attributes()).node.lower()->kernels;
  };
  EXPECT_THAT(kernels_of({{1, 3, 5, 5}, {4, 3, 3, 3}}), ElementsAre("conv2d_s8"));
  EXPECT_THAT(kernels_of({.input = {1, 4, 5, 5}, .weight = {8, 2, 3, 3}, .groups = 2}), ElementsAre("conv2d_s8"));
  EXPECT_THAT(kernels_of({.input = {1, 1, 5, 5}, .weight = {8, 1, 3, 3}}), ElementsAre("conv2d_s8"));
  EXPECT_THAT(kernels_of({.input = {1, 4, 5, 5}, .weight = {4, 1, 3, 3}, .groups = 4}),
              ElementsAre("depthwise_conv2d_s8"));
  EXPECT_THAT(kernels_of({.input = {3, 4, 5, 5}, .weight = {12, 1, 3, 3}, .groups = 4}),
              ElementsAre("depthwise_conv2d_s8"));
}

TEST(Conv2d, ReadsChannelsLastWithoutTranspose) {
  const Case c{{1, 3, 5, 5}, {4, 3, 3, 3}};
  Quantized nhwc = quantized(c, 9, Bias::Present, c.attributes(), {0, 2, 3, 1});
  Quantized nchw = quantized(c, 9, Bias::Present, c.attributes());
  EXPECT_EQ(nhwc.node.lower()->transposes, 0U);
  EXPECT_EQ(nchw.node.lower()->transposes, 1U);
  EXPECT_THAT(nhwc.node.lower()->output_orders, ElementsAre(DimOrder{0, 2, 3, 1}));
  const Codes input = Random(10).codes(ir::element_count(c.input));
  EXPECT_EQ(nhwc.node.run({input}), nchw.node.run({input}));
}

TEST(Conv2d, CountsMultiplyAccumulates) {
  SingleNode node("conv2d", Case{.input = {}, .weight = {}, .groups = 2}.attributes());
  node.float_input({2, 4, 6, 5}).float_constant({6, 2, 3, 2}, std::vector<float>(72, 1.0F));
  ASSERT_EQ(node.output_shape(), (ir::Shape{2, 6, 4, 4}));
  EXPECT_EQ(operator_of(node.node()).macs(node.graph(), node.node()), 2 * 6 * 4 * 4 * (2 * 3 * 2));
}

std::string infer_message(const ir::Shape& input, const ir::Shape& weight, const ir::Attributes& attributes = {},
                          std::int64_t bias = 0) {
  SingleNode node("conv2d", attributes);
  node.float_input(input).float_constant(weight,
                                         std::vector<float>(static_cast<std::size_t>(ir::element_count(weight))));
  if (bias > 0) node.float_constant({bias}, std::vector<float>(static_cast<std::size_t>(bias)));
  return message_of(node.infer());
}

ir::Attributes one(std::string name, ir::AttributeValue value) {
  ir::Attributes attributes;
  attributes.set(std::move(name), std::move(value));
  return attributes;
}

TEST(Conv2d, SaysWhatItCannotDo) {
  EXPECT_EQ(infer_message({1, 3, 8, 8}, {4, 3, 3, 3}), "ok");
  EXPECT_EQ(
      infer_message({1, 3, 8, 8}, {4, 3, 3}),
      "error: node: weight of shape [4, 3, 3]; rank 4: [output channels, input channels / groups, height, width]");
  EXPECT_EQ(
      infer_message({1, 3, 8, 8}, {4, 2, 3, 3}),
      "error: node: weight of shape [4, 2, 3, 3] for an input of shape [1, 3, 8, 8] in 1 groups; weight dimension "
      "1 is 3");
  EXPECT_EQ(infer_message({1, 3, 8, 8}, {4, 3, 3, 3}, one("groups", std::int64_t{2})),
            "error: node: groups is 2 for 3 input and 4 output channels; groups divides both numbers of channels");
  EXPECT_EQ(infer_message({1, 3, 8, 8}, {4, 3, 3, 3}, one("stride", std::vector<std::int64_t>{0, 1})),
            "error: node: stride is [0, 1]; stride has 2 values from 1 to 8388608");
  EXPECT_EQ(infer_message({1, 3, 8, 8}, {4, 3, 3, 3}, one("padding", std::vector<std::int64_t>{1, 1})),
            "error: node: padding is [1, 1]; padding has 4 values from 0 to 8388608");
  EXPECT_EQ(
      infer_message({1, 3, 8, 8}, {4, 3, 9, 3}),
      "error: node: weight of shape [4, 3, 9, 3] with dilation [1, 1] on an input of shape [1, 3, 8, 8] padded by "
      "[0, 0, 0, 0]; the kernel is no larger than the padded input");
  EXPECT_EQ(infer_message({1, 3, 8, 8}, {4, 3, 3, 3}, {}, 3),
            "error: node: bias of shape [3]; shape [4], one element an output channel");
  EXPECT_EQ(infer_message({1, 3, 8, 8}, {4, 3, 3, 3}, one("activation_min", std::nan(""))),
            "error: node: activation bounds [nan, inf]; activation_min <= activation_max");
  EXPECT_EQ(infer_message({1, 3, 8, 8}, {4, 3, 3, 3}, one("stride", std::int64_t{1})),
            "error: node: attribute stride is an integer; a list of integers");
  EXPECT_EQ(infer_message({1, 3, 8, 8}, {4, 3, 3, 3}, one("strides", std::int64_t{1})),
            "error: node: operator conv2d has no attribute strides; attributes stride, padding, dilation, groups, "
            "activation_min, activation_max");
}

TEST(Conv2d, RejectsComputedWeights) {
  SingleNode node("conv2d");
  node.input({1, 2, 4, 4}, {}).input({2, 2, 1, 1}, {}).output({});
  EXPECT_EQ(message_of(node.lower()),
            "error: weight operand1 is computed while the model runs; constant weights\nhint: export the model in eval "
            "mode, so that its weights are parameters");
}

}  // namespace
}  // namespace pudu::ops
