// mul_s16 against the formula: random and extreme codes, every way to broadcast, in place.
#include "kernels/mul_s16/mul_s16.hpp"

#include <gtest/gtest.h>

#include "kernels/testing/broadcasting.hpp"
#include "kernels/testing/wide_layers.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

std::int16_t reference(const MulS16Params& p, std::int32_t x1, std::int32_t x2) {
  const std::int32_t product = reference_requantize(x1 * x2, p.output_multiplier, p.output_shift);
  return static_cast<std::int16_t>(std::clamp(product, p.output_min, p.output_max));
}

MulS16Params random_params(Random& random) {
  MulS16Params p{};
  p.output_multiplier = random.multiplier();
  p.output_shift = random.one_in(6) ? random.between(-31, 30) : random.between(-18, -12);
  const Clamp clamp = random_wide_clamp(random);
  p.output_min = clamp.low, p.output_max = clamp.high;
  return p;
}

void check(const MulS16Params& p, const BroadcastCase& shapes, Random& random) {
  check_binary<MulS16>(p, shapes, random, [&p](std::int32_t x1, std::int32_t x2) { return reference(p, x1, x2); });
}

TEST(MulS16, EveryCodeWithRandomOnes) {
  Random random(1);
  std::vector<std::int16_t> x1, x2;
  for (int a = -32768; a <= 32767; ++a) x1.push_back(static_cast<std::int16_t>(a)), x2.push_back(random.wide_code());
  for (int repeat = 0; repeat < 10; ++repeat) {
    MulS16Params p = random_params(random);
    p.rank = 1, p.output_shape[0] = 65536, p.input1_strides[0] = 1, p.input2_strides[0] = 1;
    GuardedBuffer<std::int16_t> output(x1.size());
    MulS16::run(p, {x1.data(), x2.data(), output.data()});
    const auto values = output.values();
    for (std::size_t i = 0; i < x1.size(); ++i) ASSERT_EQ(values[i], reference(p, x1[i], x2[i])) << describe(p);
  }
}

TEST(MulS16, EveryBroadcast) {
  Random random(2);
  for (int i = 0; i < 3000; ++i) {
    check(random_params(random), random_broadcast(random), random);
    if (HasFatalFailure()) return;
  }
}

TEST(MulS16, TheLargestProduct) {
  MulS16Params p{};
  p.rank = 1, p.output_shape[0] = 2, p.input1_strides[0] = 1, p.input2_strides[0] = 1;
  p.output_multiplier = 1 << 30, p.output_shift = -14, p.output_min = -32768, p.output_max = 32767;
  const std::int16_t x1[] = {-32768, -32768}, x2[] = {-32768, 32767};
  std::int16_t output[2];
  MulS16::run(p, {x1, x2, output});
  EXPECT_EQ(output[0], 32767);  // 2^30 * 2^-15 = 2^15
  EXPECT_EQ(output[1], -32767);
}

static_assert(MulS16::scratch_bytes({}, Isa::Mve) == 0);

}  // namespace
}  // namespace pudu::kernels
