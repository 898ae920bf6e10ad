// TensorFlow Lite's factors and bounds, at the places where they differ from the ExecuTorch dialect's.
#include "numerics/tflite.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace pudu::numerics::tflite {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

TEST(TfLiteMultiplier, RoundsTiesAwayFromZero) {
  const double tie = 0.5 + std::ldexp(1.0, -32);  // 2^30 + 1/2 in Q0.31
  EXPECT_EQ(quantize_multiplier(tie), (FixedPointMultiplier{(1 << 30) + 1, 0}));
  EXPECT_EQ(numerics::quantize_multiplier(tie), (FixedPointMultiplier{1 << 30, 0}));
}

TEST(TfLiteMultiplier, RoundsUpToThePowerOfTwo) {
  EXPECT_EQ(quantize_multiplier(1.0 - std::ldexp(1.0, -40)), (FixedPointMultiplier{1 << 30, 1}));
}

TEST(TfLiteMultiplier, TooSmallIsZeroAndTooLargeSaturates) {
  EXPECT_EQ(quantize_multiplier(std::ldexp(0.5, -31)), (FixedPointMultiplier{1 << 30, -31}));
  EXPECT_EQ(quantize_multiplier(std::ldexp(0.5, -32)), (FixedPointMultiplier{0, 0}));
  EXPECT_EQ(quantize_multiplier(std::ldexp(0.5, 31)), (FixedPointMultiplier{INT32_MAX, 30}));
  EXPECT_EQ(quantize_multiplier(infinity), (FixedPointMultiplier{INT32_MAX, 30}));
  EXPECT_EQ(quantize_multiplier(-1.0), (FixedPointMultiplier{0, 0}));
  EXPECT_EQ(quantize_multiplier(std::nan("")), (FixedPointMultiplier{0, 0}));
}

TEST(TfLiteScaling, OneScaleForAllWeightsIsMultipliedInFloat) {
  const float a = 0.1F;
  const float b = 0.3F;
  EXPECT_EQ(product_scaling(a, b, 1.0F), quantize_multiplier(static_cast<double>(a) * static_cast<double>(b)));
  EXPECT_EQ(narrow_product_scaling(a, b, 1.0F), quantize_multiplier(static_cast<double>(a * b)));
  EXPECT_NE(product_scaling(a, b, 1.0F), narrow_product_scaling(a, b, 1.0F));
}

TEST(TfLiteActivation, DividesInFloatAndRoundsTiesAway) {
  EXPECT_EQ(activation_code(6.0, 0.5F, -128, -128, 127), -116);
  EXPECT_EQ(activation_code(0.625, 0.25F, 0, -128, 127), 3);  // 2.5 steps
  EXPECT_EQ(activation_code(-0.625, 0.25F, 0, -128, 127), -3);
  EXPECT_EQ(activation_code(infinity, 0.25F, 3, -128, 127), 127);
  EXPECT_EQ(activation_code(-infinity, 0.25F, 3, -128, 127), -128);
  EXPECT_EQ(activation_code(6.0, 1e-30F, 0, -128, 127), 127);
}

}  // namespace
}  // namespace pudu::numerics::tflite
