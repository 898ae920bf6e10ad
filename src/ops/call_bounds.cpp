// For each kernel how many elements of which operand it touches. A kernel or a parameter without its line here or in
// bounds.hpp is refused, so that none can be forgotten. The formulas restate the operands' comments in the kernels'
// headers.
#include "ops/call_bounds.hpp"

#include "kernels/add/add_s8.hpp"
#include "kernels/add_dsp/add_dsp_s8.hpp"
#include "kernels/add_mve/add_mve_s8.hpp"
#include "kernels/avg_pool2d_f32/avg_pool2d_f32.hpp"
#include "kernels/batch_matmul/batch_matmul_s8.hpp"
#include "kernels/call_extents.hpp"
#include "kernels/concat/concat_s8.hpp"
#include "kernels/conv2d/conv2d_s8.hpp"
#include "kernels/conv2d_dsp/conv2d_dsp_s8.hpp"
#include "kernels/conv2d_dsp_s16/conv2d_dsp_s16.hpp"
#include "kernels/conv2d_dsp_s16_s8/conv2d_dsp_s16_s8.hpp"
#include "kernels/conv2d_dsp_s8_s16/conv2d_dsp_s8_s16.hpp"
#include "kernels/conv2d_lanes/check_operand.hpp"
#include "kernels/conv2d_mve/conv2d_mve_s8.hpp"
#include "kernels/conv2d_winograd_dsp/conv2d_winograd_dsp_s8.hpp"
#include "kernels/conv2d_winograd_rows_dsp/conv2d_winograd_rows_dsp_s8.hpp"
#include "kernels/copy/copy_s8.hpp"
#include "kernels/depthwise_conv2d/depthwise_conv2d_s8.hpp"
#include "kernels/depthwise_conv2d_5x5_dsp/depthwise_conv2d_5x5_dsp_s8.hpp"
#include "kernels/depthwise_conv2d_dsp/depthwise_conv2d_dsp_s8.hpp"
#include "kernels/depthwise_conv2d_lanes/depthwise_conv2d_lanes_s8.hpp"
#include "kernels/depthwise_conv2d_mve/depthwise_conv2d_mve_s8.hpp"
#include "kernels/depthwise_conv2d_mve/prepare.hpp"
#include "kernels/dequantize/dequantize_s8_f32.hpp"
#include "kernels/dequantize_s16/dequantize_s16_f32.hpp"
#include "kernels/div/div_s8.hpp"
#include "kernels/float_extents.hpp"
#include "kernels/index_select/index_select_s8.hpp"
#include "kernels/linear/linear_s8.hpp"
#include "kernels/linear_dsp/linear_dsp_s8.hpp"
#include "kernels/linear_lanes/linear_lanes_s8.hpp"
#include "kernels/linear_mve/linear_mve_s8.hpp"
#include "kernels/lut/lut_s8.hpp"
#include "kernels/max_pool2d_f32/max_pool2d_f32.hpp"
#include "kernels/maximum/maximum_s8.hpp"
#include "kernels/mean_of_sums/mean_of_sums_s8.hpp"
#include "kernels/minimum/minimum_s8.hpp"
#include "kernels/mul/mul_s8.hpp"
#include "kernels/pointwise_s4/pointwise_s4.hpp"
#include "kernels/prelu_codes/prelu_codes_s8.hpp"
#include "kernels/quantize/quantize_f32_s8.hpp"
#include "kernels/quantize_s16/quantize_f32_s16.hpp"
#include "kernels/quantize_ties_away/quantize_ties_away_f32_s8.hpp"
#include "kernels/resize_bilinear_ties_away/resize_bilinear_ties_away_s8.hpp"
#include "kernels/row_sums/row_sums_s8.hpp"
#include "kernels/sequence_lstm/sequence_lstm_s8.hpp"
#include "kernels/softmax/softmax_s8.hpp"
#include "kernels/strided_slice_f32/strided_slice_f32.hpp"
#include "kernels/svdf/svdf_s8.hpp"
#include "ops/bounds.hpp"
#include "ops/extension.hpp"

namespace pudu::ops {
namespace {

// One overload for each kernel's parameters, which are all in their ranges.

void check(Bounds& bounds, const kernels::Conv2dS8Params& p) {
  bounds.is_zero_point(p.output_offset);
  if (p.input_channels % p.groups != 0 || p.output_channels % p.groups != 0) {
    return bounds.fault("groups is " + std::to_string(p.groups), "a divisor of both numbers of channels");
  }
  touches_images(bounds, p, p.input_channels, p.output_channels, p.dilation_h, p.dilation_w);
  bounds.touches("weights", {p.output_channels, p.kernel_h, p.kernel_w, p.input_channels / p.groups});
  bounds.touches_channels(p.output_channels);
}

/// ChannelConstants of prepared kernels: shifts are distances that a 32-bit number can be shifted.
void touches_constants(Bounds& bounds, std::int32_t form, std::int64_t channels) {
  const bool is_known = form == 0 || form == 1 || (form >= 9 && form <= 15 && form % 2 == 1);
  if (!is_known) return bounds.fault("parameter 'form' is " + std::to_string(form), "0, 1, 9, 11, 13 or 15");
  bounds.touches_integers("constants", 4 * channels, INT32_MIN, largest_index);
  bounds.every_fourth_is_shift("constants", form == 0 ? -31 : 0, form == 0 ? 30 : 22);
}

/// WideConstants, and the form of outputs of `output_bytes`.
void touches_wide_constants(Bounds& bounds, std::int32_t form, std::size_t output_bytes, std::int64_t channels) {
  const std::int32_t last = output_bytes == 1 ? 1 : 3;
  if (form < 1 || form > last) {
    return bounds.fault("parameter 'form' is " + std::to_string(form), last == 1 ? "1" : "1 to 3");
  }
  bounds.touches("constants", {channels, 4});
}

/// The windows of convolutions for the DSP extension.
void check_dsp_windows(Bounds& bounds, const kernels::Conv2dDspS8Params& p) {
  using Kernel = kernels::Conv2dDspS8;
  touches_images(bounds, p, p.input_channels, p.output_channels, 1, 1);
  bounds.fits("a piece", std::int64_t{p.kernel_w} * p.input_channels + 3);
  if (p.output_channels < 2) bounds.fault("one output channel", "at least 2");
  if (p.strip_positions % 2 != 0) bounds.fault("a strip of " + std::to_string(p.strip_positions), "even numbers");
  if (p.weight_bits % 8 != 0) bounds.fault("weights of " + std::to_string(p.weight_bits) + " bits", "8 or 16");
  if (!bounds.ok()) return;
  bounds.fits("units", std::int64_t{p.kernel_h} * Kernel::piece_units(p) * 8);
  if (p.pads_image != 0) {
    const std::int64_t h = std::int64_t{p.output_h - 1} * p.stride_h + p.kernel_h;
    bounds.fits("a padded row", (std::int64_t{p.output_w - 1} * p.stride_w + p.kernel_w) * p.input_channels);
    if (!bounds.ok()) return;
    bounds.fits("the padded image", h * Kernel::seen_w(p) * p.input_channels + 8);
    if (!bounds.ok()) return;
  }
  bounds.touches("weights", {Kernel::channel_pairs(p), Kernel::units(p), p.weight_bits});
}

void check(Bounds& bounds, const kernels::Conv2dDspS8Params& p) {
  bounds.is_zero_point(p.output_offset);
  check_dsp_windows(bounds, p);
  if (bounds.ok()) touches_constants(bounds, p.form, 2 * std::int64_t{kernels::Conv2dDspS8::channel_pairs(p)});
}

template <class In, class Out>
void check(Bounds& bounds, const kernels::WideConv2dDspParams<In, Out>& params) {
  const kernels::Conv2dDspS8Params p = kernels::WideConv2dDsp<In, Out>::windows(params);
  check_dsp_windows(bounds, p);
  if (!bounds.ok()) return;
  touches_wide_constants(bounds, params.form, sizeof(Out), 2 * std::int64_t{kernels::Conv2dDspS8::channel_pairs(p)});
}

void check(Bounds& bounds, const kernels::Conv2dWinogradDspS8Params& p) {
  using Kernel = kernels::Conv2dWinogradDspS8;
  bounds.is_zero_point(p.output_offset);
  bounds.windows_fit(p.output_h, 1, 3, 1, p.pad_top);
  bounds.windows_fit(p.output_w, 1, 3, 1, p.pad_left);
  bounds.touches("input", {p.batches, p.input_h, p.input_w, p.input_channels});
  bounds.touches("output", {p.batches, p.output_h, p.output_w, p.output_channels});
  if (p.output_channels < 2) bounds.fault("one output channel", "at least 2");
  if (p.output_w < 4) bounds.fault(std::to_string(p.output_w) + " output columns", "at least 4");
  if (p.input_channels % 4 != 0 || p.input_channels < 8 || p.input_channels > 128) {
    bounds.fault(std::to_string(p.input_channels) + " input channels", "a multiple of 4 from 8 to 128");
  }
  if (p.weight_bits % 8 != 0) bounds.fault("weights of " + std::to_string(p.weight_bits) + " bits", "8 or 16");
  if (!bounds.ok()) return;
  const std::int64_t pairs = Kernel::channel_pairs(p);
  if (p.weight_bits == 16) {
    bounds.touches("weights", {pairs, static_cast<std::int64_t>(Kernel::pair_bytes(p))});
  } else {
    bounds.touches("weights", {pairs, Kernel::quads(p), 72});
  }
  touches_constants(bounds, p.form, 2 * pairs);
}

void check(Bounds& bounds, const kernels::Conv2dWinogradRowsDspS8Params& p) {
  using Kernel = kernels::Conv2dWinogradRowsDspS8;
  bounds.is_zero_point(p.output_offset);
  bounds.windows_fit(p.output_h, 1, 3, 1, p.pad_top);
  bounds.windows_fit(p.output_w, 1, 3, 1, p.pad_left);
  bounds.touches("input", {p.batches, p.input_h, p.input_w, p.input_channels});
  bounds.touches("output", {p.batches, p.output_h, p.output_w, p.output_channels});
  if (p.output_channels < 4) bounds.fault(std::to_string(p.output_channels) + " output channels", "at least 4");
  if (p.output_w < 4) bounds.fault(std::to_string(p.output_w) + " output columns", "at least 4");
  if (p.input_channels % 8 != 0 || p.input_channels < 8 || p.input_channels > 128) {
    bounds.fault(std::to_string(p.input_channels) + " input channels", "a multiple of 8 from 8 to 128");
  }
  if (!bounds.ok()) return;
  const std::int64_t groups = Kernel::channel_groups(p);
  bounds.touches("weights", {groups * static_cast<std::int64_t>(Kernel::group_bytes(p)) + p.input_channels});
  touches_constants(bounds, p.form, 4 * groups);
}

void check(Bounds& bounds, const kernels::Conv2dLanesS8Params& p) {
  bounds.is_zero_point(p.output_offset);
  touches_images(bounds, p, p.input_channels, p.output_channels, 1, 1);
  const std::int64_t taps = std::int64_t{p.kernel_h} * p.kernel_w * p.input_channels;
  bounds.fits("gathered values", taps * 16 * p.strip_blocks);
  bounds.fits("a window's row", std::int64_t{p.kernel_w} * p.input_channels + 3);
  bounds.fits("outputs of a block", std::int64_t{p.output_channels} * 8 + 3);
  bounds.touches("weights", {p.output_channels, taps});
  bounds.has_words("weights", [&](const std::int32_t* words, std::size_t count) {
    return kernels::conv2d_lanes::is_operand(p, words, count);
  });
}

void check(Bounds& bounds, const kernels::DepthwiseConv2dDspS8Params& p) {
  bounds.windows_fit(p.output_h, p.stride_h, 3, 1, p.pad_top);
  bounds.windows_fit(p.output_w, p.stride_w, 3, 1, p.pad_left);
  bounds.touches("input", {p.batches, p.input_h, p.input_w, p.channels});
  bounds.touches("output", {p.batches, p.output_h, p.output_w, p.channels});
  if (p.channels < 4) bounds.fault(std::to_string(p.channels) + " channels", "at least 4");
  if (p.stride_h != p.stride_w || p.stride_h > 2) bounds.fault("unequal or large strides", "1 or 2 in both directions");
  if (p.form == 0) bounds.fault("form General", "the other forms");
  if (p.weight_bits % 8 != 0) bounds.fault("weights of " + std::to_string(p.weight_bits) + " bits", "8 or 16");
  if (!bounds.ok()) return;
  const std::int64_t channels = 4 * std::int64_t{kernels::DepthwiseConv2dDspS8::groups(p)};
  bounds.touches("weights", {channels, p.weight_bits == 16 ? 4 * kernels::depthwise_conv2d_dsp::weight_words : 9});
  touches_constants(bounds, p.form, channels);
}

void check(Bounds& bounds, const kernels::DepthwiseConv2dLanesS8Params& p) {
  bounds.is_zero_point(p.output_offset);
  bounds.windows_fit(p.output_h, p.stride_h, 3, 1, p.pad_top);
  bounds.windows_fit(p.output_w, p.stride_w, 3, 1, p.pad_left);
  bounds.touches("input", {p.batches, p.input_h, p.input_w, p.channels});
  bounds.touches("output", {p.batches, p.output_h, p.output_w, p.channels});
  if (p.stride_h != p.stride_w || p.stride_h > 2) bounds.fault("unequal or large strides", "1 or 2 in both directions");
  if (!bounds.ok()) return;
  const std::int64_t h = std::max(p.input_h, 2 * p.output_h + 3) + std::int64_t{p.pad_top};
  const std::int64_t w = std::max(p.input_w, 2 * p.output_w + 3) + std::int64_t{p.pad_left};
  bounds.fits("a plane", h * w * std::max(p.channels, 128));
  if (!bounds.ok()) return;
  bounds.touches("weights", {p.channels, 12});
  bounds.touches("constants", {p.channels, p.channel_words});
  if (p.channel_words == 4) return touches_constants(bounds, p.form, p.channels);
  if (p.channel_words != 5 && p.channel_words != 7) {
    return bounds.fault("constants of " + std::to_string(p.channel_words) + " words", "4, 5 or 7");
  }
  bounds.lanes_have_shifts("constants", 0, p.channels, p.channel_words);
}

void check(Bounds& bounds, const kernels::DepthwiseConv2d5x5DspS8Params& p) {
  bounds.windows_fit(p.output_h, p.stride_h, 5, 1, p.pad_top);
  bounds.windows_fit(p.output_w, p.stride_w, 5, 1, p.pad_left);
  bounds.touches("input", {p.batches, p.input_h, p.input_w, p.channels});
  bounds.touches("output", {p.batches, p.output_h, p.output_w, p.channels});
  if (p.channels < 4) bounds.fault(std::to_string(p.channels) + " channels", "at least 4");
  if (p.output_w < 4) bounds.fault(std::to_string(p.output_w) + " output columns", "at least 4");
  if (p.stride_h != p.stride_w || p.stride_h > 2) bounds.fault("unequal or large strides", "1 or 2 in both directions");
  if (p.form == 0) bounds.fault("form General", "the other forms");
  if (!bounds.ok()) return;
  const std::int64_t channels = 4 * std::int64_t{kernels::DepthwiseConv2d5x5DspS8::groups(p)};
  bounds.touches("weights", {channels, 25});
  touches_constants(bounds, p.form, channels);
}

/// There is code for the shape, and 16-bit distances reach over three rows.
void check_shared_rows(Bounds& bounds, const kernels::Conv2dMveS8Params& p) {
  const std::int64_t row = std::int64_t{p.kernel_w} * p.input_channels, units = (p.kernel_h * row + 15) / 16;
  bounds.fits("a row of taps", row * p.stride_h * 32);
  bounds.fits("a window", row * p.kernel_h * 32);
  if (!bounds.ok()) return;
  if (row > 16 || !kernels::conv2d_mve::has_rows_pass(static_cast<std::int32_t>(units),
                                                      static_cast<std::int32_t>(row * p.stride_h))) {
    bounds.fault("shared rows with this shape", "3x3, 5x5 and 10x4 windows of 1 or 3 channels");
  }
  if (std::int64_t{3} * p.output_w * p.output_channels >= UINT16_MAX) {
    bounds.fault("shared rows of long lines", "lines of at most 21844 outputs");
  }
}

void check(Bounds& bounds, const kernels::Conv2dMveS8Params& p) {
  using Kernel = kernels::Conv2dMveS8;
  bounds.is_zero_point(p.output_offset);
  touches_images(bounds, p, p.input_channels, p.output_channels, 1, 1);
  if (p.output_channels < 2 || p.output_channels > kernels::conv2d_mve::most_output_channels) {
    bounds.fault(std::to_string(p.output_channels) + " output channels", "2 to 16384");
  }
  const auto sharing = static_cast<kernels::Conv2dSharing>(p.sharing);
  if (sharing == kernels::Conv2dSharing::Columns && (p.kernel_w != 3 || p.stride_w > 2 || p.output_w < 4)) {
    bounds.fault("shared columns with this shape", "kernel_w 3, stride_w 1 or 2, at least 4 outputs a row");
  }
  if (sharing == kernels::Conv2dSharing::Rows) check_shared_rows(bounds, p);
  bounds.fits("windows", std::int64_t{p.kernel_h} * p.kernel_w * p.input_channels * 8 + 1024);
  bounds.fits("columns", std::int64_t{p.kernel_h} * p.input_channels * 17 + p.kernel_h * std::int64_t{512});
  if (!bounds.ok()) return;
  bounds.touches("weights", {Kernel::pairs(p), Kernel::pair_bytes(p)});
  bounds.touches("constants", {Kernel::pairs(p), 8});
}

void check(Bounds& bounds, const kernels::DepthwiseConv2dMveS8Params& p) {
  bounds.is_zero_point(p.output_offset);
  bounds.windows_fit(p.output_h, p.stride_h, p.kernel_h, 1, p.pad_top);
  bounds.windows_fit(p.output_w, p.stride_w, p.kernel_w, 1, p.pad_left);
  bounds.touches("input", {p.batches, p.input_h, p.input_w, p.channels});
  bounds.touches("output", {p.batches, p.output_h, p.output_w, p.channels});
  if (p.channels < 8) bounds.fault(std::to_string(p.channels) + " channels", "at least 8");
  if (p.stride_h != p.stride_w || p.stride_h > 2) bounds.fault("unequal or large strides", "1 or 2 in both directions");
  if (p.kernel_h != p.kernel_w || (p.kernel_h != 3 && p.kernel_h != 5)) bounds.fault("other windows", "3x3 or 5x5");
  if (!bounds.ok()) return;
  // The sizes that the next line computes fit, because positions along and across do.
  if (p.output_h > 8192 || p.output_w > 8192 || !kernels::depthwise_conv2d_mve::has_small_distances(p)) {
    return bounds.fault("eight outputs or buffers far apart", "distances of at most 65535 bytes");
  }
  bounds.touches("weights", {p.channels, kernels::depthwise_conv2d_mve::weight_bytes(p.kernel_h)});
  bounds.touches_integers("constants", 4 * std::int64_t{p.channels}, INT32_MIN, largest_index);
  bounds.every_fourth_is_shift("constants", -31, 0);
}

void check(Bounds& bounds, const kernels::DepthwiseConv2dS8Params& p) {
  bounds.is_zero_point(p.output_offset);
  if (std::int64_t{p.input_channels} * p.depth_multiplier != p.output_channels) {
    return bounds.fault("output_channels is " + std::to_string(p.output_channels),
                        "input_channels times depth_multiplier");
  }
  touches_images(bounds, p, p.input_channels, p.output_channels, p.dilation_h, p.dilation_w);
  bounds.touches("weights", {p.kernel_h, p.kernel_w, p.output_channels});
  bounds.touches_channels(p.output_channels);
}

void check(Bounds& bounds, const kernels::QuantizeF32S16Params& p) {
  bounds.touches("input", {p.count});
  bounds.touches("output", {p.count});
}

void check(Bounds& bounds, const kernels::DequantizeS16F32Params& p) {
  bounds.touches("input", {p.count});
  bounds.touches("output", {p.count});
}

void check(Bounds& bounds, const kernels::LinearDspS8Params& p) {
  bounds.is_zero_point(p.output_offset);
  bounds.fits("features", std::int64_t{p.input_features} + 3);
  bounds.fits("outputs", std::int64_t{p.output_features} + 3);
  if (p.weight_bits % 8 != 0) bounds.fault("weights of " + std::to_string(p.weight_bits) + " bits", "8 or 16");
  if (!bounds.ok()) return;
  bounds.touches("input", {p.batches, p.input_features});
  bounds.touches("weights",
                 {kernels::LinearDspS8::groups(p), kernels::LinearDspS8::units(p), 2 * std::int64_t{p.weight_bits}});
  bounds.touches("output", {p.batches, p.output_features});
  if (p.constant_words == 4) return touches_constants(bounds, p.form, p.output_features);
  if (p.constant_words == 1) {
    if (p.form != 1) return bounds.fault("one word of constants", "with form Rounded");
    return bounds.touches("constants", {std::int64_t{p.output_features} + 3});
  }
  if (p.constant_words == 3) return bounds.fault("three words of constants", "1, 2 or 4");
  if (p.form < 9 || p.form % 2 == 0) return bounds.fault("two words of constants", "with a form Line");
  bounds.touches("constants", {2, p.output_features});
}

void check(Bounds& bounds, const kernels::PointwiseS4Params& p) {
  bounds.is_zero_point(p.output_offset);
  if (p.input_channels > kernels::PointwiseS4::most_input_channels) {
    bounds.fault(std::to_string(p.input_channels) + " input channels",
                 "at most " + std::to_string(kernels::PointwiseS4::most_input_channels));
  }
  if (std::int64_t{p.output_h - 1} * p.stride_h >= p.input_h ||
      std::int64_t{p.output_w - 1} * p.stride_w >= p.input_w) {
    bounds.fault("windows beyond the image", "no padding");
  }
  if (!bounds.ok()) return;
  bounds.touches("input", {p.batches, p.input_h, p.input_w, p.input_channels});
  bounds.touches("weights", {p.output_channels, kernels::PointwiseS4::row_bytes(p)});
  for (const char* constants : {"bias", "multipliers", "shifts"}) bounds.touches(constants, {p.output_channels});
  bounds.touches("output", {p.batches, p.output_h, p.output_w, p.output_channels});
}

void check(Bounds& bounds, const kernels::LinearMveS8Params& p) {
  bounds.is_zero_point(p.output_offset);
  bounds.fits("features", std::int64_t{p.input_features} + 15);
  if (p.output_features < 4) bounds.fault(std::to_string(p.output_features) + " outputs", "at least 4");
  if (!bounds.ok()) return;
  bounds.touches("input", {p.batches, p.input_features});
  bounds.touches("weights", {kernels::LinearMveS8::groups(p), kernels::LinearMveS8::units(p), 64});
  bounds.touches("constants", {kernels::LinearMveS8::groups(p), 12});
  bounds.touches("output", {p.batches, p.output_features});
}

void check(Bounds& bounds, const kernels::LinearLanesS8Params& p) {
  using Kernel = kernels::LinearLanesS8;
  bounds.is_zero_point(p.output_offset);
  if (p.weight_bits % 8 != 0) bounds.fault("weights of " + std::to_string(p.weight_bits) + " bits", "8 or 16");
  if (p.channel_words != 1 && p.channel_words != 7) {
    bounds.fault("constants of " + std::to_string(p.channel_words) + " words", "1 or 7");
  }
  bounds.fits("features", (std::int64_t{p.input_features} + 2) * 8);
  bounds.fits("outputs", std::int64_t{p.output_features} + 8);
  bounds.fits("runs", std::int64_t{p.runs} + 3);
  if (!bounds.ok()) return;
  bounds.touches("input", {p.batches, p.input_features});
  bounds.touches("weights", {Kernel::groups(p), Kernel::features(p), p.weight_bits / 4});
  bounds.touches("output", {p.batches, p.output_features});
  const std::int64_t words = p.channel_words == 7 ? 7 * std::int64_t{p.output_features} : 7 + p.output_features;
  bounds.touches("constants", {Kernel::run_words(p) + words});
  bounds.lanes_have_shifts("constants", Kernel::run_words(p), p.channel_words == 7 ? p.output_features : 1, 7);
  const std::vector<std::uint8_t> runs = bounds.leading_bytes("constants", p.runs);
  auto run = runs.begin();
  for (std::int32_t group = 0; group < Kernel::groups(p) && bounds.ok(); ++group) {
    std::int32_t features = 0, count = 0;
    for (; run != runs.end() && *run != 0 && features < Kernel::features(p); ++run, ++count) features += 2 * *run;
    if (features != Kernel::features(p) || count > p.most_runs) {
      return bounds.fault("runs of " + std::to_string(features) + " features", "as many as the input has");
    }
  }
}

void check(Bounds& bounds, const kernels::LinearS8Params& p) {
  bounds.is_zero_point(p.output_offset);
  bounds.touches("input", {p.batches, p.input_features});
  bounds.touches("weights", {p.output_features, p.input_features});
  bounds.touches("output", {p.batches, p.output_features});
  bounds.touches_channels(p.output_features);
}

void check(Bounds& bounds, const kernels::BatchMatmulS8Params& p) {
  bounds.is_zero_point(p.output_offset);
  if (p.shift > 30) bounds.fault("parameter 'shift' is " + std::to_string(p.shift), "-31 to 30");
  bounds.touches("lhs", {p.batches, p.rows, p.depth});
  bounds.touches("rhs_transposed", {p.batches, p.columns, p.depth});
  bounds.touches("output", {p.batches, p.rows, p.columns});
}

void check(Bounds& bounds, const kernels::AddDspS8Params& p) {  // and of add_mve_s8
  if (p.shift < 16 || p.shift > 22 || p.shift % 2 != 0) {
    bounds.fault("parameter 'shift' is " + std::to_string(p.shift), "16, 18, 20 or 22");
  }
  for (const char* operand : {"input1", "input2", "output"}) bounds.touches(operand, {p.count});
}

void check(Bounds& bounds, const kernels::DivS8Params& p) {
  bounds.is_zero_point(p.output_offset);
  for (const char* operand : {"input1", "input2", "output"}) bounds.touches(operand, {p.count});
}

template <class Params>
void check_comparison(Bounds& bounds, const Params& p) {
  bounds.touches_strided("input1", p.rank, p.output_shape, p.input1_strides, 0);
  bounds.touches_strided("input2", p.rank, p.output_shape, p.input2_strides, 0);
  bounds.touches_shape("output", p.rank, p.output_shape);
}
void check(Bounds& bounds, const kernels::MinimumS8Params& p) {
  check_comparison(bounds, p);
}
void check(Bounds& bounds, const kernels::MaximumS8Params& p) {
  check_comparison(bounds, p);
}

template <class Params>
void check_binary(Bounds& bounds, const Params& p) {
  bounds.is_zero_point(p.output_offset);
  bounds.touches_strided("input1", p.rank, p.output_shape, p.input1_strides, 0);
  bounds.touches_strided("input2", p.rank, p.output_shape, p.input2_strides, 0);
  bounds.touches_shape("output", p.rank, p.output_shape);
}
void check(Bounds& bounds, const kernels::AddS8Params& p) {
  check_binary(bounds, p);
}
void check(Bounds& bounds, const kernels::MulS8Params& p) {
  check_binary(bounds, p);
}

void check(Bounds& bounds, const kernels::ConcatS8Params& p) {
  std::int64_t end = p.output_offset;
  bounds.fits("output_offset", end);
  for (std::int32_t i = 0; i < p.input_count; ++i) {
    bounds.touches("inputs." + std::to_string(i), {p.outer_count, p.input_bytes[i]});
    end += p.input_bytes[i];
  }
  bounds.touches("output", {std::int64_t{p.outer_count - 1} * p.output_stride + end});
}

void check(Bounds& bounds, const kernels::ConcatF32Params& p) {
  std::int64_t end = p.output_offset;
  bounds.fits("output_offset", end);
  for (std::int32_t i = 0; i < p.input_count; ++i) {
    bounds.touches("inputs." + std::to_string(i), {p.outer_count, p.sizes[i]});
    end += p.sizes[i];
  }
  bounds.touches("output", {std::int64_t{p.outer_count - 1} * p.output_stride + end});
}

void check(Bounds& bounds, const kernels::CopyS8Params& p) {
  bounds.touches("input", {p.bytes});
  bounds.touches("output", {p.bytes});
}

void check(Bounds& bounds, const kernels::RowSumsS8Params& p) {
  bounds.require(p.columns <= p.input_w, "columns", p.columns, "at most input_w");
  bounds.require(std::int64_t{p.rows} * p.columns <= kernels::largest_mean, "the number of summed codes",
                 std::int64_t{p.rows} * p.columns, "at most 8388607");
  bounds.touches("input", {p.rows, p.input_w, p.channels});
  bounds.touches("output", {p.channels});
}

void check(Bounds& bounds, const kernels::MeanOfSumsS8Params& p) {
  bounds.touches("input", {p.channels});
  bounds.touches("output", {p.channels});
}

void check(Bounds& bounds, const kernels::LutS8Params& p) {
  bounds.touches("input", {p.count});
  bounds.touches("table", {256});
  bounds.touches("output", {p.count});
}

void check(Bounds& bounds, const kernels::SoftmaxS8Params& p) {
  if (p.shift < 0) bounds.fault("parameter 'shift' is " + std::to_string(p.shift), "0 to 31");
  bounds.touches("input", {p.outer_count, p.depth});
  bounds.touches("output", {p.outer_count, p.depth});
}

void check(Bounds& bounds, const kernels::QuantizeF32S8Params& p) {
  bounds.touches("input", {p.count});
  bounds.touches("output", {p.count});
}

void check(Bounds& bounds, const kernels::PreluCodesS8Params& p) {
  bounds.is_zero_point(p.output_offset);
  if (p.shift > 30) bounds.fault("parameter 'shift' is " + std::to_string(p.shift), "-31 to 30");
  bounds.touches("input", {p.outer_count, p.channels});
  bounds.touches("slopes", {p.channels});
  bounds.touches("output", {p.outer_count, p.channels});
}

void check(Bounds& bounds, const kernels::DequantizeS8F32Params& p) {
  bounds.touches("input", {p.count});
  bounds.touches("output", {p.count});
}

/// The kernels whose conditions others check as well.
template <class Params>
void check(Bounds& bounds, const Params& p) {
  kernels::check_extents(bounds, p);
}

void check(Bounds& bounds, const kernels::SvdfS8Params& p) {
  bounds.is_zero_point(p.output_offset);
  if (p.input_features > kernels::SvdfS8::max_input_features) {
    return bounds.fault("input_features is " + std::to_string(p.input_features),
                        "1 to " + std::to_string(kernels::SvdfS8::max_input_features));
  }
  bounds.touches("input", {p.batches, p.input_features});
  bounds.touches("feature_weights", {p.units, p.filters_per_unit, p.input_features});
  bounds.touches("time_weights", {p.units, p.filters_per_unit, p.memory});
  bounds.touches("bias", {p.units});
  for (const char* state : {"state", "output_state"}) {
    bounds.touches(state, {p.batches, p.units, p.filters_per_unit, p.memory});
  }
  bounds.touches("output", {p.batches, p.units});
}

void check(Bounds& bounds, const kernels::SequenceLstmS8Params& p) {
  using Kernel = kernels::SequenceLstmS8;
  bounds.is_zero_point(p.output_offset);
  if (p.input_features > Kernel::max_features || p.units > Kernel::max_features) {
    return bounds.fault("input_features is " + std::to_string(p.input_features) + ", units " + std::to_string(p.units),
                        "1 to " + std::to_string(Kernel::max_features));
  }
  const std::int32_t input_shape[] = {p.steps, p.batches, p.input_features};
  const std::int32_t input_strides[] = {p.input_step_stride, p.input_batch_stride, 1};
  const std::int32_t output_shape[] = {p.steps, p.batches, p.units};
  const std::int32_t output_strides[] = {p.output_step_stride, p.output_batch_stride, 1};
  bounds.touches_strided("input", 3, input_shape, input_strides, 0);
  bounds.touches("input_weights", {4, p.units, p.input_features});
  bounds.touches("hidden_weights", {4, p.units, p.units});
  for (const char* bias : {"input_bias", "hidden_bias"}) bounds.touches(bias, {4, p.units});
  for (const char* state : {"state", "cell", "output_state", "output_cell"})
    bounds.touches(state, {p.batches, p.units});
  bounds.touches_strided("output", 3, output_shape, output_strides, 0);
}

struct KernelCheck {
  std::string_view kernel;
  void (*check)(Bounds& bounds, const program::KernelCall& call);
};

template <class Kernel>
constexpr KernelCheck check_of() {
  return {Kernel::name, [](Bounds& bounds, const program::KernelCall& call) {
            check(bounds, detail::to_params<typename Kernel::Params>(call.parameters));
          }};
}

constexpr std::array kernel_checks = {check_of<kernels::ConcatF32>(),
                                      check_of<kernels::AddDspS8>(),
                                      check_of<kernels::AddMveS8>(),
                                      check_of<kernels::AddS8>(),
                                      check_of<kernels::BatchMatmulS8>(),
                                      check_of<kernels::ConcatS8>(),
                                      check_of<kernels::Conv2dS8>(),
                                      check_of<kernels::Conv2dDspS8>(),
                                      check_of<kernels::Conv2dDspS16>(),
                                      check_of<kernels::Conv2dDspS16S8>(),
                                      check_of<kernels::Conv2dDspS8S16>(),
                                      check_of<kernels::Conv2dWinogradDspS8>(),
                                      check_of<kernels::Conv2dWinogradRowsDspS8>(),
                                      check_of<kernels::Conv2dLanesS8>(),
                                      check_of<kernels::CopyS8>(),
                                      check_of<kernels::Conv2dMveS8>(),
                                      check_of<kernels::DepthwiseConv2d5x5DspS8>(),
                                      check_of<kernels::DepthwiseConv2dDspS8>(),
                                      check_of<kernels::DepthwiseConv2dLanesS8>(),
                                      check_of<kernels::DepthwiseConv2dMveS8>(),
                                      check_of<kernels::DepthwiseConv2dS8>(),
                                      check_of<kernels::DequantizeS16F32>(),
                                      check_of<kernels::DequantizeS8F32>(),
                                      check_of<kernels::DivS8>(),
                                      check_of<kernels::IndexSelectS8>(),
                                      check_of<kernels::LinearDspS8>(),
                                      check_of<kernels::LinearLanesS8>(),
                                      check_of<kernels::LinearMveS8>(),
                                      check_of<kernels::PointwiseS4>(),
                                      check_of<kernels::LinearS8>(),
                                      check_of<kernels::LutS8>(),
                                      check_of<kernels::MaximumS8>(),
                                      check_of<kernels::MinimumS8>(),
                                      check_of<kernels::MeanOfSumsS8>(),
                                      check_of<kernels::MulS8>(),
                                      check_of<kernels::PreluCodesS8>(),
                                      check_of<kernels::QuantizeF32S16>(),
                                      check_of<kernels::QuantizeF32S8>(),
                                      check_of<kernels::QuantizeTiesAwayF32S8>(),
                                      check_of<kernels::ResizeBilinearTiesAwayS8>(),
                                      check_of<kernels::RowSumsS8>(),
                                      check_of<kernels::SequenceLstmS8>(),
                                      check_of<kernels::SoftmaxS8>(),
                                      check_of<kernels::SvdfS8>(),
#define PUDU_CHECK_OF(TYPE) check_of<kernels::TYPE>(),
                                      PUDU_OPERATOR_KERNELS(PUDU_CHECK_OF)
#undef PUDU_CHECK_OF
};

}  // namespace

bool is_own_kernel(std::string_view name) {
  return std::any_of(kernel_checks.begin(), kernel_checks.end(),
                     [&](const KernelCheck& check) { return check.kernel == name; });
}

Status check_bounds(const program::Program& program, const program::KernelCall& call, const KernelBinding& kernel) {
  Bounds bounds(program, call);
  if (const AddedKernelCheck* added = find_added_check(kernel.name)) {
    added->check(bounds, call);
    return std::move(bounds).status();
  }
  bounds.check_parameters(kernel);
  const auto found = std::find_if(kernel_checks.begin(), kernel_checks.end(),
                                  [&](const KernelCheck& candidate) { return candidate.kernel == kernel.name; });
  if (found == kernel_checks.end()) bounds.fault("kernel " + std::string(kernel.name), "kernels of known extents");
  if (bounds.ok()) found->check(bounds, call);
  return std::move(bounds).status();
}

}  // namespace pudu::ops
