// Mean: values of PyTorch, every set of dimensions in every order of memory, few transposes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "ops/testing/single_node.hpp"

namespace pudu::ops {
namespace {

using ::testing::ElementsAre;
using ::testing::FloatNear;
using ::testing::IsEmpty;
using ::testing::Pointwise;
using Integers = std::vector<std::int64_t>;

testing::SingleNode node_of(ir::Shape input, Integers dims, int keepdim, testing::Scale scale = {},
                            DimOrder order = {}) {
  ir::Attributes attributes;
  attributes.set("dims", std::move(dims));
  attributes.set("keepdim", keepdim);
  testing::SingleNode node("mean", attributes);
  node.input(std::move(input), scale, std::move(order)).output(scale);
  return node;
}

/// Means of `codes`, keyed by the index in the dimensions that stay: ordered as the result is.
std::vector<double> plain_means(const ir::Shape& shape, const std::vector<bool>& reduced, const testing::Codes& codes) {
  std::map<Integers, std::pair<double, double>> sums;
  for (std::size_t i = 0; i < codes.size(); ++i) {
    Integers key;
    auto rest = static_cast<std::int64_t>(i);
    for (std::size_t dim = shape.size(); dim-- > 0;) {
      if (!reduced[dim]) key.insert(key.begin(), rest % shape[dim]);
      rest /= shape[dim];
    }
    sums[key].first += codes[i];
    sums[key].second += 1.0;
  }
  std::vector<double> means;
  for (const auto& [key, sum] : sums) means.push_back(sum.first / sum.second);
  return means;
}

TEST(Mean, HasTheValuesOfPyTorch) {
  // torch.Tensor.mean((0, 2)) of [2, 3, 2], PyTorch 2.13.
  std::vector<float> values;
  for (int i = 0; i < 12; ++i) values.push_back(static_cast<float>(i * 37 % 101 - 50));
  EXPECT_THAT(node_of({2, 3, 2}, {0, 2}, 0).reference({values}), Pointwise(FloatNear(1e-5F), {-21.5F, 2.0F, 0.25F}));
}

TEST(Mean, InfersShapes) {
  EXPECT_THAT(node_of({2, 3, 4, 5}, {2, 3}, 0).output_shape(), ElementsAre(2, 3));
  EXPECT_THAT(node_of({2, 3, 4, 5}, {-1, -2}, 1).output_shape(), ElementsAre(2, 3, 1, 1));
  EXPECT_THAT(node_of({2, 3, 4, 5}, {}, 0).output_shape(), IsEmpty());
  EXPECT_THAT(node_of({2, 3, 4, 5}, {}, 1).output_shape(), ElementsAre(1, 1, 1, 1));
}

TEST(Mean, EqualsThePlainMeanForAllDimsAndOrders) {
  testing::Random random(1);
  const testing::Scale scale{.scale = 0.5F, .zero_point = 3};
  const std::vector<ir::Shape> shapes = {{2, 3, 4, 5}, {1, 3, 4, 2}, {2, 1, 3, 1}};
  for (const ir::Shape& shape : shapes) {
    DimOrder order = contiguous_order(4);
    do {
      for (unsigned mask = 1; mask < 16; ++mask) {
        Integers dims;
        std::vector<bool> reduced(4, false);
        for (unsigned dim = 0; dim < 4; ++dim) {
          reduced[dim] = (mask >> dim & 1U) != 0;
          if (reduced[dim]) dims.push_back(dim);
        }
        SCOPED_TRACE(ir::to_string(shape) + " dims " + ir::to_string(dims) + " order " + ir::to_string(order));
        testing::SingleNode node = node_of(shape, dims, static_cast<int>(mask % 2), scale, order);
        const testing::Codes codes = random.codes(ir::element_count(shape));
        const std::vector<double> means = plain_means(shape, reduced, codes);
        const testing::Codes lowered = node.run({codes});
        const std::vector<float> floats = node.reference({{codes.begin(), codes.end()}});
        ASSERT_EQ(lowered.size(), means.size());
        for (std::size_t i = 0; i < means.size(); ++i) {
          ASSERT_EQ(lowered[i], std::round(means[i])) << "element " << i;
          ASSERT_NEAR(static_cast<double>(floats[i]), means[i], 1e-4) << "element " << i;
        }
      }
    } while (std::next_permutation(order.begin(), order.end()));
  }
}

TEST(Mean, TransposesOnlyWhenDimsAreApartInMemory) {
  const auto transposes = [](const Integers& dims, const DimOrder& order) {
    return node_of({2, 3, 4, 5}, dims, 0, {}, order).lower()->transposes;
  };
  const DimOrder nchw = {0, 1, 2, 3};
  const DimOrder nhwc = {0, 2, 3, 1};
  EXPECT_EQ(transposes({2, 3}, nchw), 0U);
  EXPECT_EQ(transposes({2, 3}, nhwc), 0U);
  EXPECT_EQ(transposes({1}, nhwc), 0U);
  EXPECT_EQ(transposes({0, 1, 2, 3}, nhwc), 0U);
  EXPECT_EQ(transposes({1, 2}, nchw), 0U);
  EXPECT_EQ(transposes({1, 2}, nhwc), 1U);
  EXPECT_EQ(transposes({0, 3}, nchw), 1U);
  // A size of 1 between them does not keep them apart.
  EXPECT_EQ(node_of({2, 1, 4, 5}, {0, 2}, 0).lower()->transposes, 0U);
}

TEST(Mean, OverOneElementIsItsInput) {
  const auto lowered = node_of({2, 1, 3, 1}, {1, 3}, 0).lower();
  ASSERT_TRUE(lowered.ok());
  EXPECT_THAT(lowered->kernels, IsEmpty());
  EXPECT_THAT(lowered->output_orders, ElementsAre(DimOrder{0, 1}));
}

TEST(Mean, KeepsChannelsInnermost) {
  EXPECT_THAT(node_of({2, 3, 4, 5}, {2}, 0, {}, {0, 2, 3, 1}).lower()->output_orders, ElementsAre(DimOrder{0, 2, 1}));
  EXPECT_THAT(node_of({2, 3, 4, 5}, {2, 3}, 1, {}, {0, 2, 3, 1}).lower()->output_orders,
              ElementsAre(DimOrder{0, 2, 3, 1}));
}

TEST(Mean, RefusesWhatCannotBe) {
  const auto message = [](const ir::Shape& in, const Integers& dims) {
    return testing::message_of(node_of(in, dims, 0).infer());
  };
  EXPECT_EQ(message({2, 3}, {2}), "error: node: dimension 2 of a tensor of rank 2; a dimension from -2 to 1");
  EXPECT_EQ(message({2, 3}, {1, -1}),
            "error: node: dims [1, -1] names dimension 1 twice; every dimension at most once");
  EXPECT_EQ(message({1, 3000, 3000}, {1, 2}), "error: node: a mean over 9000000 elements; at most 8388607");
}

}  // namespace
}  // namespace pudu::ops
