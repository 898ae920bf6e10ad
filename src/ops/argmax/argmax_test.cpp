// argmax: values worked out by hand, every dimension in every order of memory, refusals.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "ops/testing/single_node.hpp"

namespace pudu::ops {
namespace {

using ::testing::ElementsAre;

testing::SingleNode node_of(ir::Shape input, int dim, DimOrder order = {}) {
  ir::Attributes attributes;
  attributes.set("dim", dim);
  testing::SingleNode node("argmax", attributes);
  node.input(std::move(input), {.scale = 0.5F, .zero_point = 3}, std::move(order));
  return node;
}

std::vector<std::int32_t> run(testing::SingleNode node, const testing::Codes& codes) {
  const auto bytes = std::as_bytes(std::span(codes));
  const std::vector<std::byte> result = node.run_bytes({{bytes.begin(), bytes.end()}});
  std::vector<std::int32_t> positions(result.size() / sizeof(std::int32_t));
  std::memcpy(positions.data(), result.data(), result.size());
  return positions;
}

TEST(Argmax, FindsTheFirstOfTheLargest) {
  EXPECT_THAT(node_of({2, 3}, 1).reference({{1, 5, 5, -2, -3, -2}}), ElementsAre(1, 0));
  EXPECT_THAT(node_of({2, 3}, 0).reference({{1, 5, 5, 2, 3, 7}}), ElementsAre(1, 0, 1));
  EXPECT_THAT(run(node_of({2, 3}, -1), {1, 5, 5, -2, -3, -2}), ElementsAre(1, 0));
}

TEST(Argmax, EqualsTheReferenceForAllDimsAndOrders) {
  testing::Random random(3);
  for (int dim = 0; dim < 4; ++dim) {
    DimOrder order = contiguous_order(4);
    do {
      SCOPED_TRACE("dim " + std::to_string(dim) + " order " + ir::to_string(order));
      const testing::Codes codes = random.codes(2 * 3 * 4 * 5);
      const std::vector<float> expected = node_of({2, 3, 4, 5}, dim).reference({{codes.begin(), codes.end()}});
      const std::vector<std::int32_t> positions = run(node_of({2, 3, 4, 5}, dim, order), codes);
      EXPECT_EQ(std::vector<float>(positions.begin(), positions.end()), expected);
    } while (std::next_permutation(order.begin(), order.end()));
  }
}

TEST(Argmax, OfChannelsNeedsNoTranspose) {
  EXPECT_EQ(node_of({1, 3, 4, 5}, 1, {0, 2, 3, 1}).lower()->transposes, 0U);
  EXPECT_EQ(node_of({1, 3, 4, 5}, 1).lower()->transposes, 0U);
  EXPECT_EQ(node_of({1, 3, 4, 5}, 2, {0, 2, 3, 1}).lower()->transposes, 1U);
}

TEST(Argmax, RefusesWhatCannotBe) {
  EXPECT_EQ(testing::message_of(node_of({2, 3}, 2).infer()),
            "error: node: dimension 2 of a tensor of rank 2; a dimension from -2 to 1");
}

}  // namespace
}  // namespace pudu::ops
