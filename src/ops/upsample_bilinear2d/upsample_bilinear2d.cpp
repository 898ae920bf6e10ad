// Bilinear interpolation of images. See upsample_bilinear2d.md.
#include <algorithm>
#include <cmath>
#include <string>

#include "kernels/resize_bilinear/resize_bilinear_s8.hpp"
#include "kernels/resize_bilinear_ties_away/resize_bilinear_ties_away_s8.hpp"
#include "numerics/quantize_multiplier.hpp"
#include "ops/checks.hpp"
#include "ops/lower_context.hpp"
#include "ops/op_definition.hpp"

namespace pudu::ops {
namespace {

PUDU_KERNEL_BINDING(resize_bilinear_s8, ResizeBilinearS8)
PUDU_KERNEL_BINDING(resize_bilinear_ties_away_s8, ResizeBilinearTiesAwayS8)

Result<std::vector<ir::TensorType>> infer(const ir::Graph& graph, const ir::Node& node) {
  PUDU_TRY(check_image_input(graph, node, 0));
  PUDU_TRY(check_integers(node, "output_size", 2, 1, max_attribute_size));
  const auto& steps = node.attributes.reals("steps");
  const auto is_step = [](double step) { return step > 0.0 && step <= static_cast<double>(max_attribute_size); };
  if (!steps.empty() && (steps.size() != 2 || !std::all_of(steps.begin(), steps.end(), is_step))) {
    return invalid_input(
        {.found = "steps of " + std::to_string(steps.size()) + " values", .allowed = "two positive numbers, or none"});
  }
  const ir::TensorType& input = input_type(graph, node, 0);
  const auto& size = node.attributes.integers("output_size");
  return single_result(input.dtype, {input.shape[0], input.shape[1], size[0], size[1]});
}

/// Between which two input positions an output position lies.
struct Place {
  std::int64_t before = 0;
  double weight_of_next = 0.0;
};

/// Places along axis 0 (vertical) or 1 of an image; the formulas of aten/src/ATen/native/UpSample.h.
std::vector<Place> places(const ir::Node& node, std::size_t axis, std::int64_t input_size, std::int64_t output_size) {
  const auto& steps = node.attributes.reals("steps");
  const bool aligns_corners = node.attributes.integer("align_corners") != 0;
  double step = static_cast<double>(input_size) / static_cast<double>(output_size);
  if (aligns_corners) {
    step = output_size > 1 ? static_cast<double>(input_size - 1) / static_cast<double>(output_size - 1) : 0.0;
  } else if (!steps.empty()) {
    step = steps[axis];
  }
  const double center = aligns_corners || node.attributes.integer("half_pixel_centers") == 0 ? 0.0 : 0.5;
  std::vector<Place> result;
  for (std::int64_t i = 0; i < output_size; ++i) {
    const double source = std::max(0.0, step * (static_cast<double>(i) + center) - center);
    const auto before = std::min(static_cast<std::int64_t>(source), input_size - 1);
    result.push_back({before, std::clamp(source - static_cast<double>(before), 0.0, 1.0)});
  }
  return result;
}

/// The same as TensorFlow Lite has it in integers (reference/resize_bilinear.h): steps and weights are multiples of
/// 1/1024, and a size whose rounded step would leave the image stays at its border.
std::vector<Place> tflite_places(const ir::Node& node, std::int64_t input_size, std::int64_t output_size) {
  constexpr std::int64_t one = 1024;
  const bool aligns_corners = node.attributes.integer("align_corners") != 0;
  const bool is_between = aligns_corners && output_size > 1;
  const std::int64_t intervals = is_between ? output_size - 1 : output_size;
  const std::int64_t length = is_between ? input_size - 1 : input_size;
  const std::int64_t step = (one * length + intervals / 2) / intervals;
  const bool has_centers = !aligns_corners && node.attributes.integer("half_pixel_centers") != 0;
  std::vector<Place> result;
  for (std::int64_t i = 0; i < output_size; ++i) {
    const std::int64_t source = std::max<std::int64_t>(0, i * step + (has_centers ? step / 2 - one / 2 : 0));
    const std::int64_t before = std::min(source / one, input_size - 1);
    const std::int64_t weight = std::min(source - before * one, one);
    result.push_back({before, static_cast<double>(weight) / static_cast<double>(one)});
  }
  return result;
}

/// One output row from the two input rows around it.
void interpolate_row(const float* above, const float* below, double weight_below, const std::vector<Place>& columns,
                     std::int64_t width, float* output) {
  for (const Place& column : columns) {
    const std::int64_t next = std::min(column.before + 1, width - 1);
    const auto along = [&](const float* row) {
      return static_cast<double>(row[column.before]) * (1.0 - column.weight_of_next) +
             static_cast<double>(row[next]) * column.weight_of_next;
    };
    *output++ = static_cast<float>(along(above) * (1.0 - weight_below) + along(below) * weight_below);
  }
}

Status reference(const ir::Node& node, std::span<const Tensor> inputs, std::span<Tensor> outputs) {
  const std::int64_t height = inputs[0].dim(2);
  const std::int64_t width = inputs[0].dim(3);
  const std::vector<Place> rows = places(node, 0, height, outputs[0].dim(2));
  const std::vector<Place> columns = places(node, 1, width, outputs[0].dim(3));
  const float* plane = inputs[0].data().data();
  float* output = outputs[0].mutable_data().data();
  for (std::int64_t i = 0; i < inputs[0].dim(0) * inputs[0].dim(1); ++i, plane += height * width) {
    for (const Place& row : rows) {
      const float* above = plane + row.before * width;
      const float* below = plane + std::min(row.before + 1, height - 1) * width;
      interpolate_row(above, below, row.weight_of_next, columns, width, output);
      output += columns.size();
    }
  }
  return {};
}

/// Positions and fixed-point weights of one axis, as the kernel reads them.
void add_axis(LowerContext& context, const std::vector<Place>& axis, const char* positions_name,
              const char* weights_name, OperandList& operands) {
  std::vector<std::int32_t> positions;
  std::vector<std::int32_t> weights;
  for (const Place& place : axis) {
    positions.push_back(static_cast<std::int32_t>(place.before));
    weights.push_back(static_cast<std::int32_t>(
        numerics::round_half_away(place.weight_of_next * static_cast<double>(kernels::ResizeBilinearS8::one))));
  }
  const auto count = static_cast<std::int64_t>(axis.size());
  operands.emplace_back(positions_name, context.constant_of<std::int32_t>(positions_name, positions, {count}));
  operands.emplace_back(weights_name, context.constant_of<std::int32_t>(weights_name, weights, {count}));
}

std::vector<Place> places_of(const LowerContext& context, std::size_t axis, std::int64_t input_size,
                             std::int64_t output_size) {
  if (context.graph().arithmetic == ir::Arithmetic::TfLite) {
    return tflite_places(context.node(), input_size, output_size);
  }
  return places(context.node(), axis, input_size, output_size);
}

Status lower(LowerContext& context) {
  PUDU_TRY(require_shared_quantization(context));
  const ir::Shape& in = context.input_value(0).type.shape;
  const ir::Shape& out = context.output_value().type.shape;
  const DimOrder nhwc = channels_last_order(4);
  OperandList operands = {{"input", context.input(0, nhwc)}};
  add_axis(context, places_of(context, 0, in[2], out[2]), "rows", "row_weights", operands);
  add_axis(context, places_of(context, 1, in[3], out[3]), "columns", "column_weights", operands);
  operands.emplace_back("output", context.output(0, nhwc));
  const auto narrow = [](std::int64_t number) { return static_cast<std::int32_t>(number); };
  const kernels::ResizeBilinearS8Params params{.batches = narrow(in[0]),
                                               .input_h = narrow(in[2]),
                                               .input_w = narrow(in[3]),
                                               .channels = narrow(in[1]),
                                               .output_h = narrow(out[2]),
                                               .output_w = narrow(out[3])};
  const bool ties_go_away = context.graph().arithmetic == ir::Arithmetic::TfLite;
  context.emit_call(ties_go_away ? resize_bilinear_ties_away_s8() : resize_bilinear_s8(), to_parameters(params),
                    std::move(operands));
  return {};
}

}  // namespace

const OpDefinition& upsample_bilinear2d_definition() {
  static const OpDefinition definition{
      .name = "upsample_bilinear2d",
      .summary = "Bilinear interpolation of images.",
      .inputs = {{.name = "input", .meaning = "[N, C, H, W]"}},
      .attributes = {{"output_size", AttributeType::Integers, std::nullopt, "[height, width] of the result"},
                     {"align_corners", AttributeType::Integer, std::int64_t{0},
                      "1: corners lie upon corners; 0: pixels are areas"},
                     {"half_pixel_centers", AttributeType::Integer, std::int64_t{1},
                      "0: with align_corners 0, position i lies at i steps and not at the middle of its area"},
                     {"steps", AttributeType::Reals, std::vector<double>(),
                      "[vertical, horizontal] input elements from one output element to the next, with align_corners "
                      "0; none: input size / output size"}},
      .infer = infer,
      .reference = reference,
      .quantization = {.output = OutputQuantization::SameAsInput},
      .lower = lower,
      .kernels = {&resize_bilinear_s8(), &resize_bilinear_ties_away_s8()}};
  return definition;
}

}  // namespace pudu::ops
