// Fused activations and per-channel requantization, computed as docs/arithmetic.md states them.
#include "ops/quantized.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "numerics/quantize_multiplier.hpp"
#include "numerics/tflite.hpp"

namespace pudu::ops {

AttributeSpec activation_min_spec() {
  return {"activation_min", AttributeType::Real, -std::numeric_limits<double>::infinity(),
          "lower bound of the result (fused activation)"};
}

AttributeSpec activation_max_spec() {
  return {"activation_max", AttributeType::Real, std::numeric_limits<double>::infinity(),
          "upper bound of the result (fused activation)"};
}

Status check_activation(const ir::Node& node) {
  const double min = node.attributes.real("activation_min");
  const double max = node.attributes.real("activation_max");
  if (min <= max) return {};
  return invalid_input({.found = "activation bounds [" + std::to_string(min) + ", " + std::to_string(max) + "]",
                        .allowed = "activation_min <= activation_max"});
}

void apply_activation(const ir::Node& node, std::span<float> data) {
  const auto min = static_cast<float>(node.attributes.real("activation_min"));
  const auto max = static_cast<float>(node.attributes.real("activation_max"));
  if (std::isinf(min) && std::isinf(max)) return;
  for (float& element : data) {
    element = element < min ? min : element;
    element = element > max ? max : element;
  }
}

Status check_bias(const ir::Graph& graph, const ir::Node& node, std::size_t index, std::int64_t channels) {
  if (!has_input(node, index)) return {};
  const ir::TensorType& type = input_type(graph, node, index);
  if (type.dtype != ir::DType::Float32 && type.dtype != ir::DType::Int32) {
    return unsupported({.found = "bias of data type " + std::string(ir::to_string(type.dtype)),
                        .allowed = "f32 and, after quantization, i32"});
  }
  if (type.shape == ir::Shape{channels}) return {};
  return invalid_input({.found = "bias of shape " + ir::to_string(type.shape),
                        .allowed = "shape " + ir::to_string({channels}) + ", one element an output channel"});
}

CodeRange activation_codes(const LowerContext& context) {
  const ir::QuantParams& output = *context.output_value().quant;
  const auto code = [&](double bound) {
    if (context.graph().arithmetic == ir::Arithmetic::TfLite) {
      return numerics::tflite::activation_code(bound, output.scale(), output.zero_point, output.quant_min,
                                               output.quant_max);
    }
    return numerics::quantize_value(bound, static_cast<double>(output.scale()), output.zero_point, output.quant_min,
                                    output.quant_max);
  };
  const ir::Attributes& attributes = context.node().attributes;
  return {code(attributes.real("activation_min")), code(attributes.real("activation_max"))};
}

Status require_int8(const ir::Value& value) {
  if (value.type.dtype == ir::DType::Int8 && value.quant && !value.quant->per_channel()) return {};
  if (value.type.dtype == ir::DType::Int16 && value.quant) {
    return unsupported({.found = "value " + value.name + " of 16 bits", .allowed = "int8"});
  }
  return internal_error({.found = "value " + value.name + " of type " + std::string(ir::to_string(value.type.dtype)) +
                                  (value.quant ? "" : " without quantization parameters") + " reached the lowering",
                         .allowed = "int8 with one scale"});
}

Status require_int8_operands(const LowerContext& context, std::size_t first) {
  for (std::size_t i = first; i < context.node().inputs.size(); ++i) {
    if (has_input(context.node(), i)) PUDU_TRY(require_int8(context.input_value(i)));
  }
  for (std::size_t i = 0; i < context.node().outputs.size(); ++i) PUDU_TRY(require_int8(context.output_value(i)));
  return {};
}

namespace {

numerics::FixedPointMultiplier scaling_of(ir::Arithmetic arithmetic, float input_scale, const ir::QuantParams& weights,
                                          std::size_t channel, float output_scale) {
  const float weight_scale = weights.per_channel() ? weights.scales[channel] : weights.scale();
  if (arithmetic == ir::Arithmetic::TfLite) {
    return weights.per_channel() ? numerics::tflite::product_scaling(input_scale, weight_scale, output_scale)
                                 : numerics::tflite::narrow_product_scaling(input_scale, weight_scale, output_scale);
  }
  return numerics::product_scaling(static_cast<double>(input_scale), static_cast<double>(weight_scale),
                                   static_cast<double>(output_scale));
}

}  // namespace

ChannelScaling channel_scaling(LowerContext& context, float input_scale, const ir::QuantParams& weights,
                               float output_scale, std::int64_t channels) {
  std::vector<std::int32_t> multipliers;
  std::vector<std::int32_t> shifts;
  for (std::size_t c = 0; c < static_cast<std::size_t>(channels); ++c) {
    const numerics::FixedPointMultiplier scaling =
        scaling_of(context.graph().arithmetic, input_scale, weights, c, output_scale);
    multipliers.push_back(scaling.multiplier);
    shifts.push_back(scaling.shift);
  }
  return {context.constant_of<std::int32_t>("multipliers", multipliers, {channels}),
          context.constant_of<std::int32_t>("shifts", shifts, {channels})};
}

program::BufferId bias_or_zeros(LowerContext& context, std::size_t index, std::int64_t channels) {
  if (has_input(context.node(), index)) return context.input(index, contiguous_order(1));
  return context.constant_of<std::int32_t>("bias", std::vector<std::int32_t>(static_cast<std::size_t>(channels)),
                                           {channels});
}

Status check_weights(const LowerContext& context, std::size_t index, std::int64_t channels) {
  const ir::Value& weights = context.input_value(index);
  if (!weights.is_constant()) {
    return unsupported({.found = "weight " + weights.name + " is computed while the model runs",
                        .allowed = "constant weights",
                        .hint = "export the model in eval mode, so that its weights are parameters"});
  }
  const bool scales_fit = weights.quant && (weights.quant->per_channel()
                                                ? *weights.quant->axis == 0 &&
                                                      weights.quant->scales.size() == static_cast<std::size_t>(channels)
                                                : weights.quant->scales.size() == 1);
  if (weights.type.dtype == ir::DType::Int8 && scales_fit && weights.quant->zero_point == 0) return {};
  return internal_error({.found = "weight " + weights.name + " reached the lowering unquantized",
                         .allowed = "int8 with one scale an output channel and zero point 0"});
}

}  // namespace pudu::ops
