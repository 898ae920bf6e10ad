// linear_s16 against the plain sum, over every small shape and random larger ones.
#include "kernels/linear_s16/linear_s16.hpp"

#include <gtest/gtest.h>

#include "kernels/testing/wide_layers.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

void check(std::int32_t batches, std::int32_t in, std::int32_t out, Random& random) {
  LinearS16Params p{batches, in, out, 0, 0};
  const Clamp clamp = random_wide_clamp(random);
  p.output_min = clamp.low, p.output_max = clamp.high;
  const auto input = random.wide_codes(static_cast<std::size_t>(batches * in));
  const auto weights = random.codes(static_cast<std::size_t>(out * in));
  const ChannelParameters channels = random_wide_channels(random, out, in);
  const bool has_bias = !random.one_in(4);

  std::vector<std::int16_t> expected;
  for (std::int32_t b = 0; b < batches; ++b)
    for (std::int32_t o = 0; o < out; ++o) {
      std::int64_t sum = has_bias ? channels.bias[o] : 0;
      for (std::int32_t i = 0; i < in; ++i) {
        sum += std::int64_t{input[b * in + i]} * weights[o * in + i];
      }
      expected.push_back(
          reference_wide_output(sum, channels.multipliers[o], channels.shifts[o], p.output_min, p.output_max));
    }
  GuardedBuffer<std::int16_t> output(expected.size());
  LinearS16::run(p, {input.data(), weights.data(), has_bias ? channels.bias.data() : nullptr,
                     channels.multipliers.data(), channels.shifts.data(), output.data()});
  ASSERT_EQ(output.values(), expected) << describe(p);
}

TEST(LinearS16, EverySmallShape) {
  Random random(1);
  for (std::int32_t batches = 1; batches <= 3; ++batches)
    for (std::int32_t in = 1; in <= 20; ++in)
      for (std::int32_t out = 1; out <= 10; ++out) check(batches, in, out, random);
}

TEST(LinearS16, LargeShapes) {
  Random random(2);
  check(1, 640, 128, random);
  check(2, 1280, 1001, random);
  check(197, 64, 33, random);
  check(1, 70001, 3, random);  // sums beyond 32 bits
}

static_assert(LinearS16::scratch_bytes({}, Isa::Mve) == 0);

}  // namespace
}  // namespace pudu::kernels
