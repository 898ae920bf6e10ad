// For each kernel how many elements of which operand it touches; those that are prepared for an ISA are in
// prepared_bounds.hpp. A kernel or a parameter without its line here or in bounds.hpp is refused, so that none can be
// forgotten. The formulas restate the operands' comments in the kernels' headers.
#include "ops/call_bounds.hpp"

#include "kernels/add/add_s8.hpp"
#include "kernels/avg_pool2d_f32/avg_pool2d_f32.hpp"
#include "kernels/batch_matmul/batch_matmul_s8.hpp"
#include "kernels/call_extents.hpp"
#include "kernels/concat/concat_s8.hpp"
#include "kernels/conv2d/conv2d_s8.hpp"
#include "kernels/copy/copy_s8.hpp"
#include "kernels/depthwise_conv2d/depthwise_conv2d_s8.hpp"
#include "kernels/dequantize/dequantize_s8_f32.hpp"
#include "kernels/dequantize_s16/dequantize_s16_f32.hpp"
#include "kernels/div/div_s8.hpp"
#include "kernels/float_extents.hpp"
#include "kernels/index_select/index_select_s8.hpp"
#include "kernels/linear/linear_s8.hpp"
#include "kernels/lut/lut_s8.hpp"
#include "kernels/max_pool2d_f32/max_pool2d_f32.hpp"
#include "kernels/maximum/maximum_s8.hpp"
#include "kernels/mean_of_sums/mean_of_sums_s8.hpp"
#include "kernels/minimum/minimum_s8.hpp"
#include "kernels/mul/mul_s8.hpp"
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
#include "ops/prepared_bounds.hpp"

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
                                      check_of<kernels::DepthwiseConv2dDspS16>(),
                                      check_of<kernels::DepthwiseConv2dDspS16S8>(),
                                      check_of<kernels::DepthwiseConv2dDspS8S16>(),
                                      check_of<kernels::DepthwiseConv2dLanesS8>(),
                                      check_of<kernels::DepthwiseConv2dMveS8>(),
                                      check_of<kernels::DepthwiseConv2dS8>(),
                                      check_of<kernels::DequantizeS16F32>(),
                                      check_of<kernels::DequantizeS8F32>(),
                                      check_of<kernels::DivS8>(),
                                      check_of<kernels::IndexSelectS8>(),
                                      check_of<kernels::LinearDspS8>(),
                                      check_of<kernels::LinearDspS16>(),
                                      check_of<kernels::LinearDspS16S8>(),
                                      check_of<kernels::LinearDspS8S16>(),
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
