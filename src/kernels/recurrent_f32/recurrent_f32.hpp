// float32 recurrent layer over a whole sequence: LSTM, GRU, tanh and ReLU cells, with the gates and the sequence of
// gates of PyTorch (recurrent_s8.hpp has the formulas). A gate is bias + the product of the input + bias + the product
// of the state, each product summed with rising k, every operation rounded.
#pragma once

#include "kernels/kernel.hpp"
#include "kernels/recurrent/recurrent_s8.hpp"

namespace pudu::kernels {

struct RecurrentF32Params {
  std::int32_t cell;     ///< one of RecurrentS8::lstm, gru, rnn_tanh, rnn_relu
  std::int32_t reverse;  ///< 1: from the last step to the first
  std::int32_t steps, batches, input_features;
  std::int32_t hidden_features;
  std::int32_t input_step_stride, input_batch_stride;  ///< elements
  std::int32_t output_step_stride, output_batch_stride;

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
  }
};

/// G = RecurrentS8::gates(cell), H = hidden_features.
struct RecurrentF32Operands {
  const float* input;           ///< [steps, batches, input_features] through its strides
  const float* input_weights;   ///< [G H, input_features]
  const float* hidden_weights;  ///< [G H, H]
  const float* input_bias;      ///< [G H]
  const float* hidden_bias;     ///< [G H]
  const float* initial_hidden;  ///< [batches, H]
  const float* initial_cell;    ///< [batches, H]; read by an LSTM only
  float* output;                ///< [steps, batches, H] through its strides: h of every step
  float* output_state;          ///< [batches, H]: c of an LSTM, else h, after the last step
  void* scratch;                ///< scratch_bytes(params, isa) bytes, 4-byte aligned

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("input", self.input);
    visitor("input_weights", self.input_weights);
    visitor("hidden_weights", self.hidden_weights);
    visitor("input_bias", self.input_bias);
    visitor("hidden_bias", self.hidden_bias);
    visitor("initial_hidden", self.initial_hidden);
    visitor("initial_cell", self.initial_cell);
    visitor("output", self.output);
    visitor("output_state", self.output_state);
    visitor("scratch", self.scratch);
  }
};

struct RecurrentF32 {
  static constexpr const char* name = "recurrent_f32";
  static constexpr const char* header = "kernels/recurrent_f32/recurrent_f32.hpp";
  using Params = RecurrentF32Params;
  using Operands = RecurrentF32Operands;

  /// Hidden state, cell state and the next hidden state of one sequence, on every ISA.
  static constexpr std::size_t scratch_bytes(const Params& params, Isa) noexcept {
    return static_cast<std::size_t>(params.hidden_features) * 3 * sizeof(float);
  }

  static void run(const Params& params, const Operands& operands) noexcept;
};

}  // namespace pudu::kernels
