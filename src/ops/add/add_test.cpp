// Add: broadcasting and memory orders against plain indexing, the lowered form bit by bit against the sheet's formula.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "ops/testing/integers.hpp"
#include "ops/testing/single_node.hpp"

namespace pudu::ops {
namespace {

using testing::Codes;
using ::testing::ElementsAre;
using testing::message_of;
using testing::Random;
using testing::SingleNode;

ir::Attributes alpha(double value) {
  ir::Attributes attributes;
  attributes.set("alpha", value);
  return attributes;
}

/// Position in an operand of `shape` of element `index` of a result of shape `output`.
std::size_t position_in(const ir::Shape& output, const ir::Shape& shape, std::size_t index) {
  std::size_t position = 0;
  std::size_t stride = 1;
  for (std::size_t from_end = 1; from_end <= output.size(); ++from_end) {
    const auto size = static_cast<std::size_t>(output[output.size() - from_end]);
    if (from_end <= shape.size() && shape[shape.size() - from_end] != 1) {
      position += index % size * stride;
      stride *= size;
    }
    index /= size;
  }
  return position;
}

struct Case {
  ir::Shape a, b, output;
};

std::vector<Case> cases() {
  return {
      {{}, {}, {}},
      {{5}, {5}, {5}},
      {{2, 3, 4, 5}, {2, 3, 4, 5}, {2, 3, 4, 5}},
      {{2, 3, 4, 5}, {2, 3, 1, 1}, {2, 3, 4, 5}},
      {{1, 3, 1, 1}, {2, 3, 4, 5}, {2, 3, 4, 5}},
      {{2, 3, 4, 5}, {3, 1, 1}, {2, 3, 4, 5}},
      {{2, 3, 4, 5}, {4, 5}, {2, 3, 4, 5}},
      {{2, 3, 4, 5}, {5}, {2, 3, 4, 5}},
      {{2, 3, 4, 5}, {1}, {2, 3, 4, 5}},
      {{2, 1, 4, 1}, {3, 1, 5}, {2, 3, 4, 5}},
      {{2, 2, 2, 2, 2, 2}, {2, 1, 2, 1, 2, 1}, {2, 2, 2, 2, 2, 2}},
  };
}

std::string name_of(const Case& c) {
  return ir::to_string(c.a) + " + " + ir::to_string(c.b);
}

TEST(Add, FloatReferenceEqualsPlainIndexing) {
  for (const Case& c : cases()) {
    SCOPED_TRACE(name_of(c));
    SingleNode node("add", alpha(-0.5));
    node.float_input(c.a).float_input(c.b);
    ASSERT_EQ(node.output_shape(), c.output);
    const std::vector<float> a = Random(1).reals(ir::element_count(c.a), -1, 1);
    const std::vector<float> b = Random(2).reals(ir::element_count(c.b), -1, 1);
    const std::vector<float> actual = node.reference({a, b});
    for (std::size_t i = 0; i < actual.size(); ++i) {
      ASSERT_FLOAT_EQ(actual[i], a[position_in(c.output, c.a, i)] - 0.5F * b[position_in(c.output, c.b, i)]);
    }
  }
}

/// The sheet's formula (operator add), with the factor of b in its multiplier.
std::int64_t exact_sum(std::int64_t x1, std::int64_t x2, double scale1, double scale2, double factor, double output) {
  const double scaled2 = scale2 * std::abs(factor);
  const double common = 2.0 * std::max(scale1, scaled2);
  auto factor2 = testing::fixed_point(scaled2 / common);
  if (factor < 0.0) factor2.first = -factor2.first;
  const std::int64_t a = testing::rescale(x1 * (1 << 20), testing::fixed_point(scale1 / common));
  const std::int64_t b = testing::rescale(x2 * (1 << 20), factor2);
  return testing::rescale(a + b, testing::fixed_point(common / (output * 1048576.0)));
}

constexpr testing::Scale scale_a{0.031F, -7};
constexpr testing::Scale scale_b{0.012F, 90};
constexpr testing::Scale scale_out{0.035F, 11};

Codes exact_result(const Case& c, const Codes& a, const Codes& b, double factor) {
  Codes result;
  for (std::size_t i = 0; i < static_cast<std::size_t>(ir::element_count(c.output)); ++i) {
    const std::int64_t code =
        exact_sum(a[position_in(c.output, c.a, i)] - scale_a.zero_point,
                  b[position_in(c.output, c.b, i)] - scale_b.zero_point, static_cast<double>(scale_a.scale),
                  static_cast<double>(scale_b.scale), factor, static_cast<double>(scale_out.scale)) +
        scale_out.zero_point;
    result.push_back(static_cast<std::int8_t>(std::clamp<std::int64_t>(code, -128, 127)));
  }
  return result;
}

std::vector<DimOrder> orders_of(const ir::Shape& shape) {
  if (shape.size() != 4) return {{}};
  return {{}, {0, 2, 3, 1}, {3, 1, 0, 2}};
}

TEST(Add, LoweredFormIsExactInEveryOrder) {
  for (const Case& c : cases()) {
    const Codes a = Random(3).codes(ir::element_count(c.a));
    const Codes b = Random(4).codes(ir::element_count(c.b));
    for (const double factor : {1.0, -1.0, 2.5, 0.0}) {
      const Codes expected = exact_result(c, a, b, factor);
      for (const DimOrder& order_a : orders_of(c.a)) {
        for (const DimOrder& order_b : orders_of(c.b)) {
          SCOPED_TRACE(name_of(c) + " alpha " + std::to_string(factor));
          SingleNode node("add", alpha(factor));
          node.input(c.a, scale_a, order_a).input(c.b, scale_b, order_b).output(scale_out);
          ASSERT_EQ(node.run({a, b}), expected);
          ASSERT_EQ(node.lower()->transposes, 0U);
        }
      }
    }
  }
}

TEST(Add, IsWithinOneCodeOfTheReference) {
  for (const double factor : {1.0, -1.0, 0.3}) {
    SingleNode node("add", alpha(factor));
    node.input({4, 32}, scale_a).input({4, 32}, scale_b).output(scale_out);
    node.expect_matches_reference(0.6);
  }
}

TEST(Add, TakesConstantsOnEitherSide) {
  for (const Case& c : cases()) {
    SCOPED_TRACE(name_of(c));
    const Codes a = Random(5).codes(ir::element_count(c.a));
    const Codes b = Random(6).codes(ir::element_count(c.b));
    for (const DimOrder& order : orders_of(c.a)) {
      SingleNode node("add");
      node.input(c.a, scale_a, order).constant(c.b, b, scale_b).output(scale_out);
      ASSERT_EQ(node.run({a}), exact_result(c, a, b, 1.0));
    }
    for (const DimOrder& order : orders_of(c.b)) {
      SingleNode node("add");
      node.constant(c.a, a, scale_a).input(c.b, scale_b, order).output(scale_out);
      ASSERT_EQ(node.run({b}), exact_result(c, a, b, 1.0));
    }
  }
}

TEST(Add, ResultLiesAsTheLargerOperand) {
  const auto order_of = [](SingleNode& node) { return node.lower()->output_orders.front(); };
  const DimOrder nhwc = {0, 2, 3, 1};
  SingleNode channels("add");
  channels.input({1, 3, 1, 1}, scale_a).input({1, 3, 4, 4}, scale_b, nhwc).output(scale_out);
  EXPECT_EQ(order_of(channels), nhwc);
  SingleNode mixed("add");
  mixed.input({1, 3, 4, 4}, scale_a).input({1, 3, 4, 4}, scale_b, nhwc).output(scale_out);
  EXPECT_EQ(order_of(mixed), nhwc);
}

TEST(Add, WalksContiguousOperandsAsOneDimension) {
  const DimOrder nhwc = {0, 2, 3, 1};
  SingleNode node("add");
  node.input({2, 3, 4, 5}, scale_a, nhwc).input({2, 3, 4, 5}, scale_b, nhwc).output(scale_out);
  const auto lowered = node.lower();
  const program::Parameter* rank = lowered->program.calls.front().find_parameter("rank");
  ASSERT_NE(rank, nullptr);
  EXPECT_EQ(std::get<0>(rank->values), std::vector<std::int64_t>{1});
}

TEST(Add, ClampsToAFusedActivation) {
  ir::Attributes relu6;
  relu6.set("activation_min", 0.0);
  relu6.set("activation_max", 6.0);
  SingleNode node("add", relu6);
  node.input({4}, {0.1F, 0}).input({4}, {0.1F, 0}).output({0.1F, -100});
  EXPECT_THAT(node.run({{-50, 10, 30, 100}, {20, 20, 40, 100}}), ElementsAre(-100, -70, -40, -40));
  EXPECT_THAT(node.reference({{-5, 1, 3, 10}, {2, 2, 4, 10}}), ElementsAre(0, 3, 6, 6));
}

TEST(Add, SaysWhatItCannotDo) {
  SingleNode shapes("add");
  shapes.float_input({2, 3}).float_input({4});
  EXPECT_EQ(message_of(shapes.infer()),
            "error: node: shapes [2, 3] and [4]; sizes that are equal or 1, counted from the last dimension");
  SingleNode infinite("add", alpha(INFINITY));
  infinite.float_input({2}).float_input({2});
  EXPECT_EQ(message_of(infinite.infer()), "error: node: alpha is inf; a finite number");
  SingleNode eight("add");
  eight.input({2, 2, 2, 2, 2, 2, 2, 2}, scale_a).input({2, 1, 2, 1, 2, 1, 2, 1}, scale_b).output(scale_out);
  EXPECT_EQ(message_of(eight.lower()),
            "error: a broadcast of shapes [2, 2, 2, 2, 2, 2, 2, 2] and [2, 1, 2, 1, 2, 1, 2, 1] over 8 separate "
            "dimensions; at most 6");
}

}  // namespace
}  // namespace pudu::ops
