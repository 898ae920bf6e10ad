// Transposed two-dimensional convolution. See conv_transpose2d.md.
#include <algorithm>
#include <string>

#include "kernels/transpose_conv2d/transpose_conv2d_s8.hpp"
#include "kernels/transpose_conv2d_f32/transpose_conv2d_f32.hpp"
#include "ops/checks.hpp"
#include "ops/convolution_params.hpp"
#include "ops/float_node.hpp"
#include "ops/lower_context.hpp"
#include "ops/op_definition.hpp"
#include "ops/quantized.hpp"

namespace pudu::ops {
namespace {

PUDU_KERNEL_BINDING(transpose_conv2d_s8, TransposeConv2dS8)

constexpr std::size_t input_index = 0;
constexpr std::size_t weight_index = 1;
constexpr std::size_t bias_index = 2;

/// Sizes and steps; pairs are [vertical, horizontal].
struct Geometry {
  std::int64_t batches = 0, input_channels = 0, output_channels = 0;
  std::int64_t input[2], kernel[2], output[2];
  std::int64_t stride[2], dilation[2], pad_begin[2];
};

/// The geometry of shapes and attributes whose numbers infer has checked.
Geometry geometry_of(const ir::Node& node, const ir::Shape& input, const ir::Shape& weight) {
  const auto& padding = node.attributes.integers("padding");
  Geometry result{};
  result.batches = input[0];
  result.input_channels = input[1];
  result.output_channels = weight[0];
  for (std::size_t i = 0; i < 2; ++i) {
    result.input[i] = input[2 + i];
    result.kernel[i] = weight[2 + i];
    result.stride[i] = node.attributes.integers("stride")[i];
    result.dilation[i] = node.attributes.integers("dilation")[i];
    result.pad_begin[i] = padding[2 * i];
    result.output[i] = (result.input[i] - 1) * result.stride[i] + result.dilation[i] * (result.kernel[i] - 1) + 1 -
                       padding[2 * i] - padding[2 * i + 1];
  }
  return result;
}

Result<std::vector<ir::TensorType>> infer(const ir::Graph& graph, const ir::Node& node) {
  PUDU_TRY(check_image_input(graph, node, input_index));
  PUDU_TRY(check_input(graph, node, weight_index));
  PUDU_TRY(check_integers(node, "stride", 2, 1, max_attribute_size));
  PUDU_TRY(check_integers(node, "padding", 4, -max_attribute_size, max_attribute_size));
  PUDU_TRY(check_integers(node, "dilation", 2, 1, max_attribute_size));
  PUDU_TRY(check_activation(node));
  const ir::Shape& input = input_type(graph, node, input_index).shape;
  const ir::Shape& weight = input_type(graph, node, weight_index).shape;
  const auto& padding = node.attributes.integers("padding");
  if (padding[0] < 0 || padding[2] < 0) {
    return invalid_input({.found = "padding " + to_text(padding), .allowed = "0 or more at the top and left"});
  }
  if (weight.size() != 4 || weight[1] != input[1]) {
    return invalid_input(
        {.found = "weight of shape " + ir::to_string(weight) + " for an input of shape " + ir::to_string(input),
         .allowed = "[output channels, " + std::to_string(input[1]) + ", height, width]"});
  }
  PUDU_TRY(check_bias(graph, node, bias_index, weight[0]));
  const Geometry geometry = geometry_of(node, input, weight);
  if (geometry.output[0] < 1 || geometry.output[1] < 1) {
    return invalid_input({.found = "padding " + to_text(padding) + " of an input of shape " + ir::to_string(input) +
                                   " with a weight of shape " + ir::to_string(weight),
                          .allowed = "less than what the convolution makes of the input"});
  }
  return single_result(ir::DType::Float32,
                       {geometry.batches, geometry.output_channels, geometry.output[0], geometry.output[1]});
}

/// Input positions [begin, end) whose tap `tap` falls into the output along one axis.
struct TapRange {
  std::int64_t begin, end, first_output;
};

TapRange tap_range(const Geometry& geometry, std::size_t axis, std::int64_t tap) {
  const std::int64_t offset = tap * geometry.dilation[axis] - geometry.pad_begin[axis];
  const std::int64_t stride = geometry.stride[axis];
  const std::int64_t begin = offset >= 0 ? 0 : (-offset + stride - 1) / stride;
  const std::int64_t last = geometry.output[axis] - 1 - offset;
  const std::int64_t end = last < 0 ? 0 : std::min(geometry.input[axis], last / stride + 1);
  return {begin, std::max(begin, end), begin * stride + offset};
}

/// Adds what one kernel tap makes of one input plane to one output plane.
void scatter(const Geometry& geometry, const float* input, float weight, const TapRange& rows, const TapRange& columns,
             float* output) {
  for (std::int64_t y = rows.begin; y < rows.end; ++y) {
    const float* source = input + y * geometry.input[1];
    float* target = output + (rows.first_output + (y - rows.begin) * geometry.stride[0]) * geometry.output[1] +
                    columns.first_output;
    for (std::int64_t x = columns.begin; x < columns.end; ++x, target += geometry.stride[1]) {
      *target += source[x] * weight;
    }
  }
}

Status reference(const ir::Node& node, std::span<const Tensor> inputs, std::span<Tensor> outputs) {
  const Geometry geometry = geometry_of(node, inputs[input_index].shape(), inputs[weight_index].shape());
  const bool with_bias = inputs.size() > bias_index && inputs[bias_index].defined();
  const std::int64_t input_plane = geometry.input[0] * geometry.input[1];
  const std::int64_t output_plane = geometry.output[0] * geometry.output[1];
  float* output = outputs[0].mutable_data().data();
  for (std::int64_t image = 0; image < geometry.batches; ++image) {
    for (std::int64_t o = 0; o < geometry.output_channels; ++o, output += output_plane) {
      std::fill_n(output, output_plane, with_bias ? inputs[bias_index].data()[static_cast<std::size_t>(o)] : 0.0F);
      for (std::int64_t tap = 0; tap < geometry.kernel[0] * geometry.kernel[1]; ++tap) {
        const TapRange rows = tap_range(geometry, 0, tap / geometry.kernel[1]);
        const TapRange columns = tap_range(geometry, 1, tap % geometry.kernel[1]);
        for (std::int64_t c = 0; c < geometry.input_channels; ++c) {
          const float* input = inputs[input_index].data().data() + (image * geometry.input_channels + c) * input_plane;
          const auto place = (o * geometry.input_channels + c) * geometry.kernel[0] * geometry.kernel[1] + tap;
          scatter(geometry, input, inputs[weight_index].data()[static_cast<std::size_t>(place)], rows, columns, output);
        }
      }
    }
  }
  apply_activation(node, outputs[0].mutable_data());
  return {};
}

Status lower_float(LowerContext& context) {
  PUDU_TRY(require_float_operands(context));
  const Geometry geometry = geometry_of(context.node(), context.input_value(input_index).type.shape,
                                        context.input_value(weight_index).type.shape);
  const FloatBounds bounds = float_bounds(context.node());
  auto params = window_params<kernels::TransposeConv2dF32Params>(geometry);
  params.minimum = bounds.minimum;
  params.maximum = bounds.maximum;
  const DimOrder nhwc = channels_last_order(4);
  const program::BufferId input = context.input(input_index, nhwc);
  context.emit(transpose_conv2d_f32(), params,
               {{"input", input},
                {"weights", context.input(weight_index, nhwc)},
                {"bias", float_operand_or(context, bias_index, geometry.output_channels, 0.0F, "zeros")},
                {"output", context.output(0, nhwc)}});
  return {};
}

Status lower(LowerContext& context) {
  if (is_float(context)) return lower_float(context);
  const ir::Value& input = context.input_value(input_index);
  const ir::Value& weight = context.input_value(weight_index);
  const ir::Value& output = context.output_value();
  PUDU_TRY(require_int8(input));
  PUDU_TRY(require_int8(output));
  PUDU_TRY(check_weights(context, weight_index, weight.type.shape[0]));
  const Geometry geometry = geometry_of(context.node(), input.type.shape, weight.type.shape);
  auto params = window_params<kernels::TransposeConv2dS8Params>(geometry);
  set_quantization(*input.quant, *output.quant, activation_codes(context), params);
  const DimOrder nhwc = channels_last_order(4);
  const program::BufferId input_buffer = context.input(input_index, nhwc);
  const program::BufferId weight_buffer = context.input(weight_index, nhwc);
  const program::BufferId bias_buffer = bias_or_zeros(context, bias_index, geometry.output_channels);
  const ChannelScaling scaling =
      channel_scaling(context, input.quant->scale(), *weight.quant, output.quant->scale(), geometry.output_channels);
  context.emit(transpose_conv2d_s8(), params,
               {{"input", input_buffer},
                {"weights", weight_buffer},
                {"bias", bias_buffer},
                {"multipliers", scaling.multipliers},
                {"shifts", scaling.shifts},
                {"output", context.output(0, nhwc)}});
  return {};
}

std::int64_t macs(const ir::Graph& graph, const ir::Node& node) {
  const ir::Shape& weight = input_type(graph, node, weight_index).shape;
  return ir::element_count(input_type(graph, node, input_index).shape) * weight[0] * weight[2] * weight[3];
}

}  // namespace

const OpDefinition& conv_transpose2d_definition() {
  using Integers = std::vector<std::int64_t>;
  static const OpDefinition definition = {
      .name = "conv_transpose2d",
      .summary = "Transposed two-dimensional convolution with optional bias.",
      .inputs = {{"input", OperandPresence::Required, "image batch [N, C, H, W]"},
                 {"weight", OperandPresence::Required, "constant [O, C, height, width]"},
                 {"bias", OperandPresence::Optional, "constant [O]"}},
      .attributes = {{"stride", AttributeType::Integers, Integers{1, 1}, "[vertical, horizontal]"},
                     {"padding", AttributeType::Integers, Integers{0, 0, 0, 0},
                      "cut off the result: [top, bottom, left, right]; negative at the bottom or right: added"},
                     {"dilation", AttributeType::Integers, Integers{1, 1}, "[vertical, horizontal] distance of taps"},
                     activation_min_spec(),
                     activation_max_spec()},
      .infer = infer,
      .reference = reference,
      .quantization = {.output = OutputQuantization::Observed,
                       .weight_input = weight_index,
                       .weight_axis = 0,
                       .bias_input = bias_index},
      .lower = lower,
      .kernels = {&transpose_conv2d_s8()},
      .float_kernels = {{&transpose_conv2d_f32()}},
      .macs = macs,
  };
  return definition;
}

}  // namespace pudu::ops
