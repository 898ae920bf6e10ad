// Layers that remember: SVDF, and the LSTM over a sequence. Both read and change tensors that are variables.
#include <fmt/format.h>

#include <array>

#include "frontends/tflite/operator_table.hpp"
#include "frontends/tflite/options.hpp"
#include "frontends/tflite/states.hpp"

namespace pudu::frontends::tflite {
namespace {

// Codes of fused activation functions.
constexpr std::int8_t relu = 1;
constexpr std::int8_t tanh = 4;

Status check_int8(const NodeImporter& node) {
  const Tensor& input = node.input_tensor(0);
  if (input.type == TensorType::Int8) return {};
  return unsupported_here(fmt::format("{} of {}", node.op().name, to_string(input.type)), "INT8 input and output");
}

/// The node's result `index` becomes what the variable holds.
Status update(NodeImporter& node, std::size_t state, std::size_t index) {
  const ir::ValueId result = node.graph().nodes().back().outputs[index];
  const Format format = node.format(node.graph().states[state].before);
  node.graph().value(result).type.dtype = format.dtype;
  node.graph().value(result).quant = format.quant;
  return assign(node, state, result);
}

Status import_svdf(NodeImporter& node) {
  constexpr std::size_t bias = 3;
  constexpr std::size_t state_operand = 4;
  PUDU_TRY(node.check_operands(3, 5));
  if (!node.has_input(state_operand)) return invalid_here("no state", "operand 4 is one");
  PUDU_TRY(check_int8(node));
  PUDU_TRY_ASSIGN(const auto* options, node.options<wire::SVDFOptions>());
  if (options->fused_activation_function() != relu) {
    return unsupported_here(fmt::format("fused activation function {}", options->fused_activation_function()),
                            "1 (RELU), as TensorFlow Lite has it for INT8");
  }
  PUDU_TRY_ASSIGN(const ir::ValueId input, node.input(0));
  PUDU_TRY_ASSIGN(const ir::ValueId feature_weights, node.weights(1, {0, 1}, node.input_tensor(1).shape, std::nullopt));
  PUDU_TRY_ASSIGN(const ir::ValueId time_weights, node.input(2));
  PUDU_TRY_ASSIGN(const std::optional<ir::ValueId> bias_value, node.bias(bias));
  PUDU_TRY_ASSIGN(const std::size_t state, state_of_tensor(node, state_operand));
  PUDU_TRY_ASSIGN(const Format format, node.output_format());
  ir::Attributes attributes;
  attributes.set("rank", std::int64_t{options->rank()});
  PUDU_TRY_ASSIGN(
      const ir::ValueId result,
      node.emit("svdf", {input, feature_weights, time_weights, present_value(node.graph(), state), bias_value},
                std::move(attributes), format));
  PUDU_TRY(update(node, state, 1));
  return node.set_output(0, result);
}

// ---- LSTM

constexpr std::size_t gates = 4;
constexpr std::size_t input_weights = 1;
constexpr std::size_t hidden_weights = 5;
constexpr std::size_t biases = 12;
constexpr std::size_t hidden_state = 18;
constexpr std::size_t cell_state = 19;

/// What the integer kernel of this operator can do, and ours does not.
Status check_plain_lstm(const NodeImporter& node) {
  struct Part {
    std::size_t first, last;
    const char* name;
  };
  constexpr std::array parts = {Part{9, 11, "peephole weights"}, Part{16, 17, "a projection"},
                                Part{20, 23, "layer normalization"}};
  for (const Part& part : parts) {
    for (std::size_t index = part.first; index <= part.last; ++index) {
      if (node.has_input(index)) {
        return unsupported_here(fmt::format("an LSTM with {} (operand {})", part.name, index), "an LSTM without");
      }
    }
  }
  for (const std::size_t gate : {input_weights, hidden_weights, biases}) {
    if (!node.has_input(gate)) {
      return unsupported_here(fmt::format("an LSTM with coupled input and forget gates (no operand {})", gate),
                              "four gates");
    }
  }
  return {};
}

/// The kernel takes the scale of the hidden codes from here; without a projection they are the output's.
Status check_hidden_scale(const NodeImporter& node, const Format& output) {
  if (node.op().intermediates.size() != 5 || node.op().intermediates[4] == no_tensor) {
    return invalid_here(fmt::format("{} intermediate tensors", node.op().intermediates.size()), "5");
  }
  PUDU_TRY_ASSIGN(const Format hidden, format_of(node.intermediate_tensor(4)));
  if (hidden.quant && output.quant && hidden.quant->scales == output.quant->scales &&
      hidden.quant->zero_point == output.quant->zero_point) {
    return {};
  }
  return unsupported_here("hidden codes of another scale or zero point than the output", "the same");
}

Result<ir::Attributes> lstm_attributes(NodeImporter& node) {
  PUDU_TRY_ASSIGN(const auto* options, node.options<wire::UnidirectionalSequenceLSTMOptions>());
  if (options->fused_activation_function() != tanh) {
    return unsupported_here(fmt::format("fused activation function {}", options->fused_activation_function()),
                            "4 (TANH)");
  }
  if (options->diagonal_recurrent_tensors()) {
    return unsupported_here("diagonal recurrent tensors", "whole matrices");
  }
  ir::Attributes attributes;
  attributes.set("time_major", options->time_major() ? 1 : 0);
  attributes.set("cell_clip", static_cast<double>(options->cell_clip()));
  return attributes;
}

Status import_sequence_lstm(NodeImporter& node) {
  PUDU_TRY(node.check_operands(1, 24));
  PUDU_TRY(check_int8(node));
  if (!node.has_input(hidden_state) || !node.has_input(cell_state)) {
    return invalid_here("no hidden or cell state", "operands 18 and 19 are they");
  }
  PUDU_TRY(check_plain_lstm(node));
  PUDU_TRY_ASSIGN(ir::Attributes attributes, lstm_attributes(node));
  PUDU_TRY_ASSIGN(const Format format, node.output_format());
  PUDU_TRY(check_hidden_scale(node, format));
  std::vector<std::optional<ir::ValueId>> operands;
  PUDU_TRY_ASSIGN(operands.emplace_back(), node.input(0));
  for (const std::size_t first : {input_weights, hidden_weights}) {
    for (std::size_t index = first; index < first + gates; ++index) {
      if (!node.has_input(index)) return invalid_here(fmt::format("no operand {}", index), "the weights of four gates");
      PUDU_TRY_ASSIGN(operands.emplace_back(),
                      node.weights(index, {0, 1}, node.input_tensor(index).shape, std::nullopt));
    }
  }
  for (std::size_t index = biases; index < biases + gates; ++index) {
    PUDU_TRY_ASSIGN(operands.emplace_back(), node.bias(index));
  }
  PUDU_TRY_ASSIGN(const std::size_t hidden, state_of_tensor(node, hidden_state));
  PUDU_TRY_ASSIGN(const std::size_t cell, state_of_tensor(node, cell_state));
  operands.emplace_back(present_value(node.graph(), hidden));
  operands.emplace_back(present_value(node.graph(), cell));
  PUDU_TRY_ASSIGN(const ir::ValueId result,
                  node.emit("sequence_lstm", std::move(operands), std::move(attributes), format));
  PUDU_TRY(update(node, hidden, 1));
  PUDU_TRY(update(node, cell, 2));
  return node.set_output(0, result);
}

constexpr OperatorRow rows[] = {
    {"SVDF", 4, import_svdf, "INT8 with an INT16 state"},
    {"UNIDIRECTIONAL_SEQUENCE_LSTM", 5, import_sequence_lstm,
     "INT8 with an INT16 cell; no peephole weights, projection, layer normalization or coupled gates"},
};

}  // namespace

std::span<const OperatorRow> recurrent_rows() {
  return rows;
}

}  // namespace pudu::frontends::tflite
