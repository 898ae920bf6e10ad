#include "ops/normalization.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "kernels/normalize/normalize_s8.hpp"
#include "kernels/normalize_f32/normalize_f32.hpp"
#include "numerics/quantize_multiplier.hpp"
#include "ops/checks.hpp"
#include "ops/float_node.hpp"
#include "ops/quantized.hpp"

namespace pudu::ops {
namespace {

Status check_channels(const ir::Graph& graph, const ir::Node& node, std::size_t index, std::string_view name,
                      std::int64_t channels) {
  if (!has_input(node, index)) return {};
  const ir::Value& value = graph.value(*node.inputs[index]);
  if (!value.is_constant() || value.type.dtype != ir::DType::Float32) {
    return unsupported({.found = "the " + std::string(name) + " '" + value.name + "' is computed by the model",
                        .allowed = "a constant"});
  }
  if (value.type.elements() == channels) return {};
  return invalid_input({.found = std::string(name) + " of shape " + ir::to_string(value.type.shape),
                        .allowed = std::to_string(channels) + " elements"});
}

/// A number as multiplier * 2^(shift - 31), shift in [-31, 61]: epsilon in units of n^2 codes^2.
struct WideMultiplier {
  std::int32_t multiplier = 0;
  std::int32_t shift = 0;
};

WideMultiplier wide_multiplier(double real) {
  constexpr int largest_shift = 61;
  constexpr int smallest_shift = -31;
  int exponent = 0;
  const double mantissa = std::frexp(real, &exponent);
  if (!(real > 0.0) || exponent < smallest_shift) return {};
  if (exponent > largest_shift) return {INT32_MAX, largest_shift};
  const double scaled = numerics::round_half_even(mantissa * 2147483648.0);
  return {static_cast<std::int32_t>(std::min(scaled, 2147483647.0)), exponent};
}

std::span<const float> parameters_of(const LowerContext& context, std::size_t index) {
  if (!has_input(context.node(), index)) return {};
  return context.input_value(index).data<float>();
}

/// Operands of the kernel that hold weight and bias in units of the output's codes.
void add_affine(LowerContext& context, std::int64_t channels, float output_scale, OperandList& operands) {
  using kernels::NormalizeS8;
  const std::span<const float> weight = parameters_of(context, NormalizationWeight);
  const std::span<const float> bias = parameters_of(context, NormalizationBias);
  const double codes = 1.0 / static_cast<double>(output_scale);
  std::vector<std::int32_t> multipliers;
  std::vector<std::int32_t> shifts;
  std::vector<std::int32_t> offsets;
  for (std::size_t c = 0; c < static_cast<std::size_t>(channels); ++c) {
    const double factor = weight.empty() ? 1.0 : static_cast<double>(weight[c]);
    const numerics::FixedPointMultiplier scaling = numerics::quantize_multiplier(
        std::ldexp(std::abs(factor) * codes, NormalizeS8::code_fraction_bits - NormalizeS8::fraction_bits));
    multipliers.push_back(factor < 0.0 ? -scaling.multiplier : scaling.multiplier);
    shifts.push_back(scaling.shift);
    const double offset = bias.empty() ? 0.0 : static_cast<double>(bias[c]);
    offsets.push_back(numerics::clamp_to_int32(
        numerics::round_half_even(std::ldexp(offset * codes, NormalizeS8::code_fraction_bits)), INT32_MIN, INT32_MAX));
  }
  operands.emplace_back("multipliers", context.constant_of<std::int32_t>("multipliers", multipliers, {channels}));
  operands.emplace_back("shifts", context.constant_of<std::int32_t>("shifts", shifts, {channels}));
  operands.emplace_back("bias", context.constant_of<std::int32_t>("bias", offsets, {channels}));
}

}  // namespace

PUDU_KERNEL_BINDING(normalize_s8, NormalizeS8)

Status check_normalization(const ir::Graph& graph, const ir::Node& node, const NormalizationShape& shape) {
  if (const double eps = node.attributes.real("eps"); !(eps > 0.0) || std::isinf(eps)) {
    return invalid_input({.found = "eps is " + std::to_string(eps), .allowed = "a positive number"});
  }
  PUDU_TRY(check_channels(graph, node, NormalizationWeight, "weight", shape.channels));
  PUDU_TRY(check_channels(graph, node, NormalizationBias, "bias", shape.channels));
  if (shape.group_elements <= max_mean_elements) return {};
  return unsupported({.found = "a normalization over " + std::to_string(shape.group_elements) + " elements",
                      .allowed = "at most " + std::to_string(max_mean_elements)});
}

void normalize_groups(std::span<const Tensor> inputs, const NormalizationShape& shape, Centering centering, double eps,
                      std::span<float> output) {
  const std::span<const float> input = inputs[NormalizedInput].data();
  const auto parameter = [&](NormalizationOperand operand, std::int64_t channel, double absent) {
    const Tensor& tensor = inputs[operand];
    return tensor.defined() ? static_cast<double>(tensor.data()[static_cast<std::size_t>(channel)]) : absent;
  };
  const auto count = static_cast<double>(shape.group_elements);
  for (std::int64_t group = 0; group < shape.groups; ++group) {
    const auto begin = static_cast<std::size_t>(group * shape.group_elements);
    const auto run = input.subspan(begin, static_cast<std::size_t>(shape.group_elements));
    double mean = 0.0;
    if (centering == Centering::Mean) {
      for (const float element : run) mean += static_cast<double>(element);
      mean /= count;
    }
    double squares = 0.0;
    for (const float element : run) squares += std::pow(static_cast<double>(element) - mean, 2);
    const double factor = 1.0 / std::sqrt(squares / count + eps);
    for (std::size_t i = 0; i < run.size(); ++i) {
      const auto channel = static_cast<std::int64_t>(begin + i) / shape.channel_elements % shape.channels;
      const double normalized = (static_cast<double>(run[i]) - mean) * factor;
      output[begin + i] = static_cast<float>(normalized * parameter(NormalizationWeight, channel, 1.0) +
                                             parameter(NormalizationBias, channel, 0.0));
    }
  }
}

namespace {

Status lower_float(LowerContext& context, const DimOrder& order, const NormalizationLayout& layout,
                   Centering centering) {
  PUDU_TRY(require_float_operands(context));
  const auto narrow = [](std::int64_t number) { return static_cast<std::int32_t>(number); };
  const kernels::NormalizeF32Params params{.outer_count = narrow(layout.outer),
                                           .positions = narrow(layout.positions),
                                           .channels = narrow(layout.channels),
                                           .groups = narrow(layout.groups),
                                           .subtract_mean = centering == Centering::Mean ? 1 : 0,
                                           .epsilon = finite(context.node().attributes.real("eps"))};
  const program::BufferId input = context.input(NormalizedInput, order);
  context.emit(normalize_f32(), params,
               {{"input", input},
                {"weights", float_operand_or(context, NormalizationWeight, layout.channels, 1.0F, "ones")},
                {"bias", float_operand_or(context, NormalizationBias, layout.channels, 0.0F, "zeros")},
                {"output", context.output(0, order)}});
  return {};
}

}  // namespace

Status lower_normalization(LowerContext& context, const DimOrder& order, const NormalizationLayout& layout,
                           Centering centering) {
  if (is_float(context)) return lower_float(context, order, layout, centering);
  const ir::Value& value = context.input_value(NormalizedInput);
  PUDU_TRY(require_int8(value));
  PUDU_TRY(require_int8(context.output_value()));
  const auto input_scale = static_cast<double>(value.quant->scale());
  const ir::QuantParams& output = *context.output_value().quant;
  const std::int64_t group_channels = layout.channels / layout.groups;
  const auto count = static_cast<double>(layout.positions * group_channels);
  const WideMultiplier epsilon =
      wide_multiplier(context.node().attributes.real("eps") * count * count / (input_scale * input_scale));
  const auto narrow = [](std::int64_t number) { return static_cast<std::int32_t>(number); };
  const kernels::NormalizeS8Params params{.outer_count = narrow(layout.outer),
                                          .positions = narrow(layout.positions),
                                          .channels = narrow(layout.channels),
                                          .groups = narrow(layout.groups),
                                          .subtract_mean = centering == Centering::Mean ? 1 : 0,
                                          .input_offset = -value.quant->zero_point,
                                          .epsilon_multiplier = epsilon.multiplier,
                                          .epsilon_shift = epsilon.shift,
                                          .output_offset = output.zero_point};
  OperandList operands = {{"input", context.input(NormalizedInput, order)}};
  add_affine(context, layout.channels, output.scale(), operands);
  operands.emplace_back("output", context.output(0, order));
  context.emit(normalize_s8(), params, std::move(operands));
  return {};
}

}  // namespace pudu::ops
