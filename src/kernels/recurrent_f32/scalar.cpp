// Portable recurrent_f32.
#include "kernels/float_math.hpp"
#include "kernels/recurrent_f32/recurrent_f32.hpp"

namespace pudu::kernels {
namespace {

float row_product(float bias, const float* weights, const float* x, std::int32_t count) noexcept {
  for (std::int32_t k = 0; k < count; ++k) bias = plus_product(bias, weights[k], x[k]);
  return bias;
}

/// The next hidden state of one unit; an LSTM's cell is brought forward.
float run_unit(const RecurrentF32Params& p, const RecurrentF32Operands& operands, const float* input,
               const float* hidden, float* cell, std::int32_t unit) noexcept {
  const std::int32_t units = p.hidden_features;
  const auto of_input = [&](std::int32_t gate) {
    const std::int32_t row = gate * units + unit;
    return row_product(operands.input_bias[row], operands.input_weights + row * p.input_features, input,
                       p.input_features);
  };
  const auto of_hidden = [&](std::int32_t gate) {
    const std::int32_t row = gate * units + unit;
    return row_product(operands.hidden_bias[row], operands.hidden_weights + row * units, hidden, units);
  };
  const auto gate = [&](std::int32_t index) { return rounded(of_input(index) + of_hidden(index)); };
  switch (p.cell) {
    case RecurrentS8::lstm: {
      const float kept = product(logistic(gate(1)), cell[unit]);
      cell[unit] = plus_product(kept, logistic(gate(0)), hyperbolic_tangent(gate(2)));
      return product(logistic(gate(3)), hyperbolic_tangent(cell[unit]));
    }
    case RecurrentS8::gru: {
      const float update = logistic(gate(1));
      const float candidate = hyperbolic_tangent(plus_product(of_input(2), logistic(gate(0)), of_hidden(2)));
      return plus_product(product(rounded(1.0f - update), candidate), update, hidden[unit]);
    }
    case RecurrentS8::rnn_tanh:
      return hyperbolic_tangent(gate(0));
    default: {
      const float sum = gate(0);
      return sum > 0 ? sum : 0.0f;
    }
  }
}

}  // namespace

void RecurrentF32::run(const Params& params, const Operands& operands) noexcept {
  const std::int32_t units = params.hidden_features;
  auto* hidden = static_cast<float*>(operands.scratch);
  float *cell = hidden + units, *next = cell + units;
  for (std::int32_t batch = 0; batch < params.batches; ++batch) {
    for (std::int32_t unit = 0; unit < units; ++unit) {
      hidden[unit] = operands.initial_hidden[batch * units + unit];
      cell[unit] = operands.initial_cell[batch * units + unit];
    }
    for (std::int32_t i = 0; i < params.steps; ++i) {
      const std::int32_t step = params.reverse != 0 ? params.steps - 1 - i : i;
      const float* input = operands.input + step * params.input_step_stride + batch * params.input_batch_stride;
      float* output = operands.output + step * params.output_step_stride + batch * params.output_batch_stride;
      for (std::int32_t unit = 0; unit < units; ++unit) {
        next[unit] = run_unit(params, operands, input, hidden, cell, unit);
      }
      for (std::int32_t unit = 0; unit < units; ++unit) output[unit] = hidden[unit] = next[unit];
    }
    const float* last = params.cell == RecurrentS8::lstm ? cell : hidden;
    for (std::int32_t unit = 0; unit < units; ++unit) operands.output_state[batch * units + unit] = last[unit];
  }
}

}  // namespace pudu::kernels
