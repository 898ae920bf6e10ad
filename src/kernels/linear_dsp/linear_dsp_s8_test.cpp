// linear_dsp_s8 against linear_s8, which its own test proves against the plain sum, in all forms. The inner products
// for the device are compared in tests/qemu.
#include "kernels/linear_dsp/linear_dsp_s8.hpp"

#include <gtest/gtest.h>

#include <set>

#include "kernels/linear/linear_s8.hpp"
#include "kernels/linear_dsp/prepare.hpp"
#include "kernels/testing/prepared.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

void check(std::int32_t batches, std::int32_t in, std::int32_t out, Random& random, std::set<RequantizeForm>& ran) {
  PreparedChannels channels = random_prepared_channels(random, out, in);
  if (random.one_in(2)) {
    std::fill(channels.multipliers.begin(), channels.multipliers.end(), channels.multipliers[0]);
    std::fill(channels.shifts.begin(), channels.shifts.end(), channels.shifts[0]);
  }
  const LinearS8Params p{
      batches, in, out, -random.zero_point(), channels.output_offset, channels.activation_min, channels.activation_max};
  const auto input = random.codes(static_cast<std::size_t>(batches * in));
  const auto weights = random.codes(static_cast<std::size_t>(in * out));
  std::vector<std::int8_t> expected(static_cast<std::size_t>(batches * out));
  LinearS8::run(p, {input.data(), weights.data(), channels.bias.data(), channels.multipliers.data(),
                    channels.shifts.data(), expected.data()});
  for (const RequantizeForm form : all_forms) {
    LinearDspS8Params q{batches,
                        in,
                        out,
                        random.one_in(2) ? 8 : 16,
                        static_cast<std::int32_t>(form),
                        4,
                        p.output_offset,
                        p.activation_min,
                        p.activation_max};
    std::vector<ChannelConstants> constants(static_cast<std::size_t>(out));
    const linear_dsp::Layer layer{weights.data(), channels.bias.data(), channels.multipliers.data(),
                                  channels.shifts.data(), p.input_offset};
    std::int32_t rounded = 0;
    if (!linear_dsp::fit_constants(layer, q, constants.data(), rounded)) continue;
    ran.insert(form);
    q.constant_words = linear_dsp::constant_words(q.form, rounded);
    if (form == RequantizeForm::Rounded && linear_dsp::have_one_scale(constants.data(), out)) q.constant_words = 1;
    std::vector<std::int32_t> words(static_cast<std::size_t>(linear_dsp::packed_constant_words(out, q.constant_words)));
    linear_dsp::pack_constants(constants.data(), out, q.constant_words, words.data());
    std::vector<std::uint8_t> packed(linear_dsp::packed_weight_bytes(q));
    linear_dsp::pack_weights(q, weights.data(), packed.data());
    GuardedBuffer<std::int8_t> output(expected.size());
    GuardedBuffer<std::uint8_t> scratch(LinearDspS8::scratch_bytes(q, Isa::Dsp));
    LinearDspS8::run(q, {input.data(), packed.data(), words.data(), output.data(), scratch.data()});
    ASSERT_EQ(output.values(), expected) << describe(q);
  }
}

TEST(LinearDspS8, EverySmallSize) {
  Random random(1);
  std::set<RequantizeForm> ran;
  for (std::int32_t in = 1; in <= 40; ++in) {
    for (std::int32_t out = 1; out <= 9; ++out) check(random.between(1, 3), in, out, random, ran);
  }
  EXPECT_EQ(ran.size(), std::size(all_forms)) << "every form has to be met";
}

TEST(LinearDspS8, LargerSizes) {
  Random random(2);
  std::set<RequantizeForm> ran;
  for (int i = 0; i < 30; ++i) check(1, random.between(41, 700), random.between(1, 130), random, ran);
}

}  // namespace
}  // namespace pudu::kernels
