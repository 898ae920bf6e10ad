// int8 LSTM over a sequence in TensorFlow Lite's integer arithmetic (its kernel lstm_eval.cc, 8-bit activations and
// weights, 16-bit cell). For unit u, gate g of i, f, c, o (input, forget, cell, output), and h the hidden codes of the
// step before:
//   a_g = clamp16(REQ(input_bias[g][u] + sum_k input[k] input_weights[g][u][k], input_multipliers[g], ...))
//   b_g = clamp16(a_g + REQ(hidden_bias[g][u] + sum_k h[k] hidden_weights[g][u][k], hidden_multipliers[g], ...))
//   s_i, s_f, s_o = logistic(b), s_c = tanh(b)                               b in Q3.12, s in Q0.15
//   c'[u] = clamp16(RDP(s_f c[u], 15) + RDP(s_i s_c, 15 + cell_integer_bits))
//   c'[u] is clamped to [-cell_clip, cell_clip] where that is not 0
//   h'[u] = clamp8(REQ(s_o tanh(c'[u]), output_multiplier, output_shift) + output_offset)
// RDP rounds to nearest, ties away from zero; logistic and tanh are those of numerics/fixed_point_functions.hpp. The
// zero points of input and hidden codes are in the biases. Hidden state and cell may be changed in place.
#pragma once

#include "kernels/kernel.hpp"

namespace pudu::kernels {

struct SequenceLstmS8Params {
  std::int32_t steps, batches, input_features, units;
  std::int32_t input_step_stride, input_batch_stride;  ///< elements
  std::int32_t output_step_stride, output_batch_stride;
  std::int32_t input_multipliers[4], input_shifts[4];    ///< by gate: i, f, c, o
  std::int32_t hidden_multipliers[4], hidden_shifts[4];  ///< by gate
  std::int32_t cell_integer_bits;                        ///< 0 to 6; the cell's other bits, of 15, are its fraction
  std::int32_t cell_clip;                                ///< 0 for none
  std::int32_t output_multiplier, output_shift;          ///< from 1/2^30
  std::int32_t output_offset;                            ///< zero point of output and hidden state

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("steps", self.steps);
    visitor("batches", self.batches);
    visitor("input_features", self.input_features);
    visitor("units", self.units);
    visitor("input_step_stride", self.input_step_stride);
    visitor("input_batch_stride", self.input_batch_stride);
    visitor("output_step_stride", self.output_step_stride);
    visitor("output_batch_stride", self.output_batch_stride);
    visitor("input_multipliers", self.input_multipliers);
    visitor("input_shifts", self.input_shifts);
    visitor("hidden_multipliers", self.hidden_multipliers);
    visitor("hidden_shifts", self.hidden_shifts);
    visitor("cell_integer_bits", self.cell_integer_bits);
    visitor("cell_clip", self.cell_clip);
    visitor("output_multiplier", self.output_multiplier);
    visitor("output_shift", self.output_shift);
    visitor("output_offset", self.output_offset);
  }
};

struct SequenceLstmS8Operands {
  const std::int8_t* input;           ///< [steps, batches, input_features] through its strides
  const std::int8_t* input_weights;   ///< [4, units, input_features]
  const std::int32_t* input_bias;     ///< [4, units]
  const std::int8_t* hidden_weights;  ///< [4, units, units]
  const std::int32_t* hidden_bias;    ///< [4, units]
  const std::int8_t* state;           ///< [batches, units], hidden codes before the first step
  const std::int16_t* cell;           ///< [batches, units]
  std::int8_t* output;                ///< [steps, batches, units] through its strides: hidden codes of every step
  std::int8_t* output_state;          ///< [batches, units], hidden codes behind the last step; may be `state`
  std::int16_t* output_cell;          ///< [batches, units]; may be `cell`

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("input", self.input);
    visitor("input_weights", self.input_weights);
    visitor("input_bias", self.input_bias);
    visitor("hidden_weights", self.hidden_weights);
    visitor("hidden_bias", self.hidden_bias);
    visitor("state", self.state);
    visitor("cell", self.cell);
    visitor("output", self.output);
    visitor("output_state", self.output_state);
    visitor("output_cell", self.output_cell);
  }
};

struct SequenceLstmS8 {
  static constexpr const char* name = "sequence_lstm_s8";
  static constexpr const char* header = "kernels/sequence_lstm/sequence_lstm_s8.hpp";
  using Params = SequenceLstmS8Params;
  using Operands = SequenceLstmS8Operands;

  /// 128 * 128 times this many fit 32 bits; a bias may bring a sum to wrap.
  static constexpr std::int32_t max_features = 1 << 16;

  static constexpr std::size_t scratch_bytes(const Params&, Isa) noexcept { return 0; }
  static void run(const Params& params, const Operands& operands) noexcept;
};

}  // namespace pudu::kernels
