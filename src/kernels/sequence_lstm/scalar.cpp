#include "kernels/sequence_lstm/sequence_lstm_s8.hpp"
#include "numerics/fixed_point_functions.hpp"
#include "numerics/requantize.hpp"

namespace pudu::kernels {
namespace {

using numerics::clamp;
using numerics::requantize;
using numerics::rounding_divide_by_power_of_two;

constexpr int input_gate = 0, forget_gate = 1, cell_gate = 2, output_gate = 3;
constexpr int gate_integer_bits = 3;

std::int32_t saturate(std::int32_t value) noexcept {
  return clamp(value, INT16_MIN, INT16_MAX);
}

std::int32_t product(std::int32_t sum, const std::int8_t* x, const std::int8_t* weights, std::int32_t count) noexcept {
  for (std::int32_t k = 0; k < count; ++k) sum = numerics::wrapping_add(sum, x[k] * weights[k]);
  return sum;
}

/// One unit of one step.
class Unit {
 public:
  Unit(const SequenceLstmS8Params& params, const SequenceLstmS8Operands& operands, std::int32_t unit) noexcept
      : p_(params), operands_(operands), unit_(unit) {}

  std::int16_t next_cell(const std::int8_t* input, const std::int8_t* hidden, std::int16_t cell) const noexcept {
    const std::int32_t kept = gate(forget_gate, input, hidden) * std::int32_t{cell};
    const std::int32_t candidate = numerics::tanh_fixed16(before_function(cell_gate, input, hidden), gate_integer_bits);
    const std::int32_t added = gate(input_gate, input, hidden) * candidate;
    const std::int32_t next = saturate(rounding_divide_by_power_of_two(kept, 15) +
                                       rounding_divide_by_power_of_two(added, 15 + p_.cell_integer_bits));
    if (p_.cell_clip == 0) return static_cast<std::int16_t>(next);
    return static_cast<std::int16_t>(clamp(next, -p_.cell_clip, p_.cell_clip));
  }

  std::int8_t next_hidden(const std::int8_t* input, const std::int8_t* hidden, std::int16_t cell) const noexcept {
    const std::int32_t shown = numerics::tanh_fixed16(cell, p_.cell_integer_bits);
    return numerics::requantize_to_int8(gate(output_gate, input, hidden) * shown, p_.output_multiplier, p_.output_shift,
                                        p_.output_offset, INT8_MIN, INT8_MAX);
  }

 private:
  std::int16_t before_function(int gate, const std::int8_t* input, const std::int8_t* hidden) const noexcept {
    const std::int32_t row = gate * p_.units + unit_;
    const std::int32_t of_input =
        product(operands_.input_bias[row], input, operands_.input_weights + row * p_.input_features, p_.input_features);
    const std::int32_t of_hidden =
        product(operands_.hidden_bias[row], hidden, operands_.hidden_weights + row * p_.units, p_.units);
    const std::int32_t a = saturate(requantize(of_input, p_.input_multipliers[gate], p_.input_shifts[gate]));
    const std::int32_t b = requantize(of_hidden, p_.hidden_multipliers[gate], p_.hidden_shifts[gate]);
    return static_cast<std::int16_t>(saturate(numerics::wrapping_add(a, b)));
  }

  std::int32_t gate(int gate, const std::int8_t* input, const std::int8_t* hidden) const noexcept {
    return numerics::logistic_q3_12(before_function(gate, input, hidden));
  }

  const SequenceLstmS8Params& p_;
  const SequenceLstmS8Operands& operands_;
  std::int32_t unit_;
};

}  // namespace

void SequenceLstmS8::run(const SequenceLstmS8Params& p, const SequenceLstmS8Operands& operands) noexcept {
  for (std::int32_t batch = 0; batch < p.batches; ++batch) {
    const std::int8_t* hidden = operands.state + batch * p.units;
    const std::int16_t* cell = operands.cell + batch * p.units;
    std::int16_t* next_cell = operands.output_cell + batch * p.units;
    for (std::int32_t step = 0; step < p.steps; ++step) {
      const std::int8_t* input = operands.input + step * p.input_step_stride + batch * p.input_batch_stride;
      // Beside the hidden codes of the step before, which every unit reads.
      std::int8_t* output = operands.output + step * p.output_step_stride + batch * p.output_batch_stride;
      for (std::int32_t unit = 0; unit < p.units; ++unit) {
        const Unit each(p, operands, unit);
        next_cell[unit] = each.next_cell(input, hidden, cell[unit]);
        output[unit] = each.next_hidden(input, hidden, next_cell[unit]);
      }
      hidden = output;
      cell = next_cell;
    }
    std::int8_t* last = operands.output_state + batch * p.units;
    for (std::int32_t unit = 0; unit < p.units; ++unit) last[unit] = hidden[unit];
  }
}

}  // namespace pudu::kernels
