// recurrent_s8 but for its inner products, in which alone the ISAs differ: a class `Products` with
//   template <int G, class X>
//   static void accumulate(const X* x, std::int32_t offset, const std::int8_t* rows, std::int32_t stride,
//                          std::int32_t length, std::uint32_t (&sums)[G]) noexcept;
// which adds to sums[g] the products of x + offset (an int16 x comes with 0) with the row `g * stride` further on.
#pragma once

#include "kernels/recurrent/recurrent_s8.hpp"
#include "numerics/requantize.hpp"

namespace pudu::kernels::recurrent {

using Kernel = RecurrentS8;
using numerics::wrapping_add;

inline constexpr std::int32_t one = 1 << Kernel::function_bits;

/// value / 2^bits, rounded half up.
inline std::int32_t divide(std::int64_t value, int bits) noexcept {
  return static_cast<std::int32_t>((value + (std::int64_t{1} << (bits - 1))) >> bits);
}

inline std::int32_t limited(std::int64_t state) noexcept {
  constexpr std::int64_t limit = Kernel::state_limit;
  return static_cast<std::int32_t>(state < -limit ? -limit : (state > limit ? limit : state));
}

inline std::int16_t limited_hidden(std::int32_t hidden) noexcept {
  return static_cast<std::int16_t>(numerics::clamp(hidden, -Kernel::hidden_limit, Kernel::hidden_limit));
}

/// 1 / (1 + exp(-x)) in 1/2^15 of x in 1/2^12.
inline std::int32_t sigmoid(const std::int16_t* table, std::int32_t x) noexcept {
  constexpr int entry_bits = 7;  // from entry to entry: 2^12 / 32
  static_assert((1 << (Kernel::gate_bits - entry_bits)) == Kernel::steps_per_one);
  constexpr std::int32_t limit = ((Kernel::table_size - 1) << entry_bits) - 1;
  const std::int32_t bounded = numerics::clamp(x, -limit, limit);
  const std::int32_t magnitude = bounded < 0 ? -bounded : bounded;
  const std::int16_t* entry = table + (magnitude >> entry_bits);
  const std::int32_t place = magnitude & ((1 << entry_bits) - 1);
  const std::int32_t y = entry[0] + (((entry[1] - entry[0]) * place + (1 << (entry_bits - 1))) >> entry_bits);
  return bounded < 0 ? one - y : y;
}

inline std::int32_t hyperbolic_tangent(const std::int16_t* table, std::int32_t x) noexcept {
  return 2 * sigmoid(table, 2 * numerics::clamp(x, -one, one)) - one;
}

/// What both products of one unit contribute to its gates.
template <int G>
struct Gates {
  std::int32_t input[G], hidden[G];

  std::int32_t sum(int gate) const noexcept { return wrapping_add(input[gate], hidden[gate]); }
};

template <class Products, int G>
Gates<G> gates_of(const RecurrentS8Params& p, const RecurrentS8Operands& o, const std::int8_t* x,
                  const std::int16_t* hidden, std::int32_t unit) noexcept {
  std::uint32_t input_sums[G] = {}, hidden_sums[G] = {};
  const std::int32_t units = p.hidden_features;
  Products::accumulate(x, p.input_offset, o.input_weights + unit * p.input_features, units * p.input_features,
                       p.input_features, input_sums);
  Products::accumulate(hidden, 0, o.hidden_weights + unit * units, units * units, units, hidden_sums);
  Gates<G> gates;
  for (int gate = 0; gate < G; ++gate) {
    const std::int32_t row = gate * units + unit;
    gates.input[gate] = numerics::requantize(static_cast<std::int32_t>(input_sums[gate]), o.input_multipliers[row],
                                             o.input_shifts[row]);
    gates.hidden[gate] = numerics::requantize(static_cast<std::int32_t>(hidden_sums[gate]), o.hidden_multipliers[row],
                                              o.hidden_shifts[row]);
  }
  return gates;
}

/// One step of one unit: changes the state, returns what becomes hidden through state_multiplier.
template <class Products>
std::int32_t step_lstm(const RecurrentS8Params& p, const RecurrentS8Operands& o, const std::int8_t* x,
                       const std::int16_t* hidden, std::int32_t unit, std::int32_t& state) noexcept {
  const Gates<4> gates = gates_of<Products, 4>(p, o, x, hidden, unit);
  const auto gate = [&](int index) noexcept {
    return wrapping_add(gates.sum(index), o.bias[index * p.hidden_features + unit]);
  };
  const std::int64_t kept = static_cast<std::int64_t>(sigmoid(o.table, gate(1))) * state;
  const std::int64_t added =
      static_cast<std::int64_t>(sigmoid(o.table, gate(0))) * (2 * hyperbolic_tangent(o.table, gate(2)));
  state = limited((kept + added + (one >> 1)) >> Kernel::function_bits);
  const std::int32_t output = hyperbolic_tangent(o.table, divide(state, Kernel::state_bits - Kernel::gate_bits));
  return sigmoid(o.table, gate(3)) * output;
}

template <class Products>
std::int32_t step_gru(const RecurrentS8Params& p, const RecurrentS8Operands& o, const std::int8_t* x,
                      const std::int16_t* hidden, std::int32_t unit, std::int32_t& state) noexcept {
  const Gates<3> gates = gates_of<Products, 3>(p, o, x, hidden, unit);
  const auto bias = [&](int index) noexcept { return o.bias[index * p.hidden_features + unit]; };
  const std::int32_t reset = sigmoid(o.table, wrapping_add(gates.sum(0), bias(0)));
  const std::int32_t update = sigmoid(o.table, wrapping_add(gates.sum(1), bias(1)));
  const std::int64_t remembered = static_cast<std::int64_t>(reset) * wrapping_add(gates.hidden[2], bias(3));
  const std::int32_t fresh = wrapping_add(wrapping_add(gates.input[2], bias(2)), divide(remembered, 15));
  const std::int32_t candidate = 2 * hyperbolic_tangent(o.table, fresh);
  state = candidate + divide(static_cast<std::int64_t>(update) * (std::int64_t{state} - candidate), 15);
  return state;
}

template <class Products>
std::int32_t step_plain(const RecurrentS8Params& p, const RecurrentS8Operands& o, const std::int8_t* x,
                        const std::int16_t* hidden, std::int32_t unit) noexcept {
  const std::int32_t sum = wrapping_add(gates_of<Products, 1>(p, o, x, hidden, unit).sum(0), o.bias[unit]);
  if (p.cell == Kernel::rnn_tanh) return hyperbolic_tangent(o.table, sum);
  return sum > 0 ? sum : 0;
}

/// One sequence of the batch, and its memory in scratch.
template <class Products>
class Sequence {
 public:
  Sequence(const RecurrentS8Params& params, const RecurrentS8Operands& operands, std::int32_t batch) noexcept
      : p_(params), o_(operands), batch_(batch) {
    const std::int32_t units = p_.hidden_features;
    state_ = static_cast<std::int32_t*>(o_.scratch);
    hidden_ = reinterpret_cast<std::int16_t*>(state_ + units);
    next_ = hidden_ + units;
    for (std::int32_t unit = 0; unit < units; ++unit) begin_unit(unit);
  }

  void run_step(std::int32_t step) noexcept {
    const std::int8_t* x = o_.input + step * p_.input_step_stride + batch_ * p_.input_batch_stride;
    std::int8_t* y = o_.output + step * p_.output_step_stride + batch_ * p_.output_batch_stride;
    for (std::int32_t unit = 0; unit < p_.hidden_features; ++unit) {
      next_[unit] = hidden_of(run_unit(x, unit));
      y[unit] =
          numerics::requantize_to_int8(next_[unit], p_.output_multiplier, p_.output_shift, p_.output_offset, -128, 127);
    }
    std::int16_t* const last = hidden_;
    hidden_ = next_;
    next_ = last;
  }

  void write_output_state() const noexcept {
    std::int8_t* output_state = o_.output_state + batch_ * p_.hidden_features;
    for (std::int32_t unit = 0; unit < p_.hidden_features; ++unit) {
      const std::int32_t value = p_.cell == Kernel::lstm ? state_[unit] : hidden_[unit];
      output_state[unit] =
          numerics::requantize_to_int8(value, p_.final_multiplier, p_.final_shift, p_.final_offset, -128, 127);
    }
  }

 private:
  std::int16_t hidden_of(std::int32_t value) const noexcept {
    return limited_hidden(numerics::requantize(value, p_.state_multiplier, p_.state_shift));
  }

  void begin_unit(std::int32_t unit) noexcept {
    const std::int32_t place = batch_ * p_.hidden_features + unit;
    const std::int32_t initial =
        numerics::requantize(o_.initial_hidden[place] + p_.initial_offset, p_.initial_multiplier, p_.initial_shift);
    state_[unit] = 0;
    if (p_.cell == Kernel::gru) {
      state_[unit] = limited(initial);
      hidden_[unit] = hidden_of(state_[unit]);
      return;
    }
    hidden_[unit] = limited_hidden(initial);
    if (p_.cell != Kernel::lstm) return;
    state_[unit] =
        limited(numerics::requantize(o_.initial_cell[place] + p_.cell_offset, p_.cell_multiplier, p_.cell_shift));
  }

  std::int32_t run_unit(const std::int8_t* x, std::int32_t unit) noexcept {
    if (p_.cell == Kernel::lstm) return step_lstm<Products>(p_, o_, x, hidden_, unit, state_[unit]);
    if (p_.cell == Kernel::gru) return step_gru<Products>(p_, o_, x, hidden_, unit, state_[unit]);
    return step_plain<Products>(p_, o_, x, hidden_, unit);
  }

  const RecurrentS8Params& p_;
  const RecurrentS8Operands& o_;
  std::int32_t batch_;
  std::int32_t* state_;
  std::int16_t *hidden_, *next_;
};

template <class Products>
void run_batch(const RecurrentS8Params& params, const RecurrentS8Operands& operands) noexcept {
  for (std::int32_t batch = 0; batch < params.batches; ++batch) {
    Sequence<Products> sequence(params, operands, batch);
    for (std::int32_t step = 0; step < params.steps; ++step) {
      sequence.run_step(params.reverse != 0 ? params.steps - 1 - step : step);
    }
    sequence.write_output_state();
  }
}

}  // namespace pudu::kernels::recurrent
