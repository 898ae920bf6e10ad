// Logarithm of softmax: values of PyTorch, codes near the float result whatever the dimension and the order of memory.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "ops/testing/single_node.hpp"

namespace pudu::ops {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::FloatNear;
using ::testing::Pointwise;

testing::SingleNode node_of(ir::Shape input, int dim, testing::Scale scale, testing::Scale output = {},
                            DimOrder order = {}) {
  ir::Attributes attributes;
  attributes.set("dim", dim);
  testing::SingleNode node("log_softmax", attributes);
  node.input(std::move(input), scale, std::move(order)).output(output);
  return node;
}

TEST(LogSoftmax, HasTheValuesOfPyTorch) {
  // torch.log_softmax(x / 25, 1) of [2, 3, 2], PyTorch 2.13.
  std::vector<float> values;
  for (int i = 0; i < 12; ++i) values.push_back(static_cast<float>(i * 37 % 101 - 50) / 25.0F);
  EXPECT_THAT(node_of({2, 3, 2}, 1, {}).reference({values}),
              Pointwise(FloatNear(1e-5F), {-3.290321F, -2.065989F, -0.330321F, -3.145989F, -1.410321F, -0.185989F,
                                           -3.290321F, -0.374951F, -0.330321F, -1.454951F, -1.410321F, -2.534951F}));
}

TEST(LogSoftmax, DoesNotOverflow) {
  EXPECT_THAT(node_of({2}, 0, {}).reference({{1000.0F, 0.0F}}), ElementsAre(0.0F, -1000.0F));
  // An output scale far too small for the input saturates.
  EXPECT_THAT(node_of({2}, 0, {.scale = 100.0F}, {.scale = 1e-7F, .zero_point = 127}).run({{127, -128}}),
              ElementsAre(127, -128));
}

TEST(LogSoftmax, CodesAreNearTheReferenceForAllDimsAndOrders) {
  for (const float scale : {0.003F, 0.05F, 0.2F}) {
    for (int dim = -4; dim < 4; ++dim) {
      DimOrder order = contiguous_order(4);
      do {
        SCOPED_TRACE("dim " + std::to_string(dim) + " order " + ir::to_string(order));
        node_of({2, 3, 4, 5}, dim, {.scale = scale, .zero_point = 9}, {.scale = 1.1F * scale, .zero_point = 127}, order)
            .expect_matches_reference(0.52);
      } while (std::next_permutation(order.begin(), order.end()));
    }
  }
}

TEST(LogSoftmax, OfOneElementIsZero) {
  EXPECT_THAT(node_of({3, 1}, 1, {.scale = 0.1F}, {.scale = 0.1F, .zero_point = 20}).run({{-128, 0, 127}}), Each(20));
}

TEST(LogSoftmax, RefusesWhatCannotBe) {
  EXPECT_EQ(testing::message_of(node_of({2, 3}, 2, {}).infer()),
            "error: node: dimension 2 of a tensor of rank 2; a dimension from -2 to 1");
  EXPECT_EQ(testing::message_of(node_of({9000000}, 0, {}).infer()),
            "error: node: a softmax over 9000000 elements; at most 8388607");
}

}  // namespace
}  // namespace pudu::ops
