// Reshape: elements keep their sequence whatever the order of memory, and memory stays as it is wherever it can.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "ops/testing/single_node.hpp"

namespace pudu::ops {
namespace {

using ::testing::IsEmpty;
using Integers = std::vector<std::int64_t>;

testing::SingleNode node_of(ir::Shape input, Integers shape, DimOrder order = {}) {
  ir::Attributes attributes;
  attributes.set("shape", std::move(shape));
  testing::SingleNode node("reshape", attributes);
  node.input(std::move(input), {}, std::move(order)).output({});
  return node;
}

struct Lowered {
  std::size_t transposes;
  DimOrder order;
  friend bool operator==(const Lowered&, const Lowered&) = default;
};
void PrintTo(const Lowered& lowered, std::ostream* out) {
  *out << lowered.transposes << " transposes, order " << ir::to_string(lowered.order);
}

Lowered lowered(const ir::Shape& in, const Integers& out, const DimOrder& order) {
  const auto result = node_of(in, out, order).lower();
  EXPECT_TRUE(result.ok());
  EXPECT_THAT(result->kernels, IsEmpty());
  return {result->transposes, result->output_orders.front()};
}

const DimOrder nhwc = {0, 2, 3, 1};

TEST(Reshape, KeepsTheSequenceOfElementsInEveryOrder) {
  struct Case {
    ir::Shape in;
    ir::Shape out;
  };
  const std::vector<Case> cases = {{{2, 4, 3, 5}, {2, 60}},         {{2, 4, 3, 5}, {2, 2, 2, 3, 5}},
                                   {{2, 4, 3, 5}, {8, 15}},         {{2, 4, 3, 5}, {4, 2, 15}},
                                   {{2, 4, 3, 5}, {120}},           {{1, 4, 1, 1}, {1, 4}},
                                   {{1, 4, 1, 1}, {4, 1, 1}},       {{1, 1, 1, 1}, {}},
                                   {{1, 1, 1, 1}, {1, 1}},          {{2, 1, 3, 1}, {1, 2, 3}},
                                   {{2, 6, 1, 2}, {2, 3, 2, 2, 1}}, {{2, 6, 2, 2}, {3, 2, 2, 4}},
                                   {{2, 4, 3, 5}, {2, 4, 5, 3}}};
  for (const Case& c : cases) {
    DimOrder order = contiguous_order(4);
    do {
      SCOPED_TRACE(ir::to_string(c.in) + " to " + ir::to_string(c.out) + " order " + ir::to_string(order));
      testing::SingleNode node = node_of(c.in, c.out, order);
      const testing::Codes codes = testing::Random(1).codes(ir::element_count(c.in));
      EXPECT_EQ(node.output_shape(), c.out);
      ASSERT_EQ(node.run({codes}), codes);
      const std::vector<float> values(codes.begin(), codes.end());
      ASSERT_EQ(node.reference({values}), values);
    } while (std::next_permutation(order.begin(), order.end()));
  }
}

TEST(Reshape, LeavesMemoryAloneWhereItCan) {
  // Contiguous memory takes any shape.
  EXPECT_EQ(lowered({2, 3, 4, 5}, {6, 20}, {}), (Lowered{0, {0, 1}}));
  // Sizes of 1 come and go.
  EXPECT_EQ(lowered({2, 3, 1, 1}, {2, 3}, nhwc), (Lowered{0, {0, 1}}));
  EXPECT_EQ(lowered({2, 3, 4, 5}, {2, 3, 1, 4, 5}, nhwc), (Lowered{0, {0, 2, 3, 4, 1}}));
  // Height and width are neighbours in NHWC, too.
  EXPECT_EQ(lowered({2, 3, 4, 5}, {2, 3, 20}, nhwc), (Lowered{0, {0, 2, 1}}));
  // Channels split into groups, and back.
  EXPECT_EQ(lowered({2, 6, 4, 5}, {2, 2, 3, 4, 5}, nhwc), (Lowered{0, {0, 3, 4, 1, 2}}));
  EXPECT_EQ(lowered({2, 2, 3, 4, 5}, {2, 6, 4, 5}, {0, 3, 4, 1, 2}), (Lowered{0, nhwc}));
}

TEST(Reshape, TransposesWhereMemoryHasAnotherSequence) {
  EXPECT_EQ(lowered({2, 3, 4, 5}, {2, 60}, nhwc), (Lowered{1, {0, 1}}));
  // Shuffled groups of channels: [groups, channels / groups] lie the other way round.
  EXPECT_EQ(lowered({2, 2, 3, 4, 5}, {2, 6, 4, 5}, {0, 3, 4, 2, 1}), (Lowered{1, {0, 1, 2, 3}}));
  // One channel: NHWC and NCHW are the same bytes.
  EXPECT_EQ(lowered({2, 1, 4, 5}, {2, 20}, nhwc), (Lowered{0, {0, 1}}));
}

TEST(Reshape, RefusesWhatCannotBe) {
  const auto message = [](const ir::Shape& in, const Integers& out) {
    return testing::message_of(node_of(in, out).infer());
  };
  EXPECT_EQ(message({2, 3}, {7}), "error: node: shape [7] for an input of shape [2, 3]; a shape of 6 elements");
  EXPECT_EQ(message({2, 3}, {-1, 2}), "error: node: shape is [-1, 2]; shape has 2 values from 1 to 2147483647");
  EXPECT_EQ(
      message({2, 3}, {2000000, 2000000}),
      "error: node: the result of shape [2000000, 2000000] is too large; a tensor has at most 2147483647 elements");
}

}  // namespace
}  // namespace pudu::ops
