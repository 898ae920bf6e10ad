// expand: values worked out by hand, every order of memory, refusals.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "ops/testing/single_node.hpp"

namespace pudu::ops {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

testing::SingleNode node_of(ir::Shape input, std::vector<std::int64_t> shape, DimOrder order = {}) {
  ir::Attributes attributes;
  attributes.set("shape", std::move(shape));
  testing::SingleNode node("expand", attributes);
  const testing::Scale scale{.scale = 0.25F, .zero_point = -9};
  node.input(std::move(input), scale, std::move(order)).output(scale);
  return node;
}

TEST(Expand, RepeatsElements) {
  EXPECT_THAT(node_of({2, 1}, {2, 3}).reference({{5, 7}}), ElementsAre(5, 5, 5, 7, 7, 7));
  EXPECT_THAT(node_of({1, 2}, {2, 2}).reference({{5, 7}}), ElementsAre(5, 7, 5, 7));
  EXPECT_THAT(node_of({1, 1}, {2, 2}).run({{-3}}), ElementsAre(-3, -3, -3, -3));
}

TEST(Expand, CopiesCodesInEveryOrder) {
  DimOrder order = contiguous_order(4);
  do {
    SCOPED_TRACE(ir::to_string(order));
    testing::SingleNode node = node_of({2, 1, 4, 1}, {2, 3, 4, 5}, order);
    node.expect_matches_reference(0.0);
    EXPECT_EQ(node.lower()->transposes, 0U);
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST(Expand, OfItsOwnShapeMovesNothing) {
  EXPECT_THAT(node_of({2, 3}, {2, 3}).lower()->kernels, IsEmpty());
}

TEST(Expand, RefusesWhatCannotBe) {
  const auto message = [](std::vector<std::int64_t> shape) {
    return testing::message_of(node_of({2, 1}, std::move(shape)).infer());
  };
  EXPECT_EQ(
      message({4, 3}),
      "error: node: shape [4, 3] for an input of shape [2, 1]; sizes that differ where the input has size 1 only");
  EXPECT_EQ(message({2}), "error: node: shape is [2]; shape has 2 values from 1 to 2147483647");
  EXPECT_EQ(message({2, 0}), "error: node: shape is [2, 0]; shape has 2 values from 1 to 2147483647");
}

}  // namespace
}  // namespace pudu::ops
