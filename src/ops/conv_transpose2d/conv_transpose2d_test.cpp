// Transposed convolution: values of PyTorch, the quantized result against the reference, refusals.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ops/testing/single_node.hpp"

namespace pudu::ops {
namespace {

using ::testing::ElementsAre;
using ::testing::FloatNear;
using ::testing::Pointwise;
using Integers = std::vector<std::int64_t>;

ir::Attributes attributes_of(Integers stride, Integers padding, Integers dilation = {1, 1}) {
  ir::Attributes attributes;
  attributes.set("stride", std::move(stride));
  attributes.set("padding", std::move(padding));
  attributes.set("dilation", std::move(dilation));
  return attributes;
}

std::vector<float> sequence(std::int64_t count) {
  std::vector<float> values;
  for (std::int64_t i = 0; i < count; ++i) values.push_back(static_cast<float>(i * 37 % 101 - 50) / 50.0F);
  return values;
}

TEST(ConvTranspose2d, HasTheValuesOfPyTorch) {
  // torch.conv_transpose2d of [1, 2, 2, 3] with a weight [2, 1, 3, 2] and bias 0.25; PyTorch 2.13.
  testing::SingleNode strided("conv_transpose2d", attributes_of({2, 1}, {1, 0, 0, 0}));
  strided.float_input({1, 2, 2, 3}).float_constant({1, 2, 3, 2}, sequence(12)).float_constant({1}, {0.25F});
  EXPECT_THAT(strided.output_shape(), ElementsAre(1, 1, 4, 4));
  EXPECT_THAT(strided.reference({sequence(12)}),
              Pointwise(FloatNear(1e-5F), {-0.758F, 1.2884F, 1.4068F, -0.486F, 1.146F, 0.2052F, 0.1592F, -0.5592F,
                                           -0.486F, 1.3204F, -0.3388F, 0.082F, 0.162F, 0.2012F, -0.4708F, 1.596F}));
  testing::SingleNode dilated("conv_transpose2d", attributes_of({1, 2}, {1, 1, 1, -1}, {2, 1}));
  dilated.float_input({1, 2, 2, 3}).float_constant({1, 2, 3, 2}, sequence(12)).float_constant({1}, {0.25F});
  EXPECT_THAT(dilated.reference({sequence(12)}),
              Pointwise(FloatNear(1e-5F), {0.402F, 0.106F,  0.3132F, 0.134F,  -0.0584F, 0.25F,   1.29F,    0.2484F,
                                           0.402F, 1.2548F, -0.486F, 0.25F,   1.05F,    0.5204F, 0.162F,   -0.2508F,
                                           0.082F, 0.25F,   0.134F,  0.3132F, -0.0584F, 0.5204F, -0.2508F, 0.25F}));
}

TEST(ConvTranspose2d, CodesAreNearTheReference) {
  testing::Random random(8);
  for (int round = 0; round < 40; ++round) {
    const std::int64_t channels = random.integer(1, 4), outputs = random.integer(1, 4);
    const Integers kernel = {random.integer(1, 4), random.integer(1, 4)};
    const Integers stride = {random.integer(1, 3), random.integer(1, 3)};
    const Integers dilation = {random.integer(1, 2), random.integer(1, 2)};
    const Integers padding = {random.integer(0, 1), random.integer(-1, 1), random.integer(0, 1), random.integer(-1, 1)};
    testing::SingleNode node("conv_transpose2d", attributes_of(stride, padding, dilation));
    const DimOrder order = round % 2 == 0 ? DimOrder{} : DimOrder{0, 2, 3, 1};
    node.input({random.integer(1, 2), channels, random.integer(3, 5), random.integer(3, 5)},
               {.scale = 0.05F, .zero_point = -3}, order);
    const std::vector<float> scales = random.reals(outputs, 0.01F, 0.03F);
    node.weights({outputs, channels, kernel[0], kernel[1]},
                 random.codes(outputs * channels * kernel[0] * kernel[1], -127, 127), scales);
    std::vector<float> bias_scales;
    std::vector<std::int32_t> bias;
    for (const float scale : scales) {
      bias_scales.push_back(0.05F * scale);
      bias.push_back(random.integer(-2000, 2000));
    }
    node.bias(bias, bias_scales).output({.scale = 0.4F, .zero_point = 9});
    node.expect_matches_reference(1.0);
  }
}

TEST(ConvTranspose2d, RefusesWhatCannotBe) {
  const auto message = [](Integers padding, ir::Shape weight) {
    testing::SingleNode node("conv_transpose2d", attributes_of({1, 1}, std::move(padding)));
    const std::int64_t count = ir::element_count(weight);
    node.float_input({1, 2, 3, 3}).float_constant(std::move(weight), sequence(count));
    return testing::message_of(node.infer());
  };
  EXPECT_EQ(message({-1, 0, 0, 0}, {1, 2, 3, 3}), "error: node: padding [-1, 0, 0, 0]; 0 or more at the top and left");
  EXPECT_EQ(
      message({0, 0, 0, 0}, {2, 1, 3, 3}),
      "error: node: weight of shape [2, 1, 3, 3] for an input of shape [1, 2, 3, 3]; [output channels, 2, height, "
      "width]");
  EXPECT_EQ(message({3, 2, 0, 0}, {1, 2, 3, 3}),
            "error: node: padding [3, 2, 0, 0] of an input of shape [1, 2, 3, 3] with a weight of shape [1, 2, 3, 3]; "
            "less than what the convolution makes of the input");
}

}  // namespace
}  // namespace pudu::ops
