// add_s8 against the formula: every pair of codes, every way to broadcast, in place.
#include "kernels/add/add_s8.hpp"

#include <gtest/gtest.h>

#include "kernels/testing/broadcasting.hpp"
#include "kernels/testing/reference.hpp"
#include "numerics/quantize_multiplier.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

std::int8_t reference(const AddS8Params& p, std::int32_t x1, std::int32_t x2) {
  const std::int64_t one = std::int64_t{1} << 20;
  const std::int32_t a = reference_requantize(wrap((x1 + p.input1_offset) * one), p.input1_multiplier, p.input1_shift);
  const std::int32_t b = reference_requantize(wrap((x2 + p.input2_offset) * one), p.input2_multiplier, p.input2_shift);
  return reference_output(wrap(std::int64_t{a} + b), p.output_multiplier, p.output_shift, p.output_offset,
                          p.activation_min, p.activation_max);
}

AddS8Params random_params(Random& random) {
  const auto scale = [&] { return std::ldexp(1.0 + random.between(0, 1000) / 1000.0, random.between(-9, -3)); };
  const numerics::AddScaling scaling = numerics::add_scaling(scale(), scale(), scale());
  AddS8Params p{};
  p.input1_offset = -random.zero_point(), p.input2_offset = -random.zero_point();
  p.input1_multiplier = scaling.input1.multiplier, p.input1_shift = scaling.input1.shift;
  p.input2_multiplier = scaling.input2.multiplier, p.input2_shift = scaling.input2.shift;
  p.output_multiplier = scaling.output.multiplier, p.output_shift = scaling.output.shift;
  p.output_offset = random.zero_point();
  const Clamp clamp = random_clamp(random);
  p.activation_min = clamp.low, p.activation_max = clamp.high;
  return p;
}

TEST(AddS8, EveryPairOfCodes) {
  Random random(1);
  std::vector<std::int8_t> x1, x2;
  for (int a = -128; a <= 127; ++a)
    for (int b = -128; b <= 127; ++b)
      x1.push_back(static_cast<std::int8_t>(a)), x2.push_back(static_cast<std::int8_t>(b));
  for (int repeat = 0; repeat < 10; ++repeat) {
    AddS8Params p = random_params(random);
    p.rank = 1, p.output_shape[0] = 65536, p.input1_strides[0] = 1, p.input2_strides[0] = 1;
    GuardedBuffer<std::int8_t> output(x1.size());
    AddS8::run(p, {x1.data(), x2.data(), output.data()});
    const auto values = output.values();
    for (std::size_t i = 0; i < x1.size(); ++i) ASSERT_EQ(values[i], reference(p, x1[i], x2[i])) << describe(p);
  }
}

TEST(AddS8, EqualScalesAddCodes) {
  // s1 = s2 = s_out and zero points 0: the sum of codes, saturated.
  const numerics::AddScaling scaling = numerics::add_scaling(0.5, 0.5, 0.5);
  AddS8Params p{};
  p.rank = 1, p.output_shape[0] = 4, p.input1_strides[0] = 1, p.input2_strides[0] = 1;
  p.input1_multiplier = scaling.input1.multiplier, p.input1_shift = scaling.input1.shift;
  p.input2_multiplier = scaling.input2.multiplier, p.input2_shift = scaling.input2.shift;
  p.output_multiplier = scaling.output.multiplier, p.output_shift = scaling.output.shift;
  p.activation_min = -128, p.activation_max = 127;
  const std::int8_t x1[] = {1, 100, -100, 127}, x2[] = {2, 100, -100, -128};
  std::int8_t output[4];
  AddS8::run(p, {x1, x2, output});
  EXPECT_EQ(std::vector<std::int8_t>(output, output + 4), (std::vector<std::int8_t>{3, 127, -128, -1}));
}

TEST(AddS8, EveryBroadcast) {
  Random random(2);
  for (int i = 0; i < 3000; ++i) {
    const AddS8Params p = random_params(random);
    check_binary<AddS8>(p, random_broadcast(random), random,
                        [&p](std::int32_t x1, std::int32_t x2) { return reference(p, x1, x2); });
    if (HasFatalFailure()) return;
  }
}

TEST(AddS8, ExtremeMultipliers) {
  Random random(3);
  for (int i = 0; i < 500; ++i) {
    AddS8Params p = random_params(random);
    p.input1_multiplier = random.multiplier(), p.input1_shift = random.between(-31, 30);
    p.input2_multiplier = random.multiplier(), p.input2_shift = random.between(-31, 30);
    p.output_multiplier = random.multiplier(), p.output_shift = random.between(-31, 30);
    check_binary<AddS8>(p, {{40}, {40}, {1}}, random,
                        [&p](std::int32_t x1, std::int32_t x2) { return reference(p, x1, x2); });
    if (HasFatalFailure()) return;
  }
}

TEST(AddS8, AnEmptyTensorWritesNothing) {
  AddS8Params p{};
  p.rank = 2, p.output_shape[0] = 3, p.output_shape[1] = 0;
  GuardedBuffer<std::int8_t> output(0);
  AddS8::run(p, {nullptr, nullptr, output.data()});
  EXPECT_TRUE(output.intact());
}

static_assert(AddS8::scratch_bytes({}, Isa::Mve) == 0);

}  // namespace
}  // namespace pudu::kernels
