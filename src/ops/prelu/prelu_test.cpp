// prelu: values worked out by hand, the quantized result against the reference in every order of memory, refusals.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "ops/testing/single_node.hpp"

namespace pudu::ops {
namespace {

using ::testing::ElementsAre;

testing::SingleNode node_of(ir::Shape input, std::vector<float> slopes, DimOrder order = {}) {
  testing::SingleNode node("prelu");
  node.input(std::move(input), {.scale = 0.1F, .zero_point = 12}, std::move(order));
  const auto count = static_cast<std::int64_t>(slopes.size());
  node.float_constant({count}, std::move(slopes)).output({.scale = 0.08F, .zero_point = -40});
  return node;
}

TEST(Prelu, HasASlopeForEachChannel) {
  EXPECT_THAT(node_of({2, 2}, {0.5F, -2.0F}).reference({{4, 4, -4, -4}}), ElementsAre(4, 4, -2, 8));
  EXPECT_THAT(node_of({1, 2, 2}, {0.5F, 0.0F}).reference({{-1, 2, -3, 4}}), ElementsAre(-0.5F, 2, 0, 4));
}

TEST(Prelu, CodesAreNearTheReferenceInEveryOrder) {
  DimOrder order = contiguous_order(4);
  do {
    SCOPED_TRACE(ir::to_string(order));
    node_of({2, 3, 4, 5}, {0.25F, -0.7F, 1.5F}, order).expect_matches_reference(0.76);
  } while (std::next_permutation(order.begin(), order.end()));
  node_of({7, 3}, {0.25F, -0.7F, 0.0F}).expect_matches_reference(0.76);
}

TEST(Prelu, WantsChannelsInnermost) {
  EXPECT_EQ(node_of({1, 3, 4, 5}, {1, 1, 1}, {0, 2, 3, 1}).lower()->transposes, 0U);
  EXPECT_EQ(node_of({1, 3, 4, 5}, {1, 1, 1}).lower()->transposes, 1U);
}

TEST(Prelu, RefusesWhatCannotBe) {
  EXPECT_EQ(testing::message_of(node_of({3}, {1.0F}).infer()), "error: node: input of shape [3]; [N, C, ...]");
  EXPECT_EQ(testing::message_of(node_of({2, 3}, {1.0F}).infer()),
            "error: node: slopes of shape [1]; shape [3], one element a channel");
  testing::SingleNode computed("prelu");
  computed.input({2, 3}, {}).float_input({3}).output({});
  EXPECT_EQ(testing::message_of(computed.infer()),
            "error: node: the slopes 'operand1' are computed by the model; constants");
}

}  // namespace
}  // namespace pudu::ops
