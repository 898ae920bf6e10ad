// Bilinear interpolation: values of PyTorch, the quantized result against the reference, refusals.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ops/testing/single_node.hpp"

namespace pudu::ops {
namespace {

using ::testing::ElementsAre;
using ::testing::FloatNear;
using ::testing::Pointwise;
using Integers = std::vector<std::int64_t>;

testing::SingleNode node_of(ir::Shape input, Integers output_size, int align_corners, std::vector<double> steps = {},
                            DimOrder order = {}) {
  ir::Attributes attributes;
  attributes.set("output_size", std::move(output_size));
  attributes.set("align_corners", align_corners);
  attributes.set("steps", std::move(steps));
  testing::SingleNode node("upsample_bilinear2d", attributes);
  const testing::Scale scale{.scale = 0.1F, .zero_point = 5};
  node.input(std::move(input), scale, std::move(order)).output(scale);
  return node;
}

std::vector<float> sequence(std::int64_t count) {
  std::vector<float> values;
  for (std::int64_t i = 0; i < count; ++i) values.push_back(static_cast<float>(i * 37 % 101 - 50));
  return values;
}

TEST(UpsampleBilinear2d, HasTheValuesOfPyTorch) {
  // torch.nn.functional.interpolate of [1, 1, 2, 3], PyTorch 2.13.
  EXPECT_THAT(node_of({1, 1, 2, 3}, {3, 5}, 0).reference({sequence(6)}),
              Pointwise(FloatNear(1e-4F), {-50.0F, -35.2F, -13.0F, 9.20001F, 24.0F, -45.0F, -30.2F, -8.0F, 14.20001F,
                                           29.0F, -40.0F, -25.2F, -3.0F, 19.2F, 34.0F}));
  EXPECT_THAT(node_of({1, 1, 2, 3}, {3, 5}, 1).reference({sequence(6)}),
              Pointwise(FloatNear(1e-4F), {-50.0F, -31.5F, -13.0F, 5.5F, 24.0F, -45.0F, -26.5F, -8.0F, 10.5F, 29.0F,
                                           -40.0F, -21.5F, -3.0F, 15.5F, 34.0F}));
  EXPECT_THAT(node_of({1, 1, 2, 3}, {3, 4}, 0, {1 / 1.6, 1 / 1.6}).reference({sequence(6)}),
              Pointwise(FloatNear(1e-4F), {-50.0F, -33.8125F, -10.6875F, 12.4375F, -45.625F, -29.4375F, -6.3125F,
                                           16.8125F, -40.0F, -23.8125F, -0.6875F, 22.4375F}));
  EXPECT_THAT(node_of({1, 1, 4, 5}, {2, 3}, 0).reference({sequence(20)}),
              Pointwise(FloatNear(1e-4F), {-12.5F, 15.5F, -7.0F, 4.0F, -18.5F, 9.5F}));
}

TEST(UpsampleBilinear2d, CodesAreNearTheReference) {
  testing::Random random(3);
  for (int round = 0; round < 60; ++round) {
    const ir::Shape in = {random.integer(1, 2), random.integer(1, 4), random.integer(1, 7), random.integer(1, 7)};
    const Integers out = {random.integer(1, 15), random.integer(1, 15)};
    SCOPED_TRACE(ir::to_string(in) + " to " + ir::to_string(out));
    const DimOrder order = round % 2 == 0 ? DimOrder{} : DimOrder{0, 2, 3, 1};
    node_of(in, out, round % 3 == 0 ? 1 : 0, {}, order).expect_matches_reference(0.65);
  }
}

TEST(UpsampleBilinear2d, OfOneRowAndColumnRepeatsThem) {
  EXPECT_THAT(node_of({1, 1, 1, 1}, {2, 2}, 0).run({{-77}}), ElementsAre(-77, -77, -77, -77));
  EXPECT_THAT(node_of({1, 1, 1, 2}, {1, 1}, 1).run({{-77, 5}}), ElementsAre(-77));
}

TEST(UpsampleBilinear2d, RefusesWhatCannotBe) {
  EXPECT_EQ(testing::message_of(node_of({1, 1, 4, 4}, {0, 1}, 0).infer()),
            "error: node: output_size is [0, 1]; output_size has 2 values from 1 to 8388608");
  EXPECT_EQ(testing::message_of(node_of({1, 1, 4, 4}, {8, 8}, 0, {0.5}).infer()),
            "error: node: steps of 1 values; two positive numbers, or none");
  EXPECT_EQ(testing::message_of(node_of({1, 1, 4, 4}, {8, 8}, 0, {0.5, 0.0}).infer()),
            "error: node: steps of 2 values; two positive numbers, or none");
  EXPECT_EQ(testing::message_of(node_of({4, 4}, {8, 8}, 0).infer()),
            "error: node: input 0 of shape [4, 4] has rank 2; the input is an image batch [N, C, H, W]\nhint: add a "
            "batch dimension with unsqueeze(0)");
}

}  // namespace
}  // namespace pudu::ops
