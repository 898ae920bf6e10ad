// Maximum pooling: the largest element of every window of an image. See max_pool2d.md.
#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/max_pool2d/max_pool2d_s8.hpp"
#include "kernels/max_pool2d_s16/max_pool2d_s16.hpp"
#include "ops/avg_pool2d/pool2d.hpp"
#include "ops/checks.hpp"
#include "ops/float_node.hpp"
#include "ops/int16_node.hpp"
#include "ops/lower_context.hpp"
#include "ops/op_definition.hpp"
#include "ops/quantized.hpp"

namespace pudu::ops {
namespace {

PUDU_KERNEL_BINDING(max_pool2d_s8, MaxPool2dS8)
PUDU_KERNEL_BINDING(max_pool2d_s16, MaxPool2dS16)

Result<std::vector<ir::TensorType>> infer(const ir::Graph& graph, const ir::Node& node) {
  PUDU_TRY(check_image_input(graph, node, 0));
  PUDU_TRY(check_activation(node));
  const ir::TensorType& input = input_type(graph, node, 0);
  PUDU_TRY_ASSIGN(ir::Shape shape, pooled_shape(node, input.shape));
  return single_result(input.dtype, std::move(shape));
}

/// Position of a window's first tap inside the image.
std::int64_t first_tap(const PoolAxis& axis, std::int64_t window) {
  const std::int64_t begin = axis.window_begin(window);
  return begin >= 0 ? begin : begin + (-begin + axis.dilation - 1) / axis.dilation * axis.dilation;
}

/// Maximum of the taps inside the image; NaN wins, minus infinity when there are none.
float window_maximum(const float* plane, std::int64_t height, std::int64_t width, const PoolWindows& windows,
                     std::int64_t row, std::int64_t column) {
  const std::int64_t end_y = std::min(height, windows.h.window_begin(row) + windows.h.extent());
  const std::int64_t end_x = std::min(width, windows.w.window_begin(column) + windows.w.extent());
  float maximum = -std::numeric_limits<float>::infinity();
  for (std::int64_t y = first_tap(windows.h, row); y < end_y; y += windows.h.dilation) {
    for (std::int64_t x = first_tap(windows.w, column); x < end_x; x += windows.w.dilation) {
      const float element = plane[y * width + x];
      if (element > maximum || std::isnan(element)) maximum = element;
    }
  }
  return maximum;
}

Status reference(const ir::Node& node, std::span<const Tensor> inputs, std::span<Tensor> outputs) {
  const PoolWindows windows = pool_windows(node);
  const std::int64_t planes = inputs[0].dim(0) * inputs[0].dim(1);
  const std::int64_t height = inputs[0].dim(2);
  const std::int64_t width = inputs[0].dim(3);
  const float* plane = inputs[0].data().data();
  float* result = outputs[0].mutable_data().data();
  for (std::int64_t i = 0; i < planes; ++i, plane += height * width) {
    for (std::int64_t y = 0; y < outputs[0].dim(2); ++y) {
      for (std::int64_t x = 0; x < outputs[0].dim(3); ++x) {
        *result++ = window_maximum(plane, height, width, windows, y, x);
      }
    }
  }
  apply_activation(node, outputs[0].mutable_data());
  return {};
}

Status lower(LowerContext& context) {
  PUDU_TRY(require_shared_quantization(context));
  const PoolWindows windows = pool_windows(context.node());
  PUDU_TRY_ASSIGN(const CodeRange activation, pool_activation(context));
  auto params = pool_params<kernels::MaxPool2dS8Params>(context, windows, activation);
  params.dilation_h = static_cast<std::int32_t>(windows.h.dilation);
  params.dilation_w = static_cast<std::int32_t>(windows.w.dilation);
  const DimOrder nhwc = channels_last_order(4);
  const program::BufferId input = context.input(0, nhwc);
  if (is_int16(context)) {
    context.emit(max_pool2d_s16(), widened_pool<kernels::MaxPool2dS16Params>(params),
                 {{"input", input}, {"output", context.output(0, nhwc)}});
    return {};
  }
  context.emit(is_float(context) ? max_pool2d_f32() : max_pool2d_s8(), params,
               {{"input", input}, {"output", context.output(0, nhwc)}});
  return {};
}

}  // namespace

const OpDefinition& max_pool2d_definition() {
  using Integers = std::vector<std::int64_t>;
  static const OpDefinition definition{
      .name = "max_pool2d",
      .summary = "Largest element of every window of an image.",
      .inputs = {{.name = "input", .meaning = "[N, C, H, W]"}},
      .attributes = {{"kernel", AttributeType::Integers, std::nullopt, "[height, width] of the window, in taps"},
                     {"stride", AttributeType::Integers, std::nullopt, "[vertical, horizontal] step between windows"},
                     {"padding", AttributeType::Integers, Integers{0, 0, 0, 0}, "[top, bottom, left, right]"},
                     {"dilation", AttributeType::Integers, Integers{1, 1}, "[vertical, horizontal] step between taps"},
                     {"ceil_mode", AttributeType::Integer, std::int64_t{0},
                      "1: a last window may reach beyond the padding"},
                     activation_min_spec(),
                     activation_max_spec()},
      .infer = infer,
      .reference = reference,
      .quantization = {.output = OutputQuantization::SameAsInput},
      .lower = lower,
      .kernels = {&max_pool2d_s8()},
      .float_kernels = {{&max_pool2d_f32()}},
      .int16_kernels = {{&max_pool2d_s16()}}};
  return definition;
}

}  // namespace pudu::ops
