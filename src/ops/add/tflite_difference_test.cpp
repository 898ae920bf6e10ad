// SUB by the kernel of additions: every pair of codes, with multipliers whose operands lie at ties.
#include "ops/add/tflite_difference.hpp"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "numerics/requantize.hpp"

namespace pudu::ops {
namespace {

/// SUB's formula, with REQ as docs/arithmetic.md has it.
std::int8_t difference(const kernels::AddS8Params& p, std::int32_t x1, std::int32_t x2) {
  const std::int32_t a = numerics::requantize((x1 + p.input1_offset) * (1 << 20), p.input1_multiplier, p.input1_shift);
  const std::int32_t b = numerics::requantize((x2 + p.input2_offset) * (1 << 20), p.input2_multiplier, p.input2_shift);
  return numerics::requantize_to_int8(a - b, p.output_multiplier, p.output_shift, p.output_offset, p.activation_min,
                                      p.activation_max);
}

kernels::AddS8Params random_params(std::mt19937& random) {
  const auto between = [&](int low, int high) { return low + static_cast<int>(random() % (high - low + 1)); };
  kernels::AddS8Params p{};
  p.rank = 1;
  p.output_shape[0] = 1 << 16;
  p.input1_strides[0] = p.input2_strides[0] = 1;
  p.input1_offset = between(-127, 128);
  p.input1_multiplier = 1 << 30;
  p.input2_offset = between(-127, 128);
  // Zeros at the end put products at ties of 2^31.
  p.input2_multiplier = static_cast<std::int32_t>((random() >> 2 | 1U << 30) & ~0U << between(0, 11));
  p.input2_shift = between(-3, 0);
  p.output_offset = between(-128, 127);
  p.output_multiplier = static_cast<std::int32_t>(random() >> 2 | 1U << 30);
  p.output_shift = between(-20, -17);
  p.activation_min = -128;
  p.activation_max = 127;
  return p;
}

TEST(TfLiteDifference, GivesEveryPairOfCodes) {
  std::mt19937 random(1);
  std::vector<std::int8_t> x1(1 << 16), x2(1 << 16), output(1 << 16);
  for (std::size_t i = 0; i < x1.size(); ++i) {
    x1[i] = static_cast<std::int8_t>(i & 0xff);
    x2[i] = static_cast<std::int8_t>(i >> 8);
  }
  for (int i = 0; i < 100; ++i) {
    kernels::AddS8Params p = random_params(random);
    const kernels::AddS8Params formula = p;
    const auto multiplier = subtracting_multiplier(p);
    ASSERT_TRUE(multiplier.has_value());
    p.input2_multiplier = *multiplier;
    kernels::AddS8::run(p, {x1.data(), x2.data(), output.data()});
    for (std::size_t k = 0; k < output.size(); ++k) ASSERT_EQ(output[k], difference(formula, x1[k], x2[k]));
  }
}

/// An output of 2^-1 a step shows each tie of input 2: no multiplier gives the ties of both signs.
TEST(TfLiteDifference, SaysWhenItCannot) {
  std::mt19937 random(2);
  kernels::AddS8Params p = random_params(random);
  p.input1_offset = p.input2_offset = 0;
  p.input2_multiplier = (1 << 30) + (1 << 10);
  p.input2_shift = 0;
  p.output_multiplier = 1 << 30;
  p.output_shift = 1;
  p.output_offset = 0;
  p.input1_multiplier = 0;
  EXPECT_TRUE(subtracting_multiplier(p).has_value()) << "all but zero saturates";
  p.input1_multiplier = p.input2_multiplier;
  EXPECT_FALSE(subtracting_multiplier(p).has_value()) << "equal codes must give zero";
}

}  // namespace
}  // namespace pudu::ops
