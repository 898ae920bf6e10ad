#include "quantizer/range_choice.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "base/parallel.hpp"
#include "ops/float_executor.hpp"
#include "ops/registry.hpp"

namespace pudu::quantizer {
namespace {

using Errors = std::vector<std::vector<double>>;  ///< by group and candidate

ops::Tensor rounded(const ops::Tensor& tensor, const ir::QuantParams& params) {
  ops::Tensor result(tensor.shape());
  const float scale = params.scale();
  const auto zero_point = static_cast<float>(params.zero_point);
  const auto low = static_cast<float>(params.quant_min);
  const auto high = static_cast<float>(params.quant_max);
  const std::span<const float> source = tensor.data();
  const std::span<float> target = result.mutable_data();
  for (std::size_t i = 0; i < source.size(); ++i) {
    const float code = std::clamp(std::nearbyint(source[i] / scale) + zero_point, low, high);
    target[i] = (code - zero_point) * scale;
  }
  return result;
}

double relative_error(const ops::Tensor& expected, const ops::Tensor& actual) {
  double error = 0, power = 0;
  const std::span<const float> wanted = expected.data(), got = actual.data();
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const double difference = static_cast<double>(got[i]) - static_cast<double>(wanted[i]);
    error += difference * difference;
    power += static_cast<double>(wanted[i]) * static_cast<double>(wanted[i]);
  }
  if (error == 0) return 0;
  return power > 0 ? error / power : 1.0;
}

class Trial {
 public:
  Trial(const ir::Graph& graph, const SharingGroups& groups, const RangeCandidates& candidates)
      : graph_(graph), groups_(groups), candidates_(candidates), executor_(graph) {}

  Result<Errors> errors_on(const Sample& sample) const {
    std::vector<ops::Tensor> values = executor_.constants();
    PUDU_TRY_ASSIGN(
        [[maybe_unused]] const auto outputs,
        executor_.run(sample, [&](ir::ValueId id, const ops::Tensor& tensor) { values[ir::index_of(id)] = tensor; }));
    Errors errors(candidates_.size());
    for (const ir::Node& node : graph_.nodes()) {
      for (const std::size_t group : groups_to_try(node)) {
        errors[group].resize(candidates_[group].size(), 0.0);
        for (std::size_t i = 0; i < candidates_[group].size(); ++i) {
          PUDU_TRY_ASSIGN(const double error, error_of(node, values, group, candidates_[group][i]));
          errors[group][i] += error;
        }
      }
    }
    return errors;
  }

 private:
  /// Those among the node's operands that there is a choice for; not what only passes its operands' codes on.
  std::set<std::size_t> groups_to_try(const ir::Node& node) const {
    std::set<std::size_t> found;
    for (const std::optional<ir::ValueId>& input : node.inputs) {
      if (!input) continue;
      const std::size_t group = groups_.group_of(*input);
      const bool passes_on = std::any_of(node.outputs.begin(), node.outputs.end(),
                                         [&](ir::ValueId output) { return groups_.group_of(output) == group; });
      const std::vector<ir::QuantParams>& choices = candidates_[group];
      const bool differ = std::any_of(choices.begin(), choices.end(),
                                      [&](const ir::QuantParams& each) { return each != choices.front(); });
      if (differ && !passes_on) found.insert(group);
    }
    return found;
  }

  Result<double> error_of(const ir::Node& node, const std::vector<ops::Tensor>& values, std::size_t group,
                          const ir::QuantParams& params) const {
    std::vector<ops::Tensor> inputs;
    for (const std::optional<ir::ValueId>& input : node.inputs) {
      if (!input) {
        inputs.emplace_back();
        continue;
      }
      const ops::Tensor& tensor = values[ir::index_of(*input)];
      inputs.push_back(groups_.group_of(*input) == group ? rounded(tensor, params) : tensor);
    }
    std::vector<ops::Tensor> outputs;
    for (const ir::ValueId output : node.outputs) outputs.emplace_back(graph_.value(output).type.shape);
    PUDU_TRY(ops::operator_of(node).reference(node, inputs, outputs));
    double error = 0;
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      error += relative_error(values[ir::index_of(node.outputs[i])], outputs[i]);
    }
    return error;
  }

  const ir::Graph& graph_;
  const SharingGroups& groups_;
  const RangeCandidates& candidates_;
  ops::FloatExecutor executor_;
};

}  // namespace

Result<std::vector<std::size_t>> choose_ranges(const ir::Graph& graph, const SharingGroups& groups,
                                               const RangeCandidates& candidates, std::span<const Sample> held_out) {
  const Trial trial(graph, groups, candidates);
  std::vector<Errors> errors(held_out.size());
  std::vector<Status> statuses(held_out.size());
  base::parallel_for(held_out.size(), [&](std::size_t i) {
    Result<Errors> result = trial.errors_on(held_out[i]);
    if (result) {
      errors[i] = std::move(result).value();
    } else {
      statuses[i] = std::move(result).error();
    }
  });
  for (Status& status : statuses) PUDU_TRY(std::move(status));
  std::vector<std::size_t> choices(candidates.size(), 0);
  for (std::size_t group = 0; group < candidates.size(); ++group) {
    std::vector<double> sums(candidates[group].size(), 0.0);
    for (const Errors& sample : errors) {
      for (std::size_t i = 0; i < sample[group].size(); ++i) sums[i] += sample[group][i];
    }
    if (sums.empty()) continue;
    choices[group] = static_cast<std::size_t>(std::min_element(sums.begin(), sums.end()) - sums.begin());
  }
  return choices;
}

}  // namespace pudu::quantizer
