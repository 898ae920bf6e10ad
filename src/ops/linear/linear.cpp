// Fully connected layer over the last dimension. See linear.md.
#include <string>

#include "kernels/linear/linear_s8.hpp"
#include "kernels/linear_dsp/linear_dsp_s8.hpp"
#include "kernels/linear_dsp_s16/linear_dsp_s16.hpp"
#include "kernels/linear_dsp_s16_s8/linear_dsp_s16_s8.hpp"
#include "kernels/linear_dsp_s8_s16/linear_dsp_s8_s16.hpp"
#include "kernels/linear_lanes/linear_lanes_s8.hpp"
#include "kernels/linear_mve/linear_mve_s8.hpp"
#include "kernels/linear_s16/linear_s16.hpp"
#include "kernels/linear_s16_s8/linear_s16_s8.hpp"
#include "kernels/linear_s8_s16/linear_s8_s16.hpp"
#include "kernels/matmul_f32/matmul_f32.hpp"
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

PUDU_KERNEL_BINDING(linear_s8, LinearS8)
PUDU_KERNEL_BINDING(linear_dsp_s8, LinearDspS8)
PUDU_KERNEL_BINDING(linear_lanes_s8, LinearLanesS8)
PUDU_KERNEL_BINDING(linear_mve_s8, LinearMveS8)
PUDU_KERNEL_BINDING(linear_s16, LinearS16)
PUDU_KERNEL_BINDING(linear_s16_s8, LinearS16S8)
PUDU_KERNEL_BINDING(linear_s8_s16, LinearS8S16)
PUDU_KERNEL_BINDING(linear_dsp_s16, LinearDspS16)
PUDU_KERNEL_BINDING(linear_dsp_s16_s8, LinearDspS16S8)
PUDU_KERNEL_BINDING(linear_dsp_s8_s16, LinearDspS8S16)

constexpr std::size_t input_index = 0;
constexpr std::size_t weight_index = 1;
constexpr std::size_t bias_index = 2;

Result<std::vector<ir::TensorType>> infer(const ir::Graph& graph, const ir::Node& node) {
  PUDU_TRY(check_input(graph, node, input_index));
  PUDU_TRY(check_input(graph, node, weight_index));
  PUDU_TRY(check_activation(node));
  const ir::Shape& input = input_type(graph, node, input_index).shape;
  const ir::Shape& weight = input_type(graph, node, weight_index).shape;
  if (weight.size() != 2 || input.empty() || input.back() != weight[1]) {
    return invalid_input(
        {.found = "weight of shape " + ir::to_string(weight) + " for an input of shape " + ir::to_string(input),
         .allowed = "a weight [out, in] where in is the last size of the input"});
  }
  PUDU_TRY(check_bias(graph, node, bias_index, weight[0]));
  ir::Shape shape = input;
  shape.back() = weight[0];
  return single_result(ir::DType::Float32, std::move(shape));
}

Status reference(const ir::Node& node, std::span<const Tensor> inputs, std::span<Tensor> outputs) {
  const Tensor& weight = inputs[weight_index];
  const std::int64_t in = weight.dim(1);
  const std::int64_t out = weight.dim(0);
  const std::int64_t rows = inputs[input_index].elements() / in;
  const bool with_bias = inputs.size() > bias_index && inputs[bias_index].defined();
  const Status status = onednn::guarded([&] {
    const auto source = onednn::contiguous({rows, in});
    const dnnl::memory::desc transposed({in, out}, dnnl::memory::data_type::f32, dnnl::memory::dims{1, in});
    const auto bias = onednn::contiguous({1, out});
    const auto result = onednn::contiguous({rows, out});
    const auto desc = with_bias ? onednn::describe<dnnl::matmul>(source, transposed, bias, result)
                                : onednn::describe<dnnl::matmul>(source, transposed, result);
    std::unordered_map<int, dnnl::memory> arguments = {
        {DNNL_ARG_SRC, onednn::view(inputs[input_index], source)},
        {DNNL_ARG_WEIGHTS, onednn::view(weight, transposed)},
        {DNNL_ARG_DST, onednn::view(outputs[0], result)},
    };
    if (with_bias) arguments.emplace(DNNL_ARG_BIAS, onednn::view(inputs[bias_index], bias));
    onednn::execute(dnnl::matmul(desc), arguments);
  });
  PUDU_TRY(status);
  apply_activation(node, outputs[0].mutable_data());
  return {};
}

/// The present order of the input when its features lie together already (batches may lie in any order, the result
/// then lies as they do), else contiguous.
DimOrder features_innermost(const ir::Shape& shape, const DimOrder& present) {
  const auto features = static_cast<std::int64_t>(shape.size()) - 1;
  DimOrder order = present;
  std::erase(order, features);
  order.push_back(features);
  return same_in_memory(shape, present, order) ? order : contiguous_order(shape.size());
}

Status lower_float(LowerContext& context) {
  PUDU_TRY(require_float_operands(context));
  const ir::Shape& shape = context.input_value(input_index).type.shape;
  const ir::Shape& weight = context.input_value(weight_index).type.shape;
  const DimOrder order = features_innermost(shape, context.input_order(input_index));
  const FloatBounds bounds = float_bounds(context.node());
  const kernels::MatmulF32Params params{
      .batches = 1,
      .rows = static_cast<std::int32_t>(ir::element_count(shape) / weight[1]),
      .columns = static_cast<std::int32_t>(weight[0]),
      .depth = static_cast<std::int32_t>(weight[1]),
      .minimum = bounds.minimum,
      .maximum = bounds.maximum,
  };
  const program::BufferId input = context.input(input_index, order);
  context.emit(matmul_f32(), params,
               {{"lhs", input},
                {"rhs_transposed", context.input(weight_index, contiguous_order(2))},
                {"bias", float_operand_or(context, bias_index, weight[0], 0.0F, "zeros")},
                {"output", context.output(0, order)}});
  return {};
}

/// Sizes and what quantization gives, for the kernel of either width.
template <class Params>
Params linear_params(const LowerContext& context) {
  const ir::Value& input = context.input_value(input_index);
  const ir::Shape& weight = context.input_value(weight_index).type.shape;
  Params params{};
  params.batches = static_cast<std::int32_t>(input.type.elements() / weight[1]);
  params.input_features = static_cast<std::int32_t>(weight[1]);
  params.output_features = static_cast<std::int32_t>(weight[0]);
  set_quantization(*input.quant, *context.output_value().quant, activation_codes(context), params);
  return params;
}

Status lower(LowerContext& context) {
  if (is_float(context)) return lower_float(context);
  const ir::Value& input = context.input_value(input_index);
  const ir::Value& weight = context.input_value(weight_index);
  PUDU_TRY_ASSIGN(const LayerCodes codes, codes_of_layer(context, input_index));
  const std::int64_t out = weight.type.shape[0];
  PUDU_TRY(check_weights(context, weight_index, out));
  const DimOrder order = features_innermost(input.type.shape, context.input_order(input_index));
  const program::BufferId input_buffer = context.input(input_index, order);
  const program::BufferId weight_buffer = context.input(weight_index, contiguous_order(2));
  const program::BufferId bias_buffer = bias_or_zeros(context, bias_index, out);
  PUDU_TRY_ASSIGN(const ChannelScaling scaling,
                  scaling_of_layer(context, codes, input.quant->scale(), *weight.quant, out));
  const OperandList operands = {{"input", input_buffer},    {"weights", weight_buffer},
                                {"bias", bias_buffer},      {"multipliers", scaling.multipliers},
                                {"shifts", scaling.shifts}, {"output", context.output(0, order)}};
  switch (codes) {
    case LayerCodes::Int8:
      context.emit(linear_s8(), linear_params<kernels::LinearS8Params>(context), operands);
      break;
    case LayerCodes::Int16:
      context.emit(linear_s16(), linear_params<kernels::LinearS16::Params>(context), operands);
      break;
    case LayerCodes::Int16ToInt8:
      context.emit(linear_s16_s8(), linear_params<kernels::LinearS16S8::Params>(context), operands);
      break;
    case LayerCodes::Int8ToInt16:
      context.emit(linear_s8_s16(), linear_params<kernels::LinearS8S16::Params>(context), operands);
      break;
  }
  return {};
}

std::int64_t macs(const ir::Graph& graph, const ir::Node& node) {
  return ir::element_count(graph.value(node.outputs[0]).type.shape) * input_type(graph, node, weight_index).shape[1];
}

}  // namespace

const OpDefinition& linear_definition() {
  static const OpDefinition definition = {
      .name = "linear",
      .summary = "Fully connected layer: input times the transposed weight, plus an optional bias.",
      .inputs = {{"input", OperandPresence::Required, "[..., in]"},
                 {"weight", OperandPresence::Required, "constant [out, in]"},
                 {"bias", OperandPresence::Optional, "constant [out]"}},
      .attributes = {activation_min_spec(), activation_max_spec()},
      .infer = infer,
      .reference = reference,
      .quantization = {.output = OutputQuantization::Observed,
                       .weight_input = weight_index,
                       .weight_axis = 0,
                       .bias_input = bias_index},
      .lower = lower,
      .kernels = {&linear_s8(), &linear_dsp_s8(), &linear_mve_s8(), &linear_lanes_s8()},
      .float_kernels = {{&matmul_f32()}},
      .int16_kernels = {{&linear_s16(), &linear_s16_s8(), &linear_s8_s16(), &linear_dsp_s16(), &linear_dsp_s16_s8(),
                         &linear_dsp_s8_s16()}},
      .macs = macs,
  };
  return definition;
}

}  // namespace pudu::ops
