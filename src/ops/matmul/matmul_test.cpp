// Matmul: every combination of ranks that PyTorch defines, against plain loops; the quantized result against the
// reference.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ops/registry.hpp"
#include "ops/testing/single_node.hpp"

namespace pudu::ops {
namespace {

using ::testing::ElementsAre;
using testing::message_of;
using testing::Random;
using testing::SingleNode;

SingleNode product(const ir::Shape& a, const ir::Shape& b) {
  SingleNode node("matmul");
  node.float_input(a).float_input(b);
  return node;
}

SingleNode quantized(const ir::Shape& a, const ir::Shape& b, DimOrder order_b = {}) {
  SingleNode node("matmul");
  node.input(a, {.scale = 0.05F, .zero_point = 9})
      .input(b, {.scale = 0.02F, .zero_point = -30}, std::move(order_b))
      .output({.scale = 0.5F, .zero_point = 4});
  return node;
}

TEST(Matmul, HasHandComputedValues) {
  EXPECT_THAT(product({2, 3}, {3, 2}).reference({{1, 2, 3, 4, 5, 6}, {1, 0, 0, 1, 2, -1}}),
              ElementsAre(7.0F, -1.0F, 16.0F, -1.0F));
  EXPECT_THAT(product({3}, {3}).reference({{1, 2, 3}, {4, 5, 6}}), ElementsAre(32.0F));
  EXPECT_THAT(product({2}, {2, 2}).reference({{1, 2}, {1, 2, 3, 4}}), ElementsAre(7.0F, 10.0F));
  EXPECT_THAT(product({2, 2}, {2}).reference({{1, 2, 3, 4}, {1, 2}}), ElementsAre(5.0F, 11.0F));
}

TEST(Matmul, InfersShapesAsPyTorch) {
  EXPECT_EQ(product({2, 3}, {3, 4}).output_shape(), (ir::Shape{2, 4}));
  EXPECT_EQ(product({3}, {3}).output_shape(), (ir::Shape{}));
  EXPECT_EQ(product({3}, {5, 3, 4}).output_shape(), (ir::Shape{5, 4}));
  EXPECT_EQ(product({5, 2, 3}, {3}).output_shape(), (ir::Shape{5, 2}));
  EXPECT_EQ(product({7, 1, 2, 3}, {5, 3, 4}).output_shape(), (ir::Shape{7, 5, 2, 4}));
}

TEST(Matmul, BroadcastsBatches) {
  Random random(1);
  const std::vector<float> a = random.reals(2 * 1 * 3 * 4, -1, 1);
  const std::vector<float> b = random.reals(5 * 4 * 2, -1, 1);
  const std::vector<float> actual = product({2, 1, 3, 4}, {5, 4, 2}).reference({a, b});
  std::size_t position = 0;
  for (std::size_t i = 0; i < 2; ++i)
    for (std::size_t j = 0; j < 5; ++j)
      for (std::size_t row = 0; row < 3; ++row)
        for (std::size_t column = 0; column < 2; ++column) {
          float sum = 0.0F;
          for (std::size_t k = 0; k < 4; ++k) sum += a[(i * 3 + row) * 4 + k] * b[(j * 4 + k) * 2 + column];
          ASSERT_NEAR(actual[position++], sum, 1e-5F);
        }
  EXPECT_EQ(position, actual.size());
}

TEST(Matmul, CountsMultiplyAccumulates) {
  SingleNode node = product({5, 2, 3}, {3, 4});
  node.output_shape();
  EXPECT_EQ(operator_of(node.node()).macs(node.graph(), node.node()), 5 * 2 * 4 * 3);
}

TEST(Matmul, SaysWhatItCannotDo) {
  EXPECT_EQ(message_of(product({2, 3}, {4, 2}).infer()),
            "error: node: shapes [2, 3] and [4, 2]; as many columns in the first as rows in the second");
  EXPECT_EQ(message_of(product({}, {4, 2}).infer()),
            "error: node: shapes [] and [4, 2]; operands with at least one dimension");
  EXPECT_EQ(message_of(product({2, 2, 3}, {3, 3, 2}).infer()),
            "error: node: shapes [2] and [3]; sizes that are equal or 1, counted from the last dimension");
  EXPECT_EQ(message_of(product({2, 40000}, {40000, 2}).infer()),
            "error: node: a product over 40000 elements; at most 33025");
  EXPECT_EQ(message_of(quantized({1, 2, 3}, {4, 3, 2}).lower()),
            "error: a product of stacks of matrices [1, 2, 3] and [4, 3, 2]; stacks of one shape, or one matrix on the "
            "right\nhint: repeat the smaller stack with expand");
}

TEST(Matmul, CodesAreNearTheReference) {
  const std::vector<std::pair<ir::Shape, ir::Shape>> shapes = {{{2, 3}, {3, 4}},
                                                               {{5, 2, 7}, {5, 7, 3}},
                                                               {{2, 3, 4, 5}, {2, 3, 5, 6}},
                                                               {{3, 4, 5}, {5, 2}},
                                                               {{3, 4, 5}, {1, 5, 2}},
                                                               {{6}, {6, 3}},
                                                               {{2, 3, 6}, {6}},
                                                               {{6}, {6}}};
  for (const auto& [a, b] : shapes) {
    SCOPED_TRACE(ir::to_string(a) + " " + ir::to_string(b));
    quantized(a, b).expect_matches_reference(1.0);
  }
}

TEST(Matmul, TransposesTheRightOperandUnlessItLiesSo) {
  EXPECT_EQ(quantized({2, 3, 4}, {2, 4, 5}).lower()->transposes, 1U);
  EXPECT_EQ(quantized({2, 3, 4}, {2, 4, 5}, {0, 2, 1}).lower()->transposes, 0U);
}

}  // namespace
}  // namespace pudu::ops
