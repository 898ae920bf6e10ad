// Softmax: values of PyTorch, and codes near the float result whatever the dimension and the order of memory.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "ops/testing/single_node.hpp"

namespace pudu::ops {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::FloatNear;
using ::testing::Pointwise;

const testing::Scale probabilities{.scale = 1.0F / 256.0F, .zero_point = -128};

testing::SingleNode node_of(ir::Shape input, int dim, testing::Scale scale, DimOrder order = {}) {
  ir::Attributes attributes;
  attributes.set("dim", dim);
  testing::SingleNode node("softmax", attributes);
  node.input(std::move(input), scale, std::move(order)).output(probabilities);
  return node;
}

TEST(Softmax, HasTheValuesOfPyTorch) {
  // torch.softmax(x / 25, 1) of [2, 3, 2], PyTorch 2.13.
  std::vector<float> values;
  for (int i = 0; i < 12; ++i) values.push_back(static_cast<float>(i * 37 % 101 - 50) / 25.0F);
  EXPECT_THAT(node_of({2, 3, 2}, 1, {}).reference({values}),
              Pointwise(FloatNear(1e-6F), {0.037242F, 0.126693F, 0.718693F, 0.043024F, 0.244065F, 0.830283F, 0.037242F,
                                           0.687323F, 0.718693F, 0.233412F, 0.244065F, 0.079266F}));
}

TEST(Softmax, DoesNotOverflow) {
  EXPECT_THAT(node_of({2}, 0, {}).reference({{1000.0F, 1000.0F}}), ElementsAre(0.5F, 0.5F));
  EXPECT_THAT(node_of({2}, -1, {}).reference({{-1000.0F, 1000.0F}}), ElementsAre(0.0F, 1.0F));
}

TEST(Softmax, CodesAreNearTheReferenceForAllDimsAndOrders) {
  for (const float scale : {0.003F, 0.05F, 0.2F}) {
    for (int dim = -4; dim < 4; ++dim) {
      DimOrder order = contiguous_order(4);
      do {
        SCOPED_TRACE("dim " + std::to_string(dim) + " order " + ir::to_string(order));
        node_of({2, 3, 4, 5}, dim, {.scale = scale, .zero_point = 9}, order).expect_matches_reference(1.0);
      } while (std::next_permutation(order.begin(), order.end()));
    }
  }
}

TEST(Softmax, LargestScalesPickTheMaximum) {
  testing::SingleNode node = node_of({4}, 0, {.scale = 40.0F, .zero_point = 0});
  EXPECT_THAT(node.run({{-5, 100, 99, -128}}), ElementsAre(-128, 127, -128, -128));
}

TEST(Softmax, OfOneElementIsOne) {
  testing::SingleNode node = node_of({3, 1}, 1, {.scale = 0.1F, .zero_point = 0});
  EXPECT_THAT(node.run({{-128, 0, 127}}), Each(127));
}

TEST(Softmax, TransposesOnlyWhenTheDimIsNotInnermost) {
  const auto transposes = [](int dim, const DimOrder& order) {
    return node_of({1, 3, 4, 5}, dim, {}, order).lower()->transposes;
  };
  EXPECT_EQ(transposes(1, {0, 2, 3, 1}), 0U);
  EXPECT_EQ(transposes(-1, {0, 1, 2, 3}), 0U);
  EXPECT_EQ(transposes(1, {0, 1, 2, 3}), 1U);
  // A dimension of one element may be anywhere.
  EXPECT_EQ(transposes(0, {0, 1, 2, 3}), 0U);
}

TEST(Softmax, RefusesWhatCannotBe) {
  EXPECT_EQ(testing::message_of(node_of({2, 3}, 2, {}).infer()),
            "error: node: dimension 2 of a tensor of rank 2; a dimension from -2 to 1");
  testing::SingleNode node = node_of({2, 3}, 1, {});
  node.output({.scale = 0.5F, .zero_point = 0});
  const auto lowered = node.lower();
  ASSERT_FALSE(lowered.ok());
  EXPECT_EQ(lowered.error().kind, ErrorKind::Internal);
  EXPECT_EQ(to_string(lowered.error()),
            "error: the result of softmax has scale 0.500000 and zero point 0; scale 1/256 and zero point -128");
}

}  // namespace
}  // namespace pudu::ops
