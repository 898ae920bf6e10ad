// linear_lanes_s8 against linear_s8, which its own test proves against the plain sum. The loops for the device are
// compared in tests/qemu.
#include "kernels/linear_lanes/linear_lanes_s8.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "kernels/linear/linear_s8.hpp"
#include "kernels/linear_lanes/prepare.hpp"
#include "kernels/testing/prepared.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

/// What the tests have met.
struct Met {
  std::set<std::int32_t> channel_words;
  std::int32_t most_runs = 0;
};

void check(std::int32_t batches, std::int32_t in, std::int32_t out, Random& random, Met& met) {
  PreparedChannels channels = random_prepared_channels(random, out, in);
  if (random.one_in(2)) {
    std::fill(channels.multipliers.begin(), channels.multipliers.end(), channels.multipliers[0]);
    std::fill(channels.shifts.begin(), channels.shifts.end(), channels.shifts[0]);
  }
  const LinearS8Params p{
      batches, in, out, -random.zero_point(), channels.output_offset, channels.activation_min, channels.activation_max};
  const auto input = random.codes(static_cast<std::size_t>(batches * in));
  auto weights = random.codes(static_cast<std::size_t>(in * out));
  const std::int32_t most = random.between(1, 127);  // small weights have long runs
  for (std::int8_t& weight : weights) weight = static_cast<std::int8_t>(weight % (most + 1));
  std::vector<std::int8_t> expected(static_cast<std::size_t>(batches * out));
  LinearS8::run(p, {input.data(), weights.data(), channels.bias.data(), channels.multipliers.data(),
                    channels.shifts.data(), expected.data()});
  const linear_lanes::Layer layer{weights.data(), channels.bias.data(), channels.multipliers.data(),
                                  channels.shifts.data(), p.input_offset};
  for (const std::int32_t bits : {8, 16}) {
    LinearLanesS8Params q = linear_lanes::params_of(p, bits);
    std::vector<std::int32_t> constants(linear_lanes::most_constant_words(q));
    std::int32_t general = 0;
    ASSERT_TRUE(linear_lanes::fit_runs(q, weights.data(), constants.data()));
    if (!linear_lanes::fit_constants(layer, q, constants.data(), general)) continue;
    met.channel_words.insert(q.channel_words);
    met.most_runs = std::max(met.most_runs, q.most_runs);
    std::vector<std::int32_t> packed(linear_lanes::packed_words(q));
    linear_lanes::pack_weights(q, weights.data(), packed.data());
    constants.resize(linear_lanes::constant_words(q));
    GuardedBuffer<std::int8_t> output(expected.size());
    GuardedBuffer<std::uint8_t> scratch(LinearLanesS8::scratch_bytes(q, Isa::Scalar));
    LinearLanesS8::run(q, {input.data(), packed.data(), constants.data(), output.data(), scratch.data()});
    ASSERT_EQ(output.values(), expected) << describe(q);
  }
}

TEST(LinearLanesS8, EverySmallSize) {
  Random random(1);
  Met met;
  for (std::int32_t in = 1; in <= 20; ++in) {
    for (std::int32_t out = 1; out <= 17; ++out) check(random.between(1, 3), in, out, random, met);
  }
  EXPECT_EQ(met.channel_words.size(), 2U) << "constants of each output, and for all";
  EXPECT_GT(met.most_runs, 5);
}

TEST(LinearLanesS8, LargerSizes) {
  Random random(2);
  Met met;
  for (int i = 0; i < 10; ++i) check(1, random.between(41, 700), random.between(1, 130), random, met);
  EXPECT_GT(met.most_runs, 50);
}

TEST(LinearLanesS8, RunsAreAsLongAsWeightsAllow) {
  LinearLanesS8Params p = linear_lanes::params_of({1, 64, 8, 0, 0, -128, 127}, 8);
  std::vector<std::int8_t> weights(64 * 8, 4);
  const auto length_of = [&] {
    std::vector<std::int32_t> words(linear_lanes::most_constant_words(p));
    EXPECT_TRUE(linear_lanes::fit_runs(p, weights.data(), words.data()));
    return 2 * (words.front() & 255);
  };
  EXPECT_EQ(length_of(), 62) << "256 * -128 would borrow from the other lane's last bit";
  std::fill(weights.begin(), weights.end(), std::int8_t{-4});
  EXPECT_EQ(length_of(), 62) << "-256 * -128 is no 16-bit number";
}

}  // namespace
}  // namespace pudu::kernels
