// LSTM, GRU and plain recurrent layers: every layer and direction becomes one recurrent node over the whole sequence;
// a cell is a sequence of one step.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "frontends/pt2/aten_table.hpp"

namespace pudu::frontends {

namespace {

using ir::ValueId;
using Operands = std::vector<std::optional<ValueId>>;

/// The arguments that all forms share.
struct Stack {
  std::string_view cell;
  ValueId input{};  ///< [steps, batch, features]
  std::vector<ValueId> params;
  std::size_t biases = 0;  ///< per direction and layer: 2 or 0
  std::int64_t layers = 1;
  std::size_t directions = 1;
  bool is_batch_first = false;

  std::size_t params_per_direction() const { return 2 + biases; }
};

constexpr std::int64_t most_layers = 64;

Result<Stack> read_stack(NodeTranslator& node, std::string_view cell) {
  Stack stack{.cell = cell,
              .input = node.args.tensor("input"),
              .params = node.args.tensors("params"),
              .biases = node.args.flag("has_biases") ? 2U : 0U,
              .layers = node.args.integer("num_layers"),
              .directions = node.args.flag("bidirectional") ? 2U : 1U,
              .is_batch_first = node.args.flag("batch_first")};
  if (stack.layers < 1 || stack.layers > most_layers) {
    return unsupported_here(fmt::format("{} layers", stack.layers), fmt::format("1 to {}", most_layers));
  }
  const std::size_t cells = static_cast<std::size_t>(stack.layers) * stack.directions;
  if (stack.params.size() == cells * (stack.params_per_direction() + 1)) {
    return unsupported_here("a projection of the hidden state (proj_size)", "proj_size 0");
  }
  if (stack.params.size() != cells * stack.params_per_direction()) {
    return invalid_here(fmt::format("{} weights and biases", stack.params.size()),
                        fmt::format("{}", cells * stack.params_per_direction()));
  }
  if (node.rank(stack.input) != 3) {
    return invalid_here(fmt::format("an input of shape {}", ir::to_string(node.shape(stack.input))),
                        stack.is_batch_first ? "[batch, steps, features]" : "[steps, batch, features]");
  }
  if (stack.is_batch_first) {
    PUDU_TRY_ASSIGN(stack.input, node.transpose(stack.input, 0, 1));
  }
  return stack;
}

/// Row `index` of initial states [layers * directions, batch, H]; none when it is zero, as it is by default.
Result<std::optional<ValueId>> state_row(NodeTranslator& node, std::optional<ValueId> states, std::size_t index,
                                         std::size_t count) {
  if (!states) return std::optional<ValueId>();
  const ir::Shape shape = node.shape(*states);
  if (shape.size() != 3 || shape[0] != static_cast<std::int64_t>(count)) {
    return invalid_here(fmt::format("initial states of shape {}", ir::to_string(shape)),
                        fmt::format("[{}, batch, features]", count));
  }
  const auto begin = static_cast<std::int64_t>(index);
  PUDU_TRY_ASSIGN(ValueId row, node.slice(*states, 0, begin, begin + 1));
  PUDU_TRY_ASSIGN(row, node.reshape(row, {shape[1], shape[2]}));
  if (node.is_constant(row)) {
    const std::span<const float> elements = node.elements(row);
    if (std::all_of(elements.begin(), elements.end(), [](float element) { return element == 0.0F; })) {
      return std::optional<ValueId>();
    }
  }
  return std::optional<ValueId>(row);
}

Result<ValueId> join(NodeTranslator& node, const std::vector<ValueId>& tensors, std::int64_t axis) {
  if (tensors.size() == 1) return tensors[0];
  return node.emit("concat", {tensors.begin(), tensors.end()}, attributes({{"dim", axis}}));
}

/// States of all layers and directions as [layers * directions, batch, H].
Result<ValueId> join_states(NodeTranslator& node, std::vector<ValueId> states) {
  for (ValueId& state : states) {
    const ir::Shape shape = node.shape(state);
    PUDU_TRY_ASSIGN(state, node.reshape(state, {1, shape[0], shape[1]}));
  }
  return join(node, states, 0);
}

/// The hidden state behind the last step of `sequence`, which runs backward if `is_reverse`.
Result<ValueId> last_hidden(NodeTranslator& node, ValueId sequence, bool is_reverse) {
  const ir::Shape shape = node.shape(sequence);
  const std::int64_t step = is_reverse ? 0 : shape[0] - 1;
  PUDU_TRY_ASSIGN(const ValueId last, node.slice(sequence, 0, step, step + 1));
  return node.reshape(last, {shape[1], shape[2]});
}

/// What the layers leave behind.
struct Results {
  ValueId sequence{};
  std::vector<ValueId> hidden, final_states;
};

Result<Results> emit_layers(NodeTranslator& node, const Stack& stack, std::optional<ValueId> hidden_states,
                            std::optional<ValueId> cell_states) {
  const std::size_t cells = static_cast<std::size_t>(stack.layers) * stack.directions;
  Results results{.sequence = stack.input, .hidden = {}, .final_states = {}};
  for (std::size_t first = 0; first < cells; first += stack.directions) {
    std::vector<ValueId> sequences;
    for (std::size_t direction = 0; direction < stack.directions; ++direction) {
      const std::size_t index = first + direction;
      const auto param = stack.params.begin() + static_cast<std::ptrdiff_t>(index * stack.params_per_direction());
      Operands operands = {results.sequence, param[0], param[1], std::nullopt, std::nullopt};
      for (std::size_t i = 0; i < stack.biases; ++i) operands[3 + i] = param[static_cast<std::ptrdiff_t>(2 + i)];
      PUDU_TRY_ASSIGN(const std::optional<ValueId> hidden, state_row(node, hidden_states, index, cells));
      PUDU_TRY_ASSIGN(const std::optional<ValueId> cell, state_row(node, cell_states, index, cells));
      operands.insert(operands.end(), {hidden, cell});
      PUDU_TRY_ASSIGN(const std::vector<ValueId> values,
                      node.emit_all("recurrent", std::move(operands),
                                    attributes({{"cell", std::string(stack.cell)},
                                                {"reverse", static_cast<std::int64_t>(direction)}})));
      sequences.push_back(values[0]);
      results.final_states.push_back(values[1]);
      PUDU_TRY_ASSIGN(const ValueId last, last_hidden(node, values[0], direction != 0));
      results.hidden.push_back(last);
    }
    PUDU_TRY_ASSIGN(results.sequence, join(node, sequences, 2));
  }
  if (stack.is_batch_first) {
    PUDU_TRY_ASSIGN(results.sequence, node.transpose(results.sequence, 0, 1));
  }
  return results;
}

template <const std::string_view& Cell>
Result<std::vector<ValueId>> translate_recurrent(NodeTranslator& node) {
  PUDU_TRY_ASSIGN(const Stack stack, read_stack(node, Cell));
  PUDU_TRY_ASSIGN(Results results, emit_layers(node, stack, node.args.tensor("hx"), std::nullopt));
  PUDU_TRY_ASSIGN(const ValueId hidden, join_states(node, std::move(results.final_states)));
  return std::vector<ValueId>{results.sequence, hidden};
}

constexpr std::string_view lstm = "lstm";
constexpr std::string_view gru = "gru";
constexpr std::string_view rnn_tanh = "rnn_tanh";
constexpr std::string_view rnn_relu = "rnn_relu";

Result<std::vector<ValueId>> translate_lstm(NodeTranslator& node) {
  PUDU_TRY_ASSIGN(const Stack stack, read_stack(node, lstm));
  const std::vector<ValueId>& initial = node.args.tensors("hx");
  if (initial.size() != 2) return invalid_here(fmt::format("{} initial states", initial.size()), "2");
  PUDU_TRY_ASSIGN(Results results, emit_layers(node, stack, initial[0], initial[1]));
  PUDU_TRY_ASSIGN(const ValueId hidden, join_states(node, std::move(results.hidden)));
  PUDU_TRY_ASSIGN(const ValueId cells, join_states(node, std::move(results.final_states)));
  return std::vector<ValueId>{results.sequence, hidden, cells};
}

// ---- cells: one step of one layer, which is a sequence of one

/// Results of the step, [batch, H] each: the hidden state, and that of the cell (LSTM; else the hidden state again).
struct Step {
  ValueId hidden{}, state{};
};

Result<Step> emit_step(NodeTranslator& node, std::string_view cell, ValueId hidden, std::optional<ValueId> state) {
  const ValueId input = node.args.tensor("input");
  const ir::Shape shape = node.shape(input);
  if (shape.size() != 2 || node.rank(hidden) != 2) {
    return unsupported_here(fmt::format("a cell's input of shape {} and state of shape {}", ir::to_string(shape),
                                        ir::to_string(node.shape(hidden))),
                            "[batch, features] and [batch, H]", "add a batch dimension with unsqueeze(0)");
  }
  PUDU_TRY_ASSIGN(const ValueId sequence, node.reshape(input, {1, shape[0], shape[1]}));
  PUDU_TRY_ASSIGN(const std::vector<ValueId> values,
                  node.emit_all("recurrent",
                                {sequence, node.args.tensor("w_ih"), node.args.tensor("w_hh"),
                                 node.args.optional_tensor("b_ih"), node.args.optional_tensor("b_hh"), hidden, state},
                                attributes({{"cell", std::string(cell)}, {"reverse", std::int64_t{0}}})));
  PUDU_TRY_ASSIGN(const ValueId last, last_hidden(node, values[0], false));
  return Step{last, values[1]};
}

template <const std::string_view& Cell>
Result<std::vector<ValueId>> translate_cell(NodeTranslator& node) {
  PUDU_TRY_ASSIGN(const Step step, emit_step(node, Cell, node.args.tensor("hx"), std::nullopt));
  return std::vector<ValueId>{step.state};
}

Result<std::vector<ValueId>> translate_lstm_cell(NodeTranslator& node) {
  const std::vector<ValueId>& initial = node.args.tensors("hx");
  if (initial.size() != 2) return invalid_here(fmt::format("{} initial states", initial.size()), "2");
  PUDU_TRY_ASSIGN(const Step step, emit_step(node, lstm, initial[0], initial[1]));
  return std::vector<ValueId>{step.hidden, step.state};
}

#define PUDU_CELL_ARGUMENTS "Tensor w_ih, Tensor w_hh, Tensor? b_ih=None, Tensor? b_hh=None"

#define PUDU_RECURRENT_ARGUMENTS                                                  \
  "Tensor[] params, bool has_biases, int num_layers, float dropout, bool train, " \
  "bool bidirectional, bool batch_first"

constexpr auto fresh = ResultMemory::Fresh;
constexpr auto functional = InPlaceForm::No;

constexpr AtenRow rows[] = {
    {"gru.input", "Tensor input, Tensor hx, " PUDU_RECURRENT_ARGUMENTS, nullptr, fresh, functional,
     translate_recurrent<gru>},
    {"gru_cell", "Tensor input, Tensor hx, " PUDU_CELL_ARGUMENTS, nullptr, fresh, functional, translate_cell<gru>},
    {"lstm.input", "Tensor input, Tensor[] hx, " PUDU_RECURRENT_ARGUMENTS, nullptr, fresh, functional, translate_lstm},
    {"lstm_cell", "Tensor input, Tensor[] hx, " PUDU_CELL_ARGUMENTS, nullptr, fresh, functional, translate_lstm_cell},
    {"rnn_relu.input", "Tensor input, Tensor hx, " PUDU_RECURRENT_ARGUMENTS, nullptr, fresh, functional,
     translate_recurrent<rnn_relu>},
    {"rnn_relu_cell", "Tensor input, Tensor hx, " PUDU_CELL_ARGUMENTS, nullptr, fresh, functional,
     translate_cell<rnn_relu>},
    {"rnn_tanh.input", "Tensor input, Tensor hx, " PUDU_RECURRENT_ARGUMENTS, nullptr, fresh, functional,
     translate_recurrent<rnn_tanh>},
    {"rnn_tanh_cell", "Tensor input, Tensor hx, " PUDU_CELL_ARGUMENTS, nullptr, fresh, functional,
     translate_cell<rnn_tanh>},
};

#undef PUDU_CELL_ARGUMENTS
#undef PUDU_RECURRENT_ARGUMENTS

}  // namespace

std::span<const AtenRow> recurrent_rows() {
  return rows;
}

}  // namespace pudu::frontends
