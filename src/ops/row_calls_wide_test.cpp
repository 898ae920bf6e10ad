// Kernels that read or write codes of 16 bits, by rows (testing/row_call_cases.hpp).
#include <gtest/gtest.h>

#include "kernels/add_s16/add_s16.hpp"
#include "kernels/avg_pool2d_s16/avg_pool2d_s16.hpp"
#include "kernels/conv2d_s16/conv2d_s16.hpp"
#include "kernels/conv2d_s16_s8/conv2d_s16_s8.hpp"
#include "kernels/conv2d_s8_s16/conv2d_s8_s16.hpp"
#include "kernels/depthwise_conv2d_s16/depthwise_conv2d_s16.hpp"
#include "kernels/depthwise_conv2d_s16_s8/depthwise_conv2d_s16_s8.hpp"
#include "kernels/depthwise_conv2d_s8_s16/depthwise_conv2d_s8_s16.hpp"
#include "kernels/max_pool2d_s16/max_pool2d_s16.hpp"
#include "kernels/requantize_s16_s8/requantize_s16_s8.hpp"
#include "kernels/requantize_s8_s16/requantize_s8_s16.hpp"
#include "ops/testing/row_call_cases.hpp"

namespace pudu::ops {
namespace {

using namespace testing;

/// An image of the codes that the kernel reads.
template <class Kernel>
void add_input(OneCall& one, const Shape& shape) {
  if (sizeof(typename Kernel::Input) == 2) {
    one.wide_image("input", shape);
  } else {
    one.image("input", shape);
  }
}
/// set_window, with zero points and bounds of the kernel's codes.
template <class Kernel>
void set_wide_window(typename Kernel::Params& p, const Window& s) {
  set_window(p, s);
  if (sizeof(typename Kernel::Input) == 2) p.input_offset = 0;
  if (sizeof(typename Kernel::Output) == 2) {
    p.output_offset = 0;
  } else {
    p.output_min = -100, p.output_max = 120;
  }
}
template <class Kernel>
constexpr ElementType result_type = sizeof(typename Kernel::Output) == 2 ? ElementType::Int16 : ElementType::Int8;

template <class Kernel>
void make_wide_conv2d(OneCall& one, Random& random) {
  const Window s = random_window(random);
  typename Kernel::Params p{};
  set_wide_window<Kernel>(p, s);
  p.groups = random.between(1, 2), p.input_channels = 2 * p.groups, p.output_channels = 3 * p.groups;
  add_input<Kernel>(one, image(s.h, s.w, p.input_channels));
  one.codes("weights", static_cast<std::size_t>(p.output_channels * s.kh * s.kw * 2));
  add_channels(one, random, p.output_channels);
  one.output(image(p.output_h, p.output_w, p.output_channels), result_type<Kernel>).template kernel<Kernel>(p);
}

template <class Kernel>
void make_wide_depthwise(OneCall& one, Random& random) {
  const Window s = random_window(random);
  typename Kernel::Params p{};
  set_wide_window<Kernel>(p, s);
  p.depth_multiplier = random.between(1, 2), p.input_channels = 3, p.output_channels = 3 * p.depth_multiplier;
  add_input<Kernel>(one, image(s.h, s.w, 3));
  one.codes("weights", static_cast<std::size_t>(p.output_channels * s.kh * s.kw));
  add_channels(one, random, p.output_channels);
  one.output(image(p.output_h, p.output_w, p.output_channels), result_type<Kernel>).template kernel<Kernel>(p);
}

template <class Kernel>
void make_pool_s16(OneCall& one, Random& random) {
  typename Kernel::Params p{};
  constexpr bool averages = requires {
    p.pad_bottom;
  };
  Window s;
  do {
    s = random_window(random);
    if (averages) s.dh = s.dw = 1;
  } while (s.output_h() < 1 || s.output_w() < 1);
  set_window(p, s);
  if constexpr (averages) p.pad_bottom = s.bottom, p.pad_right = s.right, p.count_include_pad = random.between(0, 1);
  p.channels = 3;
  one.wide_image("input", image(s.h, s.w, 3));
  one.output(image(p.output_h, p.output_w, 3), ElementType::Int16).template kernel<Kernel>(p);
}

void make_add_s16(OneCall& one, Random& random) {
  const std::int32_t h = random.between(1, 9), w = random.between(1, 5);
  kernels::AddS16Params p{};
  p.rank = 2, p.output_shape[0] = h * w, p.output_shape[1] = 3;
  p.input1_strides[0] = 3, p.input1_strides[1] = 1, p.input2_strides[0] = 3, p.input2_strides[1] = 1;
  p.input1_multiplier = p.input2_multiplier = p.output_multiplier = 1 << 30;
  p.input1_shift = p.input2_shift = 0, p.output_shift = -13, p.output_min = -32768, p.output_max = 32767;
  one.wide_image("input1", image(h, w, 3)).wide_image("input2", image(h, w, 3));
  one.output(image(h, w, 3), ElementType::Int16).kernel<kernels::AddS16>(p);
}

void make_requantize_s8_s16(OneCall& one, Random& random) {
  const std::int32_t h = random.between(1, 9), w = random.between(1, 5);
  one.image("input", image(h, w, 3)).output(image(h, w, 3), ElementType::Int16);
  one.kernel<kernels::RequantizeS8S16>({h * w * 3, 128, 1 << 30, 1});
}

void make_requantize_s16_s8(OneCall& one, Random& random) {
  const std::int32_t h = random.between(1, 9), w = random.between(1, 5);
  one.wide_image("input", image(h, w, 3)).output(image(h, w, 3));
  one.kernel<kernels::RequantizeS16S8>({h * w * 3, -3, 1 << 30, -6});
}

class RowCallsOfWideCodes : public ::testing::TestWithParam<RowCallCase> {};

TEST_P(RowCallsOfWideCodes, GiveTheBytesOfTheWholeCall) {
  expect_random_calls_by_rows(GetParam().make);
}

INSTANTIATE_TEST_SUITE_P(
    Kernels, RowCallsOfWideCodes,
    ::testing::Values(RowCallCase{"conv2d_s16", make_wide_conv2d<kernels::Conv2dS16>},
                      RowCallCase{"conv2d_s16_s8", make_wide_conv2d<kernels::Conv2dS16S8>},
                      RowCallCase{"conv2d_s8_s16", make_wide_conv2d<kernels::Conv2dS8S16>},
                      RowCallCase{"depthwise_s16", make_wide_depthwise<kernels::DepthwiseConv2dS16>},
                      RowCallCase{"depthwise_s16_s8", make_wide_depthwise<kernels::DepthwiseConv2dS16S8>},
                      RowCallCase{"depthwise_s8_s16", make_wide_depthwise<kernels::DepthwiseConv2dS8S16>},
                      RowCallCase{"max_pool_s16", make_pool_s16<kernels::MaxPool2dS16>},
                      RowCallCase{"avg_pool_s16", make_pool_s16<kernels::AvgPool2dS16>},
                      RowCallCase{"add_s16", make_add_s16}, RowCallCase{"requantize_s8_s16", make_requantize_s8_s16},
                      RowCallCase{"requantize_s16_s8", make_requantize_s16_s8}),
    [](const auto& each) { return std::string(each.param.name); });

}  // namespace
}  // namespace pudu::ops
