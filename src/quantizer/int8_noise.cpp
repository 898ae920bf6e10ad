#include "quantizer/int8_noise.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "base/parallel.hpp"
#include "ops/float_executor.hpp"
#include "ops/registry.hpp"

namespace pudu::quantizer {
namespace {

using Values = std::vector<ops::Tensor>;  ///< by value index

ops::Tensor rounded(const ops::Tensor& tensor, const ir::QuantParams& params) {
  const double scale = params.scale();
  std::vector<float> data(tensor.data().begin(), tensor.data().end());
  for (float& element : data) {
    const double code = std::clamp<double>(std::nearbyint(static_cast<double>(element) / scale) + params.zero_point,
                                           params.quant_min, params.quant_max);
    element = static_cast<float>((code - params.zero_point) * scale);
  }
  return {tensor.shape(), std::move(data)};
}

/// One sample's float run, and what becomes of its outputs when one value changes.
class Rerun {
 public:
  Rerun(const ir::Graph& graph, const ops::FloatExecutor& executor) : graph_(graph), executor_(executor) {}

  Status run(const Sample& sample) {
    values_ = executor_.constants();
    const auto keep = [&](ir::ValueId id, const ops::Tensor& tensor) { values_[ir::index_of(id)] = tensor; };
    PUDU_TRY_ASSIGN(const auto outputs, executor_.run(sample, keep));
    return {};
  }

  double signal() const {
    double sum = 0;
    for (const ir::ValueId id : graph_.outputs) {
      for (const float element : values_[ir::index_of(id)].data()) {
        sum += static_cast<double>(element) * static_cast<double>(element);
      }
    }
    return sum;
  }

  /// Squared difference of the outputs when value `id` is rounded.
  Result<double> noise(ir::ValueId id, const ir::QuantParams& params) const {
    Values changed(values_.size());
    changed[ir::index_of(id)] = rounded(values_[ir::index_of(id)], params);
    for (const ir::Node& node : graph_.nodes()) {
      const bool depends = std::any_of(node.inputs.begin(), node.inputs.end(), [&](const auto& input) {
        return input && changed[ir::index_of(*input)].defined();
      });
      if (depends) PUDU_TRY(run_node(node, changed));
    }
    double sum = 0;
    for (const ir::ValueId output : graph_.outputs) {
      const ops::Tensor& actual = changed[ir::index_of(output)];
      if (!actual.defined()) continue;
      const std::span<const float> expected = values_[ir::index_of(output)].data();
      for (std::size_t i = 0; i < expected.size(); ++i) {
        const double difference = static_cast<double>(actual.data()[i]) - static_cast<double>(expected[i]);
        sum += difference * difference;
      }
    }
    return sum;
  }

 private:
  Status run_node(const ir::Node& node, Values& changed) const {
    std::vector<ops::Tensor> inputs, outputs;
    for (const std::optional<ir::ValueId>& input : node.inputs) {
      if (!input) {
        inputs.emplace_back();
        continue;
      }
      const ops::Tensor& other = changed[ir::index_of(*input)];
      inputs.push_back(other.defined() ? other : values_[ir::index_of(*input)]);
    }
    for (const ir::ValueId output : node.outputs) outputs.emplace_back(graph_.value(output).type.shape);
    if (Status status = ops::operator_of(node).reference(node, inputs, outputs); !status) {
      return std::move(status).error().at(node.name);
    }
    for (std::size_t i = 0; i < outputs.size(); ++i) changed[ir::index_of(node.outputs[i])] = std::move(outputs[i]);
    return {};
  }

  const ir::Graph& graph_;
  const ops::FloatExecutor& executor_;
  Values values_;
};

}  // namespace

Result<OutputNoise> measure_int8_noise(const ir::Graph& graph, const Ranges& ranges,
                                       std::span<const ir::ValueId> values, std::span<const Sample> samples,
                                       const CalibrationProgress& progress) {
  OutputNoise result{0, std::vector<double>(values.size(), 0.0)};
  const ops::FloatExecutor executor(graph);
  for (std::size_t s = 0; s < samples.size(); ++s) {
    Rerun rerun(graph, executor);
    PUDU_TRY(rerun.run(samples[s]));
    result.signal += rerun.signal();
    // Pieces are independent, and their sums are added in the sequence of the values: the same on any host.
    std::vector<double> noise(values.size(), 0.0);
    std::vector<Status> statuses(values.size());
    base::parallel_for(values.size(), [&](std::size_t i) {
      const std::optional<ir::QuantParams>& params = ranges.params[ir::index_of(values[i])];
      if (!params) return;
      auto one = rerun.noise(values[i], *params);
      if (one) {
        noise[i] = *one;
      } else {
        statuses[i] = std::move(one).error();
      }
    });
    for (std::size_t i = 0; i < values.size(); ++i) {
      PUDU_TRY(std::move(statuses[i]));
      result.noise[i] += noise[i];
    }
    if (progress) progress(s + 1, samples.size());
  }
  return result;
}

}  // namespace pudu::quantizer
