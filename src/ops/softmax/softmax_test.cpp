// Softmax: values of PyTorch, and codes near the float result whatever the dimension and the order of memory.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include "ops/testing/single_node.hpp"

namespace pudu::ops {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::FloatNear;
using ::testing::Pointwise;

const testing::Scale probabilities{.scale = 1.0F / 256.0F, .zero_point = -128};

testing::SingleNode node_of(ir::Shape input, int dim, testing::Scale scale, DimOrder order = {}) {
  ir::Attributes attributes;
  attributes.set("dim", dim);
  testing::SingleNode node("softmax", attributes);
  node.input(std::move(input), scale, std::move(order)).output(probabilities);
  return node;
}

TEST(Softmax, HasTheValuesOfPyTorch) {
  // torch.softmax(x / 25, 1) of [2, 3, 2], PyTorch 2.13.
  std::vector<float> values;
  for (int i = 0; i < 12; ++i) values.push_back(static_cast<float>(i * 37 % 101 - 50) / 25.0F);
  EXPECT_THAT(node_of({2, 3, 2}, 1, {}).reference({values}),
              Pointwise(FloatNear(1e-6F), {0.037242F, 0.126693F, 0.718693F, 0.043024F, 0.244065F, 0.830283F, 0.037242F,
                                           0.687323F, 0.718693F, 0.233412F, 0.244065F, 0.079266F}));
}

TEST(Softmax, DoesNotOverflow) {
  EXPECT_THAT(node_of({2}, 0, {}).reference({{1000.0F, 1000.0F}}), ElementsAre(0.5F, 0.5F));
  EXPECT_THAT(node_of({2}, -1, {}).reference({{-1000.0F, 1000.0F}}), ElementsAre(0.0F, 1.0F));
}

TEST(Softmax, CodesAreNearTheReferenceForAllDimsAndOrders) {
  for (const float scale : {0.003F, 0.05F, 0.2F}) {
    for (int dim = -4; dim < 4; ++dim) {
      DimOrder order = contiguous_order(4);
      do {
        SCOPED_TRACE("dim " + std::to_string(dim) + " order " + ir::to_string(order));
        node_of({2, 3, 4, 5}, dim, {.scale = scale, .zero_point = 9}, order).expect_matches_reference(1.0);
      } while (std::next_permutation(order.begin(), order.end()));
    }
  }
}

/// The integer formula of docs/arithmetic.md, "Softmax", written once more in 64 bits.
namespace sheet {

std::int64_t floor_shift(std::int64_t value, int bits) {
  return value >> bits;
}

/// Doubled product, high half, rounded to nearest.
std::int64_t multiply(std::int64_t a, std::int64_t b) {
  return floor_shift(a * b + (std::int64_t{1} << 30), 31);
}

/// Division by 2^bits, rounded to nearest, ties away from zero.
std::int64_t divide(std::int64_t value, int bits) {
  const std::int64_t half = bits == 0 ? 0 : std::int64_t{1} << (bits - 1);
  return value < 0 ? -((-value + half) >> bits) : (value + half) >> bits;
}

/// exp of a Q5.26 number that is 0 or negative, as Q0.31.
std::int64_t exponential(std::int64_t a) {
  if (a == 0) return INT32_MAX;
  const std::int64_t quarter = std::int64_t{1} << 24;
  const std::int64_t fraction = ((a % quarter) + quarter) % quarter - quarter;
  const std::int64_t remainder = fraction - a;
  const std::int64_t x = 32 * fraction + (std::int64_t{1} << 28);
  const std::int64_t x2 = multiply(x, x);
  const std::int64_t x3 = multiply(x2, x);
  const std::int64_t x4 = multiply(x2, x2);
  const std::int64_t tail = divide(multiply(divide(x4, 2) + x3, 715827883) + x2, 1);
  std::int64_t result = 1895147668 + multiply(1895147668, x + tail);
  const std::vector<std::int64_t> powers = {1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242};
  for (std::size_t k = 0; k < powers.size(); ++k) {
    if ((remainder >> (24 + k) & 1) != 0) result = multiply(result, powers[k]);
  }
  return result;
}

std::int64_t saturating_shift(std::int64_t value, int bits) {
  return std::clamp<std::int64_t>(value * (std::int64_t{1} << bits), INT32_MIN, INT32_MAX);
}

/// 1 / (1 + v) for a Q0.31 number v.
std::int64_t reciprocal(std::int64_t v) {
  const std::int64_t sum = v + INT32_MAX;
  const std::int64_t half = (sum + (sum >= 0 ? 1 : -1)) / 2;
  std::int64_t x = 1515870810 + multiply(half, -1010580540);
  for (int i = 0; i < 3; ++i) {
    x += saturating_shift(multiply(x, (std::int64_t{1} << 29) - multiply(half, x)), 2);
  }
  return saturating_shift(x, 1);
}

testing::Codes softmax(const testing::Codes& row, double scale) {
  int shift = 0;
  const double mantissa = std::frexp(std::min(scale * 67108864.0, 2147483647.0), &shift);
  const auto multiplier = static_cast<std::int64_t>(std::nearbyint(mantissa * 2147483648.0));
  const std::int64_t difference_min = -((std::int64_t{31} << 26) >> shift);
  const int maximum = *std::max_element(row.begin(), row.end());
  const auto exponential_of = [&](int code) {
    return exponential(multiply((code - maximum) * (std::int64_t{1} << shift), multiplier));
  };
  std::int64_t sum = 0;
  for (const int code : row) sum += code - maximum >= difference_min ? divide(exponential_of(code), 12) : 0;
  const int headroom = std::countl_zero(static_cast<std::uint32_t>(sum));
  const std::int64_t inverse = reciprocal((sum << headroom) - (std::int64_t{1} << 31));
  testing::Codes result;
  for (const int code : row) {
    const std::int64_t probability =
        code - maximum >= difference_min ? divide(multiply(inverse, exponential_of(code)), 35 - headroom) : 0;
    result.push_back(static_cast<std::int8_t>(std::clamp<std::int64_t>(probability - 128, -128, 127)));
  }
  return result;
}

}  // namespace sheet

TEST(Softmax, EqualsTheIntegerFormula) {
  testing::Random random(21);
  for (int round = 0; round < 500; ++round) {
    const float scale = std::exp(random.real(-7.0F, 2.0F));
    const std::int64_t depth = random.integer(1, 60);
    SCOPED_TRACE("scale " + std::to_string(scale) + " depth " + std::to_string(depth));
    testing::SingleNode node = node_of({2, depth}, 1, {.scale = scale, .zero_point = random.integer(-128, 127)});
    const testing::Codes codes = random.codes(2 * depth);
    testing::Codes expected = sheet::softmax({codes.begin(), codes.begin() + depth}, static_cast<double>(scale));
    const testing::Codes second = sheet::softmax({codes.begin() + depth, codes.end()}, static_cast<double>(scale));
    expected.insert(expected.end(), second.begin(), second.end());
    ASSERT_EQ(node.run({codes}), expected);
  }
}

TEST(Softmax, LargestScalesPickTheMaximum) {
  testing::SingleNode node = node_of({4}, 0, {.scale = 40.0F, .zero_point = 0});
  EXPECT_THAT(node.run({{-5, 100, 99, -128}}), ElementsAre(-128, 127, -128, -128));
}

TEST(Softmax, OfOneElementIsOne) {
  testing::SingleNode node = node_of({3, 1}, 1, {.scale = 0.1F, .zero_point = 0});
  EXPECT_THAT(node.run({{-128, 0, 127}}), Each(127));
}

TEST(Softmax, TransposesOnlyWhenTheDimIsNotInnermost) {
  const auto transposes = [](int dim, const DimOrder& order) {
    return node_of({1, 3, 4, 5}, dim, {}, order).lower()->transposes;
  };
  EXPECT_EQ(transposes(1, {0, 2, 3, 1}), 0U);
  EXPECT_EQ(transposes(-1, {0, 1, 2, 3}), 0U);
  EXPECT_EQ(transposes(1, {0, 1, 2, 3}), 1U);
  // A dimension of one element may be anywhere.
  EXPECT_EQ(transposes(0, {0, 1, 2, 3}), 0U);
}

TEST(Softmax, RefusesWhatCannotBe) {
  EXPECT_EQ(testing::message_of(node_of({2, 3}, 2, {}).infer()),
            "error: node: dimension 2 of a tensor of rank 2; a dimension from -2 to 1");
  testing::SingleNode node = node_of({2, 3}, 1, {});
  node.output({.scale = 0.5F, .zero_point = 0});
  const auto lowered = node.lower();
  ASSERT_FALSE(lowered.ok());
  EXPECT_EQ(lowered.error().kind, ErrorKind::Internal);
  EXPECT_EQ(to_string(lowered.error()),
            "error: the result of softmax has scale 0.500000 and zero point 0; scale 1/256 and zero point -128");
}

}  // namespace
}  // namespace pudu::ops
