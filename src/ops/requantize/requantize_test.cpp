// Requantize: widths, scales and zero points against the formula, in the input's own order; what is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <span>

#include "ops/testing/single_node.hpp"

namespace pudu::ops {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

ir::Attributes to(const std::string& dtype) {
  ir::Attributes attributes;
  attributes.set("dtype", dtype);
  return attributes;
}

std::vector<std::byte> bytes_of(const std::vector<std::int16_t>& values) {
  const auto bytes = std::as_bytes(std::span(values));
  return {bytes.begin(), bytes.end()};
}

TEST(Requantize, EqualScalesWidenExactly) {
  testing::SingleNode node("requantize", to("i16"));
  node.input({4}, {.scale = 0.3F, .zero_point = -128}).wide_output(0.3F);
  const testing::Codes codes = {-128, -1, 0, 127};
  const auto bytes = std::as_bytes(std::span(codes));
  EXPECT_EQ(node.run_bytes({{bytes.begin(), bytes.end()}}), bytes_of({0, 127, 128, 255}));
}

TEST(Requantize, EveryWidthFollowsTheNumbers) {
  const ir::Shape shape = {2, 3, 5, 7};
  for (const float factor : {0.01F, 0.77F, 1.0F, 3.3F, 300.0F}) {
    testing::SingleNode("requantize", to("i16"))
        .input(shape, {.scale = 0.02F, .zero_point = 5})
        .wide_output(0.02F * factor)
        .expect_matches_reference();
    testing::SingleNode("requantize", to("i8"))
        .wide_input(shape, 1e-4F)
        .output({.scale = 1e-2F * factor, .zero_point = -7})
        .expect_matches_reference();
    testing::SingleNode("requantize", to("i16"))
        .wide_input(shape, 1e-4F)
        .wide_output(1e-4F * factor)
        .expect_matches_reference();
  }
}

TEST(Requantize, KeepsTheOrderOfMemory) {
  testing::SingleNode node("requantize");
  node.wide_input({1, 2, 2, 3}, 0.1F, {0, 2, 3, 1}).output({.scale = 1.0F, .zero_point = 0});
  const auto lowered = node.lower();
  ASSERT_TRUE(lowered.ok());
  EXPECT_EQ(lowered->transposes, 0U);
  EXPECT_THAT(lowered->output_orders, ElementsAre(DimOrder{0, 2, 3, 1}));
  EXPECT_THAT(lowered->kernels, ElementsAre("requantize_s16_s8"));
}

TEST(Requantize, HasNoEffectInFloat) {
  testing::SingleNode node("requantize");
  node.wide_input({3}, 1.0F).output({});
  EXPECT_THAT(node.reference({{0.1F, 1000.0F, -2.5F}}), ElementsAre(0.1F, 1000.0F, -2.5F));
}

TEST(Requantize, RefusesWhatCannotBe) {
  testing::SingleNode type("requantize", to("f16"));
  EXPECT_THAT(testing::message_of(type.wide_input({3}, 1.0F).infer()), HasSubstr("dtype 'f16'; i8 or i16"));
  testing::SingleNode far("requantize");
  const auto lowered = far.wide_input({3}, 1.0F).output({.scale = 1e-6F}).lower();
  EXPECT_THAT(testing::message_of(lowered), HasSubstr("less than 2^15 times the second"));
}

}  // namespace
}  // namespace pudu::ops
