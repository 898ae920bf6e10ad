// div: values worked out by hand, the quantized result against the reference, refusals.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "ops/registry.hpp"
#include "ops/testing/single_node.hpp"

namespace pudu::ops {
namespace {

using ::testing::ElementsAre;

testing::SingleNode node_of(ir::Shape a, ir::Shape b, DimOrder order = {}) {
  testing::SingleNode node("div");
  node.input(std::move(a), {.scale = 0.25F, .zero_point = -9}, std::move(order))
      .input(std::move(b), {.scale = 0.5F, .zero_point = -128})
      .output({.scale = 0.125F, .zero_point = 4});
  return node;
}

TEST(Div, Divides) {
  EXPECT_THAT(node_of({3}, {3}).reference({{1, -6, 5}, {2, 3, -4}}), ElementsAre(0.5F, -2, -1.25F));
  // (7 / 4) / (10 / 2) = 0.35 is 2.8 codes.
  EXPECT_THAT(node_of({1}, {1}).run({{-2}, {-118}}), ElementsAre(7));
}

TEST(Div, CodesAreNearTheReferenceInMixedOrders) {
  testing::Random random(2);
  for (const DimOrder& order : {DimOrder{}, DimOrder{0, 2, 3, 1}}) {
    testing::SingleNode node = node_of({2, 3, 4, 5}, {2, 3, 4, 5}, order);
    const testing::Codes a = random.codes(120);
    const testing::Codes b = random.codes(120, -120, 127);
    std::vector<float> numbers_a, numbers_b;
    for (const std::int8_t code : a) numbers_a.push_back(0.25F * static_cast<float>(code + 9));
    for (const std::int8_t code : b) numbers_b.push_back(0.5F * static_cast<float>(code + 128));
    const std::vector<float> expected = node.reference({numbers_a, numbers_b});
    const testing::Codes actual = node.run({a, b});
    for (std::size_t i = 0; i < actual.size(); ++i) {
      ASSERT_NEAR(actual[i], std::clamp(expected[i] / 0.125F + 4.0F, -128.0F, 127.0F), 0.501F) << i;
    }
  }
}

TEST(Div, RefusesWhatCannotBe) {
  EXPECT_EQ(testing::message_of(node_of({2, 3}, {3}).infer()), "error: node: shapes [2, 3] and [3]; equal shapes");
  testing::SingleNode node = node_of({1}, {1});
  ASSERT_TRUE(node.infer().ok());
  const std::vector<Tensor> inputs = {Tensor({1}, {1.0F}), Tensor({1}, {0.0F})};
  std::vector<Tensor> outputs = {Tensor({1})};
  const Status status = operator_of(node.node()).reference(node.node(), inputs, outputs);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(to_string(status.error()),
            "error: node: a quotient by 0 on the data; divisors other than 0\nhint: add a small number to the divisor");
}

}  // namespace
}  // namespace pudu::ops
