// minimum: values worked out by hand, broadcasting in mixed orders of memory, refusals.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ops/testing/single_node.hpp"

namespace pudu::ops {
namespace {

using ::testing::ElementsAre;

testing::SingleNode node_of(ir::Shape a, ir::Shape b, DimOrder order = {}) {
  testing::SingleNode node("minimum");
  const testing::Scale scale{.scale = 0.25F, .zero_point = -9};
  node.input(std::move(a), scale, std::move(order)).input(std::move(b), scale).output(scale);
  return node;
}

TEST(Minimum, TakesTheOneOrTheOther) {
  EXPECT_THAT(node_of({2, 2}, {2}).reference({{1, 5, -3, 0}, {0, 2}}), ElementsAre(0, 2, -3, 0));
  EXPECT_THAT(node_of({2, 2}, {2}).run({{1, 5, -3, 0}, {0, 2}}), ElementsAre(0, 2, -3, 0));
}

TEST(Minimum, IsExactWhateverTheShapesAndOrders) {
  const DimOrder nhwc = {0, 2, 3, 1};
  node_of({2, 3, 4, 5}, {2, 3, 4, 5}, nhwc).expect_matches_reference(0.0);
  node_of({2, 3, 4, 5}, {3, 1, 1}, nhwc).expect_matches_reference(0.0);
  node_of({2, 3, 1, 5}, {2, 1, 4, 1}, nhwc).expect_matches_reference(0.0);
  node_of({}, {4, 3}).expect_matches_reference(0.0);
}

TEST(Minimum, ReadsOperandsWhereTheyLie) {
  EXPECT_EQ(node_of({2, 3, 4, 5}, {2, 3, 4, 5}, {0, 2, 3, 1}).lower()->transposes, 0U);
}

TEST(Minimum, RefusesWhatCannotBe) {
  EXPECT_EQ(testing::message_of(node_of({2}, {3}).infer()),
            "error: node: shapes [2] and [3]; sizes that are equal or 1, counted from the last dimension");
}

}  // namespace
}  // namespace pudu::ops
