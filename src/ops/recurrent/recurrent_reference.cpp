#include "ops/recurrent/recurrent_reference.hpp"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "ops/recurrent/recurrent_node.hpp"

namespace pudu::ops::recurrent {
namespace {

/// One sequence of the batch.
class FloatSequence {
 public:
  FloatSequence(std::int32_t cell, std::span<const Tensor> inputs, std::int64_t batch)
      : cell_(cell), inputs_(inputs), units_(static_cast<std::size_t>(inputs[hidden_weight].shape()[1])) {
    const auto begin = static_cast<std::size_t>(batch) * units_;
    hidden_ = initial(initial_hidden, begin);
    state_ = initial(initial_cell, begin);
  }

  std::size_t units() const { return units_; }
  const std::vector<double>& hidden() const { return hidden_; }
  const std::vector<double>& final_state() const { return cell_ == Kernel::lstm ? state_ : hidden_; }

  void run_step(std::span<const float> x) {
    std::vector<double> next(units_);
    for (std::size_t unit = 0; unit < units_; ++unit) next[unit] = run_unit(x, unit);
    hidden_ = std::move(next);
  }

 private:
  std::vector<double> initial(std::size_t operand, std::size_t begin) const {
    if (operand >= inputs_.size() || !inputs_[operand].defined()) return std::vector<double>(units_, 0.0);
    const auto data = inputs_[operand].data().subspan(begin, units_);
    return {data.begin(), data.end()};
  }

  template <class X>
  double product(std::size_t weight, std::size_t bias, std::size_t row, const X& x) const {
    const float* weights = inputs_[weight].data().data() + row * x.size();
    double sum =
        bias < inputs_.size() && inputs_[bias].defined() ? static_cast<double>(inputs_[bias].data()[row]) : 0.0;
    for (std::size_t k = 0; k < x.size(); ++k) sum += static_cast<double>(weights[k]) * static_cast<double>(x[k]);
    return sum;
  }

  double run_unit(std::span<const float> x, std::size_t unit) {
    const auto of_input = [&](std::size_t g) { return product(input_weight, input_bias, g * units_ + unit, x); };
    const auto of_hidden = [&](std::size_t g) {
      return product(hidden_weight, hidden_bias, g * units_ + unit, hidden_);
    };
    const auto gate = [&](std::size_t g) { return of_input(g) + of_hidden(g); };
    switch (cell_) {
      case Kernel::lstm:
        state_[unit] = sigmoid(gate(1)) * state_[unit] + sigmoid(gate(0)) * std::tanh(gate(2));
        return sigmoid(gate(3)) * std::tanh(state_[unit]);
      case Kernel::gru: {
        const double update = sigmoid(gate(1));
        const double candidate = std::tanh(of_input(2) + sigmoid(gate(0)) * of_hidden(2));
        return (1.0 - update) * candidate + update * hidden_[unit];
      }
      case Kernel::rnn_tanh:
        return std::tanh(gate(0));
      default:
        return std::max(gate(0), 0.0);
    }
  }

  std::int32_t cell_;
  std::span<const Tensor> inputs_;
  std::size_t units_;
  std::vector<double> hidden_, state_;
};

void write(const std::vector<double>& from, std::span<float> to) {
  std::transform(from.begin(), from.end(), to.begin(), [](double number) { return static_cast<float>(number); });
}

}  // namespace

double sigmoid(double x) {
  return 1.0 / (1.0 + std::exp(-x));
}

Status reference(const ir::Node& node, std::span<const Tensor> inputs, std::span<Tensor> outputs) {
  const ir::Shape& shape = inputs[sequence].shape();
  const auto features = static_cast<std::size_t>(shape[2]);
  for (std::int64_t batch = 0; batch < shape[1]; ++batch) {
    FloatSequence run(cell_of(node), inputs, batch);
    for (std::int64_t i = 0; i < shape[0]; ++i) {
      const std::int64_t step = is_reverse(node) ? shape[0] - 1 - i : i;
      const auto position = static_cast<std::size_t>(step * shape[1] + batch);
      run.run_step(inputs[sequence].data().subspan(position * features, features));
      write(run.hidden(), outputs[0].mutable_data().subspan(position * run.units(), run.units()));
    }
    const auto begin = static_cast<std::size_t>(batch) * run.units();
    write(run.final_state(), outputs[1].mutable_data().subspan(begin, run.units()));
  }
  return {};
}

}  // namespace pudu::ops::recurrent
