// Permute: the plain formula for every permutation in every order of memory, without moving a byte.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "ops/testing/single_node.hpp"

namespace pudu::ops {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Integers = std::vector<std::int64_t>;

testing::SingleNode node_of(ir::Shape input, Integers dims, DimOrder order = {}) {
  ir::Attributes attributes;
  attributes.set("dims", std::move(dims));
  testing::SingleNode node("permute", attributes);
  node.input(std::move(input), {}, std::move(order)).output({});
  return node;
}

/// output[i0, i1, ...] = input[j] with j[dims[k]] = i[k].
template <class T>
std::vector<T> plain_permute(const ir::Shape& in, const Integers& dims, const std::vector<T>& data) {
  std::vector<T> result;
  const std::int64_t count = ir::element_count(in);
  for (std::int64_t element = 0; element < count; ++element) {
    Integers index(in.size());
    std::int64_t rest = element;
    for (std::size_t k = in.size(); k-- > 0;) {
      const auto dim = static_cast<std::size_t>(dims[k]);
      index[dim] = rest % in[dim];
      rest /= in[dim];
    }
    std::int64_t source = 0;
    for (std::size_t dim = 0; dim < in.size(); ++dim) source = source * in[dim] + index[dim];
    result.push_back(data[static_cast<std::size_t>(source)]);
  }
  return result;
}

TEST(Permute, EqualsThePlainFormulaInEveryOrder) {
  const ir::Shape in = {2, 3, 1, 4};
  Integers dims = {0, 1, 2, 3};
  do {
    DimOrder order = contiguous_order(4);
    do {
      SCOPED_TRACE("dims " + ir::to_string(dims) + " order " + ir::to_string(order));
      testing::SingleNode node = node_of(in, dims, order);
      const testing::Codes codes = testing::Random(1).codes(ir::element_count(in));
      ASSERT_EQ(node.run({codes}), plain_permute(in, dims, codes));
      const std::vector<float> values(codes.begin(), codes.end());
      ASSERT_EQ(node.reference({values}), plain_permute(in, dims, values));
      const auto lowered = node.lower();
      ASSERT_EQ(lowered->transposes, 0U);
      ASSERT_THAT(lowered->kernels, IsEmpty());
    } while (std::next_permutation(order.begin(), order.end()));
  } while (std::next_permutation(dims.begin(), dims.end()));
}

TEST(Permute, RelabelsTheOrder) {
  // NHWC memory seen through permute(0, 2, 3, 1) is contiguous.
  EXPECT_THAT(node_of({2, 3, 4, 5}, {0, 2, 3, 1}, {0, 2, 3, 1}).lower()->output_orders,
              ElementsAre(DimOrder{0, 1, 2, 3}));
  EXPECT_THAT(node_of({2, 3, 4, 5}, {0, 2, 3, 1}).lower()->output_orders, ElementsAre(DimOrder{0, 3, 1, 2}));
}

TEST(Permute, CountsDimensionsFromTheEnd) {
  EXPECT_THAT(node_of({2, 3, 4}, {-1, 0, -2}).output_shape(), ElementsAre(4, 2, 3));
  EXPECT_THAT(node_of({}, {}).output_shape(), IsEmpty());
}

TEST(Permute, RefusesWhatCannotBe) {
  const auto message = [](const Integers& dims) { return testing::message_of(node_of({2, 3}, dims).infer()); };
  EXPECT_EQ(message({1, 1}),
            "error: node: dims [1, 1] for an input of rank 2; every dimension of the input exactly once");
  EXPECT_EQ(message({0}), "error: node: dims [0] for an input of rank 2; every dimension of the input exactly once");
  EXPECT_EQ(message({0, 2}), "error: node: dimension 2 of a tensor of rank 2; a dimension from -2 to 1");
}

}  // namespace
}  // namespace pudu::ops
