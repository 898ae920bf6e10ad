// transpose_conv2d_s8 against the definition turned around: every input pixel scattered over the outputs it reaches.
#include "kernels/transpose_conv2d/transpose_conv2d_s8.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "kernels/testing/reference.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;
using P = TransposeConv2dS8Params;

struct Data {
  std::vector<std::int8_t> input, weights;
  ChannelParameters channels;
  bool has_bias;
};

std::vector<std::int8_t> scattered(const P& p, const Data& data) {
  std::vector<std::int64_t> sums(static_cast<std::size_t>(p.batches * p.output_h * p.output_w * p.output_channels));
  std::size_t pixel = 0;
  for (std::int32_t b = 0; b < p.batches; ++b)
    for (std::int32_t iy = 0; iy < p.input_h; ++iy)
      for (std::int32_t ix = 0; ix < p.input_w; ++ix, ++pixel)
        for (std::int32_t o = 0; o < p.output_channels; ++o)
          for (std::int32_t ky = 0; ky < p.kernel_h; ++ky)
            for (std::int32_t kx = 0; kx < p.kernel_w; ++kx) {
              const std::int32_t oy = iy * p.stride_h + ky * p.dilation_h - p.pad_top;
              const std::int32_t ox = ix * p.stride_w + kx * p.dilation_w - p.pad_left;
              if (oy < 0 || oy >= p.output_h || ox < 0 || ox >= p.output_w) continue;
              std::int64_t& sum = sums[((b * p.output_h + oy) * p.output_w + ox) * p.output_channels + o];
              for (std::int32_t c = 0; c < p.input_channels; ++c) {
                sum += std::int64_t{data.input[pixel * p.input_channels + c] + p.input_offset} *
                       data.weights[((o * p.kernel_h + ky) * p.kernel_w + kx) * p.input_channels + c];
              }
            }
  std::vector<std::int8_t> expected;
  for (std::size_t i = 0; i < sums.size(); ++i) {
    const std::size_t o = i % static_cast<std::size_t>(p.output_channels);
    expected.push_back(reference_output(wrap(sums[i] + (data.has_bias ? data.channels.bias[o] : 0)),
                                        data.channels.multipliers[o], data.channels.shifts[o], p.output_offset,
                                        p.activation_min, p.activation_max));
  }
  return expected;
}

void check(const P& p, Random& random) {
  const Data data{
      random.codes(static_cast<std::size_t>(p.batches * p.input_h * p.input_w * p.input_channels)),
      random.codes(static_cast<std::size_t>(p.output_channels * p.kernel_h * p.kernel_w * p.input_channels)),
      random_channels(random, p.output_channels, p.kernel_h * p.kernel_w * p.input_channels), !random.one_in(4)};
  const std::vector<std::int8_t> expected = scattered(p, data);
  GuardedBuffer<std::int8_t> output(expected.size());
  TransposeConv2dS8::run(p,
                         {data.input.data(), data.weights.data(), data.has_bias ? data.channels.bias.data() : nullptr,
                          data.channels.multipliers.data(), data.channels.shifts.data(), output.data()});
  ASSERT_EQ(output.values(), expected) << describe(p);
}

/// PyTorch's output extent, never negative.
std::int32_t extent(std::int32_t in, std::int32_t taps, std::int32_t stride, std::int32_t pad, std::int32_t dilation,
                    std::int32_t output_pad) {
  return std::max(0, (in - 1) * stride - 2 * pad + dilation * (taps - 1) + output_pad + 1);
}

P random_params(Random& random) {
  P p{};
  p.batches = random.between(1, 2);
  p.input_h = random.between(1, 6), p.input_w = random.between(1, 6), p.input_channels = random.between(1, 20);
  p.output_channels = random.between(1, 10);
  p.kernel_h = random.between(1, 5), p.kernel_w = random.between(1, 5);
  p.stride_h = random.between(1, 4), p.stride_w = random.between(1, 4);
  p.pad_top = random.between(0, 3), p.pad_left = random.between(0, 3);
  p.dilation_h = random.one_in(3) ? random.between(2, 3) : 1,
  p.dilation_w = random.one_in(3) ? random.between(2, 3) : 1;
  p.output_h = extent(p.input_h, p.kernel_h, p.stride_h, p.pad_top, p.dilation_h, random.between(0, 2));
  p.output_w = extent(p.input_w, p.kernel_w, p.stride_w, p.pad_left, p.dilation_w, random.between(0, 2));
  p.input_offset = -random.zero_point(), p.output_offset = random.zero_point();
  const Clamp clamp = random_clamp(random);
  p.activation_min = clamp.low, p.activation_max = clamp.high;
  return p;
}

TEST(TransposeConv2dS8, RandomShapes) {
  Random random(1);
  for (int i = 0; i < 1500; ++i) {
    check(random_params(random), random);
    if (HasFatalFailure()) return;
  }
}

TEST(TransposeConv2dS8, BothPathsOfCmsisNn) {
  // k3 s2 p1, where the pinned CMSIS-NN is wrong with few channels; and with more than 16, where it turns the filter.
  Random random(2);
  for (const std::int32_t channels : {4, 16, 17, 32}) {
    check({1, 7, 7, channels, 13, 13, 2, 3, 3, 2, 2, 1, 1, 1, 1, 5, -3, -128, 127}, random);
  }
}

static_assert(TransposeConv2dS8::scratch_bytes({}, Isa::Mve) == 0);

}  // namespace
}  // namespace pudu::kernels
