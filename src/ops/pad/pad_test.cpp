// Padding: the plain formula element by element, for padding and cropping in every order of memory.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "ops/testing/single_node.hpp"

namespace pudu::ops {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Integers = std::vector<std::int64_t>;

testing::SingleNode node_of(ir::Shape input, Integers before, Integers after, double value, testing::Scale scale = {},
                            DimOrder order = {}) {
  ir::Attributes attributes;
  attributes.set("before", std::move(before));
  attributes.set("after", std::move(after));
  attributes.set("value", value);
  testing::SingleNode node("pad", attributes);
  node.input(std::move(input), scale, std::move(order)).output(scale);
  return node;
}

/// output[i] = input[i - before] where that exists, else `value`.
template <class T>
std::vector<T> plain_pad(const ir::Shape& in, const ir::Shape& out, const Integers& before, const std::vector<T>& data,
                         T value) {
  std::vector<T> result;
  for (std::int64_t element = 0; element < ir::element_count(out); ++element) {
    std::int64_t rest = element;
    std::int64_t source = 0;
    std::int64_t stride = 1;
    bool inside = true;
    for (std::size_t dim = in.size(); dim-- > 0;) {
      const std::int64_t position = rest % out[dim] - before[dim];
      inside = inside && position >= 0 && position < in[dim];
      source += position * stride;
      stride *= in[dim];
      rest /= out[dim];
    }
    result.push_back(inside ? data[static_cast<std::size_t>(source)] : value);
  }
  return result;
}

struct Case {
  ir::Shape input;
  Integers before;
  Integers after;
};

const std::vector<Case> cases = {
    {{1, 3, 4, 5}, {0, 0, 1, 1}, {0, 0, 1, 1}},    {{2, 3, 4, 5}, {0, 0, 1, 2}, {0, 0, 3, 0}},
    {{2, 3, 4, 5}, {1, 2, 0, 0}, {0, 1, 0, 0}},    {{2, 3, 4, 5}, {0, 0, -1, -2}, {0, 0, -1, 0}},
    {{2, 3, 4, 5}, {0, -1, 2, -2}, {1, 2, -3, 3}}, {{2, 3, 4, 5}, {0, 0, 0, 0}, {0, 1, 0, 0}},
    {{2, 1, 1, 5}, {0, 2, 0, 0}, {0, 0, 1, 0}},    {{2, 2, 2, 2}, {1, 1, 1, 1}, {1, 1, 1, 1}},
    {{2, 2, 3, 2}, {-2, 0, -1, 0}, {3, 0, -1, 0}},
};

TEST(Pad, EqualsThePlainFormulaInEveryOrder) {
  testing::Random random(2);
  for (const Case& c : cases) {
    DimOrder order = contiguous_order(4);
    do {
      SCOPED_TRACE(ir::to_string(c.input) + " before " + ir::to_string(c.before) + " after " + ir::to_string(c.after) +
                   " order " + ir::to_string(order));
      testing::SingleNode node = node_of(c.input, c.before, c.after, 2.0, {.scale = 0.5F, .zero_point = -7}, order);
      const testing::Codes codes = random.codes(ir::element_count(c.input));
      const ir::Shape out = node.output_shape();
      ASSERT_EQ(node.run({codes}), plain_pad(c.input, out, c.before, codes, std::int8_t{-3}));
      const std::vector<float> values(codes.begin(), codes.end());
      ASSERT_EQ(node.reference({values}), plain_pad(c.input, out, c.before, values, 2.0F));
    } while (std::next_permutation(order.begin(), order.end()));
  }
}

TEST(Pad, TakesManyDimensionsWhenFewArePadded) {
  const ir::Shape in = {2, 1, 2, 3, 1, 2, 2, 2};
  const Integers before = {0, 0, 0, 1, 0, 0, 0, 0};
  testing::SingleNode node = node_of(in, before, Integers(8, 0), 0.0);
  const testing::Codes codes = testing::Random(4).codes(ir::element_count(in));
  EXPECT_EQ(node.run({codes}), plain_pad(in, node.output_shape(), before, codes, std::int8_t{0}));
}

TEST(Pad, LimitsThePaddedDimensions) {
  const auto lowered = node_of(ir::Shape(7, 2), Integers(7, 1), Integers(7, 0), 0.0).lower();
  ASSERT_FALSE(lowered.ok());
  EXPECT_EQ(lowered.error().kind, ErrorKind::Unsupported);
  EXPECT_EQ(to_string(lowered.error()), "error: padding of more than 6 dimensions; at most 6");
}

TEST(Pad, ClampsTheValueToTheCodes) {
  const auto padded = [](double value) {
    return node_of({1}, {1}, {0}, value, {.scale = 0.5F, .zero_point = 10}).run({{3}}).front();
  };
  EXPECT_EQ(padded(0.0), 10);
  EXPECT_EQ(padded(-std::numeric_limits<double>::infinity()), -128);
  EXPECT_EQ(padded(1e9), 127);
}

TEST(Pad, OfNothingIsItsInput) {
  const auto lowered = node_of({1, 2, 3, 4}, {0, 0, 0, 0}, {0, 0, 0, 0}, 1.0, {}, {0, 2, 3, 1}).lower();
  ASSERT_TRUE(lowered.ok());
  EXPECT_THAT(lowered->kernels, IsEmpty());
  EXPECT_THAT(lowered->output_orders, ElementsAre(DimOrder{0, 2, 3, 1}));
  EXPECT_THAT(node_of({}, {}, {}, 1.0).reference({{5.0F}}), ElementsAre(5.0F));
}

TEST(Pad, RefusesWhatCannotBe) {
  const auto message = [](const ir::Shape& in, const Integers& before, const Integers& after, double value) {
    return testing::message_of(node_of(in, before, after, value).infer());
  };
  EXPECT_EQ(message({2, 3}, {1}, {0, 0}, 0.0),
            "error: node: before is [1]; before has 2 values from -8388608 to 8388608");
  EXPECT_EQ(message({2, 3}, {0, 0}, {0, 100000000}, 0.0),
            "error: node: after is [0, 100000000]; after has 2 values from -8388608 to 8388608");
  EXPECT_EQ(message({2, 3}, {0, -4}, {0, 9}, 0.0),
            "error: node: padding [-4, 9] of dimension 1 cuts more than its 3 elements; negative padding cuts at most "
            "what is there");
  EXPECT_EQ(message({2, 3}, {0, -3}, {0, 0}, 0.0),
            "error: node: the result of shape [2, 0] has no elements; every size is at least 1");
  EXPECT_EQ(
      message({2, 3}, {8000000, 8000000}, {0, 0}, 0.0),
      "error: node: the result of shape [8000002, 8000003] is too large; a tensor has at most 2147483647 elements");
  EXPECT_EQ(message({2, 3}, {0, 0}, {0, 0}, std::numeric_limits<double>::quiet_NaN()),
            "error: node: value is NaN; a number to pad with");
}

}  // namespace
}  // namespace pudu::ops
