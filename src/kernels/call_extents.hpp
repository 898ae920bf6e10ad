// What the kernels that are operators of their own (operator_kernels.hpp) demand of a call beyond the ranges of its
// parameters: conditions between them, and how many elements of which operand are touched. One text for all who check:
// the compiler (ops/call_bounds.cpp), the reader of .pte files, and the operators on the device. The formulas restate
// the operands' comments in the kernels' headers.
//
// `Bounds` is the checker's. All parameters are in their ranges. It has
//   require(holds, what, found, allowed)              a condition
//   fits(what, value)                                 0 to 2^31 - 1
//   is_zero_point(value)                              -128 to 127
//   windows_fit(outputs, stride, taps, dilation, pad) positions of all taps fit 32 bits
//   touches(operand, {sizes})                         the product of the sizes
//   touches_channels(count)                           bias, multipliers, and shifts of -31 to 30
//   touches_integers(operand, count, low, high)       constants in a range
//   touches_strided(operand, rank, shape, strides, start)
//   touches_shape(operand, rank, shape)
//   ok()                                              nothing was wrong yet
#pragma once

#include "kernels/operator_kernels.hpp"
#include "kernels/parameter_ranges.hpp"
#include "numerics/requantize_wide.hpp"

namespace pudu::kernels {

/// What the checkers' touches_strided() have in common: the elements up to the last that is read through strides over
/// `shape`, from element `start` on; 0 where none is read, or something is wrong. Every step fits, so the sums do, too.
template <class Bounds>
std::int64_t strided_elements(Bounds& bounds, std::int32_t rank, const std::int32_t* shape, const std::int32_t* strides,
                              std::int64_t start) {
  std::int64_t lowest = start, highest = start;
  for (std::int32_t dim = 0; dim < rank; ++dim) {
    if (shape[dim] == 0) return 0;
    const std::int64_t reach = std::int64_t{shape[dim] - 1} * strides[dim];
    (reach < 0 ? lowest : highest) += reach;
    // One step beyond, where the loops turn around.
    const std::int64_t turn = std::int64_t{shape[dim]} * strides[dim];
    bounds.fits("a step", turn < 0 ? -turn : turn);
    if (!bounds.ok()) return 0;
  }
  bounds.fits("a first element", lowest);
  return bounds.ok() ? highest + 1 : 0;
}

/// The taps of a convolution or pool and its image operands.
template <class Bounds, class Params>
void touches_images(Bounds& bounds, const Params& p, std::int64_t input_channels, std::int64_t output_channels,
                    std::int64_t dilation_h, std::int64_t dilation_w) {
  bounds.windows_fit(p.output_h, p.stride_h, p.kernel_h, dilation_h, p.pad_top);
  bounds.windows_fit(p.output_w, p.stride_w, p.kernel_w, dilation_w, p.pad_left);
  bounds.touches("input", {p.batches, p.input_h, p.input_w, input_channels});
  bounds.touches("output", {p.batches, p.output_h, p.output_w, output_channels});
}

template <class Bounds>
void check_extents(Bounds& bounds, const MaxPool2dS8Params& p) {
  touches_images(bounds, p, p.channels, p.channels, p.dilation_h, p.dilation_w);
}

template <class Bounds>
void check_extents(Bounds& bounds, const AvgPool2dS8Params& p) {
  touches_images(bounds, p, p.channels, p.channels, 1, 1);
  bounds.fits("a padded height", std::int64_t{p.input_h} + p.pad_bottom);
  bounds.fits("a padded width", std::int64_t{p.input_w} + p.pad_right);
  const std::int64_t taps = std::int64_t{p.kernel_h} * p.kernel_w;
  bounds.require(taps <= largest_mean, "the number of taps of a window", taps, "at most 8388607");
}

template <class Bounds>
void check_extents(Bounds& bounds, const AdaptiveAvgPool2dS8Params& p) {
  bounds.fits("a last row", (std::int64_t{p.output_h} + 1) * p.input_h + p.output_h);
  bounds.fits("a last column", (std::int64_t{p.output_w} + 1) * p.input_w + p.output_w);
  bounds.touches("input", {p.batches, p.input_h, p.input_w, p.channels});
  bounds.touches("output", {p.batches, p.output_h, p.output_w, p.channels});
}

template <class Bounds>
void check_extents(Bounds& bounds, const TransposeConv2dS8Params& p) {
  bounds.is_zero_point(p.output_offset);
  bounds.fits("a last row", std::int64_t{p.output_h} + p.pad_top + std::int64_t{p.kernel_h} * p.dilation_h);
  bounds.fits("a last column", std::int64_t{p.output_w} + p.pad_left + std::int64_t{p.kernel_w} * p.dilation_w);
  bounds.touches("input", {p.batches, p.input_h, p.input_w, p.input_channels});
  bounds.touches("weights", {p.output_channels, p.kernel_h, p.kernel_w, p.input_channels});
  bounds.touches("output", {p.batches, p.output_h, p.output_w, p.output_channels});
  bounds.touches_channels(p.output_channels);
}

template <class Bounds>
void check_extents(Bounds& bounds, const TransposeS8Params& p) {
  bounds.touches_strided("input", p.rank, p.output_shape, p.input_strides, 0);
  bounds.touches_shape("output", p.rank, p.output_shape);
}

template <class Bounds>
void check_extents(Bounds& bounds, const StridedSliceS8Params& p) {
  bounds.touches_strided("input", p.rank, p.output_shape, p.input_strides, p.input_start_offset);
  bounds.touches_shape("output", p.rank, p.output_shape);
}

template <class Bounds>
void check_extents(Bounds& bounds, const PadS8Params& p) {
  std::int32_t output_shape[max_rank] = {};
  for (std::int32_t dim = 0; dim < p.rank; ++dim) {
    const std::int64_t extent = std::int64_t{p.pad_before[dim]} + p.input_shape[dim] + p.pad_after[dim];
    bounds.fits("a padded extent", extent);
    bounds.fits("a cut extent", std::int64_t{p.input_shape[dim]} + (p.pad_before[dim] > 0 ? p.pad_before[dim] : 0));
    if (!bounds.ok()) return;
    output_shape[dim] = static_cast<std::int32_t>(extent);
  }
  bounds.touches_shape("input", p.rank, p.input_shape);
  bounds.touches_shape("output", p.rank, output_shape);
}

template <class Bounds>
void check_extents(Bounds& bounds, const ResizeBilinearS8Params& p) {
  bounds.touches("input", {p.batches, p.input_h, p.input_w, p.channels});
  bounds.touches_integers("rows", p.output_h, 0, p.input_h - 1);
  bounds.touches_integers("row_weights", p.output_h, 0, ResizeBilinearS8::one);
  bounds.touches_integers("columns", p.output_w, 0, p.input_w - 1);
  bounds.touches_integers("column_weights", p.output_w, 0, ResizeBilinearS8::one);
  bounds.touches("output", {p.batches, p.output_h, p.output_w, p.channels});
}

template <class Bounds>
void check_extents(Bounds& bounds, const NormalizeS8Params& p) {
  bounds.is_zero_point(p.output_offset);
  bounds.require(p.channels % p.groups == 0, "groups", p.groups, "a divisor of the number of channels");
  const std::int64_t elements = std::int64_t{p.positions} * (p.channels / p.groups);
  bounds.require(elements <= largest_mean, "the number of elements of a group", elements, "at most 8388607");
  bounds.touches("input", {p.outer_count, p.positions, p.channels});
  bounds.touches_channels(p.channels);
  bounds.touches("output", {p.outer_count, p.positions, p.channels});
}

template <class Bounds>
void check_extents(Bounds& bounds, const LogSoftmaxS8Params& p) {
  bounds.is_zero_point(p.output_offset);
  bounds.require(p.depth <= largest_mean, "the depth", p.depth, "at most 8388607");
  bounds.require(p.difference_shift <= 2, "difference_shift", p.difference_shift, "at most 2");
  bounds.require(p.sum_shift <= 2, "sum_shift", p.sum_shift, "at most 2");
  bounds.touches("input", {p.outer_count, p.depth});
  bounds.touches_integers("exponentials", 256, 0, std::int64_t{1} << 30);
  bounds.touches("output", {p.outer_count, p.depth});
}

template <class Bounds>
void check_extents(Bounds& bounds, const SumS8Params& p) {
  bounds.is_zero_point(p.output_offset);
  bounds.touches("input", {p.outer_count, p.sum_count, p.inner_count});
  bounds.touches("output", {p.outer_count, p.inner_count});
}

template <class Bounds>
void check_extents(Bounds& bounds, const PreluS8Params& p) {
  bounds.is_zero_point(p.output_offset);
  bounds.touches("input", {p.outer_count, p.channels});
  bounds.touches("multipliers", {p.channels});
  bounds.touches_integers("shifts", p.channels, -31, 30);
  bounds.touches("output", {p.outer_count, p.channels});
}

template <class Bounds>
void check_extents(Bounds& bounds, const WhereS8Params& p) {
  bounds.touches_strided("condition", p.rank, p.output_shape, p.condition_strides, 0);
  bounds.touches_strided("input1", p.rank, p.output_shape, p.input1_strides, 0);
  bounds.touches_strided("input2", p.rank, p.output_shape, p.input2_strides, 0);
  bounds.touches("table1", {256});
  bounds.touches("table2", {256});
  bounds.touches_shape("output", p.rank, p.output_shape);
}

template <class Bounds>
void check_extents(Bounds& bounds, const EmbeddingS8Params& p) {
  bounds.touches("weights", {p.rows, p.row_bytes});
  bounds.touches("indices", {p.count});
  bounds.touches("output", {p.count, p.row_bytes});
}

template <class Bounds>
void check_extents(Bounds& bounds, const ArgmaxS8Params& p) {
  bounds.touches("input", {p.outer_count, p.depth, p.inner_count});
  bounds.touches("output", {p.outer_count, p.inner_count});
}

template <class Bounds>
void check_extents(Bounds& bounds, const RecurrentS8Params& p) {
  using Kernel = RecurrentS8;
  bounds.is_zero_point(p.output_offset);
  bounds.require(p.input_features <= Kernel::max_input_features, "input_features", p.input_features, "1 to 65536");
  const std::int32_t units = p.hidden_features;
  const std::int32_t rows = units * Kernel::gates(p.cell);
  const std::int32_t input_shape[] = {p.steps, p.batches, p.input_features};
  const std::int32_t input_strides[] = {p.input_step_stride, p.input_batch_stride, 1};
  const std::int32_t output_shape[] = {p.steps, p.batches, units};
  const std::int32_t output_strides[] = {p.output_step_stride, p.output_batch_stride, 1};
  bounds.touches_strided("input", 3, input_shape, input_strides, 0);
  bounds.touches("input_weights", {rows, p.input_features});
  bounds.touches("input_multipliers", {rows});
  bounds.touches_integers("input_shifts", rows, -31, 30);
  bounds.touches("hidden_weights", {rows, units});
  bounds.touches("hidden_multipliers", {rows});
  bounds.touches_integers("hidden_shifts", rows, -31, 30);
  bounds.touches("bias", {Kernel::biases(p.cell), units});
  bounds.touches("table", {Kernel::table_size});
  for (const char* state : {"initial_hidden", "initial_cell", "output_state"})
    bounds.touches(state, {p.batches, units});
  bounds.touches_strided("output", 3, output_shape, output_strides, 0);
}

// Kernels of 16-bit codes.

/// touches_channels for sums of 64 bits: shifts that numerics::requantize_wide takes.
template <class Bounds>
void touches_wide_channels(Bounds& bounds, std::int64_t channels) {
  bounds.touches("bias", {channels});
  bounds.touches("multipliers", {channels});
  bounds.touches_integers("shifts", channels, -31, numerics::largest_wide_shift);
}

/// Taps whose sum of products numerics::requantize_wide takes.
template <class Bounds>
void has_wide_sum(Bounds& bounds, std::int64_t kernel_h, std::int64_t kernel_w, std::int64_t channels) {
  bounds.require(kernel_h * kernel_w <= largest_window / channels, "the number of taps of a channel's window",
                 kernel_h * kernel_w, "such that a sum has at most 8388608 products");
}

/// Zero points and bounds of a 16x8 layer's codes: int16 ones have zero point 0.
template <class Input, class Output, class Bounds, class Params>
void check_wide_codes(Bounds& bounds, const Params& p) {
  constexpr std::int32_t reach = sizeof(Input) == 1 ? 128 : 0;
  bounds.require(p.input_offset >= -reach && p.input_offset <= reach, "input_offset", p.input_offset,
                 sizeof(Input) == 1 ? "-128 to 128" : "0 for codes of 16 bits");
  if constexpr (sizeof(Output) == 1) {
    bounds.is_zero_point(p.output_offset);
    bounds.require(p.output_min >= -128 && p.output_min <= 127, "output_min", p.output_min, "-128 to 127");
    bounds.require(p.output_max >= -128 && p.output_max <= 127, "output_max", p.output_max, "-128 to 127");
  } else {
    bounds.require(p.output_offset == 0, "output_offset", p.output_offset, "0 for codes of 16 bits");
  }
}

template <class Bounds, class Input, class Output>
void check_extents(Bounds& bounds, const WideConv2dParams<Input, Output>& p) {
  check_wide_codes<Input, Output>(bounds, p);
  bounds.require(p.input_channels % p.groups == 0 && p.output_channels % p.groups == 0, "groups", p.groups,
                 "a divisor of both numbers of channels");
  if (!bounds.ok()) return;
  const std::int32_t channels = p.input_channels / p.groups;
  touches_images(bounds, p, p.input_channels, p.output_channels, p.dilation_h, p.dilation_w);
  has_wide_sum(bounds, p.kernel_h, p.kernel_w, channels);
  bounds.touches("weights", {p.output_channels, p.kernel_h, p.kernel_w, channels});
  touches_wide_channels(bounds, p.output_channels);
}

template <class Bounds, class Input, class Output>
void check_extents(Bounds& bounds, const WideDepthwiseConv2dParams<Input, Output>& p) {
  check_wide_codes<Input, Output>(bounds, p);
  bounds.require(std::int64_t{p.input_channels} * p.depth_multiplier == p.output_channels, "output_channels",
                 p.output_channels, "input_channels times depth_multiplier");
  touches_images(bounds, p, p.input_channels, p.output_channels, p.dilation_h, p.dilation_w);
  has_wide_sum(bounds, p.kernel_h, p.kernel_w, 1);
  bounds.touches("weights", {p.kernel_h, p.kernel_w, p.output_channels});
  touches_wide_channels(bounds, p.output_channels);
}

template <class Bounds, class Input, class Output>
void check_extents(Bounds& bounds, const WideLinearParams<Input, Output>& p) {
  check_wide_codes<Input, Output>(bounds, p);
  has_wide_sum(bounds, 1, 1, p.input_features);
  bounds.touches("input", {p.batches, p.input_features});
  bounds.touches("weights", {p.output_features, p.input_features});
  bounds.touches("output", {p.batches, p.output_features});
  touches_wide_channels(bounds, p.output_features);
}

template <class Bounds>
void check_extents(Bounds& bounds, const MaxPool2dS16Params& p) {
  touches_images(bounds, p, p.channels, p.channels, p.dilation_h, p.dilation_w);
}

template <class Bounds>
void check_extents(Bounds& bounds, const AvgPool2dS16Params& p) {
  touches_images(bounds, p, p.channels, p.channels, 1, 1);
  bounds.fits("a padded height", std::int64_t{p.input_h} + p.pad_bottom);
  bounds.fits("a padded width", std::int64_t{p.input_w} + p.pad_right);
  const std::int64_t taps = std::int64_t{p.kernel_h} * p.kernel_w;
  bounds.require(taps <= AvgPool2dS16::most_taps, "the number of taps of a window", taps, "at most 65535");
}

template <class Bounds>
void check_extents(Bounds& bounds, const AddS16Params& p) {
  bounds.touches_strided("input1", p.rank, p.output_shape, p.input1_strides, 0);
  bounds.touches_strided("input2", p.rank, p.output_shape, p.input2_strides, 0);
  bounds.touches_shape("output", p.rank, p.output_shape);
}

template <class Bounds>
void check_extents(Bounds& bounds, const MulS16Params& p) {
  bounds.touches_strided("input1", p.rank, p.output_shape, p.input1_strides, 0);
  bounds.touches_strided("input2", p.rank, p.output_shape, p.input2_strides, 0);
  bounds.touches_shape("output", p.rank, p.output_shape);
}

template <class Bounds>
void check_extents(Bounds& bounds, const LutS16Params& p) {
  bounds.touches("input", {p.count});
  bounds.touches("table", {LutS16::table_entries});
  bounds.touches("output", {p.count});
}

template <class Bounds>
void check_extents(Bounds& bounds, const RequantizeS8S16Params& p) {
  bounds.require(p.input_offset >= -128 && p.input_offset <= 128, "input_offset", p.input_offset, "-128 to 128");
  bounds.require(p.shift <= RequantizeS8S16::largest_shift, "shift", p.shift, "at most 22");
  bounds.touches("input", {p.count});
  bounds.touches("output", {p.count});
}

template <class Bounds>
void check_extents(Bounds& bounds, const RequantizeS16S8Params& p) {
  bounds.is_zero_point(p.output_offset);
  bounds.require(p.shift <= RequantizeS16S8::largest_shift, "shift", p.shift, "at most 15");
  bounds.touches("input", {p.count});
  bounds.touches("output", {p.count});
}

template <class Bounds>
void check_extents(Bounds& bounds, const RequantizeS16S16Params& p) {
  bounds.require(p.shift <= RequantizeS16S16::largest_shift, "shift", p.shift, "at most 15");
  bounds.touches("input", {p.count});
  bounds.touches("output", {p.count});
}

}  // namespace pudu::kernels
