// Slice: the plain formula for every range of every dimension, in several orders of memory.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ops/testing/single_node.hpp"

namespace pudu::ops {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

testing::SingleNode node_of(ir::Shape input, std::int64_t dim, std::int64_t start, std::int64_t end, std::int64_t step,
                            DimOrder order = {}) {
  ir::Attributes attributes;
  attributes.set("dim", dim);
  attributes.set("start", start);
  attributes.set("end", end);
  attributes.set("step", step);
  testing::SingleNode node("slice", attributes);
  node.input(std::move(input), {}, std::move(order)).output({});
  return node;
}

template <class T>
std::vector<T> plain_slice(const ir::Shape& in, std::size_t axis, std::int64_t start, std::int64_t end,
                           std::int64_t step, const std::vector<T>& data) {
  const std::int64_t inner = ir::element_count({in.begin() + static_cast<std::ptrdiff_t>(axis) + 1, in.end()});
  std::vector<T> result;
  for (std::size_t i = 0; i < data.size(); ++i) {
    const std::int64_t position = static_cast<std::int64_t>(i) / inner % in[axis];
    if (position >= start && position < end && (position - start) % step == 0) result.push_back(data[i]);
  }
  return result;
}

TEST(Slice, EqualsThePlainFormula) {
  const ir::Shape in = {3, 4, 2, 5};
  const testing::Codes codes = testing::Random(1).codes(ir::element_count(in));
  const std::vector<float> values(codes.begin(), codes.end());
  for (const DimOrder& order : {DimOrder{}, DimOrder{0, 2, 3, 1}, DimOrder{3, 1, 0, 2}}) {
    for (std::size_t axis = 0; axis < 4; ++axis) {
      for (std::int64_t start = 0; start < in[axis]; ++start) {
        for (std::int64_t end = start + 1; end <= in[axis]; ++end) {
          for (std::int64_t step = 1; step <= 3; ++step) {
            SCOPED_TRACE("axis " + std::to_string(axis) + " from " + std::to_string(start) + " to " +
                         std::to_string(end) + " step " + std::to_string(step) + " order " + ir::to_string(order));
            testing::SingleNode node = node_of(in, static_cast<std::int64_t>(axis), start, end, step, order);
            ASSERT_EQ(node.run({codes}), plain_slice(in, axis, start, end, step, codes));
            ASSERT_EQ(node.reference({values}), plain_slice(in, axis, start, end, step, values));
            ASSERT_EQ(node.lower()->transposes, 0U);
          }
        }
      }
    }
  }
}

TEST(Slice, TakesAnyRankAndStep) {
  const ir::Shape in = {1, 2, 1, 3, 1, 2, 1, 2};
  testing::SingleNode node = node_of(in, -5, 1, 3, INT64_MAX);
  EXPECT_THAT(node.output_shape(), ElementsAre(1, 2, 1, 1, 1, 2, 1, 2));
  const testing::Codes codes = testing::Random(2).codes(ir::element_count(in));
  EXPECT_EQ(node.run({codes}), plain_slice(in, 3, 1, 2, 1, codes));
}

TEST(Slice, OfEverythingIsItsInput) {
  const auto lowered = node_of({2, 3, 4, 5}, 1, 0, 3, 1, {0, 2, 3, 1}).lower();
  ASSERT_TRUE(lowered.ok());
  EXPECT_THAT(lowered->kernels, IsEmpty());
  EXPECT_THAT(lowered->output_orders, ElementsAre(DimOrder{0, 2, 3, 1}));
}

TEST(Slice, RefusesWhatCannotBe) {
  const auto message = [](std::int64_t dim, std::int64_t start, std::int64_t end, std::int64_t step) {
    return testing::message_of(node_of({2, 3}, dim, start, end, step).infer());
  };
  const std::string allowed = " of dimension 1 of shape [2, 3]; 0 <= start <= end <= 3 and step >= 1";
  EXPECT_EQ(message(1, -1, 2, 1), "error: node: elements -1 to 2 in steps of 1" + allowed);
  EXPECT_EQ(message(1, 0, 4, 1), "error: node: elements 0 to 4 in steps of 1" + allowed);
  EXPECT_EQ(message(1, 2, 1, 1), "error: node: elements 2 to 1 in steps of 1" + allowed);
  EXPECT_EQ(message(1, 0, 3, 0), "error: node: elements 0 to 3 in steps of 0" + allowed);
  EXPECT_EQ(message(-1, 2, 2, 1), "error: node: an empty slice of dimension 1 at 2; at least one element");
  EXPECT_EQ(message(2, 0, 1, 1), "error: node: dimension 2 of a tensor of rank 2; a dimension from -2 to 1");
}

}  // namespace
}  // namespace pudu::ops
