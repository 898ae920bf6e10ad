// int8 recurrent layer over a whole sequence: LSTM, GRU, tanh and ReLU cells, in integers only. Codes go in and come
// out; the state in between is kept finer, so that rounding does not pile up from step to step:
//   hidden   h, 14 bits with a sign (hidden_limit), in a unit the compiler chooses; what the products with weights read
//   state    c of an LSTM, h of a GRU, in 1/2^16
//   gates    before their function in 1/2^12 (ReLU: in the compiler's unit), after it in 1/2^15
// For unit j of a cell with gate rows g, accumulators become
//   x_g = REQ(sum_k (input[k] + input_offset) W_g[k]) and h_g = REQ(sum_k hidden[k] U_g[k])
// with a scale for each row, and with b the rows of the bias, sigma and tanh from the table:
//   LSTM  i, f, g, o = x + h + b;  c' = sigma(f) c + sigma(i) tanh(g);  h' = sigma(o) tanh(c')
//   GRU   r, z = x + h + b;  n = tanh(x_n + b_n + sigma(r) (h_n + b_hn));  h' = n + sigma(z) (h - n)
//   tanh  h' = tanh(x + h + b);  ReLU  h' = max(x + h + b, 0)
// in PyTorch's sequence of gates. REQ is requantize; products of fractions are rounded half up. Sums that leave 32 bits
// wrap. The table holds sigma on [0, 8) in steps of 1/32, between which it is linear; tanh(x) is 2 sigma(2 x) - 1.
// The formula is Pudu's own (docs/arithmetic.md, "Recurrent layers").
#pragma once

#include "kernels/kernel.hpp"

namespace pudu::kernels {

struct RecurrentS8Params {
  std::int32_t cell;     ///< one of RecurrentS8::lstm, gru, rnn_tanh, rnn_relu
  std::int32_t reverse;  ///< 1: from the last step to the first
  std::int32_t steps, batches, input_features;
  std::int32_t hidden_features;                        ///< at most RecurrentS8::max_hidden_features
  std::int32_t input_step_stride, input_batch_stride;  ///< elements
  std::int32_t output_step_stride, output_batch_stride;
  std::int32_t input_offset;                       ///< minus the input's zero point
  std::int32_t initial_offset;                     ///< minus the zero point of initial_hidden
  std::int32_t initial_multiplier, initial_shift;  ///< its codes to hidden, of a GRU to state
  std::int32_t cell_offset;                        ///< minus the zero point of initial_cell
  std::int32_t cell_multiplier, cell_shift;        ///< its codes to state
  std::int32_t state_multiplier, state_shift;      ///< to hidden: from 1/2^30 (LSTM), 1/2^16 (GRU), 1/2^15, or gates
  std::int32_t output_multiplier, output_shift;    ///< hidden to codes of the output
  std::int32_t output_offset;                      ///< the output's zero point
  std::int32_t final_multiplier, final_shift;      ///< state (LSTM) or hidden to codes of output_state
  std::int32_t final_offset;                       ///< the zero point of output_state

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("cell", self.cell);
    visitor("reverse", self.reverse);
    visitor("steps", self.steps);
    visitor("batches", self.batches);
    visitor("input_features", self.input_features);
    visitor("hidden_features", self.hidden_features);
    visitor("input_step_stride", self.input_step_stride);
    visitor("input_batch_stride", self.input_batch_stride);
    visitor("output_step_stride", self.output_step_stride);
    visitor("output_batch_stride", self.output_batch_stride);
    visitor("input_offset", self.input_offset);
    visitor("initial_offset", self.initial_offset);
    visitor("initial_multiplier", self.initial_multiplier);
    visitor("initial_shift", self.initial_shift);
    visitor("cell_offset", self.cell_offset);
    visitor("cell_multiplier", self.cell_multiplier);
    visitor("cell_shift", self.cell_shift);
    visitor("state_multiplier", self.state_multiplier);
    visitor("state_shift", self.state_shift);
    visitor("output_multiplier", self.output_multiplier);
    visitor("output_shift", self.output_shift);
    visitor("output_offset", self.output_offset);
    visitor("final_multiplier", self.final_multiplier);
    visitor("final_shift", self.final_shift);
    visitor("final_offset", self.final_offset);
  }
};

/// G = gates(cell), B = biases(cell), H = hidden_features.
struct RecurrentS8Operands {
  const std::int8_t* input;                ///< [steps, batches, input_features] through its strides
  const std::int8_t* input_weights;        ///< [G H, input_features]
  const std::int32_t* input_multipliers;   ///< [G H], accumulators to gates
  const std::int32_t* input_shifts;        ///< [G H], each in [-31, 30]
  const std::int8_t* hidden_weights;       ///< [G H, H]
  const std::int32_t* hidden_multipliers;  ///< [G H]
  const std::int32_t* hidden_shifts;       ///< [G H], each in [-31, 30]
  const std::int32_t* bias;                ///< [B H]
  const std::int16_t* table;               ///< [table_size], sigma in 1/2^15
  const std::int8_t* initial_hidden;       ///< [batches, H]
  const std::int8_t* initial_cell;         ///< [batches, H]; read by an LSTM only
  std::int8_t* output;                     ///< [steps, batches, H] through its strides: h of every step
  std::int8_t* output_state;               ///< [batches, H]: c of an LSTM, else h, after the last step
  void* scratch;                           ///< scratch_bytes(params, isa) bytes, 16-byte aligned, contents undefined

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("input", self.input);
    visitor("input_weights", self.input_weights);
    visitor("input_multipliers", self.input_multipliers);
    visitor("input_shifts", self.input_shifts);
    visitor("hidden_weights", self.hidden_weights);
    visitor("hidden_multipliers", self.hidden_multipliers);
    visitor("hidden_shifts", self.hidden_shifts);
    visitor("bias", self.bias);
    visitor("table", self.table);
    visitor("initial_hidden", self.initial_hidden);
    visitor("initial_cell", self.initial_cell);
    visitor("output", self.output);
    visitor("output_state", self.output_state);
    visitor("scratch", self.scratch);
  }
};

struct RecurrentS8 {
  static constexpr const char* name = "recurrent_s8";
  static constexpr const char* header = "kernels/recurrent/recurrent_s8.hpp";
  using Params = RecurrentS8Params;
  using Operands = RecurrentS8Operands;

  static constexpr std::int32_t lstm = 0, gru = 1, rnn_tanh = 2, rnn_relu = 3;

  /// Blocks of H rows that the weights and the bias of a cell have. The bias of a GRU's hidden product has its own.
  static constexpr std::int32_t gates(std::int32_t cell) noexcept { return cell == lstm ? 4 : cell == gru ? 3 : 1; }
  static constexpr std::int32_t biases(std::int32_t cell) noexcept { return cell <= gru ? 4 : 1; }

  static constexpr int gate_bits = 12;
  static constexpr int function_bits = 15;
  static constexpr int state_bits = 16;
  static constexpr std::int32_t hidden_limit = (1 << 13) - 1;
  static constexpr std::int32_t state_limit = 1 << 30;

  /// hidden_limit * 127 * max_hidden_features, and 255 * 127 * max_input_features, fit 32 bits.
  static constexpr std::int32_t max_hidden_features = 2048;
  static constexpr std::int32_t max_input_features = 1 << 16;

  static constexpr int table_size = 257;
  static constexpr int steps_per_one = 32;  ///< entries of the table from 0 to 1

  /// The state in 32 bits, and hidden of the last and of the present step in 16 bits, on every ISA.
  static constexpr std::size_t scratch_bytes(const Params& params, Isa) noexcept {
    return static_cast<std::size_t>(params.hidden_features) * 8;
  }

  static void run(const Params& params, const Operands& operands) noexcept;
};

}  // namespace pudu::kernels
