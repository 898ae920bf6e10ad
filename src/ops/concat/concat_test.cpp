// Concatenation: the plain formula along every dimension, mixed orders of memory, many inputs, constants.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ops/testing/single_node.hpp"

namespace pudu::ops {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const testing::Scale scale{.scale = 0.25F, .zero_point = 4};
const DimOrder nhwc = {0, 2, 3, 1};

testing::SingleNode node_of(int dim) {
  ir::Attributes attributes;
  attributes.set("dim", dim);
  return testing::SingleNode("concat", attributes);
}

/// Joins parts of shape [outer, sizes[i], inner].
template <class T>
std::vector<T> plain_concat(const std::vector<std::vector<T>>& parts, const std::vector<std::int64_t>& sizes,
                            std::int64_t outer, std::int64_t inner) {
  std::vector<T> result;
  for (std::int64_t step = 0; step < outer; ++step) {
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const auto begin = parts[i].begin() + step * sizes[i] * inner;
      result.insert(result.end(), begin, begin + sizes[i] * inner);
    }
  }
  return result;
}

TEST(Concat, JoinsAlongEveryDimension) {
  testing::Random random(1);
  const ir::Shape base = {2, 3, 4, 5};
  const std::vector<DimOrder> orders = {{}, nhwc, {3, 1, 0, 2}};
  for (int dim = -4; dim < 4; ++dim) {
    const auto axis = static_cast<std::size_t>((dim + 4) % 4);
    testing::SingleNode node = node_of(dim);
    std::vector<testing::Codes> codes;
    const std::vector<std::int64_t> sizes = {2, 1, 4};
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      ir::Shape shape = base;
      shape[axis] = sizes[i];
      codes.push_back(random.codes(ir::element_count(shape)));
      node.input(std::move(shape), scale, orders[i]);
    }
    node.output(scale);
    ir::Shape expected_shape = base;
    expected_shape[axis] = 7;
    EXPECT_EQ(node.output_shape(), expected_shape);
    const std::int64_t outer = ir::element_count({base.begin(), base.begin() + static_cast<std::ptrdiff_t>(axis)});
    const std::int64_t inner = ir::element_count({base.begin() + static_cast<std::ptrdiff_t>(axis) + 1, base.end()});
    EXPECT_EQ(node.run(codes), plain_concat(codes, sizes, outer, inner)) << "dim " << dim;
    std::vector<std::vector<float>> floats;
    for (const testing::Codes& part : codes) floats.emplace_back(part.begin(), part.end());
    EXPECT_EQ(node.reference(floats), plain_concat(floats, sizes, outer, inner)) << "dim " << dim;
  }
}

TEST(Concat, MovesTheFewestElements) {
  testing::SingleNode node = node_of(1);
  node.input({1, 2, 4, 4}, scale).input({1, 8, 4, 4}, scale, nhwc).input({1, 3, 4, 4}, scale, nhwc).output(scale);
  const auto lowered = node.lower();
  ASSERT_TRUE(lowered.ok());
  EXPECT_EQ(lowered->transposes, 1U);
  EXPECT_THAT(lowered->output_orders, ElementsAre(nhwc));
}

TEST(Concat, ConstantsLieInAnyOrder) {
  testing::Random random(8);
  testing::SingleNode node = node_of(1);
  const testing::Codes table = random.codes(3 * 4 * 4);
  node.constant({1, 3, 4, 4}, table, scale).input({1, 2, 4, 4}, scale, nhwc).output(scale);
  const testing::Codes codes = random.codes(2 * 4 * 4);
  testing::Codes expected = table;
  expected.insert(expected.end(), codes.begin(), codes.end());
  EXPECT_EQ(node.run({codes}), expected);
  EXPECT_THAT(node.lower()->output_orders, ElementsAre(nhwc));
}

TEST(Concat, TakesMoreInputsThanOneCall) {
  testing::Random random(6);
  testing::SingleNode node = node_of(1);
  std::vector<testing::Codes> codes;
  std::vector<std::int64_t> sizes;
  for (std::int64_t i = 0; i < 37; ++i) {
    sizes.push_back(i % 3 + 1);
    codes.push_back(random.codes(2 * sizes.back() * 3));
    node.input({2, sizes.back(), 3}, scale);
  }
  node.output(scale);
  EXPECT_EQ(node.run(codes), plain_concat(codes, sizes, 2, 3));
  const auto lowered = node.lower();
  ASSERT_TRUE(lowered.ok());
  EXPECT_THAT(lowered->kernels, SizeIs(3));
  EXPECT_THAT(lowered->kernels, Each("concat_s8"));
}

TEST(Concat, OfOneInputIsThatInput) {
  testing::SingleNode node = node_of(0);
  node.input({2, 3}, scale).output(scale);
  EXPECT_THAT(node.lower()->kernels, IsEmpty());
  EXPECT_THAT(node.run({{1, 2, 3, 4, 5, 6}}), ElementsAre(1, 2, 3, 4, 5, 6));
}

TEST(Concat, RefusesWhatCannotBe) {
  const auto message = [](const ir::Shape& a, const ir::Shape& b, int dim) {
    testing::SingleNode node = node_of(dim);
    return testing::message_of(node.input(a, scale).input(b, scale).output(scale).infer());
  };
  EXPECT_EQ(message({2, 3}, {2, 4}, 0),
            "error: node: shapes [2, 3] and [2, 4] along dimension 0; shapes that differ in dimension 0 only");
  EXPECT_EQ(message({2, 3}, {2, 3, 1}, 1),
            "error: node: shapes [2, 3] and [2, 3, 1] along dimension 1; shapes that differ in dimension 1 only");
  EXPECT_EQ(message({2, 3}, {2, 3}, 2), "error: node: dimension 2 of a tensor of rank 2; a dimension from -2 to 1");
  testing::SingleNode mixed = node_of(0);
  EXPECT_EQ(testing::message_of(mixed.input({1}, scale).float_input({1}).infer()),
            "error: node: input 1 of type f32 after one of type i8; inputs of one data type");
}

TEST(Concat, RefusesDifferentQuantization) {
  testing::SingleNode node = node_of(0);
  node.input({1}, scale).input({1}, {.scale = 0.25F, .zero_point = 5}).output(scale);
  const auto lowered = node.lower();
  ASSERT_FALSE(lowered.ok());
  EXPECT_EQ(to_string(lowered.error()),
            "error: input 1 and the result have different quantization; one scale and zero point");
}

}  // namespace
}  // namespace pudu::ops
