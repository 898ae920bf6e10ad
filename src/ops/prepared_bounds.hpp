// Which elements of which operand the kernels touch that are prepared for an ISA. A part of call_bounds.cpp, which
// alone includes it; the formulas restate the operands' comments in the kernels' headers.
#pragma once

#include "kernels/add_dsp/add_dsp_s8.hpp"
#include "kernels/add_mve/add_mve_s8.hpp"
#include "kernels/conv2d_dsp/conv2d_dsp_s8.hpp"
#include "kernels/conv2d_dsp_s16/conv2d_dsp_s16.hpp"
#include "kernels/conv2d_dsp_s16_s8/conv2d_dsp_s16_s8.hpp"
#include "kernels/conv2d_dsp_s8_s16/conv2d_dsp_s8_s16.hpp"
#include "kernels/conv2d_lanes/check_operand.hpp"
#include "kernels/conv2d_mve/conv2d_mve_s8.hpp"
#include "kernels/conv2d_winograd_dsp/conv2d_winograd_dsp_s8.hpp"
#include "kernels/conv2d_winograd_rows_dsp/conv2d_winograd_rows_dsp_s8.hpp"
#include "kernels/depthwise_conv2d_5x5_dsp/depthwise_conv2d_5x5_dsp_s8.hpp"
#include "kernels/depthwise_conv2d_dsp/depthwise_conv2d_dsp_s8.hpp"
#include "kernels/depthwise_conv2d_dsp_s16/depthwise_conv2d_dsp_s16.hpp"
#include "kernels/depthwise_conv2d_dsp_s16_s8/depthwise_conv2d_dsp_s16_s8.hpp"
#include "kernels/depthwise_conv2d_dsp_s8_s16/depthwise_conv2d_dsp_s8_s16.hpp"
#include "kernels/depthwise_conv2d_lanes/depthwise_conv2d_lanes_s8.hpp"
#include "kernels/depthwise_conv2d_mve/depthwise_conv2d_mve_s8.hpp"
#include "kernels/depthwise_conv2d_mve/prepare.hpp"
#include "kernels/linear_dsp/linear_dsp_s8.hpp"
#include "kernels/linear_dsp_s16/linear_dsp_s16.hpp"
#include "kernels/linear_dsp_s16_s8/linear_dsp_s16_s8.hpp"
#include "kernels/linear_dsp_s8_s16/linear_dsp_s8_s16.hpp"
#include "kernels/linear_lanes/linear_lanes_s8.hpp"
#include "kernels/linear_mve/linear_mve_s8.hpp"
#include "kernels/pointwise_s4/pointwise_s4.hpp"
#include "ops/bounds.hpp"

namespace pudu::ops {

// One overload for each kernel's parameters, which are all in their ranges.

/// ChannelConstants of prepared kernels: shifts are distances that a 32-bit number can be shifted.
inline void touches_constants(Bounds& bounds, std::int32_t form, std::int64_t channels) {
  const bool is_known = form == 0 || form == 1 || (form >= 9 && form <= 15 && form % 2 == 1);
  if (!is_known) return bounds.fault("parameter 'form' is " + std::to_string(form), "0, 1, 9, 11, 13 or 15");
  bounds.touches_integers("constants", 4 * channels, INT32_MIN, largest_index);
  bounds.every_fourth_is_shift("constants", form == 0 ? -31 : 0, form == 0 ? 30 : 22);
}

/// WideConstants, and the form of outputs of `output_bytes`.
inline void touches_wide_constants(Bounds& bounds, std::int32_t form, std::size_t output_bytes, std::int64_t channels) {
  const std::int32_t last = output_bytes == 1 ? 1 : 3;
  if (form < 1 || form > last) {
    return bounds.fault("parameter 'form' is " + std::to_string(form), last == 1 ? "1" : "1 to 3");
  }
  bounds.touches("constants", {channels, 4});
}

/// The windows of convolutions for the DSP extension.
inline void check_dsp_windows(Bounds& bounds, const kernels::Conv2dDspS8Params& p) {
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

inline void check(Bounds& bounds, const kernels::Conv2dDspS8Params& p) {
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

inline void check(Bounds& bounds, const kernels::Conv2dWinogradDspS8Params& p) {
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

inline void check(Bounds& bounds, const kernels::Conv2dWinogradRowsDspS8Params& p) {
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

inline void check(Bounds& bounds, const kernels::Conv2dLanesS8Params& p) {
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

/// The windows of depthwise convolutions for the DSP extension. Gives the channels of all groups.
inline std::int64_t check_dsp_slides(Bounds& bounds, const kernels::DepthwiseConv2dDspS8Params& p) {
  bounds.windows_fit(p.output_h, p.stride_h, 3, 1, p.pad_top);
  bounds.windows_fit(p.output_w, p.stride_w, 3, 1, p.pad_left);
  bounds.touches("input", {p.batches, p.input_h, p.input_w, p.channels});
  bounds.touches("output", {p.batches, p.output_h, p.output_w, p.channels});
  if (p.channels < 4) bounds.fault(std::to_string(p.channels) + " channels", "at least 4");
  if (p.stride_h != p.stride_w || p.stride_h > 2) bounds.fault("unequal or large strides", "1 or 2 in both directions");
  if (p.weight_bits % 8 != 0) bounds.fault("weights of " + std::to_string(p.weight_bits) + " bits", "8 or 16");
  if (!bounds.ok()) return 0;
  const std::int64_t channels = 4 * std::int64_t{kernels::DepthwiseConv2dDspS8::groups(p)};
  bounds.touches("weights", {channels, p.weight_bits == 16 ? 4 * kernels::depthwise_conv2d_dsp::weight_words : 9});
  return channels;
}

inline void check(Bounds& bounds, const kernels::DepthwiseConv2dDspS8Params& p) {
  const std::int64_t channels = check_dsp_slides(bounds, p);
  if (p.form == 0) bounds.fault("form General", "the other forms");
  if (bounds.ok()) touches_constants(bounds, p.form, channels);
}

template <class In, class Out>
void check(Bounds& bounds, const kernels::WideDepthwiseConv2dDspParams<In, Out>& p) {
  const std::int64_t channels = check_dsp_slides(bounds, kernels::WideDepthwiseConv2dDsp<In, Out>::windows(p));
  if (!bounds.ok()) return;
  // Distances are counted in bytes.
  const std::int64_t images = std::int64_t{p.batches} * p.channels, in = sizeof(In), out = sizeof(Out);
  bounds.fits("an input of bytes", images * p.input_h * p.input_w * in);
  bounds.fits("an output of bytes", images * p.output_h * p.output_w * out);
  touches_wide_constants(bounds, p.form, sizeof(Out), channels);
}

inline void check(Bounds& bounds, const kernels::DepthwiseConv2dLanesS8Params& p) {
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

inline void check(Bounds& bounds, const kernels::DepthwiseConv2d5x5DspS8Params& p) {
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
inline void check_shared_rows(Bounds& bounds, const kernels::Conv2dMveS8Params& p) {
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

inline void check(Bounds& bounds, const kernels::Conv2dMveS8Params& p) {
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

inline void check(Bounds& bounds, const kernels::DepthwiseConv2dMveS8Params& p) {
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

inline void check(Bounds& bounds, const kernels::LinearDspS8Params& p) {
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

template <class In, class Out>
void check(Bounds& bounds, const kernels::WideLinearDspParams<In, Out>& p) {
  using Kernel = kernels::WideLinearDsp<In, Out>;
  bounds.fits("features", std::int64_t{p.input_features} + 3);
  bounds.fits("outputs", std::int64_t{p.output_features} + 3);
  if (p.weight_bits % 8 != 0) bounds.fault("weights of " + std::to_string(p.weight_bits) + " bits", "8 or 16");
  if (!bounds.ok()) return;
  bounds.touches("input", {p.batches, p.input_features});
  bounds.touches("weights", {Kernel::groups(p), Kernel::units(p), 2 * std::int64_t{p.weight_bits}});
  bounds.touches("output", {p.batches, p.output_features});
  touches_wide_constants(bounds, p.form, sizeof(Out), 0);
  bounds.touches("constants", {2 * std::int64_t{p.output_features} + kernels::wide_linear_dsp::shared_words});
}

inline void check(Bounds& bounds, const kernels::PointwiseS4Params& p) {
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

inline void check(Bounds& bounds, const kernels::LinearMveS8Params& p) {
  bounds.is_zero_point(p.output_offset);
  bounds.fits("features", std::int64_t{p.input_features} + 15);
  if (p.output_features < 4) bounds.fault(std::to_string(p.output_features) + " outputs", "at least 4");
  if (!bounds.ok()) return;
  bounds.touches("input", {p.batches, p.input_features});
  bounds.touches("weights", {kernels::LinearMveS8::groups(p), kernels::LinearMveS8::units(p), 64});
  bounds.touches("constants", {kernels::LinearMveS8::groups(p), 12});
  bounds.touches("output", {p.batches, p.output_features});
}

inline void check(Bounds& bounds, const kernels::LinearLanesS8Params& p) {
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

inline void check(Bounds& bounds, const kernels::AddDspS8Params& p) {  // and of add_mve_s8
  if (p.shift < 16 || p.shift > 22 || p.shift % 2 != 0) {
    bounds.fault("parameter 'shift' is " + std::to_string(p.shift), "16, 18, 20 or 22");
  }
  for (const char* operand : {"input1", "input2", "output"}) bounds.touches(operand, {p.count});
}

}  // namespace pudu::ops
