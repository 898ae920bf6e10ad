// Adaptive average pooling: means over a grid of windows that cover the whole image. See adaptive_avg_pool2d.md.
#include "kernels/adaptive_avg_pool2d/adaptive_avg_pool2d_s8.hpp"

#include <algorithm>

#include "kernels/avg_pool2d/avg_pool2d_s8.hpp"
#include "ops/avg_pool2d/pool2d.hpp"
#include "ops/checks.hpp"
#include "ops/lower_context.hpp"
#include "ops/op_definition.hpp"

namespace pudu::ops {
namespace {

PUDU_KERNEL_BINDING(adaptive_avg_pool2d_s8, AdaptiveAvgPool2dS8)

/// Half-open range of input positions that output position `window` averages (aten's start_index and end_index).
struct AdaptiveWindow {
  std::int64_t begin;
  std::int64_t end;
};

AdaptiveWindow adaptive_window(std::int64_t input_size, std::int64_t output_size, std::int64_t window) {
  return {.begin = window * input_size / output_size,
          .end = ((window + 1) * input_size + output_size - 1) / output_size};
}

/// The windows as those of an ordinary pool without padding, or none where their sizes or steps differ.
std::optional<PoolAxis> regular_windows(std::int64_t input_size, std::int64_t output_size) {
  const AdaptiveWindow first = adaptive_window(input_size, output_size, 0);
  const std::int64_t kernel = first.end - first.begin;
  const std::int64_t stride = output_size > 1 ? adaptive_window(input_size, output_size, 1).begin : kernel;
  if (stride == 0) return std::nullopt;
  for (std::int64_t i = 0; i < output_size; ++i) {
    const AdaptiveWindow window = adaptive_window(input_size, output_size, i);
    if (window.begin != i * stride || window.end != window.begin + kernel) return std::nullopt;
  }
  return PoolAxis{.kernel = kernel, .stride = stride};
}

Result<std::vector<ir::TensorType>> infer(const ir::Graph& graph, const ir::Node& node) {
  PUDU_TRY(check_image_input(graph, node, 0));
  PUDU_TRY(check_integers(node, "output_size", 2, 1, max_attribute_size));
  const ir::TensorType& input = input_type(graph, node, 0);
  const auto& size = node.attributes.integers("output_size");
  for (std::size_t axis = 0; axis < 2; ++axis) {
    if (size[axis] <= INT32_MAX / (input.shape[2 + axis] + 1)) continue;
    return unsupported({.found = "output_size " + to_text(size) + " of an image " + ir::to_string(input.shape),
                        .allowed = "input size times output size fits 31 bits"});
  }
  const auto largest = [&](std::size_t axis) {
    return std::min(input.shape[2 + axis], input.shape[2 + axis] / size[axis] + 2);
  };
  if (largest(0) * largest(1) > max_mean_elements) {
    return unsupported({.found = "output_size " + to_text(size) + " of an image " + ir::to_string(input.shape),
                        .allowed = "a window has at most " + std::to_string(max_mean_elements) + " elements"});
  }
  return single_result(input.dtype, {input.shape[0], input.shape[1], size[0], size[1]});
}

float window_mean(const float* plane, std::int64_t width, AdaptiveWindow rows, AdaptiveWindow columns) {
  double sum = 0.0;
  for (std::int64_t y = rows.begin; y < rows.end; ++y) {
    for (std::int64_t x = columns.begin; x < columns.end; ++x) sum += static_cast<double>(plane[y * width + x]);
  }
  return static_cast<float>(sum / static_cast<double>((rows.end - rows.begin) * (columns.end - columns.begin)));
}

Status reference(const ir::Node&, std::span<const Tensor> inputs, std::span<Tensor> outputs) {
  const std::int64_t planes = inputs[0].dim(0) * inputs[0].dim(1);
  const std::int64_t height = inputs[0].dim(2);
  const std::int64_t width = inputs[0].dim(3);
  const std::int64_t output_h = outputs[0].dim(2);
  const std::int64_t output_w = outputs[0].dim(3);
  const float* plane = inputs[0].data().data();
  float* result = outputs[0].mutable_data().data();
  for (std::int64_t i = 0; i < planes; ++i, plane += height * width) {
    for (std::int64_t y = 0; y < output_h; ++y) {
      const AdaptiveWindow rows = adaptive_window(height, output_h, y);
      for (std::int64_t x = 0; x < output_w; ++x) {
        *result++ = window_mean(plane, width, rows, adaptive_window(width, output_w, x));
      }
    }
  }
  return {};
}

/// Fields that both kernels have.
template <class Params>
Params common_params(const ir::Shape& in, const ir::Shape& out) {
  Params params{};
  params.batches = static_cast<std::int32_t>(in[0]);
  params.input_h = static_cast<std::int32_t>(in[2]);
  params.input_w = static_cast<std::int32_t>(in[3]);
  params.channels = static_cast<std::int32_t>(in[1]);
  params.output_h = static_cast<std::int32_t>(out[2]);
  params.output_w = static_cast<std::int32_t>(out[3]);
  params.activation_min = -128;
  params.activation_max = 127;
  return params;
}

kernels::AvgPool2dS8Params regular_params(const ir::Shape& in, const ir::Shape& out, const PoolAxis& h,
                                          const PoolAxis& w) {
  auto params = common_params<kernels::AvgPool2dS8Params>(in, out);
  params.kernel_h = static_cast<std::int32_t>(h.kernel);
  params.kernel_w = static_cast<std::int32_t>(w.kernel);
  params.stride_h = static_cast<std::int32_t>(h.stride);
  params.stride_w = static_cast<std::int32_t>(w.stride);
  return params;
}

Status lower(LowerContext& context) {
  PUDU_TRY(require_shared_quantization(context));
  const ir::Shape& in = context.input_value(0).type.shape;
  const ir::Shape& out = context.output_value().type.shape;
  if (in == out) {  // every window is one element
    const DimOrder order = context.input_order(0);
    context.alias_output(0, 0, order, order);
    return {};
  }
  const DimOrder nhwc = channels_last_order(4);
  const program::BufferId input = context.input(0, nhwc);
  OperandList operands = {{"input", input}, {"output", context.output(0, nhwc)}};
  const std::optional<PoolAxis> h = regular_windows(in[2], out[2]);
  const std::optional<PoolAxis> w = regular_windows(in[3], out[3]);
  if (h && w) {
    kernels::AvgPool2dS8Params params = regular_params(in, out, *h, *w);
    params.pad_value = context.input_value(0).quant->zero_point;
    context.emit(avg_pool2d_s8(), params, std::move(operands));
  } else {
    context.emit(adaptive_avg_pool2d_s8(), common_params<kernels::AdaptiveAvgPool2dS8Params>(in, out),
                 std::move(operands));
  }
  return {};
}

}  // namespace

const OpDefinition& adaptive_avg_pool2d_definition() {
  static const OpDefinition definition{
      .name = "adaptive_avg_pool2d",
      .summary = "Means over a grid of windows that cover the whole image.",
      .inputs = {{.name = "input", .meaning = "[N, C, H, W]"}},
      .attributes = {{"output_size", AttributeType::Integers, std::nullopt, "[height, width] of the result"}},
      .infer = infer,
      .reference = reference,
      .quantization = {.output = OutputQuantization::SameAsInput},
      .lower = lower,
      .kernels = {&avg_pool2d_s8(), &adaptive_avg_pool2d_s8()}};
  return definition;
}

}  // namespace pudu::ops
