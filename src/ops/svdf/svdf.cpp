// Layer of singular-value-decomposed filters with memory. See svdf.md.
#include <algorithm>
#include <string>

#include "kernels/svdf/svdf_s8.hpp"
#include "numerics/tflite.hpp"
#include "ops/checks.hpp"
#include "ops/lower_context.hpp"
#include "ops/op_definition.hpp"
#include "ops/quantized.hpp"

namespace pudu::ops {
namespace {

PUDU_KERNEL_BINDING(svdf_s8, SvdfS8)

// Operands.
constexpr std::size_t input_index = 0;
constexpr std::size_t feature_index = 1;
constexpr std::size_t time_index = 2;
constexpr std::size_t state_index = 3;
constexpr std::size_t bias_index = 4;

struct Sizes {
  std::int64_t batches, features, units, rank, memory;
};

/// Of a node that infer has accepted.
Sizes sizes_of(const ir::Graph& graph, const ir::Node& node) {
  const ir::Shape& input = input_type(graph, node, input_index).shape;
  const ir::Shape& time = input_type(graph, node, time_index).shape;
  const std::int64_t rank = node.attributes.integer("rank");
  return {input[0], input[1], time[0] / rank, rank, time[1]};
}

Status check_shape(const ir::Graph& graph, const ir::Node& node, std::size_t index, std::string_view name,
                   const ir::Shape& shape) {
  const ir::Shape& found = input_type(graph, node, index).shape;
  if (found == shape) return {};
  return invalid_input(
      {.found = std::string(name) + " of shape " + ir::to_string(found), .allowed = ir::to_string(shape)});
}

Status check_constant(const ir::Graph& graph, const ir::Node& node, std::size_t index, std::string_view name) {
  const ir::Value& value = graph.value(*node.inputs[index]);
  if (value.is_constant()) return {};
  return unsupported({.found = "the " + std::string(name) + " '" + value.name + "' is computed by the model",
                      .allowed = "a constant"});
}

Result<std::vector<ir::TensorType>> infer(const ir::Graph& graph, const ir::Node& node) {
  PUDU_TRY(check_input(graph, node, input_index));
  PUDU_TRY(check_constant(graph, node, feature_index, "feature weight"));
  PUDU_TRY(check_constant(graph, node, time_index, "time weight"));
  const ir::Shape& input = input_type(graph, node, input_index).shape;
  const ir::Shape& time = input_type(graph, node, time_index).shape;
  if (input.size() != 2 || time.size() != 2) {
    return invalid_input(
        {.found = "an input of shape " + ir::to_string(input) + " and time weights of shape " + ir::to_string(time),
         .allowed = "[batch, features] and [units * rank, memory]"});
  }
  const std::int64_t rank = node.attributes.integer("rank");
  if (rank < 1 || time[0] % rank != 0) {
    return invalid_input({.found = "rank " + std::to_string(rank),
                          .allowed = "a divisor of the number of filters, " + std::to_string(time[0])});
  }
  if (input[1] > kernels::SvdfS8::max_input_features) {
    return unsupported({.found = std::to_string(input[1]) + " input features",
                        .allowed = "at most " + std::to_string(kernels::SvdfS8::max_input_features)});
  }
  PUDU_TRY(check_shape(graph, node, feature_index, "feature weights", {time[0], input[1]}));
  PUDU_TRY(check_shape(graph, node, state_index, "a state", {input[0], time[0] * time[1]}));
  PUDU_TRY(check_bias(graph, node, bias_index, time[0] / rank));
  PUDU_TRY_ASSIGN(auto results, single_result(ir::DType::Float32, {input[0], time[0] / rank}));
  results.push_back({ir::DType::Float32, {input[0], time[0] * time[1]}});
  return results;
}

Status reference(const ir::Node& node, std::span<const Tensor> inputs, std::span<Tensor> outputs) {
  const std::int64_t rank = node.attributes.integer("rank");
  const std::int64_t features = inputs[input_index].dim(1);
  const std::int64_t filters = inputs[time_index].dim(0);
  const std::int64_t memory = inputs[time_index].dim(1);
  const bool has_bias = inputs.size() > bias_index && inputs[bias_index].defined();
  const auto element = [&](std::size_t operand, std::int64_t position) {
    return static_cast<double>(inputs[operand].data()[static_cast<std::size_t>(position)]);
  };
  const std::span<float> state = outputs[1].mutable_data();
  for (std::int64_t batch = 0; batch < inputs[input_index].dim(0); ++batch) {
    for (std::int64_t unit = 0; unit < filters / rank; ++unit) {
      double sum = has_bias ? element(bias_index, unit) : 0.0;
      for (std::int64_t filter = unit * rank; filter < (unit + 1) * rank; ++filter) {
        double newest = 0;
        for (std::int64_t k = 0; k < features; ++k) {
          newest += element(input_index, batch * features + k) * element(feature_index, filter * features + k);
        }
        const std::int64_t first = (batch * filters + filter) * memory;
        for (std::int64_t m = 0; m < memory; ++m) {
          const double number = m + 1 < memory ? element(state_index, first + m + 1) : newest;
          state[static_cast<std::size_t>(first + m)] = static_cast<float>(number);
          sum += number * element(time_index, filter * memory + m);
        }
      }
      outputs[0].mutable_data()[static_cast<std::size_t>(batch * (filters / rank) + unit)] = static_cast<float>(sum);
    }
  }
  return {};
}

Status require_int16(const ir::Value& value) {
  if (value.type.dtype == ir::DType::Int16 && value.quant && !value.quant->per_channel() &&
      value.quant->zero_point == 0) {
    return {};
  }
  return unsupported({.where = value.name,
                      .found = std::string(ir::to_string(value.type.dtype)) + " memory or time weights",
                      .allowed = "int16 with one scale and zero point 0, as in int8 .tflite models"});
}

Status lower(LowerContext& context) {
  const ir::Value& input = context.input_value(input_index);
  const ir::Value& features = context.input_value(feature_index);
  const ir::Value& times = context.input_value(time_index);
  const ir::Value& state = context.input_value(state_index);
  const ir::Value& output = context.output_value(0);
  for (const ir::Value* value : {&times, &state, &context.output_value(1)}) PUDU_TRY(require_int16(*value));
  for (const ir::Value* value : {&input, &features, &output}) PUDU_TRY(require_int8(*value));
  const Sizes sizes = sizes_of(context.graph(), context.node());
  const auto to_state =
      numerics::tflite::float_product_scaling(input.quant->scale(), features.quant->scale(), state.quant->scale());
  const auto to_output =
      numerics::tflite::float_product_scaling(state.quant->scale(), times.quant->scale(), output.quant->scale());
  const kernels::SvdfS8Params params{
      .batches = static_cast<std::int32_t>(sizes.batches),
      .input_features = static_cast<std::int32_t>(sizes.features),
      .units = static_cast<std::int32_t>(sizes.units),
      .filters_per_unit = static_cast<std::int32_t>(sizes.rank),
      .memory = static_cast<std::int32_t>(sizes.memory),
      .input_offset = -input.quant->zero_point,
      .feature_multiplier = to_state.multiplier,
      .feature_shift = to_state.shift,
      .output_multiplier = to_output.multiplier,
      .output_shift = to_output.shift,
      .output_offset = output.quant->zero_point,
  };
  const DimOrder order = contiguous_order(2);
  context.emit(svdf_s8(), params,
               {{"input", context.input(input_index, order)},
                {"feature_weights", context.input(feature_index, order)},
                {"time_weights", context.input(time_index, order)},
                {"bias", bias_or_zeros(context, bias_index, sizes.units)},
                {"state", context.input(state_index, order)},
                {"output_state", context.output(1, order)},
                {"output", context.output(0, order)}});
  return {};
}

std::int64_t macs(const ir::Graph& graph, const ir::Node& node) {
  const Sizes sizes = sizes_of(graph, node);
  return sizes.batches * sizes.units * sizes.rank * (sizes.features + sizes.memory);
}

}  // namespace

const OpDefinition& svdf_definition() {
  static const OpDefinition definition{
      .name = "svdf",
      .summary = "Filters with memory (TensorFlow Lite's SVDF).",
      .inputs = {{"input", OperandPresence::Required, "[batch, features]"},
                 {"feature_weights", OperandPresence::Required, "constant [units * rank, features]"},
                 {"time_weights", OperandPresence::Required, "constant [units * rank, memory]"},
                 {"state", OperandPresence::Required, "[batch, units * rank * memory], the oldest number first"},
                 {"bias", OperandPresence::Optional, "constant [units]; 0 when absent"}},
      .attributes = {{"rank", AttributeType::Integer, std::nullopt, "filters that one unit adds up"}},
      .infer = infer,
      .reference = reference,
      .quantization = {.bias_input = bias_index},
      .lower = lower,
      .kernels = {&svdf_s8()},
      .macs = macs};
  return definition;
}

}  // namespace pudu::ops
