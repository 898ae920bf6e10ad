// LSTM over a sequence in TensorFlow Lite's integer arithmetic. See sequence_lstm.md.
#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "kernels/sequence_lstm/sequence_lstm_s8.hpp"
#include "numerics/requantize.hpp"
#include "numerics/tflite.hpp"
#include "ops/checks.hpp"
#include "ops/lower_context.hpp"
#include "ops/op_definition.hpp"
#include "ops/quantized.hpp"

namespace pudu::ops {
namespace {

PUDU_KERNEL_BINDING(sequence_lstm_s8, SequenceLstmS8)

using Kernel = kernels::SequenceLstmS8;

// Operands; the gates i, f, c, o of each group follow each other.
constexpr std::size_t gates = 4;
constexpr std::size_t input_index = 0;
constexpr std::size_t input_weights = 1;
constexpr std::size_t hidden_weights = 5;
constexpr std::size_t biases = 9;
constexpr std::size_t state_index = 13;
constexpr std::size_t cell_index = 14;

struct Sizes {
  std::int64_t steps, batches, features, units;
};

bool is_time_major(const ir::Node& node) {
  return node.attributes.integer("time_major") != 0;
}

/// Of a node that infer has accepted.
Sizes sizes_of(const ir::Shape& input, const ir::Shape& hidden, const ir::Node& node) {
  const std::size_t time = is_time_major(node) ? 0 : 1;
  return {input[time], input[1 - time], input[2], hidden[1]};
}

Status check_shape(const ir::Graph& graph, const ir::Node& node, std::size_t index, const std::string& name,
                   const ir::Shape& shape) {
  const ir::Shape& found = input_type(graph, node, index).shape;
  if (found == shape) return {};
  return invalid_input({.found = name + " of shape " + ir::to_string(found), .allowed = ir::to_string(shape)});
}

Status check_constant(const ir::Graph& graph, const ir::Node& node, std::size_t index, const std::string& name,
                      const ir::Shape& shape) {
  const ir::Value& value = graph.value(*node.inputs[index]);
  if (!value.is_constant()) {
    return unsupported(
        {.found = "the " + name + " '" + value.name + "' is computed by the model", .allowed = "a constant"});
  }
  return check_shape(graph, node, index, name, shape);
}

Status check_features(std::int64_t features) {
  if (features <= Kernel::max_features) return {};
  return unsupported(
      {.found = std::to_string(features) + " features", .allowed = "at most " + std::to_string(Kernel::max_features)});
}

Result<std::vector<ir::TensorType>> infer(const ir::Graph& graph, const ir::Node& node) {
  PUDU_TRY(check_input(graph, node, input_index));
  const ir::Shape& input = input_type(graph, node, input_index).shape;
  const ir::Shape& hidden = input_type(graph, node, hidden_weights).shape;
  if (input.size() != 3 || hidden.size() != 2) {
    return invalid_input(
        {.found = "an input of shape " + ir::to_string(input) + " and hidden weights of shape " + ir::to_string(hidden),
         .allowed = "three dimensions and [units, units]"});
  }
  PUDU_TRY(check_features(input[2]));
  PUDU_TRY(check_features(hidden[1]));
  const Sizes sizes = sizes_of(input, hidden, node);
  for (std::size_t gate = 0; gate < gates; ++gate) {
    PUDU_TRY(check_constant(graph, node, input_weights + gate, "input weights", {sizes.units, sizes.features}));
    PUDU_TRY(check_constant(graph, node, hidden_weights + gate, "hidden weights", {sizes.units, sizes.units}));
    PUDU_TRY(check_constant(graph, node, biases + gate, "bias", {sizes.units}));
  }
  const ir::Shape state = {sizes.batches, sizes.units};
  PUDU_TRY(check_shape(graph, node, state_index, "a hidden state", state));
  PUDU_TRY(check_shape(graph, node, cell_index, "a cell", state));
  const double clip = node.attributes.real("cell_clip");
  if (!(clip >= 0)) return invalid_input({.found = "cell_clip " + std::to_string(clip), .allowed = "0 or more"});
  PUDU_TRY_ASSIGN(auto results, single_result(ir::DType::Float32, {input[0], input[1], sizes.units}));
  results.push_back({ir::DType::Float32, state});
  results.push_back({ir::DType::Float32, state});
  return results;
}

// ---- float reference

double sigmoid(double x) {
  return 1.0 / (1.0 + std::exp(-x));
}

/// One sequence of the batch.
class FloatSequence {
 public:
  FloatSequence(const ir::Node& node, std::span<const Tensor> inputs, std::size_t batch)
      : inputs_(inputs),
        clip_(node.attributes.real("cell_clip")),
        units_(static_cast<std::size_t>(inputs[hidden_weights].dim(1))) {
    const auto hidden = inputs[state_index].data().subspan(batch * units_, units_);
    const auto cell = inputs[cell_index].data().subspan(batch * units_, units_);
    hidden_.assign(hidden.begin(), hidden.end());
    cell_.assign(cell.begin(), cell.end());
  }

  const std::vector<float>& hidden() const { return hidden_; }
  const std::vector<float>& cell() const { return cell_; }

  void run_step(std::span<const float> x) {
    std::vector<float> next(units_);
    for (std::size_t unit = 0; unit < units_; ++unit) {
      double cell = sigmoid(gate(1, unit, x)) * static_cast<double>(cell_[unit]) +
                    sigmoid(gate(0, unit, x)) * std::tanh(gate(2, unit, x));
      if (clip_ > 0) cell = std::clamp(cell, -clip_, clip_);
      next[unit] = static_cast<float>(sigmoid(gate(3, unit, x)) * std::tanh(cell));
      cell_[unit] = static_cast<float>(cell);
    }
    hidden_ = std::move(next);
  }

 private:
  double product(std::size_t weights, std::size_t row, std::span<const float> x) const {
    const std::span<const float> elements = inputs_[weights].data().subspan(row * x.size(), x.size());
    double sum = 0;
    for (std::size_t k = 0; k < x.size(); ++k) sum += static_cast<double>(elements[k]) * static_cast<double>(x[k]);
    return sum;
  }
  double gate(std::size_t gate, std::size_t unit, std::span<const float> x) const {
    return static_cast<double>(inputs_[biases + gate].data()[unit]) + product(input_weights + gate, unit, x) +
           product(hidden_weights + gate, unit, hidden_);
  }

  std::span<const Tensor> inputs_;
  double clip_;
  std::size_t units_;
  std::vector<float> hidden_, cell_;
};

Status reference(const ir::Node& node, std::span<const Tensor> inputs, std::span<Tensor> outputs) {
  const Sizes sizes = sizes_of(inputs[input_index].shape(), inputs[hidden_weights].shape(), node);
  const auto units = static_cast<std::size_t>(sizes.units);
  const auto features = static_cast<std::size_t>(sizes.features);
  for (std::int64_t batch = 0; batch < sizes.batches; ++batch) {
    FloatSequence sequence(node, inputs, static_cast<std::size_t>(batch));
    for (std::int64_t step = 0; step < sizes.steps; ++step) {
      const auto row =
          static_cast<std::size_t>(is_time_major(node) ? step * sizes.batches + batch : batch * sizes.steps + step);
      sequence.run_step(inputs[input_index].data().subspan(row * features, features));
      std::copy(sequence.hidden().begin(), sequence.hidden().end(),
                outputs[0].mutable_data().begin() + static_cast<std::ptrdiff_t>(row * units));
    }
    const auto first = static_cast<std::ptrdiff_t>(static_cast<std::size_t>(batch) * units);
    std::copy(sequence.hidden().begin(), sequence.hidden().end(), outputs[1].mutable_data().begin() + first);
    std::copy(sequence.cell().begin(), sequence.cell().end(), outputs[2].mutable_data().begin() + first);
  }
  return {};
}

// ---- lowering

/// The weights of the four gates behind each other.
program::BufferId joined_weights(LowerContext& context, const std::string& name, std::size_t first) {
  std::vector<std::int8_t> codes;
  for (std::size_t gate = 0; gate < gates; ++gate) {
    const std::span<const std::int8_t> data = context.input_value(first + gate).data<std::int8_t>();
    codes.insert(codes.end(), data.begin(), data.end());
  }
  const ir::Shape& shape = context.input_value(first).type.shape;
  return context.constant_of<std::int8_t>(name, codes, {static_cast<std::int64_t>(gates), shape[0], shape[1]});
}

/// The bias, if there is one, less what the zero point of the codes adds to every sum.
program::BufferId joined_bias(LowerContext& context, const std::string& name, std::size_t first_weights,
                              std::optional<std::size_t> first_bias, std::int32_t zero_point) {
  std::vector<std::int32_t> bias;
  for (std::size_t gate = 0; gate < gates; ++gate) {
    const ir::Value& weights = context.input_value(first_weights + gate);
    const std::span<const std::int8_t> data = weights.data<std::int8_t>();
    const auto units = static_cast<std::size_t>(weights.type.shape[0]);
    const std::size_t columns = data.size() / units;
    for (std::size_t unit = 0; unit < units; ++unit) {
      std::int64_t sum = first_bias ? context.input_value(*first_bias + gate).data<std::int32_t>()[unit] : 0;
      for (const std::int8_t code : data.subspan(unit * columns, columns)) sum -= std::int64_t{zero_point} * code;
      bias.push_back(numerics::wrap_to_int32(sum));
    }
  }
  const auto units = static_cast<std::int64_t>(bias.size() / gates);
  return context.constant_of<std::int32_t>(name, bias, {static_cast<std::int64_t>(gates), units});
}

Result<std::int32_t> cell_integer_bits(const ir::Value& cell) {
  int exponent = 0;
  const bool is_int16 =
      cell.type.dtype == ir::DType::Int16 && cell.quant && !cell.quant->per_channel() && cell.quant->zero_point == 0;
  if (is_int16 && std::frexp(cell.quant->scale(), &exponent) == 0.5F && exponent >= -14 && exponent <= -8) {
    return 14 + exponent;
  }
  return unsupported({.where = cell.name,
                      .found = is_int16 ? "a cell with scale " + std::to_string(cell.quant->scale())
                                        : "a cell that is no int16 value with zero point 0",
                      .allowed = "an int16 cell whose scale is a power of two, 2^-15 to 2^-9"});
}

/// As TensorFlow Lite has it, in float; 0 is no limit.
std::int32_t clip_code(double clip, float scale) {
  if (!(clip > 0)) return 0;
  return static_cast<std::int32_t>(std::clamp(static_cast<float>(clip) / scale, -32768.0F, 32767.0F));
}

void set_gate_scalings(const LowerContext& context, kernels::SequenceLstmS8Params& params) {
  constexpr float gate_scale = 1.0F / 4096;  // Q3.12
  const float input_scale = context.input_value(input_index).quant->scale();
  const float hidden_scale = context.input_value(state_index).quant->scale();
  for (std::size_t gate = 0; gate < gates; ++gate) {
    const auto of_input = numerics::tflite::float_product_scaling(
        context.input_value(input_weights + gate).quant->scale(), input_scale, gate_scale);
    const auto of_hidden = numerics::tflite::float_product_scaling(
        context.input_value(hidden_weights + gate).quant->scale(), hidden_scale, gate_scale);
    params.input_multipliers[gate] = of_input.multiplier;
    params.input_shifts[gate] = of_input.shift;
    params.hidden_multipliers[gate] = of_hidden.multiplier;
    params.hidden_shifts[gate] = of_hidden.shift;
  }
}

/// Both factors are in 1/2^15; the quotient is a float in TensorFlow Lite.
void set_output_scaling(const LowerContext& context, kernels::SequenceLstmS8Params& params) {
  const ir::QuantParams& output = *context.output_value(0).quant;
  const double real = std::ldexp(1.0, -15) / static_cast<double>(output.scale()) * std::ldexp(1.0, -15);
  const auto scaling = numerics::tflite::quantize_multiplier(static_cast<double>(static_cast<float>(real)));
  params.output_multiplier = scaling.multiplier;
  params.output_shift = scaling.shift;
  params.output_offset = output.zero_point;
}

Status require_quantized(const LowerContext& context) {
  for (std::size_t index = input_index; index < biases; ++index) PUDU_TRY(require_int8(context.input_value(index)));
  PUDU_TRY(require_int8(context.input_value(state_index)));
  PUDU_TRY(require_int8(context.output_value(0)));
  for (std::size_t gate = 0; gate < gates; ++gate) {
    const ir::Value& bias = context.input_value(biases + gate);
    if (bias.type.dtype != ir::DType::Int32)
      return internal_error({.where = bias.name, .found = "a bias not in int32"});
  }
  if (context.output_value(0).quant == context.input_value(state_index).quant) return {};
  return unsupported({.found = "a hidden state with other quantization parameters than the output",
                      .allowed = "the same scale and zero point"});
}

kernels::SequenceLstmS8Params extents(const LowerContext& context) {
  const auto narrow = [](std::int64_t number) { return static_cast<std::int32_t>(number); };
  const ir::Shape& input = context.input_value(input_index).type.shape;
  const Sizes sizes = sizes_of(input, context.input_value(hidden_weights).type.shape, context.node());
  const std::size_t time = is_time_major(context.node()) ? 0 : 1;
  const auto input_strides = memory_strides(input, contiguous_order(3));
  const auto output_strides = memory_strides(context.output_value(0).type.shape, contiguous_order(3));
  kernels::SequenceLstmS8Params params{};
  params.steps = narrow(sizes.steps);
  params.batches = narrow(sizes.batches);
  params.input_features = narrow(sizes.features);
  params.units = narrow(sizes.units);
  params.input_step_stride = narrow(input_strides[time]);
  params.input_batch_stride = narrow(input_strides[1 - time]);
  params.output_step_stride = narrow(output_strides[time]);
  params.output_batch_stride = narrow(output_strides[1 - time]);
  return params;
}

Status lower(LowerContext& context) {
  PUDU_TRY(require_quantized(context));
  kernels::SequenceLstmS8Params params = extents(context);
  const ir::Value& cell = context.input_value(cell_index);
  PUDU_TRY_ASSIGN(params.cell_integer_bits, cell_integer_bits(cell));
  params.cell_clip = clip_code(context.node().attributes.real("cell_clip"), cell.quant->scale());
  set_gate_scalings(context, params);
  set_output_scaling(context, params);
  const std::int32_t input_zero = context.input_value(input_index).quant->zero_point;
  const std::int32_t hidden_zero = context.input_value(state_index).quant->zero_point;
  const DimOrder order = contiguous_order(3);
  const DimOrder state_order = contiguous_order(2);
  context.emit(sequence_lstm_s8(), params,
               {{"input", context.input(input_index, order)},
                {"input_weights", joined_weights(context, "input_weights", input_weights)},
                {"input_bias", joined_bias(context, "input_bias", input_weights, biases, input_zero)},
                {"hidden_weights", joined_weights(context, "hidden_weights", hidden_weights)},
                {"hidden_bias", joined_bias(context, "hidden_bias", hidden_weights, std::nullopt, hidden_zero)},
                {"state", context.input(state_index, state_order)},
                {"cell", context.input(cell_index, state_order)},
                {"output", context.output(0, order)},
                {"output_state", context.output(1, state_order)},
                {"output_cell", context.output(2, state_order)}});
  return {};
}

std::int64_t macs(const ir::Graph& graph, const ir::Node& node) {
  const Sizes sizes =
      sizes_of(input_type(graph, node, input_index).shape, input_type(graph, node, hidden_weights).shape, node);
  return sizes.steps * sizes.batches * static_cast<std::int64_t>(gates) * sizes.units * (sizes.features + sizes.units);
}

std::vector<OperandSpec> operands() {
  return {{"input", OperandPresence::Required, "[steps, batch, features], or [batch, steps, features]"},
          {"input_weights_i", OperandPresence::Required, "constant [units, features]: input gate"},
          {"input_weights_f", OperandPresence::Required, "the same: forget gate"},
          {"input_weights_c", OperandPresence::Required, "the same: cell"},
          {"input_weights_o", OperandPresence::Required, "the same: output gate"},
          {"hidden_weights_i", OperandPresence::Required, "constant [units, units]: input gate"},
          {"hidden_weights_f", OperandPresence::Required, "the same: forget gate"},
          {"hidden_weights_c", OperandPresence::Required, "the same: cell"},
          {"hidden_weights_o", OperandPresence::Required, "the same: output gate"},
          {"bias_i", OperandPresence::Required, "constant [units]: input gate"},
          {"bias_f", OperandPresence::Required, "the same: forget gate"},
          {"bias_c", OperandPresence::Required, "the same: cell"},
          {"bias_o", OperandPresence::Required, "the same: output gate"},
          {"state", OperandPresence::Required, "[batch, units]: hidden state before the first step"},
          {"cell", OperandPresence::Required, "[batch, units]: cell before the first step"}};
}

}  // namespace

const OpDefinition& sequence_lstm_definition() {
  static const OpDefinition definition{
      .name = "sequence_lstm",
      .summary = "LSTM over a sequence, in TensorFlow Lite's integer arithmetic.",
      .inputs = operands(),
      .attributes = {{"time_major", AttributeType::Integer, std::int64_t{1}, "0: the batch is the first dimension"},
                     {"cell_clip", AttributeType::Real, 0.0, "the cell stays within this bound; 0: it has none"}},
      .infer = infer,
      .reference = reference,
      .quantization = {},
      .lower = lower,
      .kernels = {&sequence_lstm_s8()},
      .macs = macs};
  return definition;
}

}  // namespace pudu::ops
