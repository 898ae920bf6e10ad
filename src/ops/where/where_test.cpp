// where: values worked out by hand, broadcasting, the quantized result against the reference in mixed orders, refusals.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>

#include "ops/testing/single_node.hpp"

namespace pudu::ops {
namespace {

using ::testing::ElementsAre;

struct Operand {
  ir::Shape shape;
  DimOrder order = {};
};

testing::SingleNode node_of(const Operand& condition, const Operand& first, const Operand& second) {
  testing::SingleNode node("where");
  node.input(condition.shape, {.scale = 1.0F / 255.0F, .zero_point = -128}, condition.order)
      .input(first.shape, {.scale = 0.1F, .zero_point = 4}, first.order)
      .input(second.shape, {.scale = 0.07F, .zero_point = -20}, second.order)
      .output({.scale = 0.09F, .zero_point = 1});
  return node;
}

TEST(Where, ChoosesByTheCondition) {
  EXPECT_THAT(node_of({{3}}, {{3}}, {{3}}).reference({{1, 0, -0.5F}, {10, 11, 12}, {20, 21, 22}}),
              ElementsAre(10, 21, 12));
  EXPECT_THAT(node_of({{2, 1}}, {{2}}, {{}}).reference({{1, 0}, {10, 11}, {20}}), ElementsAre(10, 11, 20, 20));
}

TEST(Where, CodesAreNearTheReference) {
  const DimOrder nhwc = {0, 2, 3, 1};
  const std::vector<std::array<Operand, 3>> cases = {{{{{2, 3, 4, 5}}, {{2, 3, 4, 5}}, {{2, 3, 4, 5}}}},
                                                     {{{{2, 3, 4, 5}, nhwc}, {{2, 3, 4, 5}}, {{3, 1, 1}}}},
                                                     {{{{1, 1, 4, 5}}, {{2, 3, 4, 5}, nhwc}, {{}}}},
                                                     {{{{5}}, {{4, 1}}, {{2, 3, 1, 5}, nhwc}}},
                                                     {{{{1}}, {{3, 1, 1}}, {{2, 1, 4, 1}}}}};
  for (const auto& [condition, first, second] : cases) {
    SCOPED_TRACE(ir::to_string(condition.shape) + ir::to_string(first.shape) + ir::to_string(second.shape));
    testing::SingleNode node = node_of(condition, first, second);
    EXPECT_EQ(node.lower()->transposes, 0U);
    testing::Random random(4);
    testing::Codes mask = random.codes(ir::element_count(condition.shape));
    for (std::int8_t& code : mask) code = code < 0 ? std::int8_t{-128} : std::int8_t{127};
    const testing::Codes x1 = random.codes(ir::element_count(first.shape));
    const testing::Codes x2 = random.codes(ir::element_count(second.shape));
    const auto dequantized = [](const testing::Codes& codes, float scale, int zero_point) {
      std::vector<float> numbers;
      for (const std::int8_t code : codes) numbers.push_back(static_cast<float>(code - zero_point) * scale);
      return numbers;
    };
    const auto expected =
        node.reference({dequantized(mask, 1.0F / 255.0F, -128), dequantized(x1, 0.1F, 4), dequantized(x2, 0.07F, -20)});
    const testing::Codes actual = node.run({mask, x1, x2});
    ASSERT_EQ(actual.size(), expected.size());
    for (std::size_t i = 0; i < actual.size(); ++i) {
      ASSERT_NEAR(actual[i], std::clamp(expected[i] / 0.09F + 1.0F, -128.0F, 127.0F), 0.501F) << i;
    }
  }
}

TEST(Where, RefusesWhatCannotBe) {
  EXPECT_EQ(testing::message_of(node_of({{2}}, {{3}}, {{3}}).infer()),
            "error: node: shapes [2] and [3]; sizes that are equal or 1, counted from the last dimension");
}

}  // namespace
}  // namespace pudu::ops
