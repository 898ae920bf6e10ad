// Linear layers of 16-bit codes prepared for the DSP extension against those in the dialect's layout, which their own
// test proves against the plain sum, in all forms and both widths of weights. The loops for the device are compared in
// tests/qemu.
#include "kernels/wide_linear_dsp.hpp"

#include <gtest/gtest.h>

#include <set>

#include "kernels/linear_dsp_s16/linear_dsp_s16.hpp"
#include "kernels/linear_dsp_s16_s8/linear_dsp_s16_s8.hpp"
#include "kernels/linear_dsp_s8_s16/linear_dsp_s8_s16.hpp"
#include "kernels/linear_s16/linear_s16.hpp"
#include "kernels/linear_s16_s8/linear_s16_s8.hpp"
#include "kernels/linear_s8_s16/linear_s8_s16.hpp"
#include "kernels/testing/wide_prepared.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

template <class PreparedKernel, class BaseKernel>
struct Pair {
  using Prepared = PreparedKernel;
  using Base = BaseKernel;
};

template <class Kernels>
class WideLinearDspTest : public ::testing::Test {
 protected:
  using Prepared = typename Kernels::Prepared;
  using Base = typename Kernels::Base;
  using Output = typename Prepared::Output;

  Random random{1};
  std::set<std::int32_t> forms;  ///< that ran

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
      ASSERT_TRUE(layer.has_constants) << describe(p);
      forms.insert(layer.params.form);
      GuardedBuffer<Output> output(expected.size());
      GuardedBuffer<std::uint8_t> scratch(Prepared::scratch_bytes(layer.params, Isa::Dsp));
      Prepared::run(layer.params,
                    {input.data(), layer.weights.data(), layer.constants.data(), output.data(), scratch.data()});
      ASSERT_EQ(output.values(), expected) << describe(layer.params);
    }
  }

  void expect_every_form() { EXPECT_EQ(forms.size(), sizeof(Output) == 1 ? 1U : 3U); }
};

using Kernels = ::testing::Types<Pair<LinearDspS16, LinearS16>, Pair<LinearDspS16S8, LinearS16S8>,
                                 Pair<LinearDspS8S16, LinearS8S16>>;
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
