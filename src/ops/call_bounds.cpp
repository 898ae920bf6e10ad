// For each kernel how many elements of which operand it touches. A kernel or a parameter without its line here or in
// bounds.hpp is refused, so that none can be forgotten. The formulas restate the operands' comments in the kernels'
// headers.
#include "ops/call_bounds.hpp"

#include "kernels/adaptive_avg_pool2d/adaptive_avg_pool2d_s8.hpp"
#include "kernels/add/add_s8.hpp"
#include "kernels/argmax/argmax_s8.hpp"
#include "kernels/avg_pool2d/avg_pool2d_s8.hpp"
#include "kernels/batch_matmul/batch_matmul_s8.hpp"
#include "kernels/concat/concat_s8.hpp"
#include "kernels/conv2d/conv2d_s8.hpp"
#include "kernels/copy/copy_s8.hpp"
#include "kernels/depthwise_conv2d/depthwise_conv2d_s8.hpp"
#include "kernels/dequantize/dequantize_s8_f32.hpp"
#include "kernels/div/div_s8.hpp"
#include "kernels/embedding/embedding_s8.hpp"
#include "kernels/index_select/index_select_s8.hpp"
#include "kernels/linear/linear_s8.hpp"
#include "kernels/log_softmax/log_softmax_s8.hpp"
#include "kernels/lut/lut_s8.hpp"
#include "kernels/max_pool2d/max_pool2d_s8.hpp"
#include "kernels/maximum/maximum_s8.hpp"
#include "kernels/minimum/minimum_s8.hpp"
#include "kernels/mul/mul_s8.hpp"
#include "kernels/normalize/normalize_s8.hpp"
#include "kernels/pad/pad_s8.hpp"
#include "kernels/prelu/prelu_s8.hpp"
#include "kernels/prelu_codes/prelu_codes_s8.hpp"
#include "kernels/quantize/quantize_f32_s8.hpp"
#include "kernels/quantize_ties_away/quantize_ties_away_f32_s8.hpp"
#include "kernels/resize_bilinear_ties_away/resize_bilinear_ties_away_s8.hpp"
#include "kernels/recurrent/recurrent_s8.hpp"
#include "kernels/resize_bilinear/resize_bilinear_s8.hpp"
#include "kernels/sequence_lstm/sequence_lstm_s8.hpp"
#include "kernels/softmax/softmax_s8.hpp"
#include "kernels/strided_slice/strided_slice_s8.hpp"
#include "kernels/sum/sum_s8.hpp"
#include "kernels/svdf/svdf_s8.hpp"
#include "kernels/transpose/transpose_s8.hpp"
#include "kernels/transpose_conv2d/transpose_conv2d_s8.hpp"
#include "kernels/where/where_s8.hpp"
#include "ops/bounds.hpp"

namespace pudu::ops {
namespace {

// One overload for each kernel's parameters, which are all in their ranges.

/// The taps of a convolution or pool and its image operands.
template <class Params>
void touches_images(Bounds& bounds, const Params& p, std::int64_t input_channels, std::int64_t output_channels,
                    std::int64_t dilation_h, std::int64_t dilation_w) {
  bounds.windows_fit(p.output_h, p.stride_h, p.kernel_h, dilation_h, p.pad_top);
  bounds.windows_fit(p.output_w, p.stride_w, p.kernel_w, dilation_w, p.pad_left);
  bounds.touches("input", {p.batches, p.input_h, p.input_w, input_channels});
  bounds.touches("output", {p.batches, p.output_h, p.output_w, output_channels});
}

void check(Bounds& bounds, const kernels::Conv2dS8Params& p) {
  bounds.is_zero_point(p.output_offset);
  if (p.input_channels % p.groups != 0 || p.output_channels % p.groups != 0) {
    return bounds.fault("groups is " + std::to_string(p.groups), "a divisor of both numbers of channels");
  }
  touches_images(bounds, p, p.input_channels, p.output_channels, p.dilation_h, p.dilation_w);
  bounds.touches("weights", {p.output_channels, p.kernel_h, p.kernel_w, p.input_channels / p.groups});
  bounds.touches_channels(p.output_channels);
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

void check(Bounds& bounds, const kernels::MaxPool2dS8Params& p) {
  touches_images(bounds, p, p.channels, p.channels, p.dilation_h, p.dilation_w);
}

void check(Bounds& bounds, const kernels::AvgPool2dS8Params& p) {
  touches_images(bounds, p, p.channels, p.channels, 1, 1);
  bounds.fits("a padded height", std::int64_t{p.input_h} + p.pad_bottom);
  bounds.fits("a padded width", std::int64_t{p.input_w} + p.pad_right);
  if (std::int64_t{p.kernel_h} * p.kernel_w > max_mean_elements) {
    bounds.fault("a window of " + std::to_string(std::int64_t{p.kernel_h} * p.kernel_w) + " taps",
                 "at most " + std::to_string(max_mean_elements));
  }
}

void check(Bounds& bounds, const kernels::AdaptiveAvgPool2dS8Params& p) {
  bounds.fits("a last row", (std::int64_t{p.output_h} + 1) * p.input_h + p.output_h);
  bounds.fits("a last column", (std::int64_t{p.output_w} + 1) * p.input_w + p.output_w);
  bounds.touches("input", {p.batches, p.input_h, p.input_w, p.channels});
  bounds.touches("output", {p.batches, p.output_h, p.output_w, p.channels});
}

void check(Bounds& bounds, const kernels::LinearS8Params& p) {
  bounds.is_zero_point(p.output_offset);
  bounds.touches("input", {p.batches, p.input_features});
  bounds.touches("weights", {p.output_features, p.input_features});
  bounds.touches("output", {p.batches, p.output_features});
  bounds.touches_channels(p.output_features);
}

void check(Bounds& bounds, const kernels::TransposeConv2dS8Params& p) {
  bounds.is_zero_point(p.output_offset);
  bounds.fits("a last row", std::int64_t{p.output_h} + p.pad_top + std::int64_t{p.kernel_h} * p.dilation_h);
  bounds.fits("a last column", std::int64_t{p.output_w} + p.pad_left + std::int64_t{p.kernel_w} * p.dilation_w);
  bounds.touches("input", {p.batches, p.input_h, p.input_w, p.input_channels});
  bounds.touches("weights", {p.output_channels, p.kernel_h, p.kernel_w, p.input_channels});
  bounds.touches("output", {p.batches, p.output_h, p.output_w, p.output_channels});
  bounds.touches_channels(p.output_channels);
}

void check(Bounds& bounds, const kernels::BatchMatmulS8Params& p) {
  bounds.is_zero_point(p.output_offset);
  if (p.shift > 30) bounds.fault("parameter 'shift' is " + std::to_string(p.shift), "-31 to 30");
  bounds.touches("lhs", {p.batches, p.rows, p.depth});
  bounds.touches("rhs_transposed", {p.batches, p.columns, p.depth});
  bounds.touches("output", {p.batches, p.rows, p.columns});
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

void check(Bounds& bounds, const kernels::TransposeS8Params& p) {
  bounds.touches_strided("input", p.rank, p.output_shape, p.input_strides, 0);
  bounds.touches_shape("output", p.rank, p.output_shape);
}

void check(Bounds& bounds, const kernels::StridedSliceS8Params& p) {
  bounds.touches_strided("input", p.rank, p.output_shape, p.input_strides, p.input_start_offset);
  bounds.touches_shape("output", p.rank, p.output_shape);
}

void check(Bounds& bounds, const kernels::PadS8Params& p) {
  std::int32_t output_shape[kernels::max_rank] = {};
  for (std::int32_t dim = 0; dim < p.rank; ++dim) {
    const std::int64_t extent = std::int64_t{p.pad_before[dim]} + p.input_shape[dim] + p.pad_after[dim];
    bounds.fits("a padded extent", extent);
    bounds.fits("a cut extent", std::int64_t{p.input_shape[dim]} + std::max(0, p.pad_before[dim]));
    if (!bounds.ok()) return;
    output_shape[dim] = static_cast<std::int32_t>(extent);
  }
  bounds.touches_shape("input", p.rank, p.input_shape);
  bounds.touches_shape("output", p.rank, output_shape);
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

void check(Bounds& bounds, const kernels::IndexSelectS8Params& p) {
  bounds.touches("input", {p.outer_count, p.size1, p.middle_count, p.size2, p.inner_count});
  bounds.touches_integers("indices1", p.count1, 0, p.size1 - 1);
  bounds.touches_integers("indices2", p.count2, 0, p.size2 - 1);
  bounds.touches("output", {p.outer_count, p.count1, p.middle_count, p.count2, p.inner_count});
}

void check(Bounds& bounds, const kernels::ResizeBilinearS8Params& p) {
  bounds.touches("input", {p.batches, p.input_h, p.input_w, p.channels});
  bounds.touches_integers("rows", p.output_h, 0, p.input_h - 1);
  bounds.touches_integers("row_weights", p.output_h, 0, kernels::ResizeBilinearS8::one);
  bounds.touches_integers("columns", p.output_w, 0, p.input_w - 1);
  bounds.touches_integers("column_weights", p.output_w, 0, kernels::ResizeBilinearS8::one);
  bounds.touches("output", {p.batches, p.output_h, p.output_w, p.channels});
}

void check(Bounds& bounds, const kernels::CopyS8Params& p) {
  bounds.touches("input", {p.bytes});
  bounds.touches("output", {p.bytes});
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

void check(Bounds& bounds, const kernels::QuantizeTiesAwayF32S8Params& p) {
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

void check(Bounds& bounds, const kernels::ResizeBilinearTiesAwayS8Params& p) {
  bounds.touches("input", {p.batches, p.input_h, p.input_w, p.channels});
  bounds.touches_integers("rows", p.output_h, 0, p.input_h - 1);
  bounds.touches_integers("row_weights", p.output_h, 0, kernels::ResizeBilinearTiesAwayS8::one);
  bounds.touches_integers("columns", p.output_w, 0, p.input_w - 1);
  bounds.touches_integers("column_weights", p.output_w, 0, kernels::ResizeBilinearTiesAwayS8::one);
  bounds.touches("output", {p.batches, p.output_h, p.output_w, p.channels});
}

void check(Bounds& bounds, const kernels::DequantizeS8F32Params& p) {
  bounds.touches("input", {p.count});
  bounds.touches("output", {p.count});
}

void check(Bounds& bounds, const kernels::NormalizeS8Params& p) {
  bounds.is_zero_point(p.output_offset);
  if (p.channels % p.groups != 0) {
    return bounds.fault("groups is " + std::to_string(p.groups), "a divisor of the number of channels");
  }
  if (const std::int64_t elements = std::int64_t{p.positions} * (p.channels / p.groups); elements > max_mean_elements) {
    bounds.fault("a group of " + std::to_string(elements) + " elements",
                 "at most " + std::to_string(max_mean_elements));
  }
  bounds.touches("input", {p.outer_count, p.positions, p.channels});
  bounds.touches_channels(p.channels);
  bounds.touches("output", {p.outer_count, p.positions, p.channels});
}

void check(Bounds& bounds, const kernels::LogSoftmaxS8Params& p) {
  bounds.is_zero_point(p.output_offset);
  if (p.depth > max_mean_elements || p.difference_shift > 2 || p.sum_shift > 2) {
    bounds.fault("a row or factor beyond the kernel's", "at most 8388607 elements and shifts of 2");
  }
  bounds.touches("input", {p.outer_count, p.depth});
  bounds.touches_integers("exponentials", 256, 0, std::int64_t{1} << 30);
  bounds.touches("output", {p.outer_count, p.depth});
}

void check(Bounds& bounds, const kernels::SumS8Params& p) {
  bounds.is_zero_point(p.output_offset);
  bounds.touches("input", {p.outer_count, p.sum_count, p.inner_count});
  bounds.touches("output", {p.outer_count, p.inner_count});
}

void check(Bounds& bounds, const kernels::PreluS8Params& p) {
  bounds.is_zero_point(p.output_offset);
  bounds.touches("input", {p.outer_count, p.channels});
  bounds.touches("multipliers", {p.channels});
  bounds.touches_integers("shifts", p.channels, -31, 30);
  bounds.touches("output", {p.outer_count, p.channels});
}

void check(Bounds& bounds, const kernels::WhereS8Params& p) {
  bounds.touches_strided("condition", p.rank, p.output_shape, p.condition_strides, 0);
  bounds.touches_strided("input1", p.rank, p.output_shape, p.input1_strides, 0);
  bounds.touches_strided("input2", p.rank, p.output_shape, p.input2_strides, 0);
  bounds.touches("table1", {256});
  bounds.touches("table2", {256});
  bounds.touches_shape("output", p.rank, p.output_shape);
}

void check(Bounds& bounds, const kernels::EmbeddingS8Params& p) {
  bounds.touches("weights", {p.rows, p.row_bytes});
  bounds.touches("indices", {p.count});
  bounds.touches("output", {p.count, p.row_bytes});
}

void check(Bounds& bounds, const kernels::ArgmaxS8Params& p) {
  bounds.touches("input", {p.outer_count, p.depth, p.inner_count});
  bounds.touches("output", {p.outer_count, p.inner_count});
}

void check(Bounds& bounds, const kernels::RecurrentS8Params& p) {
  using Kernel = kernels::RecurrentS8;
  bounds.is_zero_point(p.output_offset);
  if (p.input_features > Kernel::max_input_features) {
    return bounds.fault("input_features is " + std::to_string(p.input_features),
                        "1 to " + std::to_string(Kernel::max_input_features));
  }
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

constexpr std::array kernel_checks = {
    check_of<kernels::AdaptiveAvgPool2dS8>(),
    check_of<kernels::AddS8>(),
    check_of<kernels::ArgmaxS8>(),
    check_of<kernels::AvgPool2dS8>(),
    check_of<kernels::BatchMatmulS8>(),
    check_of<kernels::ConcatS8>(),
    check_of<kernels::Conv2dS8>(),
    check_of<kernels::CopyS8>(),
    check_of<kernels::DepthwiseConv2dS8>(),
    check_of<kernels::DequantizeS8F32>(),
    check_of<kernels::DivS8>(),
    check_of<kernels::EmbeddingS8>(),
    check_of<kernels::IndexSelectS8>(),
    check_of<kernels::LinearS8>(),
    check_of<kernels::LogSoftmaxS8>(),
    check_of<kernels::LutS8>(),
    check_of<kernels::MaxPool2dS8>(),
    check_of<kernels::MaximumS8>(),
    check_of<kernels::MinimumS8>(),
    check_of<kernels::MulS8>(),
    check_of<kernels::NormalizeS8>(),
    check_of<kernels::PadS8>(),
    check_of<kernels::PreluCodesS8>(),
    check_of<kernels::PreluS8>(),
    check_of<kernels::QuantizeF32S8>(),
    check_of<kernels::QuantizeTiesAwayF32S8>(),
    check_of<kernels::RecurrentS8>(),
    check_of<kernels::ResizeBilinearS8>(),
    check_of<kernels::ResizeBilinearTiesAwayS8>(),
    check_of<kernels::SequenceLstmS8>(),
    check_of<kernels::SoftmaxS8>(),
    check_of<kernels::StridedSliceS8>(),
    check_of<kernels::SumS8>(),
    check_of<kernels::SvdfS8>(),
    check_of<kernels::TransposeConv2dS8>(),
    check_of<kernels::TransposeS8>(),
    check_of<kernels::WhereS8>(),
};

}  // namespace

Status check_bounds(const program::Program& program, const program::KernelCall& call, const KernelBinding& kernel) {
  Bounds bounds(program, call);
  bounds.check_parameters(kernel);
  const auto found = std::find_if(kernel_checks.begin(), kernel_checks.end(),
                                  [&](const KernelCheck& candidate) { return candidate.kernel == kernel.name; });
  if (found == kernel_checks.end()) bounds.fault("kernel " + std::string(kernel.name), "kernels of known extents");
  if (bounds.ok()) found->check(bounds, call);
  return std::move(bounds).status();
}

}  // namespace pudu::ops
