// Mul: squeeze-and-excitation shapes among others, bit by bit against the sheet's formula.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "ops/testing/integers.hpp"
#include "ops/testing/single_node.hpp"

namespace pudu::ops {
namespace {

using testing::Codes;
using ::testing::ElementsAre;
using testing::message_of;
using testing::Random;
using testing::SingleNode;

constexpr testing::Scale scale_a{0.031F, -7};
constexpr testing::Scale scale_b{0.012F, 90};
constexpr testing::Scale scale_out{0.05F, 11};

std::int8_t exact_product(std::int8_t a, std::int8_t b) {
  const double factor =
      static_cast<double>(scale_a.scale) * static_cast<double>(scale_b.scale) / static_cast<double>(scale_out.scale);
  const std::int64_t product = static_cast<std::int64_t>(a - scale_a.zero_point) * (b - scale_b.zero_point);
  const std::int64_t code = testing::rescale(product, testing::fixed_point(factor)) + scale_out.zero_point;
  return static_cast<std::int8_t>(std::clamp<std::int64_t>(code, -128, 127));
}

TEST(Mul, EveryPairOfCodesIsExact) {
  Codes every(256);
  for (int i = 0; i < 256; ++i) every[static_cast<std::size_t>(i)] = static_cast<std::int8_t>(i - 128);
  SingleNode node("mul");
  node.input({256, 1}, scale_a).input({1, 256}, scale_b).output(scale_out);
  const Codes actual = node.run({every, every});
  for (std::size_t i = 0; i < actual.size(); ++i) {
    ASSERT_EQ(actual[i], exact_product(every[i / 256], every[i % 256])) << i;
  }
  node.expect_matches_reference(0.8);
}

TEST(Mul, ScalesChannelsInEveryOrder) {
  const Codes image = Random(1).codes(2 * 3 * 4 * 5);
  const Codes gates = Random(2).codes(2 * 3);
  Codes expected;
  for (std::size_t i = 0; i < image.size(); ++i) expected.push_back(exact_product(image[i], gates[i / 20]));
  for (const DimOrder& order : {DimOrder{}, DimOrder{0, 2, 3, 1}, DimOrder{2, 0, 1, 3}}) {
    SingleNode node("mul");
    node.input({2, 3, 4, 5}, scale_a, order).input({2, 3, 1, 1}, scale_b).output(scale_out);
    EXPECT_EQ(node.run({image, gates}), expected);
    EXPECT_EQ(node.lower()->transposes, 0U);
  }
}

TEST(Mul, TakesConstants) {
  const Codes image = Random(3).codes(2 * 3 * 2 * 2);
  const Codes factors = Random(4).codes(3);
  SingleNode node("mul");
  node.input({2, 3, 2, 2}, scale_a, {0, 2, 3, 1}).constant({3, 1, 1}, factors, scale_b).output(scale_out);
  const Codes actual = node.run({image});
  for (std::size_t i = 0; i < actual.size(); ++i) ASSERT_EQ(actual[i], exact_product(image[i], factors[i / 4 % 3]));
}

TEST(Mul, ClampsToAFusedActivation) {
  ir::Attributes bounds;
  bounds.set("activation_min", -1.0);
  bounds.set("activation_max", 2.0);
  SingleNode node("mul", bounds);
  node.input({4}, {1.0F, 0}).input({4}, {1.0F, 0}).output({0.1F, 0});
  EXPECT_THAT(node.run({{-3, 1, 2, 0}, {2, 1, 5, 9}}), ElementsAre(-10, 10, 20, 0));
  EXPECT_THAT(node.reference({{-3, 1, 2, 0}, {2, 1, 5, 9}}), ElementsAre(-1, 1, 2, 0));
}

TEST(Mul, SaysWhatItCannotDo) {
  SingleNode node("mul");
  node.float_input({3}).float_input({4});
  EXPECT_EQ(message_of(node.infer()),
            "error: node: shapes [3] and [4]; sizes that are equal or 1, counted from the last dimension");
}

}  // namespace
}  // namespace pudu::ops
