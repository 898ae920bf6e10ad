// linear_per_tensor_s8 against the plain sum, over every small shape and random larger ones.
#include "kernels/linear_per_tensor/linear_per_tensor_s8.hpp"

#include <gtest/gtest.h>

#include "kernels/testing/reference.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

void check(std::int32_t batches, std::int32_t in, std::int32_t out, Random& random) {
  LinearPerTensorS8Params p{batches, in, out, -random.zero_point(), 0, 0, 0, random.zero_point(), 0, 0};
  if (random.one_in(3)) p.filter_offset = -random.zero_point();
  const Clamp clamp = random_clamp(random);
  p.activation_min = clamp.low, p.activation_max = clamp.high;
  const auto input = random.codes(static_cast<std::size_t>(batches * in));
  const auto weights = random.codes(static_cast<std::size_t>(out * in));
  const ChannelParameters channels = random_channels(random, out, in);
  p.multiplier = channels.multipliers[0], p.shift = channels.shifts[0];
  const bool has_bias = !random.one_in(4);

  std::vector<std::int8_t> expected;
  for (std::int32_t b = 0; b < batches; ++b)
    for (std::int32_t o = 0; o < out; ++o) {
      std::int64_t sum = has_bias ? channels.bias[o] : 0;
      for (std::int32_t i = 0; i < in; ++i) {
        sum += std::int64_t{input[b * in + i] + p.input_offset} * (weights[o * in + i] + p.filter_offset);
      }
      expected.push_back(
          reference_output(wrap(sum), p.multiplier, p.shift, p.output_offset, p.activation_min, p.activation_max));
    }
  GuardedBuffer<std::int8_t> output(expected.size());
  LinearPerTensorS8::run(p, {input.data(), weights.data(), has_bias ? channels.bias.data() : nullptr, output.data()});
  ASSERT_EQ(output.values(), expected) << describe(p);
}

TEST(LinearPerTensorS8, EverySmallShape) {
  Random random(1);
  for (std::int32_t batches = 1; batches <= 3; ++batches)
    for (std::int32_t in = 1; in <= 20; ++in)
      for (std::int32_t out = 1; out <= 10; ++out) check(batches, in, out, random);
}

TEST(LinearPerTensorS8, LargeShapes) {
  Random random(2);
  check(1, 640, 128, random);
  check(2, 1280, 1001, random);
  check(1, 70001, 3, random);  // accumulators wrap
}

TEST(LinearPerTensorS8, KernelSumsTakeThePlaceOfBiasAndInputOffset) {
  // What a program for MVE carries: input_offset * sum of weights + bias.
  Random random(3);
  const std::int32_t in = 33, out = 7;
  const auto input = random.codes(in);
  const auto weights = random.codes(in * out);
  std::vector<std::int32_t> bias, kernel_sums;
  for (std::int32_t o = 0; o < out; ++o) {
    bias.push_back(random.between(-3000, 3000));
    std::int32_t sum = 0;
    for (std::int32_t i = 0; i < in; ++i) sum += weights[o * in + i];
    kernel_sums.push_back(bias.back() + 71 * sum);
  }
  LinearPerTensorS8Params p{1, in, out, 71, 0, 1518500250, -8, 4, -128, 127};
  std::vector<std::int8_t> with_bias(out), with_sums(out);
  LinearPerTensorS8::run(p, {input.data(), weights.data(), bias.data(), with_bias.data()});
  p.input_offset = 0;
  LinearPerTensorS8::run(p, {input.data(), weights.data(), kernel_sums.data(), with_sums.data()});
  EXPECT_EQ(with_sums, with_bias);
}

static_assert(LinearPerTensorS8::scratch_bytes({}, Isa::Mve) == 0);

}  // namespace
}  // namespace pudu::kernels
