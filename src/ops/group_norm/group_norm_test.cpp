// group_norm: values of PyTorch, the quantized result against the reference, orders of memory, refusals.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "ops/testing/single_node.hpp"

namespace pudu::ops {
namespace {

using ::testing::FloatNear;
using ::testing::Pointwise;

constexpr testing::Scale input_scale{.scale = 0.03F, .zero_point = -7};
constexpr testing::Scale output_scale{.scale = 0.04F, .zero_point = 11};

struct Parameters {
  std::vector<float> weight, bias;
};

testing::SingleNode node_of(const ir::Shape& input, int groups, const Parameters& parameters = {},
                            DimOrder order = {}) {
  ir::Attributes attributes;
  attributes.set("groups", groups);
  testing::SingleNode node("group_norm", attributes);
  node.input(input, input_scale, std::move(order));
  for (const auto* values : {&parameters.weight, &parameters.bias}) {
    if (values->empty()) {
      node.absent();
    } else {
      node.float_constant({static_cast<std::int64_t>(values->size())}, *values);
    }
  }
  node.output(output_scale);
  return node;
}

std::vector<float> sequence(std::int64_t count) {
  std::vector<float> values;
  for (std::int64_t i = 0; i < count; ++i) values.push_back(static_cast<float>(i * 37 % 101 - 50));
  return values;
}

TEST(GroupNorm, HasTheValuesOfPyTorch) {
  // torch.nn.functional.group_norm of [2, 4, 3]: two groups with weight [1, 2, -1, 0.5], bias [0, 1, 0, -1], then one
  // group for each channel; PyTorch 2.13.
  EXPECT_THAT(node_of({2, 4, 3}, 2, {{1.0F, 2.0F, -1.0F, 0.5F}, {0.0F, 1.0F, 0.0F, -1.0F}}).reference({sequence(24)}),
              Pointwise(FloatNear(1e-5F), {-1.371592F, -0.163285F, 1.045023F,  -1.090046F, 1.326569F,  3.743185F,
                                           0.82064F,   -0.385864F, -1.592368F, -1.247279F, -0.644027F, -1.68749F,
                                           -0.312037F, 1.073408F,  -1.323038F, 1.124815F,  3.895705F,  -0.897186F,
                                           -0.295351F, -1.580996F, 0.642822F,  -0.678589F, -1.790498F, -1.147675F}));
  EXPECT_THAT(node_of({2, 4, 3}, 4).reference({sequence(24)}),
              Pointwise(FloatNear(1e-5F), {-1.224745F, 0.0F,      1.224745F,  -1.224745F, 0.0F,       1.224745F,
                                           -1.224745F, 0.0F,      1.224745F,  -0.127062F, 1.283323F,  -1.156261F,
                                           -0.127062F, 1.283323F, -1.156261F, -0.127062F, 1.283323F,  -1.156261F,
                                           -0.127062F, 1.283323F, -1.156261F, 1.156261F,  -1.283322F, 0.127062F}));
}

TEST(GroupNorm, CodesAreNearTheReference) {
  testing::Random random(5);
  for (int round = 0; round < 60; ++round) {
    const int groups = random.integer(1, 4);
    const ir::Shape shape = {random.integer(1, 2), groups * random.integer(1, 4), random.integer(2, 5),
                             random.integer(1, 5)};
    SCOPED_TRACE(ir::to_string(shape) + " groups " + std::to_string(groups));
    const Parameters parameters{random.reals(shape[1], -1.5F, 1.5F), random.reals(shape[1], -1.0F, 1.0F)};
    const DimOrder order = round % 2 == 0 ? DimOrder{} : DimOrder{0, 2, 3, 1};
    node_of(shape, groups, parameters, order).expect_matches_reference(0.55, 7);
  }
}

TEST(GroupNorm, OfAMatrixNormalizesRows) {
  testing::Random random(6);
  const Parameters parameters{random.reals(12, -1.5F, 1.5F), random.reals(12, -1.0F, 1.0F)};
  node_of({5, 12}, 3, parameters).expect_matches_reference(0.55);
}

TEST(GroupNorm, WantsImagesInNhwc) {
  EXPECT_EQ(node_of({1, 4, 3, 3}, 2, {}, {0, 2, 3, 1}).lower()->transposes, 0U);
  EXPECT_EQ(node_of({1, 4, 3, 3}, 2, {}, {0, 3, 2, 1}).lower()->transposes, 0U);
  EXPECT_EQ(node_of({1, 4, 3, 3}, 2).lower()->transposes, 1U);
}

TEST(GroupNorm, RefusesWhatCannotBe) {
  EXPECT_EQ(testing::message_of(node_of({2}, 1).infer()), "error: node: input of shape [2]; [N, C, ...]");
  EXPECT_EQ(testing::message_of(node_of({2, 4, 3}, 3).infer()),
            "error: node: 3 groups of 4 channels; a divisor of the number of channels");
  EXPECT_EQ(testing::message_of(node_of({2, 4, 3}, 0).infer()),
            "error: node: 0 groups of 4 channels; a divisor of the number of channels");
  EXPECT_EQ(testing::message_of(node_of({2, 4, 3}, 2, {{}, {1.0F}}).infer()),
            "error: node: bias of shape [1]; 4 elements");
}

}  // namespace
}  // namespace pudu::ops
