// recurrent_s8 against its formula in plain loops over every cell, both directions and both sequences of memory, and at
// the largest sums.
#include "kernels/recurrent/recurrent_s8.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "kernels/testing/reference.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;
using Codes = std::vector<std::int8_t>;
using Numbers = std::vector<std::int32_t>;

/// Everything a call reads.
struct Case {
  RecurrentS8Params p{};
  Codes input, input_weights, hidden_weights, initial_hidden, initial_cell;
  Numbers input_multipliers, input_shifts, hidden_multipliers, hidden_shifts, bias;
  std::vector<std::int16_t> table;

  std::size_t rows() const {
    return static_cast<std::size_t>(RecurrentS8::gates(p.cell)) * static_cast<std::size_t>(p.hidden_features);
  }
};

struct Results {
  Codes output, output_state;
};

std::vector<std::int16_t> sigmoid_table() {
  std::vector<std::int16_t> table;
  for (int i = 0; i <= 256; ++i) {
    table.push_back(static_cast<std::int16_t>(std::lround(32768.0 / (1.0 + std::exp(-i / 32.0)))));
  }
  return table;
}

std::int64_t half_up(std::int64_t value, int bits) {
  return floor_divide(value + (std::int64_t{1} << (bits - 1)), std::int64_t{1} << bits);
}

class Expected {
 public:
  explicit Expected(const Case& c) : c_(c), p_(c.p) {}

  Results run() {
    const std::size_t units = static_cast<std::size_t>(p_.hidden_features);
    const std::size_t places = static_cast<std::size_t>(p_.steps) * static_cast<std::size_t>(p_.batches) * units;
    Results results{Codes(places), Codes(static_cast<std::size_t>(p_.batches) * units)};
    for (std::int32_t batch = 0; batch < p_.batches; ++batch) {
      begin(static_cast<std::size_t>(batch) * units);
      for (std::int32_t i = 0; i < p_.steps; ++i) {
        const std::int32_t step = p_.reverse == 1 ? p_.steps - 1 - i : i;
        take_step(step * p_.input_step_stride + batch * p_.input_batch_stride);
        for (std::size_t unit = 0; unit < units; ++unit) {
          const std::int32_t base = step * p_.output_step_stride + batch * p_.output_batch_stride;
          results.output[static_cast<std::size_t>(base) + unit] =
              reference_output(static_cast<std::int32_t>(hidden_[unit]), p_.output_multiplier, p_.output_shift,
                               p_.output_offset, -128, 127);
        }
      }
      for (std::size_t unit = 0; unit < units; ++unit) {
        const std::int64_t last = p_.cell == RecurrentS8::lstm ? state_[unit] : hidden_[unit];
        results.output_state[static_cast<std::size_t>(batch) * units + unit] = reference_output(
            static_cast<std::int32_t>(last), p_.final_multiplier, p_.final_shift, p_.final_offset, -128, 127);
      }
    }
    return results;
  }

 private:
  static std::int64_t bounded(std::int64_t value, std::int64_t limit) { return std::clamp(value, -limit, limit); }

  std::int64_t hidden_of(std::int64_t value) const {
    return bounded(reference_requantize(static_cast<std::int32_t>(value), p_.state_multiplier, p_.state_shift), 8191);
  }

  void begin(std::size_t place) {
    const auto units = static_cast<std::size_t>(p_.hidden_features);
    hidden_.assign(units, 0);
    state_.assign(units, 0);
    for (std::size_t unit = 0; unit < units; ++unit) {
      const std::int64_t h = reference_requantize(c_.initial_hidden[place + unit] + p_.initial_offset,
                                                  p_.initial_multiplier, p_.initial_shift);
      const std::int64_t c =
          reference_requantize(c_.initial_cell[place + unit] + p_.cell_offset, p_.cell_multiplier, p_.cell_shift);
      state_[unit] = bounded(p_.cell == RecurrentS8::gru ? h : c, 1 << 30);
      hidden_[unit] = p_.cell == RecurrentS8::gru ? hidden_of(state_[unit]) : bounded(h, 8191);
    }
  }

  std::int64_t of_input(std::size_t row, std::size_t x) const {
    std::int64_t sum = 0;
    for (std::size_t k = 0; k < static_cast<std::size_t>(p_.input_features); ++k) {
      sum +=
          (c_.input[x + k] + p_.input_offset) * c_.input_weights[row * static_cast<std::size_t>(p_.input_features) + k];
    }
    return reference_requantize(wrap(sum), c_.input_multipliers[row], c_.input_shifts[row]);
  }

  std::int64_t of_hidden(std::size_t row) const {
    std::int64_t sum = 0;
    for (std::size_t k = 0; k < hidden_.size(); ++k) sum += hidden_[k] * c_.hidden_weights[row * hidden_.size() + k];
    return reference_requantize(wrap(sum), c_.hidden_multipliers[row], c_.hidden_shifts[row]);
  }

  std::int64_t sigma(std::int64_t x) const {
    if (x < 0) return 32768 - sigma(-x);
    x = std::min<std::int64_t>(x, 32767);
    const auto entry = static_cast<std::size_t>(x / 128);
    return c_.table[entry] + half_up((c_.table[entry + 1] - c_.table[entry]) * (x % 128), 7);
  }
  std::int64_t tangent(std::int64_t x) const { return 2 * sigma(2 * x) - 32768; }

  void take_step(std::int32_t input_place) {
    const auto x = static_cast<std::size_t>(input_place);
    std::vector<std::int64_t> next(hidden_.size());
    for (std::size_t unit = 0; unit < next.size(); ++unit) next[unit] = hidden_of(run_unit(x, unit));
    hidden_ = next;
  }

  std::int64_t run_unit(std::size_t x, std::size_t unit) {
    const std::size_t units = hidden_.size();
    const auto row = [&](std::size_t gate) { return gate * units + unit; };
    const auto sum = [&](std::size_t gate) {
      return std::int64_t{wrap(of_input(row(gate), x) + of_hidden(row(gate)) + c_.bias[row(gate)])};
    };
    switch (p_.cell) {
      case RecurrentS8::lstm:
        state_[unit] =
            bounded(half_up(sigma(sum(1)) * state_[unit] + 2 * sigma(sum(0)) * tangent(sum(2)), 15), 1 << 30);
        return sigma(sum(3)) * tangent(half_up(state_[unit], 4));
      case RecurrentS8::gru: {
        const std::int64_t remembered = wrap(of_hidden(row(2)) + c_.bias[row(3)]);
        const std::int64_t fresh =
            wrap(of_input(row(2), x) + c_.bias[row(2)] + half_up(sigma(sum(0)) * remembered, 15));
        const std::int64_t candidate = 2 * tangent(fresh);
        return state_[unit] = candidate + half_up(sigma(sum(1)) * (state_[unit] - candidate), 15);
      }
      case RecurrentS8::rnn_tanh:
        return tangent(sum(0));
      default:
        return std::max<std::int64_t>(sum(0), 0);
    }
  }

  const Case& c_;
  const RecurrentS8Params& p_;
  std::vector<std::int64_t> hidden_, state_;
};

void check(const Case& c) {
  const Results expected = Expected(c).run();
  GuardedBuffer<std::int8_t> output(expected.output.size()), output_state(expected.output_state.size());
  GuardedBuffer<std::int32_t> scratch(RecurrentS8::scratch_bytes(c.p, Isa::Scalar) / 4);
  RecurrentS8::run(
      c.p, {c.input.data(), c.input_weights.data(), c.input_multipliers.data(), c.input_shifts.data(),
            c.hidden_weights.data(), c.hidden_multipliers.data(), c.hidden_shifts.data(), c.bias.data(), c.table.data(),
            c.initial_hidden.data(), c.initial_cell.data(), output.data(), output_state.data(), scratch.data()});
  ASSERT_EQ(output.values(), expected.output) << describe(c.p);
  ASSERT_EQ(output_state.values(), expected.output_state) << describe(c.p);
}

enum class Memory : std::uint8_t { StepsFirst, BatchFirst };

void set_strides(RecurrentS8Params& p, Memory memory) {
  const bool steps_first = memory == Memory::StepsFirst;
  p.input_step_stride = p.input_features * (steps_first ? p.batches : 1);
  p.input_batch_stride = p.input_features * (steps_first ? 1 : p.steps);
  p.output_step_stride = p.hidden_features * (steps_first ? p.batches : 1);
  p.output_batch_stride = p.hidden_features * (steps_first ? 1 : p.steps);
}

void fill_rows(Random& random, Numbers& multipliers, Numbers& shifts, std::size_t rows, int typical_shift) {
  for (std::size_t row = 0; row < rows; ++row) {
    multipliers.push_back(random.multiplier());
    shifts.push_back(random.one_in(12) ? random.between(-31, 30) : typical_shift + random.between(-2, 2));
  }
}

/// Gates of some units, hidden states of some thousand.
Case random_case(Random& random, std::int32_t cell) {
  Case c;
  RecurrentS8Params& p = c.p;
  p.cell = cell;
  p.reverse = random.between(0, 1);
  p.steps = random.between(1, 6);
  p.batches = random.between(1, 3);
  p.input_features = random.between(1, 13);
  p.hidden_features = random.between(1, 13);
  set_strides(p, random.one_in(2) ? Memory::StepsFirst : Memory::BatchFirst);
  p.input_offset = -random.zero_point();
  p.initial_offset = -random.zero_point();
  p.cell_offset = -random.zero_point();
  p.initial_multiplier = random.multiplier();
  p.initial_shift = random.between(0, cell == RecurrentS8::gru ? 12 : 8);
  p.cell_multiplier = random.multiplier();
  p.cell_shift = random.one_in(8) ? random.between(-31, 30) : random.between(0, 14);
  p.state_multiplier = random.multiplier();
  const int typical = cell == RecurrentS8::lstm ? -17 : cell == RecurrentS8::gru ? -3 : -2;
  p.state_shift = random.one_in(8) ? random.between(-31, 30) : typical + random.between(-1, 1);
  p.output_multiplier = random.multiplier();
  p.output_shift = random.between(-7, -4);
  p.output_offset = random.zero_point();
  p.final_multiplier = random.multiplier();
  p.final_shift = cell == RecurrentS8::lstm ? random.between(-12, -8) : random.between(-7, -4);
  p.final_offset = random.zero_point();

  const auto count = [](std::int32_t a, std::int32_t b) {
    return static_cast<std::size_t>(a) * static_cast<std::size_t>(b);
  };
  c.input = random.codes(count(p.steps * p.batches, p.input_features));
  c.input_weights = random.codes(c.rows() * static_cast<std::size_t>(p.input_features));
  c.hidden_weights = random.codes(c.rows() * static_cast<std::size_t>(p.hidden_features));
  c.initial_hidden = random.codes(count(p.batches, p.hidden_features));
  c.initial_cell = random.codes(count(p.batches, p.hidden_features));
  fill_rows(random, c.input_multipliers, c.input_shifts, c.rows(), -3);
  fill_rows(random, c.hidden_multipliers, c.hidden_shifts, c.rows(), -8);
  for (std::size_t i = 0; i < count(RecurrentS8::biases(cell), p.hidden_features); ++i) {
    c.bias.push_back(random.one_in(8) ? random.between(INT32_MIN, INT32_MAX) : random.between(-8000, 8000));
  }
  c.table = sigmoid_table();
  return c;
}

class RecurrentS8Test : public ::testing::TestWithParam<std::int32_t> {};

TEST_P(RecurrentS8Test, IsItsFormula) {
  Random random(static_cast<std::uint32_t>(11 + GetParam()));
  for (int round = 0; round < 400 && !HasFatalFailure(); ++round) check(random_case(random, GetParam()));
}

TEST_P(RecurrentS8Test, TakesTheLargestSumsWithoutWrapping) {
  Random random(3);
  Case c = random_case(random, GetParam());
  RecurrentS8Params& p = c.p;
  p.steps = 1;
  p.batches = 1;
  p.hidden_features = RecurrentS8::max_hidden_features;
  p.input_features = RecurrentS8::max_input_features / 64;
  set_strides(p, Memory::StepsFirst);
  const auto units = static_cast<std::size_t>(p.hidden_features);
  const auto features = static_cast<std::size_t>(p.input_features);
  p.input_offset = 128;
  p.initial_offset = 128;
  p.initial_multiplier = INT32_MAX;
  p.initial_shift = 16;
  c.input.assign(features, 127);
  c.input_weights.assign(c.rows() * features, 127);
  c.hidden_weights.assign(c.rows() * units, 127);
  c.initial_hidden.assign(units, 127);
  c.initial_cell.assign(units, 127);
  c.input_multipliers.assign(c.rows(), 1 << 30);
  c.input_shifts.assign(c.rows(), -16);
  c.hidden_multipliers.assign(c.rows(), 1 << 30);
  c.hidden_shifts.assign(c.rows(), -18);
  c.bias.assign(static_cast<std::size_t>(RecurrentS8::biases(p.cell)) * units, -4000);
  static_assert(std::int64_t{127} * RecurrentS8::hidden_limit * RecurrentS8::max_hidden_features <= INT32_MAX);
  static_assert(std::int64_t{127} * 255 * RecurrentS8::max_input_features <= INT32_MAX);
  check(c);
}

TEST_P(RecurrentS8Test, ReverseIsForwardOverTheReversedSequence) {
  Random random(9);
  Case c = random_case(random, GetParam());
  while (c.p.steps < 4) c = random_case(random, GetParam());
  c.p.batches = 1;
  set_strides(c.p, Memory::StepsFirst);
  c.p.reverse = 0;
  const Results forward = Expected(c).run();
  c.p.reverse = 1;
  Codes turned;
  const auto width = static_cast<std::ptrdiff_t>(c.p.input_features);
  for (std::ptrdiff_t step = c.p.steps; step-- > 0;) {
    turned.insert(turned.end(), c.input.begin() + step * width, c.input.begin() + (step + 1) * width);
  }
  c.input = turned;
  const Results backward = Expected(c).run();
  EXPECT_EQ(forward.output_state, backward.output_state);
  check(c);
}

INSTANTIATE_TEST_SUITE_P(Cells, RecurrentS8Test,
                         ::testing::Values(RecurrentS8::lstm, RecurrentS8::gru, RecurrentS8::rnn_tanh,
                                           RecurrentS8::rnn_relu));

TEST(RecurrentS8, ScratchIsEightBytesAUnit) {
  RecurrentS8Params p{};
  p.hidden_features = 5;
  EXPECT_EQ(RecurrentS8::scratch_bytes(p, Isa::Scalar), 40U);
  EXPECT_EQ(RecurrentS8::scratch_bytes(p, Isa::Mve), 40U);
}

}  // namespace
}  // namespace pudu::kernels
