// mul_s8 against the formula: every pair of codes, every way to broadcast, in place.
#include "kernels/mul/mul_s8.hpp"

#include <gtest/gtest.h>

#include "kernels/testing/broadcasting.hpp"
#include "kernels/testing/reference.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

std::int8_t reference(const MulS8Params& p, std::int32_t x1, std::int32_t x2) {
  return reference_output((x1 + p.input1_offset) * (x2 + p.input2_offset), p.output_multiplier, p.output_shift,
                          p.output_offset, p.activation_min, p.activation_max);
}

MulS8Params random_params(Random& random) {
  MulS8Params p{};
  p.input1_offset = -random.zero_point(), p.input2_offset = -random.zero_point();
  if (random.one_in(4)) p.input1_offset = random.between(-1000, 1000);  // a folded constant
  p.output_multiplier = random.multiplier();
  p.output_shift = random.one_in(6) ? random.between(-31, 30) : random.between(-11, -4);
  p.output_offset = random.zero_point();
  const Clamp clamp = random_clamp(random);
  p.activation_min = clamp.low, p.activation_max = clamp.high;
  return p;
}

TEST(MulS8, EveryPairOfCodes) {
  Random random(1);
  std::vector<std::int8_t> x1, x2;
  for (int a = -128; a <= 127; ++a)
    for (int b = -128; b <= 127; ++b)
      x1.push_back(static_cast<std::int8_t>(a)), x2.push_back(static_cast<std::int8_t>(b));
  for (int repeat = 0; repeat < 10; ++repeat) {
    MulS8Params p = random_params(random);
    p.rank = 1, p.output_shape[0] = 65536, p.input1_strides[0] = 1, p.input2_strides[0] = 1;
    GuardedBuffer<std::int8_t> output(x1.size());
    MulS8::run(p, {x1.data(), x2.data(), output.data()});
    const auto values = output.values();
    for (std::size_t i = 0; i < x1.size(); ++i) ASSERT_EQ(values[i], reference(p, x1[i], x2[i])) << describe(p);
  }
}

TEST(MulS8, EveryBroadcast) {
  Random random(2);
  for (int i = 0; i < 3000; ++i) {
    const MulS8Params p = random_params(random);
    check_binary<MulS8>(p, random_broadcast(random), random,
                        [&p](std::int32_t x1, std::int32_t x2) { return reference(p, x1, x2); });
    if (HasFatalFailure()) return;
  }
}

TEST(MulS8, SqueezeAndExcite) {
  // A gate of one value a channel over a whole feature map, and one of one value a position.
  Random random(3);
  for (const auto& gate : {Shape{1, 1, 1, 24}, Shape{1, 14, 14, 1}, Shape{1, 1, 14, 1}}) {
    const MulS8Params p = random_params(random);
    check_binary<MulS8>(p, {{1, 14, 14, 24}, {1, 14, 14, 24}, gate}, random,
                        [&p](std::int32_t x1, std::int32_t x2) { return reference(p, x1, x2); });
  }
}

static_assert(MulS8::scratch_bytes({}, Isa::Mve) == 0);

}  // namespace
}  // namespace pudu::kernels
