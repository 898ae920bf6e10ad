// unary_f32 against the C library in double; ops/unary/unary_test.cpp compares every function with its formula.
#include "kernels/unary_f32/unary_f32.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "kernels/testing/float_data.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

void expect_function(UnaryF32::Function function, double (*exact)(double), float low, float high, double tolerance) {
  Random random(1);
  const std::vector<float> input = reals(random, 20000, low, high);
  std::vector<double> expected;
  for (const float x : input) expected.push_back(exact(static_cast<double>(x)));
  GuardedBuffer<float> output(input.size());
  UnaryF32::run({static_cast<std::int32_t>(input.size()), function, 0, 0, 0}, {input.data(), output.data()});
  expect_near(output.values(), expected, tolerance);
}

TEST(UnaryF32, FunctionsAreAccurate) {
  expect_function(
      UnaryF32::OfExp, [](double x) { return std::exp(x); }, -80, 80, 2e-7);
  expect_function(
      UnaryF32::OfLog, [](double x) { return std::log(x); }, 1e-6F, 50, 2e-7);
  expect_function(
      UnaryF32::OfTanh, [](double x) { return std::tanh(x); }, -9, 9, 2e-7);
  expect_function(
      UnaryF32::OfSigmoid, [](double x) { return 1 / (1 + std::exp(-x)); }, -20, 20, 2e-7);
  expect_function(
      UnaryF32::OfSin, [](double x) { return std::sin(x); }, -50, 50, 2e-7);
  expect_function(
      UnaryF32::OfCos, [](double x) { return std::cos(x); }, -50, 50, 2e-7);
  expect_function(
      UnaryF32::OfGelu, [](double x) { return x * 0.5 * std::erfc(-x / std::sqrt(2.0)); }, -6, 6, 2e-6);
  expect_function(
      UnaryF32::OfMish, [](double x) { return x * std::tanh(std::log1p(std::exp(x))); }, -9, 9, 1e-6);
}

std::vector<float> values_of(UnaryF32::Function function, const std::vector<float>& input) {
  GuardedBuffer<float> output(input.size());
  UnaryF32::run({static_cast<std::int32_t>(input.size()), function, 0, 0, 0}, {input.data(), output.data()});
  return output.values();
}

TEST(UnaryF32, RootsAndRoundingAreExact) {
  Random random(2);
  std::vector<float> input;
  for (int i = 0; i < 50000; ++i) {
    const float x = random.real();
    if (!std::isnan(x)) input.push_back(std::abs(x));
  }
  const std::vector<float> roots = values_of(UnaryF32::OfSqrt, input), floors = values_of(UnaryF32::OfFloor, input),
                           nearest = values_of(UnaryF32::OfRound, input);
  for (std::size_t i = 0; i < input.size(); ++i) {
    ASSERT_EQ(roots[i], std::sqrt(input[i])) << input[i];
    ASSERT_EQ(floors[i], std::floor(input[i])) << input[i];
    ASSERT_EQ(nearest[i], std::nearbyint(input[i])) << input[i];
  }
}

TEST(UnaryF32, LimitsAreThoseOfTheFunctions) {
  const float infinity = std::numeric_limits<float>::infinity();
  EXPECT_EQ(values_of(UnaryF32::OfExp, {-200, 200}), (std::vector<float>{0, infinity}));
  EXPECT_EQ(values_of(UnaryF32::OfLog, {0, infinity}), (std::vector<float>{-infinity, infinity}));
  EXPECT_TRUE(std::isnan(values_of(UnaryF32::OfLog, {-1}).front()));
  EXPECT_TRUE(std::isnan(values_of(UnaryF32::OfSqrt, {-1}).front()));
  EXPECT_EQ(values_of(UnaryF32::OfTanh, {-100, 100}), (std::vector<float>{-1, 1}));
  EXPECT_EQ(values_of(UnaryF32::OfSign, {-3, 0, 3}), (std::vector<float>{-1, 0, 1}));
}

/// The bits of one value of each function that is a polynomial: a core whose results differ has other arithmetic.
TEST(UnaryF32, HasTheRecordedBits) {
  const auto bits = [](UnaryF32::Function function) {
    const float value = values_of(function, {0.7231F}).front();
    std::uint32_t result = 0;
    std::memcpy(&result, &value, sizeof result);
    return result;
  };
  EXPECT_EQ(bits(UnaryF32::OfExp), 0x4003e457U);
  EXPECT_EQ(bits(UnaryF32::OfLog), 0xbea5fe8fU);
  EXPECT_EQ(bits(UnaryF32::OfTanh), 0x3f1e6b5fU);
  EXPECT_EQ(bits(UnaryF32::OfSin), 0x3f2965f7U);
}

}  // namespace
}  // namespace pudu::kernels
