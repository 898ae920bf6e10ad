// Identity: same values, same memory.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ops/testing/single_node.hpp"

namespace pudu::ops {
namespace {

using testing::Codes;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::SingleNode;

TEST(Identity, PassesValuesOn) {
  ir::Attributes attributes;
  attributes.set("kind", std::string("dropout"));
  SingleNode node("identity", attributes);
  node.float_input({2, 2});
  EXPECT_EQ(node.output_shape(), (ir::Shape{2, 2}));
  EXPECT_THAT(node.reference({{1, -2, 3, 4}}), ElementsAre(1, -2, 3, 4));
}

TEST(Identity, IsTheSameMemoryInAnyOrder) {
  SingleNode node("identity");
  node.input({1, 2, 2, 3}, {0.5F, 7}, {0, 2, 3, 1}).output({0.5F, 7});
  const auto lowered = node.lower();
  ASSERT_TRUE(lowered.ok());
  EXPECT_THAT(lowered->kernels, IsEmpty());
  EXPECT_EQ(lowered->transposes, 0U);
  EXPECT_THAT(lowered->output_orders, ElementsAre(DimOrder{0, 2, 3, 1}));
  const Codes codes = testing::Random(3).codes(12);
  EXPECT_EQ(node.run({codes}), codes);
}

}  // namespace
}  // namespace pudu::ops
