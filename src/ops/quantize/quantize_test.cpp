// Quantize: rounding half to even and saturation, in the input's own order.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <limits>
#include <span>

#include "ops/testing/single_node.hpp"

namespace pudu::ops {
namespace {

using ::testing::ElementsAre;

std::vector<std::byte> bytes_of(const std::vector<float>& values) {
  const auto bytes = std::as_bytes(std::span(values));
  return {bytes.begin(), bytes.end()};
}

testing::Codes codes_of(const std::vector<std::byte>& bytes) {
  testing::Codes codes(bytes.size());
  std::memcpy(codes.data(), bytes.data(), bytes.size());
  return codes;
}

TEST(Quantize, RoundsHalfToEvenAndSaturates) {
  testing::SingleNode node("quantize");
  const float infinity = std::numeric_limits<float>::infinity();
  const std::vector<float> values = {0.0F, 0.25F, 0.75F, -0.25F, -0.3F, 63.0F, 1e30F, infinity, -infinity};
  node.float_input({static_cast<std::int64_t>(values.size())}).output({.scale = 0.5F, .zero_point = 3});
  EXPECT_THAT(codes_of(node.run_bytes({bytes_of(values)})), ElementsAre(3, 3, 5, 3, 2, 127, 127, 127, -128));
}

TEST(Quantize, KeepsTheOrderOfMemory) {
  testing::SingleNode node("quantize");
  node.float_input({1, 2, 2, 3}, {0, 2, 3, 1}).output({.scale = 1.0F, .zero_point = 0});
  const auto lowered = node.lower();
  ASSERT_TRUE(lowered.ok());
  EXPECT_EQ(lowered->transposes, 0U);
  EXPECT_THAT(lowered->output_orders, ElementsAre(DimOrder{0, 2, 3, 1}));
  EXPECT_THAT(lowered->kernels, ElementsAre("quantize_f32_s8"));
  std::vector<float> values;
  testing::Codes expected;
  for (int i = 0; i < 12; ++i) {
    values.push_back(static_cast<float>(i) - 5.0F);
    expected.push_back(static_cast<std::int8_t>(i - 5));
  }
  EXPECT_EQ(codes_of(node.run_bytes({bytes_of(values)})), expected);
}

TEST(Quantize, HasNoEffectInFloat) {
  testing::SingleNode node("quantize");
  node.float_input({3}).output({.scale = 1.0F, .zero_point = 0});
  EXPECT_THAT(node.reference({{0.1F, 1000.0F, -2.5F}}), ElementsAre(0.1F, 1000.0F, -2.5F));
}

TEST(Quantize, RefusesWhatCannotBe) {
  testing::SingleNode codes("quantize");
  EXPECT_EQ(testing::message_of(codes.input({3}, {}).infer()),
            "error: node: an input of type i8; an input of type f32");
  testing::SingleNode bare("quantize");
  const auto lowered = bare.float_input({3}).lower();
  ASSERT_FALSE(lowered.ok());
  EXPECT_EQ(lowered.error().kind, ErrorKind::Internal);
}

}  // namespace
}  // namespace pudu::ops
