// Linear layers of 16-bit codes prepared for the DSP extension against those in the dialect's layout, which their own
// test proves against the plain sum, in all forms and both widths of weights. The loops for the device are compared in
// tests/qemu.
#include "kernels/wide_linear_dsp.hpp"

#include <gtest/gtest.h>

#include "kernels/linear_dsp_s16/linear_dsp_s16.hpp"
#include "kernels/linear_dsp_s16_s8/linear_dsp_s16_s8.hpp"
#include "kernels/linear_dsp_s8_s16/linear_dsp_s8_s16.hpp"
#include "kernels/linear_s16/linear_s16.hpp"
#include "kernels/linear_s16_s8/linear_s16_s8.hpp"
#include "kernels/linear_s8_s16/linear_s8_s16.hpp"
#include "kernels/testing/wide_prepared_fixture.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

template <class Kernels>
class WideLinearDspTest : public WidePreparedTest<Kernels> {
 protected:
  using typename WidePreparedTest<Kernels>::Base;
  using typename WidePreparedTest<Kernels>::Prepared;
  using typename WidePreparedTest<Kernels>::Output;
  using WidePreparedTest<Kernels>::random;

  void check(std::int32_t batches, std::int32_t in, std::int32_t out) {
    typename Base::Params p{};
    p.batches = batches, p.input_features = in, p.output_features = out;
    draw_codes<Base>(p, random);
    const Clamp bounds = preparable_bounds<Output>(random);
    p.output_min = bounds.low, p.output_max = bounds.high;
    const auto input = random_codes<Base>(random, batches * in);
    auto weights = random.codes(static_cast<std::size_t>(in * out));
    // Many products of large weights would not fit 32 bits.
    for (std::int8_t& weight : weights) weight = static_cast<std::int8_t>(in > 300 ? weight / 2 : weight);
    const ChannelParameters channels = preparable_channels<Prepared>(random, out, in);
    std::vector<Output> expected(static_cast<std::size_t>(batches * out));
    std::vector<std::uint8_t> base_scratch(Base::scratch_bytes(p, Isa::Scalar) + 1);
    Base::run(p, {input.data(), weights.data(), channels.bias.data(), channels.multipliers.data(),
                  channels.shifts.data(), expected.data(), base_scratch.data()});
    for (const std::int32_t bits : {8, 16}) {
      const PreparedWideLinear<Prepared> layer(p, weights.data(), channels, bits);
      this->expect_output(layer, input, expected);
    }
  }
};

using Kernels = ::testing::Types<KernelPair<LinearDspS16, LinearS16>, KernelPair<LinearDspS16S8, LinearS16S8>,
                                 KernelPair<LinearDspS8S16, LinearS8S16>>;
TYPED_TEST_SUITE(WideLinearDspTest, Kernels);

TYPED_TEST(WideLinearDspTest, EverySmallSize) {
  for (std::int32_t in = 1; in <= 40; ++in) {
    for (std::int32_t out = 1; out <= 9; ++out) this->check(this->random.between(1, 3), in, out);
  }
  this->expect_every_form();
}

TYPED_TEST(WideLinearDspTest, LargerSizes) {
  for (int i = 0; i < 30; ++i) this->check(1, this->random.between(41, 700), this->random.between(1, 130));
  this->expect_every_form();
}

}  // namespace
}  // namespace pudu::kernels
