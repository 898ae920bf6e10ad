// Depthwise convolutions of 16-bit codes prepared for the DSP extension against those in the dialect's layout, which
// their own test proves against the plain sum: every small image, random larger ones, both directions of the slide,
// both widths of weights, all forms. The slides for the device are compared in tests/qemu.
#include "kernels/wide_depthwise_conv2d_dsp.hpp"

#include <gtest/gtest.h>

#include "kernels/depthwise_conv2d_dsp/portable_sums.hpp"
#include "kernels/depthwise_conv2d_dsp_s16/depthwise_conv2d_dsp_s16.hpp"
#include "kernels/depthwise_conv2d_dsp_s16_s8/depthwise_conv2d_dsp_s16_s8.hpp"
#include "kernels/depthwise_conv2d_dsp_s8_s16/depthwise_conv2d_dsp_s8_s16.hpp"
#include "kernels/depthwise_conv2d_s16/depthwise_conv2d_s16.hpp"
#include "kernels/depthwise_conv2d_s16_s8/depthwise_conv2d_s16_s8.hpp"
#include "kernels/depthwise_conv2d_s8_s16/depthwise_conv2d_s8_s16.hpp"
#include "kernels/testing/wide_prepared_fixture.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

template <class Kernels>
class WideDepthwiseConv2dDspTest : public WidePreparedTest<Kernels> {
 protected:
  using typename WidePreparedTest<Kernels>::Base;
  using typename WidePreparedTest<Kernels>::Prepared;
  using typename WidePreparedTest<Kernels>::Output;
  using WidePreparedTest<Kernels>::random;

  void check(ConvolutionShape shape) {
    shape.kh = shape.kw = 3, shape.dh = shape.dw = 1;
    auto p = convolution_params<Base>(shape, random);
    if (p.output_h == 0 || p.output_w == 0) return;
    p.output_channels = shape.in, p.depth_multiplier = 1;
    const Clamp bounds = preparable_bounds<Output>(random);
    p.output_min = bounds.low, p.output_max = bounds.high;
    const auto input = random_codes<Base>(random, shape.batches * shape.h * shape.w * shape.in);
    const auto weights = random.codes(static_cast<std::size_t>(9 * shape.in));
    const ChannelParameters channels = preparable_channels<Prepared>(random, shape.in, 9);
    std::vector<Output> expected(static_cast<std::size_t>(shape.batches * p.output_h * p.output_w * shape.in));
    Base::run(p, {input.data(), weights.data(), channels.bias.data(), channels.multipliers.data(),
                  channels.shifts.data(), expected.data()});
    for (const std::int32_t kind : {0, 1, 2, 3}) {
      const PreparedWideDepthwise<Prepared> layer(p, weights.data(), channels, kind < 2 ? 8 : 16, kind % 2);
      this->expect_output(layer, input, expected);
    }
  }
};

using Kernels = ::testing::Types<KernelPair<DepthwiseConv2dDspS16, DepthwiseConv2dS16>,
                                 KernelPair<DepthwiseConv2dDspS16S8, DepthwiseConv2dS16S8>,
                                 KernelPair<DepthwiseConv2dDspS8S16, DepthwiseConv2dS8S16>>;
TYPED_TEST_SUITE(WideDepthwiseConv2dDspTest, Kernels);

TYPED_TEST(WideDepthwiseConv2dDspTest, EverySmallImage) {
  for (std::int32_t h = 1; h <= 5; ++h)
    for (std::int32_t w = 1; w <= 5; ++w)
      for (std::int32_t stride = 1; stride <= 2; ++stride)
        for (std::int32_t top = 0; top <= 2; ++top)
          for (std::int32_t bottom = 0; bottom <= 2; ++bottom) {
            ConvolutionShape shape{.batches = this->random.between(1, 2), .h = h, .w = w, .in = 4};
            shape.in = this->random.between(4, 9), shape.sh = shape.sw = stride;
            shape.top = top, shape.bottom = bottom;
            shape.left = this->random.between(0, 2), shape.right = this->random.between(0, 2);
            this->check(shape);
          }
  this->expect_every_form();
}

TYPED_TEST(WideDepthwiseConv2dDspTest, LargerImages) {
  for (int i = 0; i < 60; ++i) {
    ConvolutionShape shape{.h = this->random.between(6, 20), .w = this->random.between(6, 20), .in = 4};
    shape.in = this->random.between(4, 40), shape.sh = shape.sw = this->random.between(1, 2);
    shape.top = this->random.between(0, 1), shape.bottom = this->random.between(0, 1);
    shape.left = this->random.between(0, 1), shape.right = this->random.between(0, 1);
    this->check(shape);
  }
  this->expect_every_form();
}

// Words of a damaged program are no codes of 8 bits; their sums wrap as SMLAD's do, or these were no constants.
constexpr std::int32_t lowest_pair = depthwise_conv2d_dsp::pair_word(-32768, -32768);

struct LowestSums {
  std::int32_t two_rows[2] = {}, one_row = 0, stride_2 = 0;

  constexpr LowestSums() {
    std::int32_t columns[24] = {}, weights[6] = {};
    for (std::int32_t& word : columns) word = lowest_pair;
    for (std::int32_t& word : weights) word = lowest_pair;
    const depthwise_conv2d_dsp::SlideGroup group{columns, nullptr, 0, 0, weights, 1, nullptr};
    depthwise_conv2d_dsp::sum_two_rows(group, 0, 0, two_rows);
    one_row = depthwise_conv2d_dsp::sum_one_row(group, 0, 0);
    stride_2 = depthwise_conv2d_dsp::sum_stride2(group, 0, 0);
  }
};
constexpr LowestSums lowest_sums;
static_assert(lowest_sums.two_rows[0] == 1 << 30 && lowest_sums.two_rows[1] == 1 << 30, "9 times 2^30");
static_assert(lowest_sums.one_row == 1 << 30 && lowest_sums.stride_2 == 1 << 30, "9 times 2^30");

}  // namespace
}  // namespace pudu::kernels
