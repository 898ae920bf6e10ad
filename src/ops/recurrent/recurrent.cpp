// LSTM, GRU and plain recurrent layers: one direction of one layer. See recurrent.md.
#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "kernels/recurrent/recurrent_s8.hpp"
#include "kernels/recurrent_f32/recurrent_f32.hpp"
#include "numerics/quantize_multiplier.hpp"
#include "ops/checks.hpp"
#include "ops/float_node.hpp"
#include "ops/lower_context.hpp"
#include "ops/op_definition.hpp"
#include "ops/quantized.hpp"
#include "ops/recurrent/recurrent_node.hpp"
#include "ops/recurrent/recurrent_reference.hpp"

namespace pudu::ops {
namespace recurrent {
namespace {

PUDU_KERNEL_BINDING(recurrent_s8, RecurrentS8)

Status check_constant(const ir::Graph& graph, const ir::Node& node, std::size_t index, std::string_view name,
                      const ir::Shape& shape) {
  if (!has_input(node, index)) return {};
  const ir::Value& value = graph.value(*node.inputs[index]);
  if (!value.is_constant() || value.type.dtype != ir::DType::Float32) {
    return unsupported({.found = "the " + std::string(name) + " '" + value.name + "' is computed by the model",
                        .allowed = "a constant"});
  }
  if (value.type.shape == shape) return {};
  return invalid_input(
      {.found = std::string(name) + " of shape " + ir::to_string(value.type.shape), .allowed = ir::to_string(shape)});
}

Status check_state(const ir::Graph& graph, const ir::Node& node, std::size_t index, std::string_view name,
                   const ir::Shape& shape) {
  if (!has_input(node, index)) return {};
  PUDU_TRY(check_input(graph, node, index));
  if (input_type(graph, node, index).shape == shape) return {};
  return invalid_input({.found = "an initial " + std::string(name) + " state of shape " +
                                 ir::to_string(input_type(graph, node, index).shape),
                        .allowed = ir::to_string(shape)});
}

Status check_features(std::string_view what, std::int64_t features, std::int64_t most) {
  if (features <= most) return {};
  return unsupported(
      {.found = "a recurrent layer of " + std::to_string(features) + " " + std::string(what) + " features",
       .allowed = "at most " + std::to_string(most)});
}

Result<std::vector<ir::TensorType>> infer(const ir::Graph& graph, const ir::Node& node) {
  PUDU_TRY(check_cell(node));
  PUDU_TRY(check_input(graph, node, sequence));
  const ir::Shape& input = input_type(graph, node, sequence).shape;
  if (input.size() != 3) {
    return invalid_input({.found = "an input of shape " + ir::to_string(input), .allowed = "[steps, batch, features]"});
  }
  const ir::Shape& recurrent = input_type(graph, node, hidden_weight).shape;
  if (recurrent.size() != 2) {
    return invalid_input({.found = "hidden_weight of shape " + ir::to_string(recurrent), .allowed = "[gates * H, H]"});
  }
  const std::int64_t units = recurrent[1];
  PUDU_TRY(check_features("input", input[2], Kernel::max_input_features));
  PUDU_TRY(check_features("hidden", units, Kernel::max_hidden_features));
  const std::int64_t rows = units * Kernel::gates(cell_of(node));
  PUDU_TRY(check_constant(graph, node, input_weight, "input_weight", {rows, input[2]}));
  PUDU_TRY(check_constant(graph, node, hidden_weight, "hidden_weight", {rows, units}));
  PUDU_TRY(check_constant(graph, node, input_bias, "input_bias", {rows}));
  PUDU_TRY(check_constant(graph, node, hidden_bias, "hidden_bias", {rows}));
  const ir::Shape state = {input[1], units};
  PUDU_TRY(check_state(graph, node, initial_hidden, "hidden", state));
  PUDU_TRY(check_state(graph, node, initial_cell, "cell", state));
  if (has_input(node, initial_cell) && cell_of(node) != Kernel::lstm) {
    return invalid_input({.found = "an initial cell state", .allowed = "one of an lstm only"});
  }
  PUDU_TRY_ASSIGN(auto results, single_result(ir::DType::Float32, {input[0], input[1], units}));
  results.push_back({ir::DType::Float32, state});
  return results;
}

// ---- lowering

constexpr double state_unit = 1.0 / (1 << Kernel::state_bits);

/// Real numbers per step of the kernel's integers.
struct Units {
  double gate;
  double hidden;
};

double largest_number(const ir::QuantParams& params) {
  const double low = params.zero_point - params.quant_min;
  const double high = params.quant_max - params.zero_point;
  return std::max(low, high) * static_cast<double>(params.scale());
}

/// A hidden state of sigmoid and tanh stays within 1, or within what it begins with. That of a ReLU is bounded by its
/// data alone: it gets room for four times what the result shows.
Units units_of(const LowerContext& context) {
  double largest =
      has_input(context.node(), initial_hidden) ? largest_number(*context.input_value(initial_hidden).quant) : 0.0;
  if (cell_of(context.node()) == Kernel::rnn_relu) {
    largest = std::max(largest, 4.0 * largest_number(*context.output_value().quant));
    const double hidden = largest / Kernel::hidden_limit;
    return {.gate = hidden / 16.0, .hidden = hidden};
  }
  return {.gate = 1.0 / (1 << Kernel::gate_bits), .hidden = std::max(largest, 1.0) / Kernel::hidden_limit};
}

/// Weights as codes with a scale for each row, and the scaling of a row's accumulators to gates.
void add_product(LowerContext& context, const std::string& prefix, std::size_t index, double input_scale,
                 double gate_unit, OperandList& operands) {
  constexpr double largest_code = 127.0;
  const ir::Value& weight = context.input_value(index);
  const std::span<const float> data = weight.data<float>();
  const auto rows = static_cast<std::size_t>(weight.type.shape[0]);
  const std::size_t columns = data.size() / rows;
  std::vector<std::int8_t> codes;
  std::vector<std::int32_t> multipliers;
  std::vector<std::int32_t> shifts;
  for (std::size_t row = 0; row < rows; ++row) {
    const auto elements = data.subspan(row * columns, columns);
    double largest = 0.0;
    for (const float element : elements) largest = std::max(largest, std::abs(static_cast<double>(element)));
    const double scale = largest / largest_code;
    for (const float element : elements) {
      const double code = scale > 0.0 ? numerics::round_half_even(static_cast<double>(element) / scale) : 0.0;
      codes.push_back(static_cast<std::int8_t>(numerics::clamp_to_int32(code, -127, 127)));
    }
    const numerics::FixedPointMultiplier scaling = numerics::quantize_multiplier(scale * input_scale / gate_unit);
    multipliers.push_back(scaling.multiplier);
    shifts.push_back(scaling.shift);
  }
  const auto count = static_cast<std::int64_t>(rows);
  operands.emplace_back(prefix + "_weights",
                        context.constant_of<std::int8_t>(prefix + "_weights", codes, weight.type.shape));
  operands.emplace_back(prefix + "_multipliers",
                        context.constant_of<std::int32_t>(prefix + "_multipliers", multipliers, {count}));
  operands.emplace_back(prefix + "_shifts", context.constant_of<std::int32_t>(prefix + "_shifts", shifts, {count}));
}

/// Both biases in steps of a gate; only the last block of a GRU keeps that of the hidden product apart.
program::BufferId gate_bias(LowerContext& context, std::int32_t cell, std::int64_t units, double gate_unit) {
  const auto block = static_cast<std::size_t>(units);
  const std::size_t rows = block * static_cast<std::size_t>(Kernel::gates(cell));
  std::vector<double> sums(block * static_cast<std::size_t>(Kernel::biases(cell)), 0.0);
  for (const std::size_t index : {input_bias, hidden_bias}) {
    if (!has_input(context.node(), index)) continue;
    const std::span<const float> data = context.input_value(index).data<float>();
    for (std::size_t row = 0; row < rows; ++row) {
      const bool is_apart = cell == Kernel::gru && index == hidden_bias && row >= 2 * block;
      sums[is_apart ? row + block : row] += static_cast<double>(data[row]);
    }
  }
  constexpr std::int32_t limit = 1 << 30;
  std::vector<std::int32_t> bias;
  for (const double sum : sums) {
    bias.push_back(numerics::clamp_to_int32(numerics::round_half_even(sum / gate_unit), -limit, limit));
  }
  return context.constant_of<std::int32_t>("bias", bias, {static_cast<std::int64_t>(bias.size())});
}

program::BufferId sigmoid_table(LowerContext& context) {
  std::vector<std::int16_t> table;
  for (int entry = 0; entry < Kernel::table_size; ++entry) {
    const double y = sigmoid(static_cast<double>(entry) / Kernel::steps_per_one);
    table.push_back(static_cast<std::int16_t>(numerics::round_half_even(std::ldexp(y, Kernel::function_bits))));
  }
  return context.constant_of<std::int16_t>("sigmoid", table, {Kernel::table_size});
}

/// Sequence and result in one order of memory with the features innermost, so that neither is transposed where the
/// batch comes first.
DimOrder sequence_order(const DimOrder& order) {
  return order.back() == 2 ? order : contiguous_order(3);
}

/// A state operand, or zeros.
struct InitialState {
  program::BufferId buffer;
  double scale = 0.0;  ///< 0: its codes count for nothing
  std::int32_t zero_point = 0;
};

InitialState initial_state(LowerContext& context, std::size_t index, const ir::Shape& shape) {
  if (has_input(context.node(), index)) {
    const ir::QuantParams& params = *context.input_value(index).quant;
    const program::BufferId buffer = context.input(index, contiguous_order(2));
    return {buffer, static_cast<double>(params.scale()), params.zero_point};
  }
  const std::vector<std::int8_t> zeros(static_cast<std::size_t>(ir::element_count(shape)), 0);
  return {context.constant_of<std::int8_t>("zero_state", zeros, shape)};
}

struct Scaling {
  std::int32_t& multiplier;
  std::int32_t& shift;

  void set(double real) const {
    const numerics::FixedPointMultiplier scaling = numerics::quantize_multiplier(real);
    multiplier = scaling.multiplier;
    shift = scaling.shift;
  }
};

/// A step of what the kernel turns into hidden codes.
double result_unit(std::int32_t cell, const Units& units) {
  if (cell == Kernel::lstm) return std::ldexp(1.0, -2 * Kernel::function_bits);
  if (cell == Kernel::gru) return state_unit;
  return cell == Kernel::rnn_tanh ? std::ldexp(1.0, -Kernel::function_bits) : units.gate;
}

void set_scalings(const LowerContext& context, const Units& units, kernels::RecurrentS8Params& p) {
  const ir::QuantParams& output = *context.output_value(0).quant;
  const ir::QuantParams& final_state = *context.output_value(1).quant;
  Scaling{p.state_multiplier, p.state_shift}.set(result_unit(p.cell, units) / units.hidden);
  Scaling{p.output_multiplier, p.output_shift}.set(units.hidden / static_cast<double>(output.scale()));
  Scaling{p.final_multiplier, p.final_shift}.set((p.cell == Kernel::lstm ? state_unit : units.hidden) /
                                                 static_cast<double>(final_state.scale()));
  p.output_offset = output.zero_point;
  p.final_offset = final_state.zero_point;
}

kernels::RecurrentS8Params extents(const LowerContext& context, const DimOrder& order) {
  const auto narrow = [](std::int64_t number) { return static_cast<std::int32_t>(number); };
  const ir::Shape& input = context.input_value(sequence).type.shape;
  const ir::Shape& output = context.output_value().type.shape;
  const std::vector<std::int64_t> input_strides = memory_strides(input, order);
  const std::vector<std::int64_t> output_strides = memory_strides(output, order);
  kernels::RecurrentS8Params params{};
  params.cell = cell_of(context.node());
  params.reverse = is_reverse(context.node()) ? 1 : 0;
  params.steps = narrow(input[0]);
  params.batches = narrow(input[1]);
  params.input_features = narrow(input[2]);
  params.hidden_features = narrow(output[2]);
  params.input_step_stride = narrow(input_strides[0]);
  params.input_batch_stride = narrow(input_strides[1]);
  params.output_step_stride = narrow(output_strides[0]);
  params.output_batch_stride = narrow(output_strides[1]);
  params.input_offset = -context.input_value(sequence).quant->zero_point;
  return params;
}

Status require_quantized(const LowerContext& context) {
  for (const std::size_t index : {sequence, initial_hidden, initial_cell}) {
    if (has_input(context.node(), index)) PUDU_TRY(require_int8(context.input_value(index)));
  }
  PUDU_TRY(require_int8(context.output_value(0)));
  return require_int8(context.output_value(1));
}

program::BufferId float_state(LowerContext& context, std::size_t index, const ir::Shape& shape) {
  if (has_input(context.node(), index)) return context.input(index, contiguous_order(2));
  const std::vector<float> zeros(static_cast<std::size_t>(ir::element_count(shape)), 0.0F);
  return context.constant_of<float>("zero_state", zeros, shape);
}

Status lower_float(LowerContext& context) {
  PUDU_TRY(require_float_operands(context));
  const DimOrder order = sequence_order(context.input_order(sequence));
  const ir::Shape state_shape = context.output_value(1).type.shape;
  const ir::Shape& input = context.input_value(sequence).type.shape;
  const std::vector<std::int64_t> input_strides = memory_strides(input, order);
  const std::vector<std::int64_t> output_strides = memory_strides(context.output_value().type.shape, order);
  const auto narrow = [](std::int64_t number) { return static_cast<std::int32_t>(number); };
  const kernels::RecurrentF32Params params{.cell = cell_of(context.node()),
                                           .reverse = is_reverse(context.node()) ? 1 : 0,
                                           .steps = narrow(input[0]),
                                           .batches = narrow(input[1]),
                                           .input_features = narrow(input[2]),
                                           .hidden_features = narrow(state_shape[1]),
                                           .input_step_stride = narrow(input_strides[0]),
                                           .input_batch_stride = narrow(input_strides[1]),
                                           .output_step_stride = narrow(output_strides[0]),
                                           .output_batch_stride = narrow(output_strides[1])};
  const std::int64_t rows = state_shape[1] * Kernel::gates(params.cell);
  OperandList operands = {{"input", context.input(sequence, order)},
                          {"input_weights", context.input(input_weight, contiguous_order(2))},
                          {"hidden_weights", context.input(hidden_weight, contiguous_order(2))},
                          {"input_bias", float_operand_or(context, input_bias, rows, 0.0F, "zeros")},
                          {"hidden_bias", float_operand_or(context, hidden_bias, rows, 0.0F, "zeros")},
                          {"initial_hidden", float_state(context, initial_hidden, state_shape)},
                          {"initial_cell", float_state(context, initial_cell, state_shape)}};
  operands.emplace_back("output", context.output(0, order));
  operands.emplace_back("output_state", context.output(1, contiguous_order(2)));
  context.emit(recurrent_f32(), params, std::move(operands));
  return {};
}

Status lower(LowerContext& context) {
  if (is_float(context)) return lower_float(context);
  PUDU_TRY(require_quantized(context));
  const DimOrder order = sequence_order(context.input_order(sequence));
  const Units units = units_of(context);
  const ir::Shape state_shape = context.output_value(1).type.shape;
  kernels::RecurrentS8Params params = extents(context, order);
  OperandList operands = {{"input", context.input(sequence, order)}};
  const auto input_scale = static_cast<double>(context.input_value(sequence).quant->scale());
  add_product(context, "input", input_weight, input_scale, units.gate, operands);
  add_product(context, "hidden", hidden_weight, units.hidden, units.gate, operands);
  operands.emplace_back("bias", gate_bias(context, params.cell, params.hidden_features, units.gate));
  operands.emplace_back("table", sigmoid_table(context));

  const InitialState hidden = initial_state(context, initial_hidden, state_shape);
  const InitialState cell = params.cell == Kernel::lstm ? initial_state(context, initial_cell, state_shape) : hidden;
  params.initial_offset = -hidden.zero_point;
  Scaling{params.initial_multiplier, params.initial_shift}.set(
      hidden.scale / (params.cell == Kernel::gru ? state_unit : units.hidden));
  params.cell_offset = -cell.zero_point;
  Scaling{params.cell_multiplier, params.cell_shift}.set(cell.scale / state_unit);
  set_scalings(context, units, params);
  operands.emplace_back("initial_hidden", hidden.buffer);
  operands.emplace_back("initial_cell", cell.buffer);
  operands.emplace_back("output", context.output(0, order));
  operands.emplace_back("output_state", context.output(1, contiguous_order(2)));
  context.emit(recurrent_s8(), params, std::move(operands));
  return {};
}

std::int64_t macs(const ir::Graph& graph, const ir::Node& node) {
  const ir::Shape& input = input_type(graph, node, sequence).shape;
  return input[0] * input[1] *
         (input_type(graph, node, input_weight).elements() + input_type(graph, node, hidden_weight).elements());
}

}  // namespace
}  // namespace recurrent

const OpDefinition& recurrent_definition() {
  static const OpDefinition definition{
      .name = "recurrent",
      .summary = "LSTM, GRU or plain recurrent layer, in one direction over a sequence.",
      .inputs = {{"input", OperandPresence::Required, "[steps, batch, features]"},
                 {"input_weight", OperandPresence::Required, "constant [G H, features]; G is 4 (lstm), 3 (gru) or 1"},
                 {"hidden_weight", OperandPresence::Required, "constant [G H, H]"},
                 {"input_bias", OperandPresence::Optional, "constant [G H]; 0 when absent"},
                 {"hidden_bias", OperandPresence::Optional, "constant [G H]; 0 when absent"},
                 {"initial_hidden", OperandPresence::Optional, "[batch, H]; 0 when absent"},
                 {"initial_cell", OperandPresence::Optional, "[batch, H], of an lstm; 0 when absent"}},
      .attributes = {{"cell", AttributeType::Text, std::nullopt, "lstm, gru, rnn_tanh or rnn_relu"},
                     {"reverse", AttributeType::Integer, std::int64_t{0}, "1: from the last step to the first"}},
      .infer = recurrent::infer,
      .reference = recurrent::reference,
      .quantization = {.float_inputs = {recurrent::input_weight, recurrent::hidden_weight, recurrent::input_bias,
                                        recurrent::hidden_bias}},
      .lower = recurrent::lower,
      .kernels = {&recurrent::recurrent_s8()},
      .float_kernels = {{&recurrent_f32()}},
      .macs = recurrent::macs};
  return definition;
}

}  // namespace pudu::ops
