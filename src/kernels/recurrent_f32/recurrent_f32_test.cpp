// recurrent_f32 against the cells in double, both directions, strides of either order.
#include "kernels/recurrent_f32/recurrent_f32.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "kernels/testing/float_data.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

double sigmoid(double x) {
  return 1 / (1 + std::exp(-x));
}

/// Operands of one random call.
struct Layer {
  Layer(Random& random, const RecurrentF32Params& p) {
    const std::int32_t units = p.hidden_features, rows = units * RecurrentS8::gates(p.cell);
    const auto count = [](std::int32_t a, std::int32_t b) { return static_cast<std::size_t>(a * b); };
    input = reals(random, count(p.steps * p.batches, p.input_features));
    input_weights = reals(random, count(rows, p.input_features));
    hidden_weights = reals(random, count(rows, units), -0.5F, 0.5F);
    input_bias = reals(random, count(rows, 1));
    hidden_bias = reals(random, count(rows, 1));
    hidden = reals(random, count(p.batches, units), -1, 1);
    cell = reals(random, count(p.batches, units), -1, 1);
  }
  std::vector<float> input, input_weights, hidden_weights, input_bias, hidden_bias, hidden, cell;
};

/// One step of one sequence: `h` and `c` become the next ones.
void step(const RecurrentF32Params& p, const Layer& layer, const float* x, std::vector<double>& h,
          std::vector<double>& c) {
  const auto units = static_cast<std::size_t>(p.hidden_features);
  const auto features = static_cast<std::size_t>(p.input_features);
  std::vector<double> next(units);
  for (std::size_t u = 0; u < units; ++u) {
    const auto of_input = [&](std::size_t g) {
      const std::size_t row = g * units + u;
      auto sum = static_cast<double>(layer.input_bias[row]);
      for (std::size_t k = 0; k < features; ++k) {
        sum += static_cast<double>(layer.input_weights[row * features + k]) * static_cast<double>(x[k]);
      }
      return sum;
    };
    const auto of_hidden = [&](std::size_t g) {
      const std::size_t row = g * units + u;
      auto sum = static_cast<double>(layer.hidden_bias[row]);
      for (std::size_t k = 0; k < units; ++k) sum += static_cast<double>(layer.hidden_weights[row * units + k]) * h[k];
      return sum;
    };
    const auto gate = [&](std::size_t g) { return of_input(g) + of_hidden(g); };
    if (p.cell == RecurrentS8::lstm) {
      c[u] = sigmoid(gate(1)) * c[u] + sigmoid(gate(0)) * std::tanh(gate(2));
      next[u] = sigmoid(gate(3)) * std::tanh(c[u]);
    } else if (p.cell == RecurrentS8::gru) {
      const double candidate = std::tanh(of_input(2) + sigmoid(gate(0)) * of_hidden(2));
      next[u] = (1 - sigmoid(gate(1))) * candidate + sigmoid(gate(1)) * h[u];
    } else {
      next[u] = p.cell == RecurrentS8::rnn_tanh ? std::tanh(gate(0)) : std::max(gate(0), 0.0);
    }
  }
  h = next;
}

TEST(RecurrentF32, RandomLayers) {
  Random random(1);
  for (int i = 0; i < 200; ++i) {
    RecurrentF32Params p{};
    p.cell = random.between(0, 3), p.reverse = random.between(0, 1);
    p.steps = random.between(1, 6), p.batches = random.between(1, 3);
    p.input_features = random.between(1, 5), p.hidden_features = random.between(1, 4);
    const bool batch_first = random.one_in(2);
    p.input_step_stride = p.input_features * (batch_first ? 1 : p.batches);
    p.input_batch_stride = p.input_features * (batch_first ? p.steps : 1);
    p.output_step_stride = p.hidden_features * (batch_first ? 1 : p.batches);
    p.output_batch_stride = p.hidden_features * (batch_first ? p.steps : 1);
    const Layer layer(random, p);
    const auto units = static_cast<std::size_t>(p.hidden_features);
    std::vector<double> expected(static_cast<std::size_t>(p.steps * p.batches) * units), states;
    for (std::int32_t batch = 0; batch < p.batches; ++batch) {
      const auto begin = static_cast<std::ptrdiff_t>(batch * p.hidden_features);
      std::vector<double> h(layer.hidden.begin() + begin, layer.hidden.begin() + begin + p.hidden_features);
      std::vector<double> c(layer.cell.begin() + begin, layer.cell.begin() + begin + p.hidden_features);
      for (std::int32_t k = 0; k < p.steps; ++k) {
        const std::int32_t at = p.reverse != 0 ? p.steps - 1 - k : k;
        step(p, layer, layer.input.data() + at * p.input_step_stride + batch * p.input_batch_stride, h, c);
        std::copy(h.begin(), h.end(), expected.begin() + at * p.output_step_stride + batch * p.output_batch_stride);
      }
      const std::vector<double>& last = p.cell == RecurrentS8::lstm ? c : h;
      states.insert(states.end(), last.begin(), last.end());
    }
    GuardedBuffer<float> output(expected.size()), state(states.size());
    GuardedBuffer<float> scratch(RecurrentF32::scratch_bytes(p, Isa::Scalar) / sizeof(float));
    RecurrentF32::run(p, {layer.input.data(), layer.input_weights.data(), layer.hidden_weights.data(),
                          layer.input_bias.data(), layer.hidden_bias.data(), layer.hidden.data(), layer.cell.data(),
                          output.data(), state.data(), scratch.data()});
    expect_near(output.values(), expected, 2e-4);
    expect_near(state.values(), states, 2e-4);
  }
}

}  // namespace
}  // namespace pudu::kernels
