// Sum: values of PyTorch, every set of dimensions in every order of memory, refusals.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "ops/testing/single_node.hpp"

namespace pudu::ops {
namespace {

using ::testing::ElementsAre;
using ::testing::FloatNear;
using ::testing::IsEmpty;
using ::testing::Pointwise;
using Integers = std::vector<std::int64_t>;

testing::SingleNode node_of(ir::Shape input, Integers dims, int keepdim, testing::Scale scale = {},
                            testing::Scale output = {}, DimOrder order = {}) {
  ir::Attributes attributes;
  attributes.set("dims", std::move(dims));
  attributes.set("keepdim", keepdim);
  testing::SingleNode node("sum", attributes);
  node.input(std::move(input), scale, std::move(order)).output(output);
  return node;
}

TEST(Sum, HasTheValuesOfPyTorch) {
  // torch.Tensor.sum((0, 2)) of [2, 3, 2], PyTorch 2.13.
  std::vector<float> values;
  for (int i = 0; i < 12; ++i) values.push_back(static_cast<float>(i * 37 % 101 - 50));
  EXPECT_THAT(node_of({2, 3, 2}, {0, 2}, 0).reference({values}), Pointwise(FloatNear(1e-5F), {-86.0F, 8.0F, 1.0F}));
}

TEST(Sum, InfersShapes) {
  EXPECT_THAT(node_of({2, 3, 4, 5}, {2, 3}, 0).output_shape(), ElementsAre(2, 3));
  EXPECT_THAT(node_of({2, 3, 4, 5}, {-1, -2}, 1).output_shape(), ElementsAre(2, 3, 1, 1));
  EXPECT_THAT(node_of({2, 3, 4, 5}, {}, 0).output_shape(), IsEmpty());
}

TEST(Sum, CodesAreNearTheReferenceForAllDimsAndOrders) {
  for (const ir::Shape& shape : {ir::Shape{2, 3, 4, 5}, ir::Shape{1, 3, 4, 2}, ir::Shape{2, 1, 3, 1}}) {
    DimOrder order = contiguous_order(4);
    do {
      for (unsigned mask = 1; mask < 16; ++mask) {
        Integers dims;
        for (unsigned dim = 0; dim < 4; ++dim) {
          if ((mask >> dim & 1U) != 0) dims.push_back(dim);
        }
        SCOPED_TRACE(ir::to_string(shape) + " dims " + ir::to_string(dims) + " order " + ir::to_string(order));
        node_of(shape, dims, static_cast<int>(mask % 2), {.scale = 0.5F, .zero_point = 3},
                {.scale = 2.5F, .zero_point = -9}, order)
            .expect_matches_reference(0.76);
      }
    } while (std::next_permutation(order.begin(), order.end()));
  }
}

TEST(Sum, OfOneElementIsRescaled) {
  EXPECT_THAT(
      node_of({2, 1}, {1}, 0, {.scale = 1.0F, .zero_point = 10}, {.scale = 2.0F, .zero_point = 1}).run({{30, -10}}),
      ElementsAre(11, -9));
}

TEST(Sum, TransposesOnlyWhenDimsAreApartInMemory) {
  EXPECT_EQ(node_of({2, 3, 4, 5}, {2, 3}, 0, {}, {}, {0, 2, 3, 1}).lower()->transposes, 0U);
  EXPECT_EQ(node_of({2, 3, 4, 5}, {0, 3}, 0).lower()->transposes, 1U);
}

TEST(Sum, RefusesWhatCannotBe) {
  EXPECT_EQ(testing::message_of(node_of({2, 3}, {1, -1}, 0).infer()),
            "error: node: dims [1, -1] names dimension 1 twice; every dimension at most once");
  EXPECT_EQ(testing::message_of(node_of({1, 3000, 3000}, {1, 2}, 0).infer()),
            "error: node: a sum over 9000000 elements; at most 8388607");
}

}  // namespace
}  // namespace pudu::ops
