// quantized_conv2d, quantized_depthwise_conv2d and quantized_transpose_conv2d, with their `_nhwc` twins.
#include "kernels/conv2d/conv2d_s8.hpp"
#include "kernels/depthwise_conv2d/depthwise_conv2d_s8.hpp"
#include "kernels/transpose_conv2d/transpose_conv2d_s8.hpp"
#include "operators/layout.hpp"
#include "operators/operators.hpp"
#include "operators/scratch.hpp"

namespace pudu::executorch_ops {
namespace {

using targets::cmsis_nn::DataType;
using targets::cmsis_nn::Hw;
using targets::cmsis_nn::Nhwc;

constexpr std::int32_t max_window = 65535;  ///< strides, paddings and dilations; CMSIS-NN's are as small

/// What the three operators have in common, in the order of their schemas but for the arguments of one alone.
struct Convolution {
  const Tensor* input = nullptr;
  const Tensor* weight = nullptr;
  const Tensor* bias = nullptr;
  std::int32_t stride[2], padding[2], output_padding[2] = {0, 0}, dilation[2];
  std::int32_t depth_multiplier = 1;
  std::int32_t input_offset, output_offset;
  const Tensor* multipliers = nullptr;
  const Tensor* shifts = nullptr;
  std::int32_t activation_min, activation_max;
  const Tensor* scratch = nullptr;
  const Tensor* output_scratch = nullptr;
  const Tensor* out = nullptr;
  Image input_image{};
};

enum class Kind { Plain, Depthwise, Transposed };

Convolution read_convolution(Arguments& arguments, Kind kind, ImageForm form) noexcept {
  Convolution c;
  c.input = arguments.tensor("input", ScalarType::Char);
  c.weight = arguments.tensor("weight", ScalarType::Char);
  c.bias = arguments.optional_tensor("bias", ScalarType::Int);
  arguments.integers("stride", c.stride, 1, max_window);
  arguments.integers("padding", c.padding, 0, max_window);
  if (kind == Kind::Transposed) arguments.integers("output_padding", c.output_padding, 0, max_window);
  arguments.integers("dilation", c.dilation, 1, max_window);
  if (kind == Kind::Depthwise) c.depth_multiplier = arguments.integer("depth_multiplier", 1, INT32_MAX);
  c.input_offset = arguments.integer("input_offset", -127, 128);
  c.output_offset = arguments.integer("output_offset", -128, 127);
  c.multipliers = arguments.tensor("requantize_multipliers", ScalarType::Int);
  c.shifts = arguments.tensor("requantize_shifts", ScalarType::Int);
  c.activation_min = arguments.integer("activation_min", -128, 127);
  c.activation_max = arguments.integer("activation_max", -128, 127);
  c.scratch = arguments.scratch("scratch");
  if (kind == Kind::Transposed) c.output_scratch = arguments.scratch("output_scratch");
  c.out = arguments.tensor("out", ScalarType::Char);
  if (!arguments) return c;
  arguments.require(c.activation_min <= c.activation_max, "activation_min is above activation_max");
  if (read_image(arguments, *c.input, form, c.input_image)) {
    arguments.require(c.input_image.h > 0 && c.input_image.w > 0 && c.input_image.c > 0, "the input image is empty");
    arguments.require(rank_of(*c.weight) == 4 && is_contiguous(*c.weight) && element_count(*c.weight) > 0,
                      "the weights are no contiguous tensor of rank 4");
  }
  return c;
}

/// One bias (if there is any), multiplier and shift for each output channel, and shifts that requantization takes.
bool check_channels(Arguments& arguments, const Convolution& c, std::int32_t channels) noexcept {
  if (!arguments) return false;
  const bool is_counted = (c.bias == nullptr || element_count(*c.bias) == channels) &&
                          element_count(*c.multipliers) == channels && element_count(*c.shifts) == channels;
  if (!arguments.require(is_counted, "bias, multipliers or shifts are not one for each output channel")) return false;
  const auto* shifts = input_data<std::int32_t>(c.shifts);
  for (std::int32_t channel = 0; channel < channels; ++channel) {
    if (!arguments.require(shifts[channel] >= -31 && shifts[channel] <= 30, "a shift is not within -31 to 30")) {
      return false;
    }
  }
  return true;
}

/// floor((input + 2 * padding - dilation * (kernel - 1) - 1) / stride) + 1, or 0 when the window does not fit.
std::int32_t output_extent(std::int32_t input, std::int32_t kernel, const Convolution& c, int axis) noexcept {
  const std::int64_t room = std::int64_t{input} + 2 * std::int64_t{c.padding[axis]} -
                            std::int64_t{c.dilation[axis]} * (std::int64_t{kernel} - 1) - 1;
  return room < 0 ? 0 : static_cast<std::int32_t>(room / c.stride[axis] + 1);
}

/// Rows of the output. Those that `out` has, where it is of fixed shape and all windows begin above the image's end:
/// ExecuTorch's operators on CMSIS-NN take them from there, too, so a call may compute some rows of an image, whose
/// padding lies on one side. Else as output_extent says.
std::int32_t output_rows(const Convolution& c, ImageForm form) noexcept {
  const std::int32_t regular = output_extent(c.input_image.h, size_of(*c.weight, 1), c, 0);
  const bool is_fixed = rank_of(*c.out) == 4 && c.out->unsafeGetTensorImpl()->shape_dynamism() ==
                                                    executorch::runtime::TensorShapeDynamism::STATIC;
  if (!is_fixed) return regular;
  const std::int32_t rows = size_of(*c.out, form == ImageForm::Nhwc ? 1 : 2);
  const std::int64_t last_begin = (std::int64_t{rows} - 1) * c.stride[0] - c.padding[0];
  return rows >= 1 && last_begin < c.input_image.h ? rows : regular;
}

/// The parameters that every convolution kernel has.
template <class Params>
Params common_params(const Convolution& c, const Image& output) noexcept {
  Params params{};
  params.batches = c.input_image.n;
  params.input_h = c.input_image.h;
  params.input_w = c.input_image.w;
  params.input_channels = c.input_image.c;
  params.output_h = output.h;
  params.output_w = output.w;
  params.output_channels = output.c;
  params.kernel_h = size_of(*c.weight, 1);
  params.kernel_w = size_of(*c.weight, 2);
  params.stride_h = c.stride[0];
  params.stride_w = c.stride[1];
  params.pad_top = c.padding[0];
  params.pad_left = c.padding[1];
  params.dilation_h = c.dilation[0];
  params.dilation_w = c.dilation[1];
  params.input_offset = c.input_offset;
  params.output_offset = c.output_offset;
  params.activation_min = c.activation_min;
  params.activation_max = c.activation_max;
  return params;
}

template <class Operands>
Operands common_operands(const Convolution& c) noexcept {
  Operands operands{};
  operands.input = input_data<std::int8_t>(c.input);
  operands.weights = input_data<std::int8_t>(c.weight);
  operands.bias = input_data<std::int32_t>(c.bias);
  operands.multipliers = input_data<std::int32_t>(c.multipliers);
  operands.shifts = input_data<std::int32_t>(c.shifts);
  operands.output = output_data<std::int8_t>(c.out);
  return operands;
}

Nhwc extents(const Image& image) noexcept {
  return {image.n, image.h, image.w, image.c};
}
Hw pair(const std::int32_t (&values)[2]) noexcept {
  return {values[0], values[1]};
}

void run_conv2d(Arguments& arguments, ImageForm form) noexcept {
  const Convolution c = read_convolution(arguments, Kind::Plain, form);
  if (!arguments) return;
  const std::int32_t outputs = size_of(*c.weight, 0);
  const std::int32_t group_inputs = size_of(*c.weight, 3);
  const std::int32_t groups = c.input_image.c / group_inputs;
  if (!arguments.require(groups > 0 && groups * group_inputs == c.input_image.c && outputs % groups == 0,
                         "the channels do not divide into the groups that the weights give") ||
      !check_channels(arguments, c, outputs)) {
    return;
  }
  const Image output{c.input_image.n, output_rows(c, form), output_extent(c.input_image.w, size_of(*c.weight, 2), c, 1),
                     outputs};
  auto params = common_params<kernels::Conv2dS8Params>(c, output);
  params.groups = groups;
  const targets::cmsis_nn::ConvolutionCall call{
      extents(c.input_image), {outputs, params.kernel_h, params.kernel_w, group_inputs},
      extents(output),        pair(c.padding),
      pair(c.stride),         pair(c.dilation)};
  if (!shape_image(arguments, *c.out, form, output) ||
      !check_scratch(arguments, "scratch", *c.scratch, kernels::Conv2dS8::scratch_bytes(params, build_isa),
                     scratch_size(build_isa, DataType::A8W8, call))) {
    return;
  }
  auto operands = common_operands<kernels::Conv2dS8Operands>(c);
  operands.scratch = output_data<void>(c.scratch);
  kernels::Conv2dS8::run(params, operands);
}

void run_depthwise_conv2d(Arguments& arguments, ImageForm form) noexcept {
  const Convolution c = read_convolution(arguments, Kind::Depthwise, form);
  if (!arguments) return;
  const std::int32_t outputs = size_of(*c.weight, 3);
  if (!arguments.require(
          size_of(*c.weight, 0) == 1 && std::int64_t{c.input_image.c} * c.depth_multiplier == std::int64_t{outputs},
          "the weights are not 1, kernel, kernel, input channels times depth_multiplier") ||
      !check_channels(arguments, c, outputs)) {
    return;
  }
  const Image output{c.input_image.n, output_rows(c, form), output_extent(c.input_image.w, size_of(*c.weight, 2), c, 1),
                     outputs};
  auto params = common_params<kernels::DepthwiseConv2dS8Params>(c, output);
  params.depth_multiplier = c.depth_multiplier;
  // As ExecuTorch asks ahead of time, with the filter in another order than at run time.
  const targets::cmsis_nn::DepthwiseCall call{extents(c.input_image), {outputs, params.kernel_h, params.kernel_w, 1},
                                              extents(output),        pair(c.padding),
                                              pair(c.stride),         pair(c.dilation),
                                              c.depth_multiplier};
  if (!shape_image(arguments, *c.out, form, output) ||
      !check_scratch(arguments, "scratch", *c.scratch, kernels::DepthwiseConv2dS8::scratch_bytes(params, build_isa),
                     scratch_size(build_isa, DataType::A8W8, call))) {
    return;
  }
  kernels::DepthwiseConv2dS8::run(params, common_operands<kernels::DepthwiseConv2dS8Operands>(c));
}

/// (input - 1) * stride - 2 * padding + dilation * (kernel - 1) + output_padding + 1, or 0 when that is negative.
std::int32_t transposed_extent(std::int32_t input, std::int32_t kernel, const Convolution& c, int axis) noexcept {
  const std::int64_t extent = (std::int64_t{input} - 1) * c.stride[axis] - 2 * std::int64_t{c.padding[axis]} +
                              std::int64_t{c.dilation[axis]} * (std::int64_t{kernel} - 1) + c.output_padding[axis] + 1;
  if (extent < 0) return 0;
  return extent > INT32_MAX ? INT32_MAX : static_cast<std::int32_t>(extent);
}

void run_transpose_conv2d(Arguments& arguments, ImageForm form) noexcept {
  const Convolution c = read_convolution(arguments, Kind::Transposed, form);
  if (!arguments) return;
  const std::int32_t outputs = size_of(*c.weight, 0);
  if (!arguments.require(size_of(*c.weight, 3) == c.input_image.c,
                         "the weights' last extent is not the input channels") ||
      !check_channels(arguments, c, outputs)) {
    return;
  }
  const Image output{c.input_image.n, transposed_extent(c.input_image.h, size_of(*c.weight, 1), c, 0),
                     transposed_extent(c.input_image.w, size_of(*c.weight, 2), c, 1), outputs};
  const auto params = common_params<kernels::TransposeConv2dS8Params>(c, output);
  const Nhwc filter{outputs, params.kernel_h, params.kernel_w, c.input_image.c};
  const targets::cmsis_nn::TransposeConvCall call{extents(c.input_image), filter, extents(output), pair(c.stride)};
  const targets::cmsis_nn::TransposeConvReverseCall reverse_call{extents(c.input_image), filter, pair(c.stride)};
  if (!shape_image(arguments, *c.out, form, output) ||
      !check_scratch(arguments, "scratch", *c.scratch, kernels::TransposeConv2dS8::scratch_bytes(params, build_isa),
                     scratch_size(build_isa, DataType::A8W8, call)) ||
      !check_scratch(arguments, "output_scratch", *c.output_scratch, 0,
                     scratch_size(build_isa, DataType::A8W8, reverse_call))) {
    return;
  }
  kernels::TransposeConv2dS8::run(params, common_operands<kernels::TransposeConv2dS8Operands>(c));
}

constexpr std::size_t conv2d_arguments = 14, depthwise_arguments = 15, transposed_arguments = 16;

}  // namespace

void quantized_conv2d(KernelRuntimeContext& context, Stack stack) {
  Arguments arguments(context, stack, "cortex_m::quantized_conv2d.out", conv2d_arguments);
  run_conv2d(arguments, ImageForm::ChannelsLast);
}

void quantized_conv2d_nhwc(KernelRuntimeContext& context, Stack stack) {
  Arguments arguments(context, stack, "cortex_m::quantized_conv2d_nhwc.out", conv2d_arguments);
  run_conv2d(arguments, ImageForm::Nhwc);
}

void quantized_depthwise_conv2d(KernelRuntimeContext& context, Stack stack) {
  Arguments arguments(context, stack, "cortex_m::quantized_depthwise_conv2d.out", depthwise_arguments);
  run_depthwise_conv2d(arguments, ImageForm::ChannelsLast);
}

void quantized_depthwise_conv2d_nhwc(KernelRuntimeContext& context, Stack stack) {
  Arguments arguments(context, stack, "cortex_m::quantized_depthwise_conv2d_nhwc.out", depthwise_arguments);
  run_depthwise_conv2d(arguments, ImageForm::Nhwc);
}

void quantized_transpose_conv2d(KernelRuntimeContext& context, Stack stack) {
  Arguments arguments(context, stack, "cortex_m::quantized_transpose_conv2d.out", transposed_arguments);
  run_transpose_conv2d(arguments, ImageForm::ChannelsLast);
}

void quantized_transpose_conv2d_nhwc(KernelRuntimeContext& context, Stack stack) {
  Arguments arguments(context, stack, "cortex_m::quantized_transpose_conv2d_nhwc.out", transposed_arguments);
  run_transpose_conv2d(arguments, ImageForm::Nhwc);
}

}  // namespace pudu::executorch_ops
