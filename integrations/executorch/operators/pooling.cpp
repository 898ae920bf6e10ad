// quantized_avg_pool2d and quantized_max_pool2d, with their `_nhwc` twins.
#include "kernels/avg_pool2d/avg_pool2d_s8.hpp"
#include "kernels/max_pool2d/max_pool2d_s8.hpp"
#include "operators/layout.hpp"
#include "operators/operators.hpp"
#include "operators/scratch.hpp"

namespace pudu::executorch_ops {
namespace {

constexpr std::int32_t max_window = 65535;

struct Window {
  std::int32_t kernel[2], stride[2], padding[2];
};

void read_window(Arguments& arguments, Window& window) noexcept {
  arguments.integers("kernel_size", window.kernel, 1, max_window);
  arguments.integers("stride", window.stride, 1, max_window);
  arguments.integers("padding", window.padding, 0, max_window);
}

/// (input + 2 * padding - kernel) / stride + 1; with ceil_mode one more for a rest, unless that window begins in the
/// padding behind the input. 0 when the window does not fit.
std::int32_t output_extent(std::int32_t input, const Window& window, int axis, bool ceil_mode) noexcept {
  const std::int64_t room = std::int64_t{input} + 2 * std::int64_t{window.padding[axis]} - window.kernel[axis];
  if (room < 0) return 0;
  std::int64_t extent = room / window.stride[axis] + 1;
  if (ceil_mode && room % window.stride[axis] != 0) {
    ++extent;
    if ((extent - 1) * window.stride[axis] >= std::int64_t{input} + window.padding[axis]) --extent;
  }
  return static_cast<std::int32_t>(extent);
}

Image pooled(const Image& input, const Window& window, bool ceil_mode) noexcept {
  return {input.n, output_extent(input.h, window, 0, ceil_mode), output_extent(input.w, window, 1, ceil_mode), input.c};
}

template <class Params>
Params common_params(const Image& input, const Image& output, const Window& window) noexcept {
  Params params{};
  params.batches = input.n;
  params.input_h = input.h;
  params.input_w = input.w;
  params.channels = input.c;
  params.output_h = output.h;
  params.output_w = output.w;
  params.kernel_h = window.kernel[0];
  params.kernel_w = window.kernel[1];
  params.stride_h = window.stride[0];
  params.stride_w = window.stride[1];
  params.pad_top = window.padding[0];
  params.pad_left = window.padding[1];
  return params;
}

/// The mean of raw codes over the taps inside of the image: the device's formula, which the Python reference operator
/// (float32) meets but for ties. The zero point, multiplier and shift are there for that reference only.
void run_avg_pool2d(Arguments& arguments, ImageForm form) noexcept {
  const Tensor* input = arguments.tensor("input", ScalarType::Char);
  Window window{};
  read_window(arguments, window);
  const bool ceil_mode = arguments.boolean("ceil_mode");
  const std::int32_t zero_point = arguments.integer("zero_point", -128, 127);
  arguments.integer("multiplier");
  arguments.integer("shift");
  const Tensor* scratch = arguments.scratch("scratch");
  const Tensor* out = arguments.tensor("out", ScalarType::Char);
  Image image{};
  if (!arguments || !read_image(arguments, *input, form, image)) return;
  const Image output = pooled(image, window, ceil_mode);
  auto params = common_params<kernels::AvgPool2dS8Params>(image, output, window);
  params.pad_bottom = params.pad_top;
  params.pad_right = params.pad_left;
  params.pad_value = zero_point;
  params.activation_min = -128;
  params.activation_max = 127;
  const targets::cmsis_nn::AveragePoolCall call{output.w, image.c};
  // A window without a tap inside has no mean (CMSIS-NN's kernel refuses it, too).
  if (!arguments.require(window.padding[0] < window.kernel[0] && window.padding[1] < window.kernel[1],
                         "a window lies wholly in the padding") ||
      !arguments.require(std::int64_t{window.kernel[0]} * window.kernel[1] < (1 << 23), "the window is too large") ||
      !shape_image(arguments, *out, form, output) ||
      !check_scratch(arguments, "scratch", *scratch, kernels::AvgPool2dS8::scratch_bytes(params, build_isa),
                     scratch_size(build_isa, targets::cmsis_nn::DataType::A8W8, call))) {
    return;
  }
  kernels::AvgPool2dS8::run(params, {input_data<std::int8_t>(input), output_data<std::int8_t>(out)});
}

void run_max_pool2d(Arguments& arguments, ImageForm form) noexcept {
  const Tensor* input = arguments.tensor("input", ScalarType::Char);
  Window window{};
  read_window(arguments, window);
  std::int32_t dilation[2] = {};
  arguments.integers("dilation", dilation, 1, 1);
  const bool ceil_mode = arguments.boolean("ceil_mode");
  const std::int32_t input_zero_point = arguments.integer("input_zero_point", -128, 127);
  const std::int32_t output_zero_point = arguments.integer("output_zero_point", -128, 127);
  const std::int32_t activation_min = arguments.integer("activation_min", -128, 127);
  const std::int32_t activation_max = arguments.integer("activation_max", -128, 127);
  const Tensor* out = arguments.tensor("out", ScalarType::Char);
  Image image{};
  if (!arguments || !read_image(arguments, *input, form, image)) return;
  const Image output = pooled(image, window, ceil_mode);
  auto params = common_params<kernels::MaxPool2dS8Params>(image, output, window);
  params.dilation_h = dilation[0];
  params.dilation_w = dilation[1];
  params.activation_min = activation_min;
  params.activation_max = activation_max;
  if (!arguments.require(input_zero_point == output_zero_point, "input and output differ in their zero points") ||
      !arguments.require(activation_min <= activation_max, "activation_min is above activation_max") ||
      !shape_image(arguments, *out, form, output)) {
    return;
  }
  kernels::MaxPool2dS8::run(params, {input_data<std::int8_t>(input), output_data<std::int8_t>(out)});
}

constexpr std::size_t avg_pool_arguments = 10, max_pool_arguments = 11;

}  // namespace

void quantized_avg_pool2d(KernelRuntimeContext& context, Stack stack) {
  Arguments arguments(context, stack, "cortex_m::quantized_avg_pool2d.out", avg_pool_arguments);
  run_avg_pool2d(arguments, ImageForm::ChannelsLast);
}

void quantized_avg_pool2d_nhwc(KernelRuntimeContext& context, Stack stack) {
  Arguments arguments(context, stack, "cortex_m::quantized_avg_pool2d_nhwc.out", avg_pool_arguments);
  run_avg_pool2d(arguments, ImageForm::Nhwc);
}

void quantized_max_pool2d(KernelRuntimeContext& context, Stack stack) {
  Arguments arguments(context, stack, "cortex_m::quantized_max_pool2d.out", max_pool_arguments);
  run_max_pool2d(arguments, ImageForm::ChannelsLast);
}

void quantized_max_pool2d_nhwc(KernelRuntimeContext& context, Stack stack) {
  Arguments arguments(context, stack, "cortex_m::quantized_max_pool2d_nhwc.out", max_pool_arguments);
  run_max_pool2d(arguments, ImageForm::Nhwc);
}

}  // namespace pudu::executorch_ops
