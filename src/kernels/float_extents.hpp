// call_extents.hpp for the kernels of float islands; those that share the parameters of an int8 kernel are there.
#pragma once

#include "kernels/binary_f32/binary_f32.hpp"
#include "kernels/call_extents.hpp"
#include "kernels/concat_f32/concat_f32.hpp"
#include "kernels/conv2d_f32/conv2d_f32.hpp"
#include "kernels/index_select_f32/index_select_f32.hpp"
#include "kernels/matmul_f32/matmul_f32.hpp"
#include "kernels/normalize_f32/normalize_f32.hpp"
#include "kernels/pad_f32/pad_f32.hpp"
#include "kernels/recurrent_f32/recurrent_f32.hpp"
#include "kernels/softmax_f32/softmax_f32.hpp"
#include "kernels/sum_f32/sum_f32.hpp"
#include "kernels/transpose_conv2d_f32/transpose_conv2d_f32.hpp"
#include "kernels/unary_f32/unary_f32.hpp"
#include "kernels/where_f32/where_f32.hpp"

namespace pudu::kernels {

template <class Bounds>
void check_extents(Bounds& bounds, const IndexSelectS8Params& p) {
  bounds.touches("input", {p.outer_count, p.size1, p.middle_count, p.size2, p.inner_count});
  bounds.touches_integers("indices1", p.count1, 0, p.size1 - 1);
  bounds.touches_integers("indices2", p.count2, 0, p.size2 - 1);
  bounds.touches("output", {p.outer_count, p.count1, p.middle_count, p.count2, p.inner_count});
}

template <class Bounds>
void check_extents(Bounds& bounds, const BinaryF32Params& p) {
  bounds.require(p.function <= BinaryF32::larger, "function", p.function, "0 to 4");
  bounds.touches_strided("input1", p.rank, p.output_shape, p.input1_strides, 0);
  bounds.touches_strided("input2", p.rank, p.output_shape, p.input2_strides, 0);
  bounds.touches_shape("output", p.rank, p.output_shape);
}

template <class Bounds>
void check_extents(Bounds& bounds, const Conv2dF32Params& p) {
  bounds.require(p.input_channels % p.groups == 0 && p.output_channels % p.groups == 0, "groups", p.groups,
                 "a divisor of both numbers of channels");
  if (!bounds.ok()) return;
  touches_images(bounds, p, p.input_channels, p.output_channels, p.dilation_h, p.dilation_w);
  bounds.touches("weights", {p.output_channels, p.kernel_h, p.kernel_w, p.input_channels / p.groups});
  bounds.touches("bias", {p.output_channels});
}

template <class Bounds>
void check_extents(Bounds& bounds, const TransposeConv2dF32Params& p) {
  bounds.fits("a last row", std::int64_t{p.output_h} + p.pad_top + std::int64_t{p.kernel_h} * p.dilation_h);
  bounds.fits("a last column", std::int64_t{p.output_w} + p.pad_left + std::int64_t{p.kernel_w} * p.dilation_w);
  bounds.touches("input", {p.batches, p.input_h, p.input_w, p.input_channels});
  bounds.touches("weights", {p.output_channels, p.kernel_h, p.kernel_w, p.input_channels});
  bounds.touches("bias", {p.output_channels});
  bounds.touches("output", {p.batches, p.output_h, p.output_w, p.output_channels});
}

template <class Bounds>
void check_extents(Bounds& bounds, const MatmulF32Params& p) {
  bounds.touches("lhs", {p.batches, p.rows, p.depth});
  bounds.touches("rhs_transposed", {p.batches, p.columns, p.depth});
  bounds.touches("bias", {p.columns});
  bounds.touches("output", {p.batches, p.rows, p.columns});
}

template <class Bounds>
void check_extents(Bounds& bounds, const NormalizeF32Params& p) {
  bounds.require(p.channels % p.groups == 0, "groups", p.groups, "a divisor of the number of channels");
  bounds.touches("input", {p.outer_count, p.positions, p.channels});
  bounds.touches("weights", {p.channels});
  bounds.touches("bias", {p.channels});
  bounds.touches("output", {p.outer_count, p.positions, p.channels});
}

template <class Bounds>
void check_extents(Bounds& bounds, const PadF32Params& p) {
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
void check_extents(Bounds& bounds, const RecurrentF32Params& p) {
  const std::int32_t units = p.hidden_features;
  const std::int32_t rows = units * RecurrentS8::gates(p.cell);
  const std::int32_t input_shape[] = {p.steps, p.batches, p.input_features};
  const std::int32_t input_strides[] = {p.input_step_stride, p.input_batch_stride, 1};
  const std::int32_t output_shape[] = {p.steps, p.batches, units};
  const std::int32_t output_strides[] = {p.output_step_stride, p.output_batch_stride, 1};
  bounds.touches_strided("input", 3, input_shape, input_strides, 0);
  bounds.touches("input_weights", {rows, p.input_features});
  bounds.touches("hidden_weights", {rows, units});
  bounds.touches("input_bias", {rows});
  bounds.touches("hidden_bias", {rows});
  bounds.touches("initial_hidden", {p.batches, units});
  bounds.touches("initial_cell", {p.batches, units});
  bounds.touches("output_state", {p.batches, units});
  bounds.touches_strided("output", 3, output_shape, output_strides, 0);
}

template <class Bounds>
void check_extents(Bounds& bounds, const SoftmaxF32Params& p) {
  bounds.touches("input", {p.outer_count, p.depth, p.inner_count});
  bounds.touches("output", {p.outer_count, p.depth, p.inner_count});
}

template <class Bounds>
void check_extents(Bounds& bounds, const SumF32Params& p) {
  bounds.touches("input", {p.outer_count, p.sum_count, p.inner_count});
  bounds.touches("output", {p.outer_count, p.inner_count});
}

template <class Bounds>
void check_extents(Bounds& bounds, const UnaryF32Params& p) {
  bounds.touches("input", {p.count});
  bounds.touches("output", {p.count});
}

template <class Bounds>
void check_extents(Bounds& bounds, const WhereF32Params& p) {
  bounds.touches_strided("condition", p.rank, p.output_shape, p.condition_strides, 0);
  bounds.touches_strided("input1", p.rank, p.output_shape, p.input1_strides, 0);
  bounds.touches_strided("input2", p.rank, p.output_shape, p.input2_strides, 0);
  bounds.touches_shape("output", p.rank, p.output_shape);
}

}  // namespace pudu::kernels
