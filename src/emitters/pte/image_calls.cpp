// The calls on images, and those with weights or two operands (call_writer.hpp).
#include <algorithm>
#include <cstring>

#include "emitters/pte/broadcast.hpp"
#include "emitters/pte/call_writer.hpp"
#include "emitters/pte/windows.hpp"
#include "kernels/add/add_s8.hpp"
#include "kernels/avg_pool2d/avg_pool2d_s8.hpp"
#include "kernels/batch_matmul/batch_matmul_s8.hpp"
#include "kernels/conv2d/conv2d_s8.hpp"
#include "kernels/depthwise_conv2d/depthwise_conv2d_s8.hpp"
#include "kernels/div/div_s8.hpp"
#include "kernels/linear/linear_s8.hpp"
#include "kernels/max_pool2d/max_pool2d_s8.hpp"
#include "kernels/maximum/maximum_s8.hpp"
#include "kernels/minimum/minimum_s8.hpp"
#include "kernels/mul/mul_s8.hpp"
#include "kernels/transpose_conv2d/transpose_conv2d_s8.hpp"
#include "numerics/quantize_multiplier.hpp"
#include "ops/kernel_binding.hpp"

namespace pudu::emitters {
namespace {

using program::KernelCall;

template <class Kernel>
typename Kernel::Params params_of(const KernelCall& call) {
  return ops::detail::to_params<typename Kernel::Params>(call.parameters);
}

std::vector<std::int32_t> int32_values(const std::vector<std::byte>& data) {
  std::vector<std::int32_t> values(data.size() / sizeof(std::int32_t));
  std::memcpy(values.data(), data.data(), values.size() * sizeof(std::int32_t));
  return values;
}

bool all_equal(const std::vector<std::int32_t>& values) {
  return std::adjacent_find(values.begin(), values.end(), std::not_equal_to<>()) == values.end();
}

/// What CMSIS-NN's MVE kernel starts an output from: bias + input_offset * sum of the weights, wrapping as the device.
ConstantData kernel_sums(const kernels::LinearS8Params& p, const std::vector<std::byte>& weights,
                         std::vector<std::int32_t> bias) {
  const auto* weight = reinterpret_cast<const std::int8_t*>(weights.data());
  for (std::int32_t& sum : bias) {
    std::int64_t weight_sum = 0;
    for (std::int32_t i = 0; i < p.input_features; ++i) weight_sum += *weight++;
    sum = static_cast<std::int32_t>(static_cast<std::uint32_t>(sum + p.input_offset * weight_sum));
  }
  const auto* bytes = reinterpret_cast<const std::byte*>(bias.data());
  return std::make_shared<const std::vector<std::byte>>(bytes, bytes + bias.size() * sizeof(std::int32_t));
}

}  // namespace

TensorView CallWriter::image(const ImageSizes& sizes) const {
  if (options_.operators == PteOperators::Classic) return channels_last_view(sizes.n, sizes.h, sizes.w, sizes.c);
  return contiguous_view({sizes.n, sizes.h, sizes.w, sizes.c});
}

std::string CallWriter::image_operator(const char* name) const {
  return std::string("cortex_m::") + name + (options_.operators == PteOperators::Nhwc ? "_nhwc" : "");
}

ValueId CallWriter::bias(const KernelCall& call, std::int64_t groups) {
  const program::Operand* bias = call.find_operand("bias");
  if (bias == nullptr) return builder_.null();
  const std::vector<std::byte>& data = *program_.buffer(bias->buffer).data;
  // Grouped kernels step through it whether it is there or not.
  const bool is_zero = std::all_of(data.begin(), data.end(), [](std::byte byte) { return byte == std::byte{0}; });
  return is_zero && groups == 1 ? builder_.null() : operand(call, "bias");
}

void CallWriter::conv2d(const KernelCall& call) {
  const auto p = params_of<kernels::Conv2dS8>(call);
  builder_.call(
      image_operator("quantized_conv2d"), "out",
      {operand(call, "input", image({p.batches, p.input_h, p.input_w, p.input_channels})),
       operand(call, "weights",
               contiguous_view({p.output_channels, p.kernel_h, p.kernel_w, p.input_channels / p.groups})),
       bias(call, p.groups), builder_.integers({p.stride_h, p.stride_w}), builder_.integers({p.pad_top, p.pad_left}),
       builder_.integers({p.dilation_h, p.dilation_w}), builder_.integer(p.input_offset),
       builder_.integer(p.output_offset), operand(call, "multipliers"), operand(call, "shifts"),
       builder_.integer(p.activation_min), builder_.integer(p.activation_max), scratch(call),
       operand(call, "output", image({p.batches, p.output_h, p.output_w, p.output_channels}))});
}

/// ExecuTorch's operator takes one image, so a batch is several calls.
void CallWriter::depthwise_conv2d(const KernelCall& call) {
  const auto p = params_of<kernels::DepthwiseConv2dS8>(call);
  const auto input_bytes = static_cast<std::size_t>(p.input_h) * static_cast<std::size_t>(p.input_w * p.input_channels);
  const auto output_bytes =
      static_cast<std::size_t>(p.output_h) * static_cast<std::size_t>(p.output_w * p.output_channels);
  for (std::size_t i = 0; i < static_cast<std::size_t>(p.batches); ++i) {
    builder_.call(image_operator("quantized_depthwise_conv2d"), "out",
                  {operand(call, "input", image({1, p.input_h, p.input_w, p.input_channels}), i * input_bytes),
                   operand(call, "weights", contiguous_view({1, p.kernel_h, p.kernel_w, p.output_channels})),
                   bias(call, p.input_channels), builder_.integers({p.stride_h, p.stride_w}),
                   builder_.integers({p.pad_top, p.pad_left}), builder_.integers({p.dilation_h, p.dilation_w}),
                   builder_.integer(p.depth_multiplier), builder_.integer(p.input_offset),
                   builder_.integer(p.output_offset), operand(call, "multipliers"), operand(call, "shifts"),
                   builder_.integer(p.activation_min), builder_.integer(p.activation_max), scratch(call),
                   operand(call, "output", image({1, p.output_h, p.output_w, p.output_channels}), i * output_bytes)});
  }
}

void CallWriter::transpose_conv2d(const KernelCall& call) {
  const auto p = params_of<kernels::TransposeConv2dS8>(call);
  const Extents padding = output_padding(p);
  builder_.call(
      image_operator("quantized_transpose_conv2d"), "out",
      {operand(call, "input", image({p.batches, p.input_h, p.input_w, p.input_channels})),
       operand(call, "weights", contiguous_view({p.output_channels, p.kernel_h, p.kernel_w, p.input_channels})),
       bias(call, 1), builder_.integers({p.stride_h, p.stride_w}), builder_.integers({p.pad_top, p.pad_left}),
       builder_.integers({padding.h, padding.w}), builder_.integers({p.dilation_h, p.dilation_w}),
       builder_.integer(p.input_offset), builder_.integer(p.output_offset), operand(call, "multipliers"),
       operand(call, "shifts"), builder_.integer(p.activation_min), builder_.integer(p.activation_max), scratch(call),
       scratch(call), operand(call, "output", image({p.batches, p.output_h, p.output_w, p.output_channels}))});
}

/// The operator's two *_zero_point arguments carry minus the zero points.
void CallWriter::batch_matmul(const KernelCall& call) {
  const auto p = params_of<kernels::BatchMatmulS8>(call);
  builder_.call("cortex_m::quantized_batch_matmul", "out",
                {operand(call, "lhs", contiguous_view({p.batches, p.rows, p.depth})), builder_.integer(p.lhs_offset),
                 operand(call, "rhs_transposed", contiguous_view({p.batches, p.columns, p.depth})),
                 builder_.integer(p.rhs_offset), builder_.integer(p.output_offset), builder_.integer(p.multiplier),
                 builder_.integer(p.shift), scratch(call),
                 operand(call, "output", contiguous_view({p.batches, p.rows, p.columns}))});
}

void CallWriter::linear(const KernelCall& call) {
  if (linear_per_tensor(call)) return;
  // One multiplier an output is what a convolution has; features are the channels of one pixel.
  const auto p = params_of<kernels::LinearS8>(call);
  builder_.call(image_operator("quantized_conv2d"), "out",
                {operand(call, "input", image({p.batches, 1, 1, p.input_features})),
                 operand(call, "weights", contiguous_view({p.output_features, 1, 1, p.input_features})), bias(call, 1),
                 builder_.integers({1, 1}), builder_.integers({0, 0}), builder_.integers({1, 1}),
                 builder_.integer(p.input_offset), builder_.integer(p.output_offset), operand(call, "multipliers"),
                 operand(call, "shifts"), builder_.integer(p.activation_min), builder_.integer(p.activation_max),
                 scratch(call), operand(call, "output", image({p.batches, 1, 1, p.output_features}))});
}

/// quantized_linear, where one multiplier serves all outputs. CMSIS-NN's MVE kernel reads the sums and ignores the
/// bias, the others read the bias and ignore the sums; a program for any ISA has both.
bool CallWriter::linear_per_tensor(const KernelCall& call) {
  const auto p = params_of<kernels::LinearS8>(call);
  const auto data = [&](const char* name) -> const std::vector<std::byte>& {
    return *program_.buffer(call.find_operand(name)->buffer).data;
  };
  const std::vector<std::int32_t> multipliers = int32_values(data("multipliers"));
  const std::vector<std::int32_t> shifts = int32_values(data("shifts"));
  if (!all_equal(multipliers) || !all_equal(shifts)) return false;
  ValueId bias_value = builder_.null();
  ValueId sums = builder_.null();
  const std::vector<targets::Isa> isas = program_.target.isas();
  if (isas.back() == targets::Isa::Mve) {
    const bool has_bias = call.find_operand("bias") != nullptr;
    const std::vector<std::int32_t> zeros(static_cast<std::size_t>(p.output_features), 0);
    sums = builder_.constant(pte::ScalarType::Int32, contiguous_view({1, p.output_features}),
                             kernel_sums(p, data("weights"), has_bias ? int32_values(data("bias")) : zeros));
  }
  if (isas.front() != targets::Isa::Mve) bias_value = bias(call, 1);
  builder_.call("cortex_m::quantized_linear", "out",
                {operand(call, "input", contiguous_view({p.batches, p.input_features})),
                 operand(call, "weights", contiguous_view({p.output_features, p.input_features})), bias_value, sums,
                 builder_.integer(p.input_offset), builder_.integer(0), builder_.integer(p.output_offset),
                 builder_.integers({multipliers.front()}), builder_.integers({shifts.front()}),
                 builder_.integer(p.activation_max), builder_.integer(p.activation_min),
                 operand(call, "output", contiguous_view({p.batches, p.output_features}))});
  return true;
}

namespace {

/// How both operands and the output of an elementwise call are seen: alike, or as channels-last images with one operand
/// of one pixel.
struct BinaryViews {
  TensorView input1, input2, output;
};

BinaryViews binary_views(const BroadcastShape& shape, const std::int32_t* strides1, const std::int32_t* strides2,
                         const TensorView& plain) {
  const bool whole1 = form_of(shape, strides1) == BroadcastForm::Whole;
  const bool whole2 = form_of(shape, strides2) == BroadcastForm::Whole;
  if (whole1 && whole2) return {plain, plain, plain};
  const std::int64_t channels = shape.channels();
  const TensorView all = channels_last_view(1, shape.elements() / channels, 1, channels);
  const TensorView one = channels_last_view(1, 1, 1, channels);
  return {whole1 ? all : one, whole2 ? all : one, all};
}

/// The stock extrema take logical sizes for the order in memory: matrices, one of them perhaps of one row.
BinaryViews extremum_views(const BroadcastShape& shape, const std::int32_t* strides1, const std::int32_t* strides2,
                           const TensorView& plain) {
  const bool whole1 = form_of(shape, strides1) == BroadcastForm::Whole;
  const bool whole2 = form_of(shape, strides2) == BroadcastForm::Whole;
  if (whole1 && whole2) return {plain, plain, plain};
  const std::int64_t channels = shape.channels();
  const TensorView all = contiguous_view({shape.elements() / channels, channels});
  const TensorView one = contiguous_view({1, channels});
  return {whole1 ? all : one, whole2 ? all : one, all};
}

}  // namespace

void CallWriter::minimum(const KernelCall& call) {
  const auto p = params_of<kernels::MinimumS8>(call);
  const BinaryViews views =
      extremum_views({p.rank, p.output_shape}, p.input1_strides, p.input2_strides, elementwise_view(call));
  builder_.call("cortex_m::minimum", "out",
                {operand(call, "input1", views.input1), operand(call, "input2", views.input2),
                 operand(call, "output", views.output)});
}

void CallWriter::maximum(const KernelCall& call) {
  const auto p = params_of<kernels::MaximumS8>(call);
  const BinaryViews views =
      extremum_views({p.rank, p.output_shape}, p.input1_strides, p.input2_strides, elementwise_view(call));
  builder_.call("cortex_m::maximum", "out",
                {operand(call, "input1", views.input1), operand(call, "input2", views.input2),
                 operand(call, "output", views.output)});
}

void CallWriter::div(const KernelCall& call) {
  const auto p = params_of<kernels::DivS8>(call);
  const TensorView view = elementwise_view(call);
  builder_.call("cortex_m::quantized_div", "out",
                {operand(call, "input1", view), builder_.integer(-p.input1_offset), operand(call, "input2", view),
                 builder_.integer(-p.input2_offset), builder_.integer(p.output_offset), builder_.real(p.scale),
                 operand(call, "output", view)});
}

void CallWriter::add(const KernelCall& call) {
  const auto p = params_of<kernels::AddS8>(call);
  const BinaryViews views =
      binary_views({p.rank, p.output_shape}, p.input1_strides, p.input2_strides, elementwise_view(call));
  builder_.call(
      "cortex_m::quantized_add", "out",
      {operand(call, "input1", views.input1), builder_.integer(-p.input1_offset), builder_.integer(p.input1_multiplier),
       builder_.integer(p.input1_shift), operand(call, "input2", views.input2), builder_.integer(-p.input2_offset),
       builder_.integer(p.input2_multiplier), builder_.integer(p.input2_shift), builder_.integer(p.output_offset),
       builder_.integer(p.output_multiplier), builder_.integer(p.output_shift), builder_.integer(p.activation_min),
       builder_.integer(p.activation_max), operand(call, "output", views.output)});
}

void CallWriter::mul(const KernelCall& call) {
  const auto p = params_of<kernels::MulS8>(call);
  const BinaryViews views =
      binary_views({p.rank, p.output_shape}, p.input1_strides, p.input2_strides, elementwise_view(call));
  builder_.call(
      "cortex_m::quantized_mul", "out",
      {operand(call, "input1", views.input1), builder_.integer(-p.input1_offset), operand(call, "input2", views.input2),
       builder_.integer(-p.input2_offset), builder_.integer(p.output_offset), builder_.integer(p.output_multiplier),
       builder_.integer(p.output_shift), operand(call, "output", views.output)});
}

void CallWriter::avg_pool2d(const KernelCall& call) {
  const auto p = params_of<kernels::AvgPool2dS8>(call);
  const bool ceil_mode = windows_of(p, 1, 1).ceil_mode().value();
  // For the Python reference only, which computes in float.
  const auto& quantization = program_.buffer(call.find_operand("input")->buffer).quantization;
  const auto scale = numerics::quantize_multiplier(quantization ? quantization->scale : 1.0);
  builder_.call(image_operator("quantized_avg_pool2d"), "out",
                {operand(call, "input", image({p.batches, p.input_h, p.input_w, p.channels})),
                 builder_.integers({p.kernel_h, p.kernel_w}), builder_.integers({p.stride_h, p.stride_w}),
                 builder_.integers({p.pad_top, p.pad_left}), builder_.boolean(ceil_mode), builder_.integer(p.pad_value),
                 builder_.integer(scale.multiplier), builder_.integer(scale.shift), scratch(call),
                 operand(call, "output", image({p.batches, p.output_h, p.output_w, p.channels}))});
}

void CallWriter::max_pool2d(const KernelCall& call) {
  const auto p = params_of<kernels::MaxPool2dS8>(call);
  const ValueId zero_point = builder_.integer(zero_point_of(call));
  builder_.call(image_operator("quantized_max_pool2d"), "out",
                {operand(call, "input", image({p.batches, p.input_h, p.input_w, p.channels})),
                 builder_.integers({p.kernel_h, p.kernel_w}), builder_.integers({p.stride_h, p.stride_w}),
                 builder_.integers({p.pad_top, p.pad_left}), builder_.integers({p.dilation_h, p.dilation_w}),
                 builder_.boolean(false), zero_point, zero_point, builder_.integer(p.activation_min),
                 builder_.integer(p.activation_max),
                 operand(call, "output", image({p.batches, p.output_h, p.output_w, p.channels}))});
}

}  // namespace pudu::emitters
