// Two-dimensional convolution, depthwise and grouped ones included. See conv2d.md.
#include <algorithm>
#include <string>

#include "kernels/conv2d/conv2d_s8.hpp"
#include "kernels/conv2d_dsp/conv2d_dsp_s8.hpp"
#include "kernels/conv2d_dsp_s16/conv2d_dsp_s16.hpp"
#include "kernels/conv2d_dsp_s16_s8/conv2d_dsp_s16_s8.hpp"
#include "kernels/conv2d_dsp_s8_s16/conv2d_dsp_s8_s16.hpp"
#include "kernels/conv2d_f32/conv2d_f32.hpp"
#include "kernels/conv2d_lanes/conv2d_lanes_s8.hpp"
#include "kernels/conv2d_mve/conv2d_mve_s8.hpp"
#include "kernels/conv2d_s16/conv2d_s16.hpp"
#include "kernels/conv2d_s16_s8/conv2d_s16_s8.hpp"
#include "kernels/conv2d_s8_s16/conv2d_s8_s16.hpp"
#include "kernels/conv2d_winograd_dsp/conv2d_winograd_dsp_s8.hpp"
#include "kernels/conv2d_winograd_rows_dsp/conv2d_winograd_rows_dsp_s8.hpp"
#include "kernels/depthwise_conv2d/depthwise_conv2d_s8.hpp"
#include "kernels/depthwise_conv2d_5x5_dsp/depthwise_conv2d_5x5_dsp_s8.hpp"
#include "kernels/depthwise_conv2d_dsp/depthwise_conv2d_dsp_s8.hpp"
#include "kernels/depthwise_conv2d_dsp_s16/depthwise_conv2d_dsp_s16.hpp"
#include "kernels/depthwise_conv2d_dsp_s16_s8/depthwise_conv2d_dsp_s16_s8.hpp"
#include "kernels/depthwise_conv2d_dsp_s8_s16/depthwise_conv2d_dsp_s8_s16.hpp"
#include "kernels/depthwise_conv2d_lanes/depthwise_conv2d_lanes_s8.hpp"
#include "kernels/depthwise_conv2d_mve/depthwise_conv2d_mve_s8.hpp"
#include "kernels/depthwise_conv2d_s16/depthwise_conv2d_s16.hpp"
#include "kernels/depthwise_conv2d_s16_s8/depthwise_conv2d_s16_s8.hpp"
#include "kernels/depthwise_conv2d_s8_s16/depthwise_conv2d_s8_s16.hpp"
#include "kernels/pointwise_s4/pointwise_s4.hpp"
#include "ops/checks.hpp"
#include "ops/convolution_params.hpp"
#include "ops/float_node.hpp"
#include "ops/int16_node.hpp"
#include "ops/lower_context.hpp"
#include "ops/onednn.hpp"
#include "ops/op_definition.hpp"
#include "ops/quantized.hpp"

namespace pudu::ops {
namespace {

PUDU_KERNEL_BINDING(conv2d_s8, Conv2dS8)
PUDU_KERNEL_BINDING(depthwise_conv2d_s8, DepthwiseConv2dS8)
PUDU_KERNEL_BINDING(conv2d_dsp_s8, Conv2dDspS8)
PUDU_KERNEL_BINDING(conv2d_winograd_dsp_s8, Conv2dWinogradDspS8)
PUDU_KERNEL_BINDING(conv2d_winograd_rows_dsp_s8, Conv2dWinogradRowsDspS8)
PUDU_KERNEL_BINDING(conv2d_mve_s8, Conv2dMveS8)
PUDU_KERNEL_BINDING(conv2d_lanes_s8, Conv2dLanesS8)
PUDU_KERNEL_BINDING(depthwise_conv2d_dsp_s8, DepthwiseConv2dDspS8)
PUDU_KERNEL_BINDING(depthwise_conv2d_5x5_dsp_s8, DepthwiseConv2d5x5DspS8)
PUDU_KERNEL_BINDING(depthwise_conv2d_mve_s8, DepthwiseConv2dMveS8)
PUDU_KERNEL_BINDING(depthwise_conv2d_lanes_s8, DepthwiseConv2dLanesS8)
PUDU_KERNEL_BINDING(pointwise_s4, PointwiseS4)
PUDU_KERNEL_BINDING(conv2d_s16, Conv2dS16)
PUDU_KERNEL_BINDING(conv2d_s16_s8, Conv2dS16S8)
PUDU_KERNEL_BINDING(conv2d_s8_s16, Conv2dS8S16)
PUDU_KERNEL_BINDING(conv2d_dsp_s16, Conv2dDspS16)
PUDU_KERNEL_BINDING(conv2d_dsp_s16_s8, Conv2dDspS16S8)
PUDU_KERNEL_BINDING(conv2d_dsp_s8_s16, Conv2dDspS8S16)
PUDU_KERNEL_BINDING(depthwise_conv2d_s16, DepthwiseConv2dS16)
PUDU_KERNEL_BINDING(depthwise_conv2d_s16_s8, DepthwiseConv2dS16S8)
PUDU_KERNEL_BINDING(depthwise_conv2d_s8_s16, DepthwiseConv2dS8S16)
PUDU_KERNEL_BINDING(depthwise_conv2d_dsp_s16, DepthwiseConv2dDspS16)
PUDU_KERNEL_BINDING(depthwise_conv2d_dsp_s16_s8, DepthwiseConv2dDspS16S8)
PUDU_KERNEL_BINDING(depthwise_conv2d_dsp_s8_s16, DepthwiseConv2dDspS8S16)

constexpr std::size_t input_index = 0;
constexpr std::size_t weight_index = 1;
constexpr std::size_t bias_index = 2;

/// Sizes and steps of one convolution. Pairs are [vertical, horizontal].
struct Geometry {
  std::int64_t batches, groups, input_channels, output_channels;
  std::int64_t input[2], kernel[2], output[2];
  std::int64_t stride[2], dilation[2];
  std::int64_t pad_begin[2], pad_end[2];

  /// Every group has one input channel. A single input channel is an ordinary convolution, which conv2d_s8 reads in
  /// rows of the kernel, where depthwise_conv2d_s8 would walk over single elements.
  bool is_depthwise() const { return input_channels > 1 && groups == input_channels; }
};

/// The geometry of shapes and attributes that infer has accepted.
Geometry geometry_of(const ir::Node& node, const ir::Shape& input, const ir::Shape& weight) {
  const auto& stride = node.attributes.integers("stride");
  const auto& padding = node.attributes.integers("padding");
  const auto& dilation = node.attributes.integers("dilation");
  Geometry result{.batches = input[0],
                  .groups = node.attributes.integer("groups"),
                  .input_channels = input[1],
                  .output_channels = weight[0]};
  for (std::size_t i = 0; i < 2; ++i) {
    result.input[i] = input[2 + i];
    result.kernel[i] = weight[2 + i];
    result.stride[i] = stride[i];
    result.dilation[i] = dilation[i];
    result.pad_begin[i] = padding[2 * i];
    result.pad_end[i] = padding[2 * i + 1];
    const std::int64_t padded = result.input[i] + result.pad_begin[i] + result.pad_end[i];
    const std::int64_t field = (result.kernel[i] - 1) * result.dilation[i] + 1;
    result.output[i] = padded < field ? 0 : (padded - field) / result.stride[i] + 1;
  }
  return result;
}

Status check_channels(const ir::Graph& graph, const ir::Node& node) {
  const ir::Shape& input = input_type(graph, node, input_index).shape;
  const ir::Shape& weight = input_type(graph, node, weight_index).shape;
  if (weight.size() != 4) {
    return invalid_input({.found = "weight of shape " + ir::to_string(weight),
                          .allowed = "rank 4: [output channels, input channels / groups, height, width]"});
  }
  const std::int64_t groups = node.attributes.integer("groups");
  if (groups < 1 || input[1] % groups != 0 || weight[0] % groups != 0) {
    return invalid_input({.found = "groups is " + std::to_string(groups) + " for " + std::to_string(input[1]) +
                                   " input and " + std::to_string(weight[0]) + " output channels",
                          .allowed = "groups divides both numbers of channels"});
  }
  if (weight[1] != input[1] / groups) {
    return invalid_input({.found = "weight of shape " + ir::to_string(weight) + " for an input of shape " +
                                   ir::to_string(input) + " in " + std::to_string(groups) + " groups",
                          .allowed = "weight dimension 1 is " + std::to_string(input[1] / groups)});
  }
  return check_bias(graph, node, bias_index, weight[0]);
}

Result<std::vector<ir::TensorType>> infer(const ir::Graph& graph, const ir::Node& node) {
  PUDU_TRY(check_image_input(graph, node, input_index));
  PUDU_TRY(check_input(graph, node, weight_index));
  PUDU_TRY(check_integers(node, "stride", 2, 1, max_attribute_size));
  PUDU_TRY(check_integers(node, "padding", 4, 0, max_attribute_size));
  PUDU_TRY(check_integers(node, "dilation", 2, 1, max_attribute_size));
  PUDU_TRY(check_channels(graph, node));
  PUDU_TRY(check_activation(node));
  const ir::Shape& input = input_type(graph, node, input_index).shape;
  const ir::Shape& weight = input_type(graph, node, weight_index).shape;
  const Geometry geometry = geometry_of(node, input, weight);
  if (geometry.output[0] < 1 || geometry.output[1] < 1) {
    return invalid_input({.found = "weight of shape " + ir::to_string(weight) + " with dilation " +
                                   to_text(node.attributes.integers("dilation")) + " on an input of shape " +
                                   ir::to_string(input) + " padded by " + to_text(node.attributes.integers("padding")),
                          .allowed = "the kernel is no larger than the padded input"});
  }
  return single_result(ir::DType::Float32,
                       {geometry.batches, geometry.output_channels, geometry.output[0], geometry.output[1]});
}

dnnl::convolution_forward make_primitive(const Geometry& geometry, dnnl::convolution_forward::primitive_desc& desc,
                                         const dnnl::memory::dims& weight_dims, const Tensor& input,
                                         const Tensor& output, bool with_bias) {
  const dnnl::memory::dims stride = {geometry.stride[0], geometry.stride[1]};
  const dnnl::memory::dims dilation = {geometry.dilation[0] - 1, geometry.dilation[1] - 1};  // extra steps in oneDNN
  const dnnl::memory::dims pad_begin = {geometry.pad_begin[0], geometry.pad_begin[1]};
  const dnnl::memory::dims pad_end = {geometry.pad_end[0], geometry.pad_end[1]};
  constexpr auto kind = dnnl::prop_kind::forward_inference;
  constexpr auto algorithm = dnnl::algorithm::convolution_direct;
  const auto source = onednn::any_layout(input.shape());
  const auto weights = onednn::any_layout(weight_dims);
  const auto result = onednn::any_layout(output.shape());
  const auto bias = onednn::contiguous({geometry.output_channels});
  using Convolution = dnnl::convolution_forward;
  desc = with_bias ? onednn::describe<Convolution>(kind, algorithm, source, weights, bias, result, stride, dilation,
                                                   pad_begin, pad_end)
                   : onednn::describe<Convolution>(kind, algorithm, source, weights, result, stride, dilation,
                                                   pad_begin, pad_end);
  return dnnl::convolution_forward(desc);
}

Status reference(const ir::Node& node, std::span<const Tensor> inputs, std::span<Tensor> outputs) {
  const Tensor& input = inputs[input_index];
  const Tensor& weight = inputs[weight_index];
  const bool with_bias = inputs.size() > bias_index && inputs[bias_index].defined();
  const Geometry geometry = geometry_of(node, input.shape(), weight.shape());
  const dnnl::memory::dims weight_dims = {geometry.groups, geometry.output_channels / geometry.groups,
                                          geometry.input_channels / geometry.groups, geometry.kernel[0],
                                          geometry.kernel[1]};
  const Status status = onednn::guarded([&] {
    dnnl::convolution_forward::primitive_desc desc;
    const auto primitive = make_primitive(geometry, desc, weight_dims, input, outputs[0], with_bias);
    dnnl::memory result = onednn::view(outputs[0], onednn::contiguous(outputs[0].shape()));
    const dnnl::memory target =
        desc.dst_desc() == result.get_desc() ? result : dnnl::memory(desc.dst_desc(), onednn::engine());
    const auto in_layout = [](const Tensor& tensor, const dnnl::memory::dims& dims, const dnnl::memory::desc& wanted) {
      return onednn::in_layout(onednn::view(tensor, onednn::contiguous(dims)), wanted);
    };
    std::unordered_map<int, dnnl::memory> arguments = {
        {DNNL_ARG_SRC, in_layout(input, input.shape(), desc.src_desc())},
        {DNNL_ARG_WEIGHTS, in_layout(weight, weight_dims, desc.weights_desc())},
        {DNNL_ARG_DST, target},
    };
    if (with_bias) {
      arguments.emplace(DNNL_ARG_BIAS,
                        onednn::view(inputs[bias_index], onednn::contiguous({geometry.output_channels})));
    }
    onednn::execute(primitive, arguments);
    onednn::copy_back(target, result);
  });
  PUDU_TRY(status);
  apply_activation(node, outputs[0].mutable_data());
  return {};
}

/// The fields that both kernels have.
template <class Params>
Params common_params(const Geometry& geometry, const ir::QuantParams& input, const ir::QuantParams& output,
                     CodeRange activation) {
  Params params = window_params<Params>(geometry);
  set_quantization(input, output, activation, params);
  return params;
}

Status lower_float(LowerContext& context) {
  PUDU_TRY(require_float_operands(context));
  const Geometry geometry = geometry_of(context.node(), context.input_value(input_index).type.shape,
                                        context.input_value(weight_index).type.shape);
  const FloatBounds bounds = float_bounds(context.node());
  auto params = window_params<kernels::Conv2dF32Params>(geometry);
  params.groups = static_cast<std::int32_t>(geometry.groups);
  params.minimum = bounds.minimum;
  params.maximum = bounds.maximum;
  const DimOrder nhwc = channels_last_order(4);
  const program::BufferId input = context.input(input_index, nhwc);
  context.emit(conv2d_f32(), params,
               {{"input", input},
                {"weights", context.input(weight_index, nhwc)},
                {"bias", float_operand_or(context, bias_index, geometry.output_channels, 0.0F, "zeros")},
                {"output", context.output(0, nhwc)}});
  return {};
}

/// The kernels of a layer's codes.
template <class Depthwise, class Plain>
void emit_convolution(LowerContext& context, const Geometry& geometry, const OperandList& operands,
                      const KernelBinding& depthwise, const KernelBinding& plain) {
  const ir::QuantParams& input = *context.input_value(input_index).quant;
  const ir::QuantParams& output = *context.output_value().quant;
  const CodeRange activation = activation_codes(context);
  if (geometry.is_depthwise()) {
    auto params = common_params<typename Depthwise::Params>(geometry, input, output, activation);
    params.depth_multiplier = static_cast<std::int32_t>(geometry.output_channels / geometry.input_channels);
    context.emit(depthwise, params, operands);
  } else {
    auto params = common_params<typename Plain::Params>(geometry, input, output, activation);
    params.groups = static_cast<std::int32_t>(geometry.groups);
    context.emit(plain, params, operands);
  }
}

Status lower(LowerContext& context) {
  if (is_float(context)) return lower_float(context);
  const ir::Value& input = context.input_value(input_index);
  const ir::Value& weight = context.input_value(weight_index);
  PUDU_TRY_ASSIGN(const LayerCodes codes, codes_of_layer(context, input_index));
  PUDU_TRY(check_weights(context, weight_index, weight.type.shape[0]));
  const Geometry geometry = geometry_of(context.node(), input.type.shape, weight.type.shape);
  const DimOrder nhwc = channels_last_order(4);
  const DimOrder channels_innermost = {1, 2, 3, 0};  // [1, height, width, output channels]
  const program::BufferId input_buffer = context.input(input_index, nhwc);
  const program::BufferId weight_buffer =
      context.input(weight_index, geometry.is_depthwise() ? channels_innermost : nhwc);
  const program::BufferId bias_buffer = bias_or_zeros(context, bias_index, geometry.output_channels);
  PUDU_TRY_ASSIGN(const ChannelScaling scaling,
                  scaling_of_layer(context, codes, input.quant->scale(), *weight.quant, geometry.output_channels));
  const OperandList operands = {{"input", input_buffer},    {"weights", weight_buffer},
                                {"bias", bias_buffer},      {"multipliers", scaling.multipliers},
                                {"shifts", scaling.shifts}, {"output", context.output(0, nhwc)}};
  switch (codes) {
    case LayerCodes::Int8:
      emit_convolution<kernels::DepthwiseConv2dS8, kernels::Conv2dS8>(context, geometry, operands,
                                                                      depthwise_conv2d_s8(), conv2d_s8());
      break;
    case LayerCodes::Int16:
      emit_convolution<kernels::DepthwiseConv2dS16, kernels::Conv2dS16>(context, geometry, operands,
                                                                        depthwise_conv2d_s16(), conv2d_s16());
      break;
    case LayerCodes::Int16ToInt8:
      emit_convolution<kernels::DepthwiseConv2dS16S8, kernels::Conv2dS16S8>(context, geometry, operands,
                                                                            depthwise_conv2d_s16_s8(), conv2d_s16_s8());
      break;
    case LayerCodes::Int8ToInt16:
      emit_convolution<kernels::DepthwiseConv2dS8S16, kernels::Conv2dS8S16>(context, geometry, operands,
                                                                            depthwise_conv2d_s8_s16(), conv2d_s8_s16());
      break;
  }
  return {};
}

std::int64_t macs(const ir::Graph& graph, const ir::Node& node) {
  const ir::Shape& weight = input_type(graph, node, weight_index).shape;
  return ir::element_count(graph.value(node.outputs[0]).type.shape) * weight[1] * weight[2] * weight[3];
}

std::vector<std::int64_t> ones(std::size_t count) {
  return std::vector<std::int64_t>(count, 1);
}

}  // namespace

const OpDefinition& conv2d_definition() {
  static const OpDefinition definition = {
      .name = "conv2d",
      .summary = "Two-dimensional convolution (cross-correlation) with optional bias, any groups.",
      .inputs = {{"input", OperandPresence::Required, "image batch [N, C, H, W]"},
                 {"weight", OperandPresence::Required, "constant [O, C / groups, height, width]"},
                 {"bias", OperandPresence::Optional, "constant [O]"}},
      .attributes = {{"stride", AttributeType::Integers, ones(2), "[vertical, horizontal]"},
                     {"padding", AttributeType::Integers, std::vector<std::int64_t>(4, 0),
                      "zeros around the image: [top, bottom, left, right]"},
                     {"dilation", AttributeType::Integers, ones(2), "[vertical, horizontal] distance of kernel taps"},
                     {"groups", AttributeType::Integer, std::int64_t{1},
                      "divides C and O; C is a depthwise convolution"},
                     activation_min_spec(),
                     activation_max_spec()},
      .infer = infer,
      .reference = reference,
      .quantization = {.output = OutputQuantization::Observed,
                       .weight_input = weight_index,
                       .weight_axis = 0,
                       .bias_input = bias_index},
      .lower = lower,
      .kernels = {&conv2d_s8(), &depthwise_conv2d_s8(), &conv2d_dsp_s8(), &conv2d_winograd_dsp_s8(),
                  &conv2d_winograd_rows_dsp_s8(), &depthwise_conv2d_dsp_s8(), &depthwise_conv2d_5x5_dsp_s8(),
                  &conv2d_mve_s8(), &depthwise_conv2d_mve_s8(), &conv2d_lanes_s8(), &depthwise_conv2d_lanes_s8(),
                  &pointwise_s4()},
      .float_kernels = {{&conv2d_f32()}},
      .int16_kernels = {{&conv2d_s16(), &conv2d_s16_s8(), &conv2d_s8_s16(), &depthwise_conv2d_s16(),
                         &depthwise_conv2d_s16_s8(), &depthwise_conv2d_s8_s16(), &conv2d_dsp_s16(),
                         &conv2d_dsp_s16_s8(), &conv2d_dsp_s8_s16(), &depthwise_conv2d_dsp_s16(),
                         &depthwise_conv2d_dsp_s16_s8(), &depthwise_conv2d_dsp_s8_s16()}},
      .macs = macs,
  };
  return definition;
}

}  // namespace pudu::ops
