// index_select: values worked out by hand, every order of memory, refusals.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "ops/testing/single_node.hpp"

namespace pudu::ops {
namespace {

using ::testing::ElementsAre;
using Integers = std::vector<std::int64_t>;

testing::SingleNode node_of(ir::Shape input, Integers dims, Integers indices, Integers indices2 = {},
                            DimOrder order = {}) {
  ir::Attributes attributes;
  attributes.set("dims", std::move(dims));
  attributes.set("indices", std::move(indices));
  attributes.set("indices2", std::move(indices2));
  testing::SingleNode node("index_select", attributes);
  const testing::Scale scale{.scale = 0.5F, .zero_point = 3};
  node.input(std::move(input), scale, std::move(order)).output(scale);
  return node;
}

TEST(IndexSelect, TakesPositions) {
  EXPECT_THAT(node_of({4}, {0}, {3, 0, 0, 2}).reference({{10, 11, 12, 13}}), ElementsAre(13, 10, 10, 12));
  EXPECT_THAT(node_of({2, 2}, {-1}, {1, 0, 1}).reference({{1, 2, 3, 4}}), ElementsAre(2, 1, 2, 4, 3, 4));
  EXPECT_THAT(node_of({2, 2}, {0, 1}, {1, 0}, {0, 0, 1}).reference({{1, 2, 3, 4}}), ElementsAre(3, 3, 4, 1, 1, 2));
  EXPECT_THAT(node_of({2, 2}, {1, 0}, {0, 0, 1}, {1, 0}).reference({{1, 2, 3, 4}}), ElementsAre(3, 3, 4, 1, 1, 2));
}

TEST(IndexSelect, CopiesCodesInEveryOrderWithoutATranspose) {
  for (const Integers& dims : {Integers{2, 3}, Integers{3, 2}, Integers{1, 3}, Integers{1}}) {
    DimOrder order = contiguous_order(4);
    do {
      SCOPED_TRACE("dims " + ir::to_string(dims) + " order " + ir::to_string(order));
      const Integers second = dims.size() == 2 ? Integers{0, 2, 1, 1} : Integers{};
      testing::SingleNode node = node_of({2, 3, 4, 5}, dims, {2, 0, 0}, second, order);
      node.expect_matches_reference(0.0);
      EXPECT_EQ(node.lower()->transposes, 0U);
    } while (std::next_permutation(order.begin(), order.end()));
  }
}

TEST(IndexSelect, RefusesWhatCannotBe) {
  const auto message = [](Integers dims, Integers indices, Integers indices2) {
    return testing::message_of(node_of({2, 3}, std::move(dims), std::move(indices), std::move(indices2)).infer());
  };
  EXPECT_EQ(message({}, {0}, {}), "error: node: dims []; one or two dimensions");
  EXPECT_EQ(message({0}, {0}, {1}), "error: node: indices2 for dims [0]; indices2 with two dimensions");
  EXPECT_EQ(message({1, -1}, {0}, {1}), "error: node: dims [1, -1]; two different dimensions");
  EXPECT_EQ(message({1}, {3}, {}), "error: node: position 3 of dimension 1 of shape [2, 3]; 0 to 2");
  EXPECT_EQ(message({0}, {-1}, {}), "error: node: position -1 of dimension 0 of shape [2, 3]; 0 to 1");
  EXPECT_EQ(message({2}, {0}, {}), "error: node: dimension 2 of a tensor of rank 2; a dimension from -2 to 1");
}

}  // namespace
}  // namespace pudu::ops
