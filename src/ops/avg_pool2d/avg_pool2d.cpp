// Average pooling: the mean of every window of an image. See avg_pool2d.md.
#include <algorithm>
#include <cstddef>

#include "kernels/avg_pool2d/avg_pool2d_s8.hpp"
#include "kernels/avg_pool2d_s16/avg_pool2d_s16.hpp"
#include "kernels/mean_of_sums/mean_of_sums_s8.hpp"
#include "kernels/row_sums/row_sums_s8.hpp"
#include "ops/avg_pool2d/pool2d.hpp"
#include "ops/checks.hpp"
#include "ops/float_node.hpp"
#include "ops/int16_node.hpp"
#include "ops/lower_context.hpp"
#include "ops/op_definition.hpp"
#include "ops/quantized.hpp"

namespace pudu::ops {
namespace {

PUDU_KERNEL_BINDING(row_sums_s8, RowSumsS8)
PUDU_KERNEL_BINDING(mean_of_sums_s8, MeanOfSumsS8)

/// Taps of one window along one axis: [begin, end) lies inside the image; `padded` counts those in the padded image.
struct WindowTaps {
  std::int64_t begin;
  std::int64_t end;
  std::int64_t padded;

  std::int64_t valid() const { return std::max<std::int64_t>(0, end - begin); }
};

WindowTaps taps_of(const PoolAxis& axis, std::int64_t size, std::int64_t window) {
  const std::int64_t begin = axis.window_begin(window);
  const std::int64_t padded_end = std::min(begin + axis.kernel, size + axis.pad_after);
  return {.begin = std::max<std::int64_t>(begin, 0), .end = std::min(padded_end, size), .padded = padded_end - begin};
}

/// How many elements a window's sum is divided by.
struct Divisor {
  std::int64_t override;  ///< 0 = none
  bool count_include_pad;

  std::int64_t of(const WindowTaps& h, const WindowTaps& w) const {
    if (override != 0) return override;
    return count_include_pad ? h.padded * w.padded : h.valid() * w.valid();
  }
};

Result<std::vector<ir::TensorType>> infer(const ir::Graph& graph, const ir::Node& node) {
  PUDU_TRY(check_image_input(graph, node, 0));
  const ir::TensorType& input = input_type(graph, node, 0);
  const std::int64_t divisor = node.attributes.integer("divisor_override");
  if (divisor < 0 || divisor > max_mean_elements) {
    return unsupported({.found = "divisor_override is " + std::to_string(divisor),
                        .allowed = "a divisor from 1 to " + std::to_string(max_mean_elements) + ", or 0 for none"});
  }
  PUDU_TRY(check_activation(node));
  PUDU_TRY_ASSIGN(ir::Shape shape, pooled_shape(node, input.shape));
  return single_result(input.dtype, std::move(shape));
}

float window_mean(const float* plane, std::int64_t width, const WindowTaps& h, const WindowTaps& w, Divisor divisor) {
  if (h.valid() == 0 || w.valid() == 0) return 0.0F;
  double sum = 0.0;
  for (std::int64_t y = h.begin; y < h.end; ++y) {
    for (std::int64_t x = w.begin; x < w.end; ++x) sum += static_cast<double>(plane[y * width + x]);
  }
  return static_cast<float>(sum / static_cast<double>(divisor.of(h, w)));
}

Status reference(const ir::Node& node, std::span<const Tensor> inputs, std::span<Tensor> outputs) {
  const PoolWindows windows = pool_windows(node);
  const Divisor divisor{.override = node.attributes.integer("divisor_override"),
                        .count_include_pad = node.attributes.integer("count_include_pad") != 0};
  const std::int64_t planes = inputs[0].dim(0) * inputs[0].dim(1);
  const std::int64_t height = inputs[0].dim(2);
  const std::int64_t width = inputs[0].dim(3);
  const float* plane = inputs[0].data().data();
  float* result = outputs[0].mutable_data().data();
  for (std::int64_t i = 0; i < planes; ++i, plane += height * width) {
    for (std::int64_t y = 0; y < outputs[0].dim(2); ++y) {
      const WindowTaps rows = taps_of(windows.h, height, y);
      for (std::int64_t x = 0; x < outputs[0].dim(3); ++x) {
        *result++ = window_mean(plane, width, rows, taps_of(windows.w, width, x), divisor);
      }
    }
  }
  apply_activation(node, outputs[0].mutable_data());
  return {};
}

/// Unsupported: a window whose sum its kernel does not take.
Result<kernels::AvgPool2dS16Params> widened(const kernels::AvgPool2dS8Params& narrow) {
  const std::int64_t taps = std::int64_t{narrow.kernel_h} * narrow.kernel_w;
  if (taps > kernels::AvgPool2dS16::most_taps) {
    return unsupported({.found = "an average of " + std::to_string(taps) + " elements of 16 bits",
                        .allowed = "at most " + std::to_string(kernels::AvgPool2dS16::most_taps)});
  }
  return widened_pool<kernels::AvgPool2dS16Params>(narrow);
}

Status lower(LowerContext& context) {
  PUDU_TRY(require_shared_quantization(context));
  const ir::Attributes& attributes = context.node().attributes;
  const PoolWindows windows = pool_windows(context.node());
  PUDU_TRY_ASSIGN(const CodeRange activation, pool_activation(context));
  auto params = pool_params<kernels::AvgPool2dS8Params>(context, windows, activation);
  params.pad_bottom = static_cast<std::int32_t>(windows.h.pad_after);
  params.pad_right = static_cast<std::int32_t>(windows.w.pad_after);
  params.count_include_pad = attributes.integer("count_include_pad") != 0 ? 1 : 0;
  params.divisor_override = static_cast<std::int32_t>(attributes.integer("divisor_override"));
  params.pad_value = is_float(context) ? 0 : context.input_value(0).quant->zero_point;
  const DimOrder nhwc = channels_last_order(4);
  const program::BufferId input = context.input(0, nhwc);
  if (is_int16(context)) {
    PUDU_TRY_ASSIGN(const kernels::AvgPool2dS16Params wide, widened(params));
    context.emit(avg_pool2d_s16(), wide, {{"input", input}, {"output", context.output(0, nhwc)}});
    return {};
  }
  context.emit(is_float(context) ? avg_pool2d_f32() : avg_pool2d_s8(), params,
               {{"input", input}, {"output", context.output(0, nhwc)}});
  return {};
}

}  // namespace

const OpDefinition& avg_pool2d_definition() {
  using Integers = std::vector<std::int64_t>;
  static const OpDefinition definition{
      .name = "avg_pool2d",
      .summary = "Mean of every window of an image.",
      .inputs = {{.name = "input", .meaning = "[N, C, H, W]"}},
      .attributes =
          {{"kernel", AttributeType::Integers, std::nullopt, "[height, width] of the window"},
           {"stride", AttributeType::Integers, std::nullopt, "[vertical, horizontal] step between windows"},
           {"padding", AttributeType::Integers, Integers{0, 0, 0, 0}, "[top, bottom, left, right]"},
           {"ceil_mode", AttributeType::Integer, std::int64_t{0}, "1: a last window may reach beyond the padding"},
           {"count_include_pad", AttributeType::Integer, std::int64_t{1}, "1: padding counts as zeros in the mean"},
           {"divisor_override", AttributeType::Integer, std::int64_t{0}, "what sums are divided by; 0: their taps"},
           activation_min_spec(),
           activation_max_spec()},
      .infer = infer,
      .reference = reference,
      .quantization = {.output = OutputQuantization::SameAsInput},
      .lower = lower,
      .kernels = {&avg_pool2d_s8(), &row_sums_s8(), &mean_of_sums_s8()},
      .float_kernels = {{&avg_pool2d_f32()}},
      .int16_kernels = {{&avg_pool2d_s16()}}};
  return definition;
}

}  // namespace pudu::ops
