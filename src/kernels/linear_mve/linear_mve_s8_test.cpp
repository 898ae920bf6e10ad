// linear_mve_s8 against linear_s8, which its own test proves against the plain sum. The loop for the device is compared
// in tests/qemu.
#include "kernels/linear_mve/linear_mve_s8.hpp"

#include <gtest/gtest.h>

#include "kernels/linear_mve/prepare.hpp"
#include "kernels/testing/prepared.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

TEST(LinearMveS8, EverySize) {
  Random random(3);
  std::int32_t compared = 0;
  for (std::int32_t in = 1; in <= 50; ++in) {
    for (std::int32_t out = 4; out <= 13; ++out) {
      const PreparedChannels channels = random_prepared_channels(random, out, in);
      const std::int32_t batches = random.between(1, 3);
      const LinearS8Params p{batches,
                             in,
                             out,
                             -random.zero_point(),
                             channels.output_offset,
                             channels.activation_min,
                             channels.activation_max};
      const auto input = random.codes(static_cast<std::size_t>(batches * in));
      const auto weights = random.codes(static_cast<std::size_t>(in * out));
      std::vector<std::int8_t> expected(static_cast<std::size_t>(batches * out));
      const LinearS8Operands base{input.data(),           weights.data(),
                                  channels.bias.data(),   channels.multipliers.data(),
                                  channels.shifts.data(), expected.data()};
      LinearS8::run(p, base);
      const LinearMveS8Params q = linear_mve::params_of(p);
      std::vector<std::int32_t> constants(linear_mve::constant_words(q));
      if (!linear_mve::pack_constants(q, p.input_offset, base, constants.data())) continue;
      std::vector<std::int8_t> packed(linear_mve::packed_weight_bytes(q));
      linear_mve::pack_weights(q, weights.data(), packed.data());
      GuardedBuffer<std::int8_t> output(expected.size());
      LinearMveS8::run(q, {input.data(), packed.data(), constants.data(), output.data()});
      ASSERT_EQ(output.values(), expected) << describe(q);
      ++compared;
    }
  }
  EXPECT_GT(compared, 200);
}

}  // namespace
}  // namespace pudu::kernels
