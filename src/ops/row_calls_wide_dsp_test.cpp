// Kernels of 16-bit codes that are prepared for the DSP extension, by rows (testing/row_call_cases.hpp).
#include <gtest/gtest.h>

#include "kernels/conv2d_dsp_s16/conv2d_dsp_s16.hpp"
#include "kernels/conv2d_dsp_s16/prepare.hpp"
#include "kernels/conv2d_dsp_s16_s8/conv2d_dsp_s16_s8.hpp"
#include "kernels/conv2d_dsp_s8_s16/conv2d_dsp_s8_s16.hpp"
#include "kernels/depthwise_conv2d_dsp_s16/depthwise_conv2d_dsp_s16.hpp"
#include "kernels/depthwise_conv2d_dsp_s16/prepare.hpp"
#include "kernels/depthwise_conv2d_dsp_s16_s8/depthwise_conv2d_dsp_s16_s8.hpp"
#include "kernels/depthwise_conv2d_dsp_s8_s16/depthwise_conv2d_dsp_s8_s16.hpp"
#include "ops/testing/row_call_cases.hpp"

namespace pudu::ops {
namespace {

using namespace testing;

template <class Kernel>
void add_input(OneCall& one, std::vector<std::int64_t> shape) {
  if (sizeof(typename Kernel::Input) == 2) {
    one.wide_image("input", std::move(shape));
  } else {
    one.image("input", std::move(shape));
  }
}
template <class Kernel>
constexpr ElementType result_type = sizeof(typename Kernel::Output) == 2 ? ElementType::Int16 : ElementType::Int8;

/// WideConstants whose outputs are neither all equal nor all at a bound.
template <class Kernel>
std::vector<std::int32_t> wide_constants(Random& random, std::int32_t channels, std::int32_t form) {
  std::vector<std::int32_t> words;
  const std::int32_t addend = sizeof(typename Kernel::Output) == 1 ? 128 + 256 * 3 : (form == 3 ? 65535 - 9000 : 0);
  for (std::int32_t i = 0; i < channels; ++i) {
    const std::int32_t multiplier = random.between(1 << 14, 1 << 16) << (sizeof(typename Kernel::Input) == 1 ? 8 : 6);
    words.insert(words.end(), {random.between(-3000, 3000), multiplier, addend,
                               static_cast<std::int32_t>(0x10001U * static_cast<std::uint32_t>(addend))});
  }
  return words;
}

template <class Kernel>
void make_conv2d(OneCall& one, Random& random) {
  Window s = random_window(random);
  s.dh = s.dw = 1;
  while (s.output_h() < 1 || s.output_w() < 1) s = random_window(random), s.dh = s.dw = 1;
  typename Kernel::Params p{};
  set_window(p, s);
  p.input_channels = random.between(1, 9), p.output_channels = random.between(2, 7);
  p.weight_bits = random.one_in(2) ? 8 : 16, p.strip_positions = 2 * random.between(1, 12);
  p.form = sizeof(typename Kernel::Output) == 1 ? 1 : random.between(1, 3), p.pads_image = random.between(0, 1);
  add_input<Kernel>(one, image(s.h, s.w, p.input_channels));
  const kernels::Conv2dDspS8Params windows = Kernel::windows(p);
  std::vector<std::uint8_t> weights(kernels::conv2d_dsp::packed_weight_bytes(windows));
  const auto count = static_cast<std::size_t>(p.output_channels * s.kh * s.kw * p.input_channels);
  kernels::wide_conv2d_dsp::pack_weights<Kernel>(p, random.codes(count).data(), weights.data());
  one.constant("weights", weights, ElementType::UInt8);
  one.numbers("constants", wide_constants<Kernel>(random, 2 * kernels::Conv2dDspS8::channel_pairs(windows), p.form));
  one.output(image(p.output_h, p.output_w, p.output_channels), result_type<Kernel>).template kernel<Kernel>(p);
}

template <class Kernel>
void make_depthwise(OneCall& one, Random& random) {
  const Window s = random_depthwise_3x3(random);
  typename Kernel::Params p{};
  set_window(p, s);
  p.channels = random.between(4, 9), p.slide_down = random.between(0, 1), p.weight_bits = random.one_in(2) ? 8 : 16;
  p.form = sizeof(typename Kernel::Output) == 1 ? 1 : random.between(1, 3);
  add_input<Kernel>(one, image(s.h, s.w, p.channels));
  const kernels::DepthwiseConv2dDspS8Params windows = Kernel::windows(p);
  std::vector<std::int8_t> weights(kernels::depthwise_conv2d_dsp::packed_weight_bytes(windows));
  const auto count = static_cast<std::size_t>(9 * p.channels);
  kernels::depthwise_conv2d_dsp::pack_weights(windows, random.codes(count).data(), weights.data());
  one.constant("weights", weights, ElementType::Int8);
  one.numbers("constants", wide_constants<Kernel>(random, 4 * kernels::DepthwiseConv2dDspS8::groups(windows), p.form));
  one.output(image(p.output_h, p.output_w, p.channels), result_type<Kernel>).template kernel<Kernel>(p);
}

class RowCallsOfWideDspKernels : public ::testing::TestWithParam<RowCallCase> {};

TEST_P(RowCallsOfWideDspKernels, GiveTheBytesOfTheWholeCall) {
  expect_random_calls_by_rows(GetParam().make);
}

INSTANTIATE_TEST_SUITE_P(
    Kernels, RowCallsOfWideDspKernels,
    ::testing::Values(RowCallCase{"conv2d_dsp_s16", make_conv2d<kernels::Conv2dDspS16>},
                      RowCallCase{"conv2d_dsp_s16_s8", make_conv2d<kernels::Conv2dDspS16S8>},
                      RowCallCase{"conv2d_dsp_s8_s16", make_conv2d<kernels::Conv2dDspS8S16>},
                      RowCallCase{"depthwise_dsp_s16", make_depthwise<kernels::DepthwiseConv2dDspS16>},
                      RowCallCase{"depthwise_dsp_s16_s8", make_depthwise<kernels::DepthwiseConv2dDspS16S8>},
                      RowCallCase{"depthwise_dsp_s8_s16", make_depthwise<kernels::DepthwiseConv2dDspS8S16>}),
    [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace pudu::ops
