// Every kernel with a row form gives the whole call's bytes when its rows are computed by calls of their own, of random
// numbers of rows, from copies of just the rows that the form says are read.
#include "ops/row_calls.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <map>

#include "kernels/add/add_s8.hpp"
#include "kernels/add_dsp/add_dsp_s8.hpp"
#include "kernels/add_s16/add_s16.hpp"
#include "kernels/avg_pool2d/avg_pool2d_s8.hpp"
#include "kernels/avg_pool2d_s16/avg_pool2d_s16.hpp"
#include "kernels/concat/concat_s8.hpp"
#include "kernels/conv2d/conv2d_s8.hpp"
#include "kernels/conv2d_dsp/conv2d_dsp_s8.hpp"
#include "kernels/conv2d_dsp/prepare.hpp"
#include "kernels/conv2d_lanes/prepare.hpp"
#include "kernels/conv2d_mve/prepare.hpp"
#include "kernels/conv2d_s16/conv2d_s16.hpp"
#include "kernels/conv2d_s16_s8/conv2d_s16_s8.hpp"
#include "kernels/conv2d_s8_s16/conv2d_s8_s16.hpp"
#include "kernels/conv2d_winograd_dsp/prepare.hpp"
#include "kernels/conv2d_winograd_rows_dsp/prepare.hpp"
#include "kernels/depthwise_conv2d/depthwise_conv2d_s8.hpp"
#include "kernels/depthwise_conv2d_5x5_dsp/depthwise_conv2d_5x5_dsp_s8.hpp"
#include "kernels/depthwise_conv2d_dsp/prepare.hpp"
#include "kernels/depthwise_conv2d_lanes/prepare.hpp"
#include "kernels/depthwise_conv2d_mve/prepare.hpp"
#include "kernels/depthwise_conv2d_s16/depthwise_conv2d_s16.hpp"
#include "kernels/depthwise_conv2d_s16_s8/depthwise_conv2d_s16_s8.hpp"
#include "kernels/depthwise_conv2d_s8_s16/depthwise_conv2d_s8_s16.hpp"
#include "kernels/lut/lut_s8.hpp"
#include "kernels/max_pool2d/max_pool2d_s8.hpp"
#include "kernels/max_pool2d_s16/max_pool2d_s16.hpp"
#include "kernels/maximum/maximum_s8.hpp"
#include "kernels/mul/mul_s8.hpp"
#include "kernels/pad/pad_s8.hpp"
#include "kernels/requantize_s16_s8/requantize_s16_s8.hpp"
#include "kernels/requantize_s8_s16/requantize_s8_s16.hpp"
#include "kernels/softmax/softmax_s8.hpp"
#include "kernels/testing/reference.hpp"
#include "ops/call_check.hpp"
#include "ops/kernel_binding.hpp"
#include "ops/registry.hpp"
#include "ops/testing/one_call.hpp"

namespace pudu::ops {
namespace {

using kernels::testing::Random;
using program::Buffer;
using program::BufferId;
using program::BufferKind;
using program::ElementType;
using program::RowRange;
using testing::Bytes;
using testing::OneCall;
using testing::Shape;

/// Computes the output by ranges of rows of random lengths, compares it with the whole call's.
void expect_rows_equal_whole(OneCall& one, Random& random) {
  const std::optional<RowForm> form = row_form(one.program(), one.call());
  ASSERT_TRUE(form) << one.call().kernel;
  const Bytes whole = one.run_whole();
  Bytes parts;
  for (std::int32_t row = 0; row < form->output_rows;) {
    const std::int32_t longest = random.one_in(2) ? 1 : form->output_rows - row;
    const RowRange rows{row, row + random.between(1, std::min(longest, form->output_rows - row))};
    const Bytes part = one.run_rows(*form, rows);
    parts.insert(parts.end(), part.begin(), part.end());
    row = rows.end;
  }
  EXPECT_EQ(parts, whole) << one.call().kernel;
}

struct Window {
  std::int32_t h, w, kh, kw, sh, sw, dh, dw, top, left, bottom, right;
  std::int32_t output_h() const { return kernels::testing::output_extent(h, top + bottom, kh, dh, sh); }
  std::int32_t output_w() const { return kernels::testing::output_extent(w, left + right, kw, dw, sw); }
};

Window random_window(Random& random) {
  for (;;) {
    Window s{};
    s.h = random.between(1, 15), s.w = random.between(1, 9);
    s.kh = random.between(1, 6), s.kw = random.between(1, 4);
    s.sh = random.between(1, 3), s.sw = random.between(1, 3);
    s.dh = random.one_in(4) ? 2 : 1, s.dw = random.one_in(4) ? 2 : 1;
    s.top = random.between(0, (s.kh - 1) / 2 + 1), s.bottom = random.between(0, (s.kh - 1) / 2 + 1);
    s.left = random.between(0, 2), s.right = random.between(0, 2);
    if (s.top >= s.kh) s.top = s.kh - 1;
    if (s.bottom >= s.kh) s.bottom = s.kh - 1;
    if (s.output_h() > 0 && s.output_w() > 0) return s;
  }
}

template <class Params>
void set_window(Params& p, const Window& s) {
  p.batches = 1, p.input_h = s.h, p.input_w = s.w, p.output_h = s.output_h(), p.output_w = s.output_w();
  p.pad_top = s.top, p.pad_left = s.left;
  if constexpr (requires { p.stride_h; }) p.stride_h = s.sh, p.stride_w = s.sw;
  if constexpr (requires { p.kernel_h; }) p.kernel_h = s.kh, p.kernel_w = s.kw;
  if constexpr (requires { p.dilation_h; }) p.dilation_h = s.dh, p.dilation_w = s.dw;
  if constexpr (requires { p.activation_min; }) p.activation_min = -100, p.activation_max = 120;
  if constexpr (requires { p.output_min; }) p.output_min = -30000, p.output_max = 32000;
  if constexpr (requires { p.output_offset; }) p.output_offset = -7;
  if constexpr (requires { p.input_offset; }) p.input_offset = 13;
  if constexpr (requires { p.pad_value; }) p.pad_value = -13;
}

Window random_depthwise_3x3(Random& random) {
  for (;;) {
    Window s = random_window(random);
    s.kh = s.kw = 3, s.dh = s.dw = 1, s.sh = s.sw = random.between(1, 2);
    s.top = random.between(0, 1), s.left = random.between(0, 1);
    s.bottom = random.between(0, 1), s.right = random.between(0, 1);
    if (s.output_h() > 0 && s.output_w() > 0) return s;
  }
}

std::vector<std::int32_t> random_numbers(Random& random, std::int32_t count, std::int32_t low, std::int32_t high) {
  std::vector<std::int32_t> values;
  for (std::int32_t i = 0; i < count; ++i) values.push_back(random.between(low, high));
  return values;
}

void add_channels(OneCall& one, Random& random, std::int32_t channels) {
  one.numbers("bias", random_numbers(random, channels, -3000, 3000));
  one.numbers("multipliers", random_numbers(random, channels, 1 << 30, INT32_MAX));
  one.numbers("shifts", random_numbers(random, channels, -9, -4));
}

/// Constants of prepared kernels: [channels, 4], the last a shift.
std::vector<std::int32_t> prepared_constants(Random& random, std::int32_t channels, std::int32_t low,
                                             std::int32_t high) {
  std::vector<std::int32_t> words;
  for (std::int32_t i = 0; i < channels; ++i) {
    words.push_back(random.between(-3000, 3000)), words.push_back(random.between(1 << 30, INT32_MAX));
    words.push_back(0), words.push_back(random.between(low, high));
  }
  return words;
}

Shape image(std::int64_t h, std::int64_t w, std::int64_t c) {
  return {1, h, w, c};
}

using Maker = void (*)(OneCall&, Random&);

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

void make_winograd_dsp(OneCall& one, Random& random) {
  using Kernel = kernels::Conv2dWinogradDspS8;
  const auto window = [&] {
    Window s = random_window(random);
    s.kh = s.kw = 3, s.sh = s.sw = s.dh = s.dw = 1;
    return s;
  };
  Window s = window();
  while (s.output_h() < 1 || s.output_w() < 4) s = window();
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
  const auto window = [&] {
    Window s = random_window(random);
    s.kh = s.kw = 3, s.sh = s.sw = s.dh = s.dw = 1;
    return s;
  };
  Window s = window();
  while (s.output_h() < 1 || s.output_w() < 4) s = window();
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
  const auto window = [&] {
    Window s = random_window(random);
    s.kh = s.kw = 5, s.sh = s.sw = random.between(1, 2), s.dh = s.dw = 1;
    return s;
  };
  Window s = window();
  while (s.output_h() < 1 || s.output_w() < 4) s = window();
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

void make_max_pool(OneCall& one, Random& random) {
  const Window s = random_window(random);
  kernels::MaxPool2dS8Params p{};
  set_window(p, s);
  p.channels = 5;
  one.image("input", image(s.h, s.w, 5)).output(image(p.output_h, p.output_w, 5)).kernel<kernels::MaxPool2dS8>(p);
}

void make_avg_pool(OneCall& one, Random& random) {
  Window s = random_window(random);
  s.dh = s.dw = 1;
  while (s.output_h() < 1 || s.output_w() < 1) s = random_window(random), s.dh = s.dw = 1;
  kernels::AvgPool2dS8Params p{};
  set_window(p, s);
  // One row more as in ceil_mode, when it begins within the image.
  if (random.one_in(3) && p.output_h * s.sh < s.h + s.top) ++p.output_h;
  p.channels = 5, p.pad_bottom = s.bottom, p.pad_right = s.right;
  p.count_include_pad = random.between(0, 1), p.divisor_override = random.one_in(4) ? 7 : 0;
  one.image("input", image(s.h, s.w, 5)).output(image(p.output_h, p.output_w, 5)).kernel<kernels::AvgPool2dS8>(p);
}

/// An average over a sequence, [1, L, 1, C] in memory, by a kernel that sees one row of L positions.
void make_avg_pool_of_sequence(OneCall& one, Random& random) {
  Window s = random_window(random);
  while (s.left >= s.kw || s.right >= s.kw) s = random_window(random);
  s.h = s.kh = s.sh = s.dh = s.dw = 1, s.top = s.bottom = 0;
  kernels::AvgPool2dS8Params p{};
  set_window(p, s);
  p.channels = 5, p.pad_right = s.right, p.count_include_pad = random.between(0, 1);
  if (p.output_w < 1) return make_avg_pool_of_sequence(one, random);
  one.image("input", image(s.w, 1, 5)).output(image(p.output_w, 1, 5)).kernel<kernels::AvgPool2dS8>(p);
}

template <class Params>
void set_loop(Params& p, const std::vector<std::int32_t>& shape, const std::vector<std::int32_t>& strides1,
              const std::vector<std::int32_t>& strides2) {
  p.rank = static_cast<std::int32_t>(shape.size());
  std::copy(shape.begin(), shape.end(), p.output_shape);
  std::copy(strides1.begin(), strides1.end(), p.input1_strides);
  std::copy(strides2.begin(), strides2.end(), p.input2_strides);
}

void make_add(OneCall& one, Random& random) {
  const std::int32_t h = random.between(1, 9), w = random.between(1, 5), c = random.between(1, 7);
  kernels::AddS8Params p{};
  set_loop(p, {h * w * c}, {1}, {1});
  p.input1_multiplier = p.input2_multiplier = p.output_multiplier = 1 << 30, p.output_shift = -17;
  p.activation_min = -128, p.activation_max = 127;
  one.image("input1", image(h, w, c)).image("input2", image(h, w, c));
  one.output(image(h, w, c)).kernel<kernels::AddS8>(p);
}

/// Squeeze and excite: one factor a channel.
void make_mul(OneCall& one, Random& random) {
  const std::int32_t h = random.between(1, 9), w = random.between(2, 5), c = random.between(2, 7);
  kernels::MulS8Params p{};
  set_loop(p, {h * w, c}, {c, 1}, {0, 1});
  p.output_multiplier = 1 << 30, p.output_shift = -6, p.activation_min = -128, p.activation_max = 127;
  one.image("input1", image(h, w, c)).image("input2", image(1, 1, c));
  one.output(image(h, w, c)).kernel<kernels::MulS8>(p);
}

/// One value a position against the image.
void make_maximum(OneCall& one, Random& random) {
  const std::int32_t h = random.between(2, 9), w = random.between(2, 5), c = random.between(2, 7);
  kernels::MaximumS8Params p{};
  set_loop(p, {h * w, c}, {1, 0}, {c, 1});
  one.image("input1", image(h, w, 1)).image("input2", image(h, w, c));
  one.output(image(h, w, c)).kernel<kernels::MaximumS8>(p);
}

void make_add_dsp(OneCall& one, Random& random) {
  const std::int32_t h = random.between(1, 9), w = random.between(1, 5), c = random.between(1, 7);
  one.image("input1", image(h, w, c)).image("input2", image(h, w, c));
  one.output(image(h, w, c)).kernel<kernels::AddDspS8>({h * w * c, 20000, -30000, 99, 16});
}

void make_lut(OneCall& one, Random& random) {
  const std::int32_t h = random.between(1, 9), w = random.between(1, 5), c = random.between(1, 7);
  one.image("input", image(h, w, c)).codes("table", 256);
  one.output(image(h, w, c)).kernel<kernels::LutS8>({h * w * c});
}

void make_concat(OneCall& one, Random& random) {
  const std::int32_t h = random.between(1, 9), w = random.between(1, 5);
  kernels::ConcatS8Params p{};
  p.outer_count = h * w, p.input_count = 2, p.input_bytes[0] = 3, p.input_bytes[1] = 4, p.output_stride = 7;
  one.image("inputs.0", image(h, w, 3)).image("inputs.1", image(h, w, 4));
  one.output(image(h, w, 7)).kernel<kernels::ConcatS8>(p);
}

void make_pad(OneCall& one, Random& random) {
  const std::int32_t h = random.between(2, 7), w = random.between(1, 5), c = random.between(1, 4);
  const std::int32_t before = random.between(-1, 3), after = random.between(0, 3);
  kernels::PadS8Params p{};
  const std::int32_t first = random.between(0, 1);
  p.rank = 4 - first, p.pad_value = -5;
  const std::int32_t shape[] = {1, h, w, c};
  for (std::int32_t dim = 0; dim < p.rank; ++dim) p.input_shape[dim] = shape[first + dim];
  p.pad_before[1 - first] = before, p.pad_after[1 - first] = after, p.pad_before[2 - first] = 2;
  one.image("input", image(h, w, c)).output(image(before + h + after, w + 2, c)).kernel<kernels::PadS8>(p);
}

/// A sequence that the parameters give without or with dimensions of one element, before and behind the positions.
void make_pad_of_sequence(OneCall& one, Random& random) {
  const std::int32_t length = random.between(2, 9), c = random.between(2, 4);
  const std::int32_t before = random.between(0, 3), after = random.between(0, 3);
  const int ones_before = random.between(0, 2), ones_behind = random.between(0, 2 - ones_before);
  std::vector<std::int32_t> shape(static_cast<std::size_t>(ones_before), 1);
  shape.push_back(length);
  shape.insert(shape.end(), static_cast<std::size_t>(ones_behind), 1);
  shape.push_back(c);
  kernels::PadS8Params p{};
  p.rank = static_cast<std::int32_t>(shape.size()), p.pad_value = -5;
  std::copy(shape.begin(), shape.end(), p.input_shape);
  p.pad_before[ones_before] = before, p.pad_after[ones_before] = after;
  one.image("input", image(length, 1, c)).output(image(before + length + after, 1, c)).kernel<kernels::PadS8>(p);
}

/// An image of the codes that the kernel reads.
template <class Kernel>
void add_input(OneCall& one, std::vector<std::int64_t> shape) {
  if (sizeof(typename Kernel::Input) == 2) {
    one.wide_image("input", std::move(shape));
  } else {
    one.image("input", std::move(shape));
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

struct Case {
  const char* name;
  Maker make;
};

class RowCalls : public ::testing::TestWithParam<Case> {};

TEST_P(RowCalls, GiveTheBytesOfTheWholeCall) {
  Random random(7);
  int made = 0;
  for (int round = 0; round < 400 && !HasFailure(); ++round) {
    OneCall one(random);
    GetParam().make(one, random);
    ASSERT_TRUE(check_calls(one.program())) << to_string(check_calls(one.program()).error());
    // Windows that see padding alone have no rows to read; that is rare.
    if (!row_form(one.program(), one.call())) continue;
    ++made;
    expect_rows_equal_whole(one, random);
  }
  EXPECT_GT(made, 300);
}

INSTANTIATE_TEST_SUITE_P(
    Kernels, RowCalls,
    ::testing::Values(
        Case{"conv2d", make_conv2d}, Case{"pointwise", make_pointwise}, Case{"column", make_column},
        Case{"depthwise", make_depthwise}, Case{"conv2d_dsp", make_conv2d_dsp}, Case{"conv2d_lanes", make_conv2d_lanes},
        Case{"depthwise_lanes", make_depthwise_lanes}, Case{"conv2d_mve", make_conv2d_mve},
        Case{"depthwise_dsp", make_depthwise_dsp}, Case{"winograd_dsp", make_winograd_dsp},
        Case{"winograd_rows_dsp", make_winograd_rows_dsp}, Case{"depthwise_5x5_dsp", make_depthwise_5x5_dsp},
        Case{"depthwise_mve", make_depthwise_mve}, Case{"max_pool", make_max_pool}, Case{"avg_pool", make_avg_pool},
        Case{"add", make_add}, Case{"mul", make_mul}, Case{"maximum", make_maximum}, Case{"add_dsp", make_add_dsp},
        Case{"lut", make_lut}, Case{"concat", make_concat}, Case{"pad", make_pad},
        Case{"avg_pool_of_sequence", make_avg_pool_of_sequence}, Case{"pad_of_sequence", make_pad_of_sequence},
        Case{"conv2d_s16", make_wide_conv2d<kernels::Conv2dS16>},
        Case{"conv2d_s16_s8", make_wide_conv2d<kernels::Conv2dS16S8>},
        Case{"conv2d_s8_s16", make_wide_conv2d<kernels::Conv2dS8S16>},
        Case{"depthwise_s16", make_wide_depthwise<kernels::DepthwiseConv2dS16>},
        Case{"depthwise_s16_s8", make_wide_depthwise<kernels::DepthwiseConv2dS16S8>},
        Case{"depthwise_s8_s16", make_wide_depthwise<kernels::DepthwiseConv2dS8S16>},
        Case{"max_pool_s16", make_pool_s16<kernels::MaxPool2dS16>},
        Case{"avg_pool_s16", make_pool_s16<kernels::AvgPool2dS16>}, Case{"add_s16", make_add_s16},
        Case{"requantize_s8_s16", make_requantize_s8_s16}, Case{"requantize_s16_s8", make_requantize_s16_s8}),
    [](const auto& each) { return std::string(each.param.name); });

}  // namespace
}  // namespace pudu::ops
