// Layers by rows: every form of convolution and depthwise convolution of 8 bits (testing/row_call_cases.hpp).
#include <gtest/gtest.h>

#include "kernels/conv2d/conv2d_s8.hpp"
#include "kernels/conv2d_dsp/conv2d_dsp_s8.hpp"
#include "kernels/conv2d_dsp/prepare.hpp"
#include "kernels/conv2d_lanes/prepare.hpp"
#include "kernels/conv2d_mve/prepare.hpp"
#include "kernels/conv2d_winograd_dsp/prepare.hpp"
#include "kernels/conv2d_winograd_rows_dsp/prepare.hpp"
#include "kernels/depthwise_conv2d/depthwise_conv2d_s8.hpp"
#include "kernels/depthwise_conv2d_5x5_dsp/depthwise_conv2d_5x5_dsp_s8.hpp"
#include "kernels/depthwise_conv2d_dsp/prepare.hpp"
#include "kernels/depthwise_conv2d_lanes/prepare.hpp"
#include "kernels/depthwise_conv2d_mve/prepare.hpp"
#include "ops/testing/row_call_cases.hpp"

namespace pudu::ops {
namespace {

using namespace testing;

void make_conv2d(OneCall& one, Random& random) {
  const Window s = random_window(random);
  kernels::Conv2dS8Params p{};
  set_window(p, s);
  p.groups = random.between(1, 2), p.input_channels = 2 * p.groups, p.output_channels = 3 * p.groups;
  one.image("input", image(s.h, s.w, p.input_channels));
  one.codes("weights", static_cast<std::size_t>(p.output_channels * s.kh * s.kw * 2));
  add_channels(one, random, p.output_channels);
  one.output(image(p.output_h, p.output_w, p.output_channels)).kernel<kernels::Conv2dS8>(p);
}

void make_pointwise(OneCall& one, Random& random) {
  const std::int32_t h = random.between(1, 9), w = random.between(1, 9);
  kernels::Conv2dS8Params p{};
  set_window(p, {1, h * w, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0});
  p.groups = 1, p.input_channels = 5, p.output_channels = 3;
  one.image("input", image(h, w, 5)).codes("weights", 15);
  add_channels(one, random, 3);
  one.output(image(h, w, 3)).kernel<kernels::Conv2dS8>(p);
}

/// An image of width 1 whose axes are swapped.
void make_column(OneCall& one, Random& random) {
  Window s = random_window(random);
  const std::int32_t h = s.h, output_h = s.output_h();
  s.w = 1, s.kw = 1, s.left = s.right = 0;
  kernels::Conv2dS8Params p{};
  set_window(p, {1, s.h, 1, s.kh, 1, s.sh, 1, s.dh, 0, s.top, 0, s.bottom});
  p.groups = 1, p.input_channels = 5, p.output_channels = 3;
  one.image("input", image(h, 1, 5)).codes("weights", static_cast<std::size_t>(15 * s.kh));
  add_channels(one, random, 3);
  one.output(image(output_h, 1, 3)).kernel<kernels::Conv2dS8>(p);
}

void make_depthwise(OneCall& one, Random& random) {
  const Window s = random_window(random);
  kernels::DepthwiseConv2dS8Params p{};
  set_window(p, s);
  p.depth_multiplier = random.between(1, 2), p.input_channels = 3, p.output_channels = 3 * p.depth_multiplier;
  one.image("input", image(s.h, s.w, 3));
  one.codes("weights", static_cast<std::size_t>(p.output_channels * s.kh * s.kw));
  add_channels(one, random, p.output_channels);
  one.output(image(p.output_h, p.output_w, p.output_channels)).kernel<kernels::DepthwiseConv2dS8>(p);
}

void make_conv2d_dsp(OneCall& one, Random& random) {
  using Kernel = kernels::Conv2dDspS8;
  Window s = random_window(random);
  s.dh = s.dw = 1;
  while (s.output_h() < 1 || s.output_w() < 1) s = random_window(random), s.dh = s.dw = 1;
  Kernel::Params p{};
  set_window(p, s);
  p.input_channels = random.between(1, 9), p.output_channels = random.between(2, 7);
  p.weight_bits = random.one_in(2) ? 8 : 16, p.strip_positions = 2 * random.between(1, 12);
  p.form = random.between(0, 1), p.pads_image = random.between(0, 1);
  one.image("input", image(s.h, s.w, p.input_channels));
  std::vector<std::uint8_t> weights(kernels::conv2d_dsp::packed_weight_bytes(p));
  const auto count = static_cast<std::size_t>(p.output_channels * s.kh * s.kw * p.input_channels);
  kernels::conv2d_dsp::pack_weights(p, random.codes(count).data(), weights.data());
  one.constant("weights", weights, ElementType::UInt8);
  const bool general = p.form == 0;
  one.numbers("constants",
              prepared_constants(random, 2 * Kernel::channel_pairs(p), general ? -9 : 0, general ? -4 : 6));
  one.output(image(p.output_h, p.output_w, p.output_channels)).kernel<Kernel>(p);
}

void make_conv2d_mve(OneCall& one, Random& random) {
  using Kernel = kernels::Conv2dMveS8;
  const auto sharing = static_cast<kernels::Conv2dSharing>(random.between(0, 2));
  Window s;
  do {
    s = random_window(random), s.dh = s.dw = 1;
    if (sharing == kernels::Conv2dSharing::Columns) s.kw = 3, s.sw = random.between(1, 2);
    if (sharing == kernels::Conv2dSharing::Rows) s.kh = s.kw = 3, s.sh = random.between(1, 2);
  } while (s.output_h() < 1 || s.output_w() < 4);
  Kernel::Params p{};
  set_window(p, s);
  p.input_channels = sharing == kernels::Conv2dSharing::Rows ? 3 : random.between(1, 20);
  p.output_channels = random.between(2, 9), p.sharing = static_cast<std::int32_t>(sharing);
  one.image("input", image(s.h, s.w, p.input_channels));
  one.codes("weights", kernels::conv2d_mve::packed_weight_bytes(p));
  std::vector<std::int32_t> constants;
  for (std::int32_t pair = 0; pair < Kernel::pairs(p); ++pair) {
    for (std::int32_t i = 0; i < 2; ++i) {
      constants.push_back(random.between(-3000, 3000)), constants.push_back(random.between(1 << 30, INT32_MAX));
      constants.push_back(random.between(-9, -4));
    }
    constants.push_back(p.output_offset), constants.push_back(1);
  }
  one.numbers("constants", constants);
  one.output(image(p.output_h, p.output_w, p.output_channels)).kernel<Kernel>(p);
}

void make_conv2d_lanes(OneCall& one, Random& random) {
  Window s;
  do {
    s = random_window(random), s.dh = s.dw = 1;
  } while (s.output_h() < 1 || s.output_w() < 1);
  kernels::Conv2dS8Params base{};
  set_window(base, s);
  base.groups = 1, base.input_channels = random.between(1, 9), base.output_channels = random.between(1, 5);
  base.input_offset = 3, base.output_offset = -128, base.activation_min = -128, base.activation_max = 127;
  kernels::Conv2dLanesS8Params p = kernels::conv2d_lanes::params_of(base);
  const auto outputs = static_cast<std::size_t>(base.output_channels);
  const std::size_t taps = static_cast<std::size_t>(kernels::Conv2dLanesS8::taps(p));
  const std::vector<std::int8_t> weights = random.codes(outputs * taps);
  std::vector<std::int32_t> multipliers, shifts;
  for (std::size_t i = 0; i < outputs; ++i) {
    multipliers.push_back(random.between(1 << 30, INT32_MAX)), shifts.push_back(random.between(-12, -1));
  }
  const kernels::conv2d_lanes::Layer layer{weights.data(), nullptr, multipliers.data(), shifts.data()};
  const auto channels = kernels::conv2d_lanes::prepare_channels(p, layer);
  const std::vector<std::uint8_t> packed =
      random.one_in(2) ? kernels::conv2d_lanes::make_streams(p, layer, channels)
                       : kernels::conv2d_lanes::make_records(p, layer, channels, random.between(1, 3));
  one.image("input", image(s.h, s.w, p.input_channels));
  one.constant("weights", packed, ElementType::UInt8);
  one.output(image(p.output_h, p.output_w, p.output_channels)).kernel<kernels::Conv2dLanesS8>(p);
}

/// In all four ways to lay the plane, with constants of cores whose products have 32 bits.
void make_depthwise_lanes(OneCall& one, Random& random) {
  namespace lanes = kernels::depthwise_conv2d_lanes;
  kernels::DepthwiseConv2dS8Params base{};
  set_window(base, random_depthwise_3x3(random));
  base.input_channels = base.output_channels = random.between(1, 9), base.depth_multiplier = 1;
  base.input_offset = 3, base.output_offset = -128, base.activation_min = -128, base.activation_max = 127;
  kernels::DepthwiseConv2dLanesS8Params p = lanes::params_of(base, random.between(0, 1), random.between(0, 1));
  const auto channels = static_cast<std::size_t>(p.channels);
  std::vector<std::int8_t> weights = random.codes(9 * channels);
  for (std::int8_t& weight : weights) weight = std::max<std::int8_t>(weight, -127);
  const std::vector<std::int32_t> bias = random_numbers(random, p.channels, -3000, 3000);
  const std::vector<std::int32_t> multipliers = random_numbers(random, p.channels, 1 << 30, INT32_MAX);
  const std::vector<std::int32_t> shifts = random_numbers(random, p.channels, -9, -4);
  const lanes::Layer layer{weights.data(), bias.data(), multipliers.data(), shifts.data()};
  std::vector<std::int32_t> seven(7 * channels);
  std::int32_t general = 0;
  ASSERT_TRUE(lanes::fit_lanes_constants(layer, p, seven.data(), general));
  std::vector<std::int32_t> constants(channels * static_cast<std::size_t>(p.channel_words));
  lanes::copy_constants(p, seven.data(), constants.data());
  std::vector<std::int8_t> packed(12 * channels);
  double runs = 0;
  ASSERT_TRUE(lanes::pack_weights(p, weights.data(), packed.data(), runs));
  one.image("input", image(p.input_h, p.input_w, p.channels));
  one.constant("weights", packed, ElementType::Int8);
  one.numbers("constants", constants);
  one.output(image(p.output_h, p.output_w, p.channels)).kernel<kernels::DepthwiseConv2dLanesS8>(p);
}

/// Of a kernel for one size of window, which computes at least four outputs across.
Window square_window(Random& random, std::int32_t kernel, std::int32_t largest_stride) {
  Window s;
  do {
    s = random_window(random);
    s.kh = s.kw = kernel, s.sh = s.sw = random.between(1, largest_stride), s.dh = s.dw = 1;
  } while (s.output_h() < 1 || s.output_w() < 4);
  return s;
}

void make_winograd_dsp(OneCall& one, Random& random) {
  using Kernel = kernels::Conv2dWinogradDspS8;
  const Window s = square_window(random, 3, 1);
  Kernel::Params p{};
  set_window(p, s);
  p.input_channels = 4 * random.between(2, 3), p.output_channels = random.between(2, 5);
  p.weight_bits = random.one_in(2) ? 8 : 16, p.strip_pairs = p.weight_bits == 16 ? 1 : random.between(1, 3);
  p.form = 1;
  one.image("input", image(s.h, s.w, p.input_channels));
  const std::vector<std::int8_t> random_codes = random.codes(kernels::conv2d_winograd_dsp::code_bytes(p));
  std::vector<std::uint8_t> weights(random_codes.begin(), random_codes.end());
  if (p.weight_bits == 16) {
    std::vector<std::int16_t> transformed(kernels::conv2d_winograd_dsp::packed_weight_bytes(p) / 2);
    kernels::conv2d_winograd_dsp::transform_codes(p, weights.data(), transformed.data());
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(transformed.data());
    weights.assign(bytes, bytes + transformed.size() * sizeof transformed[0]);
  }
  one.constant("weights", weights, ElementType::UInt8);
  one.numbers("constants", prepared_constants(random, 2 * Kernel::channel_pairs(p), 0, 6));
  one.output(image(p.output_h, p.output_w, p.output_channels)).kernel<Kernel>(p);
}

void make_winograd_rows_dsp(OneCall& one, Random& random) {
  using Kernel = kernels::Conv2dWinogradRowsDspS8;
  const Window s = square_window(random, 3, 1);
  Kernel::Params p{};
  set_window(p, s);
  p.input_channels = 8 * random.between(1, 2), p.output_channels = random.between(4, 7);
  p.form = 1;
  one.image("input", image(s.h, s.w, p.input_channels));
  const std::vector<std::int8_t> codes =
      random.codes(static_cast<std::size_t>(9) * static_cast<std::size_t>(p.input_channels * p.output_channels));
  std::vector<std::int16_t> transformed(kernels::conv2d_winograd_rows_dsp::packed_weight_bytes(p) / 2);
  kernels::conv2d_winograd_rows_dsp::pack_weights(p, codes.data(), transformed.data());
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(transformed.data());
  one.constant("weights", std::vector<std::uint8_t>(bytes, bytes + transformed.size() * sizeof transformed[0]),
               ElementType::UInt8);
  one.numbers("constants", prepared_constants(random, 4 * Kernel::channel_groups(p), 0, 6));
  one.output(image(p.output_h, p.output_w, p.output_channels)).kernel<Kernel>(p);
}

void make_depthwise_5x5_dsp(OneCall& one, Random& random) {
  using Kernel = kernels::DepthwiseConv2d5x5DspS8;
  const Window s = square_window(random, 5, 2);
  Kernel::Params p{};
  set_window(p, s);
  p.channels = random.between(4, 9), p.form = 1;
  one.image("input", image(s.h, s.w, p.channels)).codes("weights", static_cast<std::size_t>(100 * Kernel::groups(p)));
  one.numbers("constants", prepared_constants(random, 4 * Kernel::groups(p), 0, 6));
  one.output(image(p.output_h, p.output_w, p.channels)).kernel<Kernel>(p);
}

void make_depthwise_dsp(OneCall& one, Random& random) {
  using Kernel = kernels::DepthwiseConv2dDspS8;
  const Window s = random_depthwise_3x3(random);
  Kernel::Params p{};
  set_window(p, s);
  p.channels = random.between(4, 9), p.form = 1, p.slide_down = random.between(0, 1);
  p.weight_bits = random.one_in(2) ? 8 : 16;
  const std::vector<std::int8_t> codes = random.codes(static_cast<std::size_t>(9 * p.channels));
  std::vector<std::int8_t> packed(kernels::depthwise_conv2d_dsp::packed_weight_bytes(p));
  kernels::depthwise_conv2d_dsp::pack_weights(p, codes.data(), packed.data());
  one.image("input", image(s.h, s.w, p.channels)).constant("weights", packed, ElementType::Int8);
  one.numbers("constants", prepared_constants(random, 4 * Kernel::groups(p), 0, 6));
  one.output(image(p.output_h, p.output_w, p.channels)).kernel<Kernel>(p);
}

void make_depthwise_mve(OneCall& one, Random& random) {
  using Kernel = kernels::DepthwiseConv2dMveS8;
  const Window s = random_depthwise_3x3(random);
  Kernel::Params p{};
  set_window(p, s);
  p.channels = random.between(8, 17), p.slide_down = random.between(0, 1);
  one.image("input", image(s.h, s.w, p.channels)).codes("weights", static_cast<std::size_t>(32 * p.channels));
  one.numbers("constants", prepared_constants(random, p.channels, -9, -4));
  one.output(image(p.output_h, p.output_w, p.channels)).kernel<Kernel>(p);
}

class RowCalls : public ::testing::TestWithParam<RowCallCase> {};

TEST_P(RowCalls, GiveTheBytesOfTheWholeCall) {
  expect_random_calls_by_rows(GetParam().make);
}

INSTANTIATE_TEST_SUITE_P(
    Kernels, RowCalls,
    ::testing::Values(RowCallCase{"conv2d", make_conv2d}, RowCallCase{"pointwise", make_pointwise},
                      RowCallCase{"column", make_column}, RowCallCase{"depthwise", make_depthwise},
                      RowCallCase{"conv2d_dsp", make_conv2d_dsp}, RowCallCase{"conv2d_lanes", make_conv2d_lanes},
                      RowCallCase{"depthwise_lanes", make_depthwise_lanes}, RowCallCase{"conv2d_mve", make_conv2d_mve},
                      RowCallCase{"depthwise_dsp", make_depthwise_dsp}, RowCallCase{"winograd_dsp", make_winograd_dsp},
                      RowCallCase{"winograd_rows_dsp", make_winograd_rows_dsp},
                      RowCallCase{"depthwise_5x5_dsp", make_depthwise_5x5_dsp},
                      RowCallCase{"depthwise_mve", make_depthwise_mve}),
    [](const auto& each) { return std::string(each.param.name); });

}  // namespace
}  // namespace pudu::ops
