// How far the output of layers with codes of 16 bits, of input, output or both, may lie over the input
// (kernels/overlap.hpp): of wide_conv2d.hpp and wide_depthwise_conv2d.hpp, and of those prepared for the DSP extension.
// On MVE the order depends on the values of biases and shifts, too (SumForm), which are not known here: what holds for
// both orders is said.
//
// Distances are multiples of 2 bytes, since codes of 16 bits lie at even addresses.
#pragma once

#include "kernels/conv2d_dsp/overlap.hpp"
#include "kernels/depthwise_conv2d_dsp/overlap.hpp"
#include "kernels/overlap.hpp"
#include "kernels/wide_conv2d_dsp.hpp"
#include "kernels/wide_depthwise_conv2d_dsp.hpp"
#include "kernels/wide_layers.hpp"

namespace pudu::kernels {

namespace wide_overlap {

inline constexpr std::int64_t grid = 2;

/// `Params` of either layer.
template <class Input, class Output, class Params>
constexpr ImageWindows windows_of(const Params& p) noexcept {
  constexpr std::int64_t in = sizeof(Input), out = sizeof(Output);
  return {p.batches,
          p.input_h,
          p.input_w,
          p.output_h,
          p.output_w,
          in * p.input_channels,
          out * p.output_channels,
          p.kernel_h,
          p.kernel_w,
          p.stride_h,
          p.stride_w,
          p.pad_top,
          p.pad_left,
          p.dilation_h,
          p.dilation_w};
}

/// Of kernels that go one way or the other.
constexpr Overlap either(const Overlap& a, const Overlap& b) noexcept {
  return {a.is_safe && b.is_safe, a.least_lead > b.least_lead ? a.least_lead : b.least_lead, grid};
}

constexpr Overlap on_grid(const Overlap& overlap) noexcept {
  return either(overlap, overlap);
}

/// A patch of each group is gathered, then all of the group's outputs are written.
template <class Input, class Output>
constexpr Overlap of_patches(const WideConv2dParams<Input, Output>& p) noexcept {
  constexpr std::int64_t in = sizeof(Input), out = sizeof(Output);
  const std::int32_t inputs = p.input_channels / p.groups, outputs = p.output_channels / p.groups;
  WindowMeter meter(windows_of<Input, Output>(p));
  for (std::int32_t image = 0; image < p.batches; ++image) {
    meter.begin_image(image);
    for (std::int32_t position = 0; position < p.output_h * p.output_w; ++position) {
      for (std::int32_t group = 0; group < p.groups; ++group) {
        meter.read(position, position + 1, in * group * inputs);
        meter.write_bytes(out * (std::int64_t{position} * p.output_channels + (group + 1) * outputs));
      }
    }
  }
  return meter.overlap(grid);
}

/// Windows are read where they lie, again for each group of channels, which goes along a row of outputs.
/// `channel_bytes` are of the last group at least.
constexpr Overlap by_rows(const ImageWindows& windows, std::int64_t channel_bytes) noexcept {
  WindowMeter meter(windows);
  for (std::int32_t image = 0; image < windows.batches; ++image) {
    meter.begin_image(image);
    for (std::int32_t row = 0; row < windows.positions(); row += windows.output_w) {
      const std::int32_t end = row + windows.output_w;
      meter.read(row, end);
      meter.write_bytes(end * windows.output_pixel - channel_bytes);
      meter.read(row, end);
      meter.write(end);
    }
  }
  return meter.overlap(grid);
}

template <class Input, class Output>
constexpr Overlap of_conv2d(const WideConv2dParams<Input, Output>& p, Isa isa) noexcept {
  if (!WideConv2d<Input, Output>::reads_in_place(p)) return of_patches(p);
  const ImageWindows windows = windows_of<Input, Output>(p);
  const Overlap by_position = on_grid(overlap_by_channel(windows, sizeof(Output)));
  // MVE: four channels go along a row, then the next four.
  const bool goes_by_rows = isa == Isa::Mve && p.output_channels > 4;
  return goes_by_rows ? either(by_position, by_rows(windows, sizeof(Output))) : by_position;
}

/// Positions one after the other; input channels one after the other, each with `depth_multiplier` outputs.
template <class Input, class Output>
constexpr Overlap by_input_channel(const WideDepthwiseConv2dParams<Input, Output>& p) noexcept {
  constexpr std::int64_t in = sizeof(Input), out = sizeof(Output);
  WindowMeter meter(windows_of<Input, Output>(p));
  for (std::int32_t image = 0; image < p.batches; ++image) {
    meter.begin_image(image);
    for (std::int32_t position = 0; position < p.output_h * p.output_w; ++position) {
      std::int64_t end = out * position * p.output_channels;
      for (std::int32_t channel = 0; channel < p.input_channels; ++channel) {
        meter.read(position, position + 1, in * channel);
        end += out * p.depth_multiplier;
        meter.write_bytes(end - out);
        meter.read(position, position + 1, in * channel);
        meter.write_bytes(end);
      }
    }
  }
  return meter.overlap(grid);
}

/// MVE: eight channels go along a row of outputs, then the next eight; the rest position by position.
template <class Input, class Output>
constexpr Overlap by_eights(const WideDepthwiseConv2dParams<Input, Output>& p) noexcept {
  constexpr std::int64_t in = sizeof(Input), out = sizeof(Output);
  constexpr std::int32_t group = 8;
  WindowMeter meter(windows_of<Input, Output>(p));
  for (std::int32_t image = 0; image < p.batches; ++image) {
    meter.begin_image(image);
    for (std::int32_t row = 0; row < p.output_h * p.output_w; row += p.output_w) {
      const std::int32_t last = row + p.output_w - 1;
      for (std::int32_t channel = 0; channel < p.output_channels; channel += group) {
        for (std::int32_t position = row; position <= last; ++position) {
          meter.read(position, position + 1, in * channel);
          const std::int32_t end = channel + group < p.output_channels ? channel + group : p.output_channels;
          meter.write_bytes(out * (std::int64_t{position} * p.output_channels + end));
        }
      }
    }
  }
  return meter.overlap(grid);
}

/// In groups that all go through the image the same way, channels may meet themselves only.
template <class Input, class Output>
constexpr Overlap of_depthwise(const WideDepthwiseConv2dParams<Input, Output>& p, Isa isa) noexcept {
  constexpr std::int32_t group = 8;
  const bool has_eights = isa == Isa::Mve && p.depth_multiplier == 1 && p.output_channels >= group;
  if (!has_eights) return by_input_channel(p);
  if (sizeof(Input) != sizeof(Output) || p.output_channels == group) return either(by_input_channel(p), by_eights(p));
  const ImageWindows windows = windows_of<Input, Output>(p);
  return overlap_by_position(windows, windows.output_pixel);
}

}  // namespace wide_overlap

template <class Input, class Output>
constexpr Overlap overlap_of(const WideConv2dParams<Input, Output>& params, Isa isa) noexcept {
  return wide_overlap::of_conv2d(params, isa);
}

template <class Input, class Output>
constexpr Overlap overlap_of(const WideConv2dDspParams<Input, Output>& params, Isa) noexcept {
  return conv2d_dsp::overlap_of_strips(WideConv2dDsp<Input, Output>::windows(params), sizeof(Input), sizeof(Output));
}

template <class Input, class Output>
constexpr Overlap overlap_of(const WideDepthwiseConv2dDspParams<Input, Output>& params, Isa) noexcept {
  return depthwise_conv2d_dsp::overlap_of_slides(WideDepthwiseConv2dDsp<Input, Output>::windows(params), sizeof(Input),
                                                 sizeof(Output));
}

template <class Input, class Output>
constexpr Overlap overlap_of(const WideDepthwiseConv2dParams<Input, Output>& params, Isa isa) noexcept {
  return wide_overlap::of_depthwise(params, isa);
}

}  // namespace pudu::kernels
