// Dequantize: (code - zero point) * scale for every code, contiguous whatever the order of the codes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "ops/testing/single_node.hpp"

namespace pudu::ops {
namespace {

using ::testing::ElementsAre;

/// One dequantize node over codes of `shape` that lie in `order`, run on `codes`.
std::vector<float> dequantized(const ir::Shape& shape, testing::Scale scale, const DimOrder& order,
                               const testing::Codes& codes) {
  testing::SingleNode node("dequantize");
  node.input(shape, scale, order);
  std::vector<std::byte> bytes(codes.size());
  std::memcpy(bytes.data(), codes.data(), codes.size());
  const std::vector<std::byte> result = node.run_bytes({bytes});
  std::vector<float> values(result.size() / sizeof(float));
  std::memcpy(values.data(), result.data(), result.size());
  return values;
}

TEST(Dequantize, EqualsTheFormulaForEveryCode) {
  testing::Codes codes;
  std::vector<float> expected;
  for (int code = -128; code < 128; ++code) {
    codes.push_back(static_cast<std::int8_t>(code));
    expected.push_back(static_cast<float>(code + 37) * 0.0123F);
  }
  EXPECT_EQ(dequantized({256}, {.scale = 0.0123F, .zero_point = -37}, {}, codes), expected);
}

TEST(Dequantize, LeavesTheModelContiguous) {
  const DimOrder nhwc = {0, 2, 3, 1};
  EXPECT_THAT(dequantized({1, 2, 1, 3}, {.scale = 0.5F, .zero_point = 0}, nhwc, {1, 2, 3, 4, 5, 6}),
              ElementsAre(0.5F, 1.0F, 1.5F, 2.0F, 2.5F, 3.0F));
  testing::SingleNode node("dequantize");
  node.input({1, 2, 1, 3}, {}, nhwc);
  const auto lowered = node.lower();
  ASSERT_TRUE(lowered.ok());
  EXPECT_EQ(lowered->transposes, 1U);
  EXPECT_THAT(lowered->output_orders, ElementsAre(DimOrder{0, 1, 2, 3}));
  EXPECT_THAT(lowered->kernels, ElementsAre("dequantize_s8_f32"));
}

TEST(Dequantize, IsFloatAndHasNoEffectInFloat) {
  testing::SingleNode node("dequantize");
  node.input({2}, {.scale = 0.5F, .zero_point = 1});
  EXPECT_THAT(node.output_shape(), ElementsAre(2));
  EXPECT_EQ(node.graph().value(node.node().outputs.front()).type.dtype, ir::DType::Float32);
  EXPECT_THAT(node.reference({{0.3F, -7.0F}}), ElementsAre(0.3F, -7.0F));
}

TEST(Dequantize, NeedsParameters) {
  testing::SingleNode node("dequantize");
  const auto lowered = node.float_input({3}).lower();
  ASSERT_FALSE(lowered.ok());
  EXPECT_EQ(lowered.error().kind, ErrorKind::Internal);
}

}  // namespace
}  // namespace pudu::ops
