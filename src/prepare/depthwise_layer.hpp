// What the preparations of depthwise convolutions for the DSP extension have in common: which layers they are for, how
// such a layer is described, and what slides cost.
#pragma once

#include <cstdint>

namespace pudu::prepare {

/// One output for each of at least four channels, taps of `kernel` x `kernel`, stride 1 or 2 in both directions.
template <class Base>
bool is_depthwise_of(const Base& p, std::int32_t kernel) {
  const bool has_stride = p.stride_h == p.stride_w && p.stride_h <= 2;
  return p.kernel_h == kernel && p.kernel_w == kernel && has_stride && p.dilation_h == 1 && p.dilation_w == 1 &&
         p.depth_multiplier == 1 && p.input_channels >= 4;
}

/// The image, the stride and the padding of the layer; no more.
template <class Params, class Base>
Params depthwise_params(const Base& p) {
  Params result{};
  result.batches = p.batches;
  result.input_h = p.input_h, result.input_w = p.input_w, result.channels = p.input_channels;
  result.output_h = p.output_h, result.output_w = p.output_w;
  result.stride_h = p.stride_h, result.stride_w = p.stride_w;
  result.pad_top = p.pad_top, result.pad_left = p.pad_left;
  result.pad_value = -p.input_offset;
  return result;
}

/// Instructions of a slide of 3x3, fitted on counts of kernel_device_test.
struct SlideCosts {
  double column, column_pair;  ///< to gather four channels: a column with stride 1, two of them with stride 2
  double one_row, two_rows;    ///< a position of a channel, of one row of outputs or of two
};

/// Of the whole layer, whose channels make so many groups of four.
template <class Params>
double slide_instructions(const Params& p, double groups, const SlideCosts& costs) {
  const double along = p.slide_down != 0 ? p.output_h : p.output_w;
  const double across = p.slide_down != 0 ? p.output_w : p.output_h;
  const double gather = p.stride_h == 1 ? costs.column * (along + 2) + 220 : costs.column_pair * (along + 1) + 350;
  const double one_row = gather + 4 * (costs.one_row * along + 35);
  const double widening = p.weight_bits == 16 ? 50 : 250;
  if (p.stride_h == 2) return p.batches * groups * (widening + across * one_row);
  const double pairs = p.slide_down != 0 ? p.output_w / 2 : p.output_h / 2;
  const double two_rows = gather + 4 * (costs.two_rows * along + 35);
  const double last_row = p.weight_bits == 16 ? two_rows : one_row + 200;
  return p.batches * groups * (widening + pairs * two_rows + (across - 2 * pairs) * last_row);
}

}  // namespace pudu::prepare
