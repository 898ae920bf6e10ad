// add_s16 against the formula: random and extreme codes, every way to broadcast, in place.
#include "kernels/add_s16/add_s16.hpp"

#include <gtest/gtest.h>

#include "kernels/testing/broadcasting.hpp"
#include "kernels/testing/wide_layers.hpp"
#include "numerics/quantize_multiplier.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

std::int16_t reference(const AddS16Params& p, std::int32_t x1, std::int32_t x2) {
  const std::int64_t one = std::int64_t{1} << 15;
  const std::int32_t a = reference_requantize(wrap(x1 * one), p.input1_multiplier, p.input1_shift);
  const std::int32_t b = reference_requantize(wrap(x2 * one), p.input2_multiplier, p.input2_shift);
  const std::int32_t sum = reference_requantize(wrap(std::int64_t{a} + b), p.output_multiplier, p.output_shift);
  return static_cast<std::int16_t>(std::clamp(sum, p.output_min, p.output_max));
}

AddS16Params random_params(Random& random) {
  const auto scale = [&] { return std::ldexp(1.0 + random.between(0, 1000) / 1000.0, random.between(-14, -8)); };
  const numerics::AddScaling scaling = numerics::add_scaling(scale(), scale(), scale(), AddS16::left_shift);
  AddS16Params p{};
  p.input1_multiplier = scaling.input1.multiplier, p.input1_shift = scaling.input1.shift;
  p.input2_multiplier = scaling.input2.multiplier, p.input2_shift = scaling.input2.shift;
  p.output_multiplier = scaling.output.multiplier, p.output_shift = scaling.output.shift;
  const Clamp clamp = random_wide_clamp(random);
  p.output_min = clamp.low, p.output_max = clamp.high;
  return p;
}

void check(const AddS16Params& p, const BroadcastCase& shapes, Random& random) {
  check_binary<AddS16>(p, shapes, random, [&p](std::int32_t x1, std::int32_t x2) { return reference(p, x1, x2); });
}

TEST(AddS16, EveryCodeWithRandomOnes) {
  Random random(1);
  std::vector<std::int16_t> x1, x2;
  for (int a = -32768; a <= 32767; ++a) x1.push_back(static_cast<std::int16_t>(a)), x2.push_back(random.wide_code());
  for (int repeat = 0; repeat < 10; ++repeat) {
    AddS16Params p = random_params(random);
    p.rank = 1, p.output_shape[0] = 65536, p.input1_strides[0] = 1, p.input2_strides[0] = 1;
    GuardedBuffer<std::int16_t> output(x1.size());
    AddS16::run(p, {x1.data(), x2.data(), output.data()});
    const auto values = output.values();
    for (std::size_t i = 0; i < x1.size(); ++i) ASSERT_EQ(values[i], reference(p, x1[i], x2[i])) << describe(p);
  }
}

TEST(AddS16, EqualScalesAddCodes) {
  const numerics::AddScaling scaling = numerics::add_scaling(0.5, 0.5, 0.5, AddS16::left_shift);
  AddS16Params p{};
  p.rank = 1, p.output_shape[0] = 4, p.input1_strides[0] = 1, p.input2_strides[0] = 1;
  p.input1_multiplier = scaling.input1.multiplier, p.input1_shift = scaling.input1.shift;
  p.input2_multiplier = scaling.input2.multiplier, p.input2_shift = scaling.input2.shift;
  p.output_multiplier = scaling.output.multiplier, p.output_shift = scaling.output.shift;
  p.output_min = -32768, p.output_max = 32767;
  const std::int16_t x1[] = {1, 20000, -20000, 32767}, x2[] = {2, 20000, -20000, -32768};
  std::int16_t output[4];
  AddS16::run(p, {x1, x2, output});
  EXPECT_EQ(std::vector<std::int16_t>(output, output + 4), (std::vector<std::int16_t>{3, 32767, -32768, -1}));
}

TEST(AddS16, EveryBroadcast) {
  Random random(2);
  for (int i = 0; i < 3000; ++i) {
    check(random_params(random), random_broadcast(random), random);
    if (HasFatalFailure()) return;
  }
}

TEST(AddS16, ExtremeMultipliers) {
  Random random(3);
  for (int i = 0; i < 500; ++i) {
    AddS16Params p = random_params(random);
    p.input1_multiplier = random.multiplier(), p.input1_shift = random.between(-31, 30);
    p.input2_multiplier = random.multiplier(), p.input2_shift = random.between(-31, 30);
    p.output_multiplier = random.multiplier(), p.output_shift = random.between(-31, 30);
    check(p, {{40}, {40}, {1}}, random);
    if (HasFatalFailure()) return;
  }
}

TEST(AddS16, AnEmptyTensorWritesNothing) {
  AddS16Params p{};
  p.rank = 2, p.output_shape[0] = 3, p.output_shape[1] = 0;
  GuardedBuffer<std::int16_t> output(0);
  AddS16::run(p, {nullptr, nullptr, output.data()});
  EXPECT_TRUE(output.intact());
}

static_assert(AddS16::scratch_bytes({}, Isa::Mve) == 0);

}  // namespace
}  // namespace pudu::kernels
