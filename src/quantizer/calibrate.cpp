#include "quantizer/calibrate.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "base/parallel.hpp"
#include "ops/float_executor.hpp"
#include "ops/registry.hpp"
#include "quantizer/histogram.hpp"
#include "quantizer/range_choice.hpp"
#include "quantizer/sharing.hpp"

namespace pudu::quantizer {
namespace {

/// Constants that operators read as data (not as weights or bias), such as the other operand of an add.
std::vector<bool> data_constants(const ir::Graph& graph) {
  std::vector<bool> is_data(graph.values().size(), false);
  for (const ir::Node& node : graph.nodes()) {
    const ops::QuantizationRule& rule = ops::operator_of(node).quantization;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      if (!node.inputs[i] || i == rule.weight_input || i == rule.bias_input || rule.stays_float(i)) continue;
      if (graph.value(*node.inputs[i]).is_constant()) is_data[ir::index_of(*node.inputs[i])] = true;
    }
  }
  for (const ir::ValueId output : graph.outputs) {
    if (graph.value(output).is_constant()) is_data[ir::index_of(output)] = true;
  }
  for (const ir::State& state : graph.states) {
    if (graph.value(state.after).is_constant()) is_data[ir::index_of(state.after)] = true;
  }
  return is_data;
}

/// Each sample that runs has its live activations: more samples at once would only cost memory.
constexpr std::size_t most_samples_at_once = 8;

/// Sweeps over the samples, feeding observers that belong to groups of values.
class Calibration {
 public:
  Calibration(const ir::Graph& graph, std::span<const Sample> samples, const CalibrationProgress& progress,
              std::size_t sweeps)
      : graph_(graph),
        samples_(samples),
        progress_(progress),
        total_(samples.size() * sweeps),
        executor_(graph),
        groups_(graph),
        is_data_(data_constants(graph)) {}

  const SharingGroups& groups() const { return groups_; }
  bool is_quantized(const ir::Value& value) const {
    if (value.type.dtype != ir::DType::Float32) return false;  // positions stay integers
    return !value.is_constant() || is_data_[ir::index_of(value.id)];
  }

  /// Calls `take(value id, observe(value id, data))` for every quantized value of every sample. `observe` runs on all
  /// cores, as soon as a value is computed, and must depend on nothing else; `take` sees the samples one after the
  /// other, so that the result does not depend on timing.
  template <class Observe, class Take>
  Status sweep(const Observe& observe, const Take& take) {
    for (const ir::Value& value : graph_.values()) {
      if (value.is_constant() && is_quantized(value)) {
        PUDU_TRY(take(value.id, observe(value.id, value.data<float>())));
      }
    }
    if (!graph_.states.empty()) return sweep_in_order(observe, take);
    const std::size_t batch = std::min(base::worker_count(samples_.size()), most_samples_at_once);
    for (std::size_t begin = 0; begin < samples_.size(); begin += batch) {
      const std::size_t count = std::min(batch, samples_.size() - begin);
      PUDU_TRY(observe_batch(samples_.subspan(begin, count), observe, take));
    }
    return {};
  }

 private:
  template <class Observe>
  using Observed =
      std::vector<std::pair<ir::ValueId, std::invoke_result_t<Observe, ir::ValueId, std::span<const float>>>>;

  /// The samples of a model with states are one sequence: each run begins with what the run before left behind.
  template <class Observe, class Take>
  Status sweep_in_order(const Observe& observe, const Take& take) {
    std::vector<ops::Tensor> states = executor_.initial_states();
    for (const Sample& sample : samples_) {
      Observed<Observe> observed;
      const auto see = [&](ir::ValueId id, const ops::Tensor& tensor) {
        if (is_quantized(graph_.value(id))) observed.emplace_back(id, observe(id, tensor.data()));
      };
      PUDU_TRY_ASSIGN([[maybe_unused]] const auto outputs, executor_.run_next(sample, states, see));
      for (const auto& [id, one] : observed) PUDU_TRY(take(id, one));
      if (progress_) progress_(++done_, total_);
    }
    return {};
  }

  template <class Observe, class Take>
  Status observe_batch(std::span<const Sample> batch, const Observe& observe, const Take& take) {
    std::vector<Observed<Observe>> observed(batch.size());
    std::vector<Status> statuses(batch.size());
    base::parallel_for(batch.size(), [&](std::size_t i) {
      const auto see = [&](ir::ValueId id, const ops::Tensor& tensor) {
        if (is_quantized(graph_.value(id))) observed[i].emplace_back(id, observe(id, tensor.data()));
      };
      auto outputs = executor_.run(batch[i], see);
      if (!outputs) statuses[i] = std::move(outputs).error();
    });
    for (std::size_t i = 0; i < batch.size(); ++i) {
      PUDU_TRY(std::move(statuses[i]));
      for (const auto& [id, one] : observed[i]) PUDU_TRY(take(id, one));
      if (progress_) progress_(++done_, total_);
    }
    return {};
  }

  const ir::Graph& graph_;
  std::span<const Sample> samples_;
  const CalibrationProgress& progress_;
  std::size_t done_ = 0;
  std::size_t total_;
  ops::FloatExecutor executor_;
  SharingGroups groups_;
  std::vector<bool> is_data_;
};

/// Sum over each index of dimension `axis` of `term` of its elements.
template <class Term>
std::vector<double> channel_sums(const ir::Shape& shape, std::size_t axis, std::span<const float> data, Term term) {
  const auto channels = static_cast<std::size_t>(shape[axis]);
  std::size_t inner = 1;
  for (std::size_t dim = axis + 1; dim < shape.size(); ++dim) inner *= static_cast<std::size_t>(shape[dim]);
  std::vector<double> sums(channels, 0.0);
  for (std::size_t begin = 0; begin < data.size(); begin += inner) {
    double sum = 0;
    for (const float value : data.subspan(begin, inner)) sum += term(static_cast<double>(value));
    sums[begin / inner % channels] += sum;
  }
  return sums;
}

std::vector<double> channel_means(const ir::Shape& shape, std::size_t axis, std::span<const float> data) {
  std::vector<double> means = channel_sums(shape, axis, data, [](double value) { return value; });
  for (double& mean : means) mean *= static_cast<double>(means.size()) / static_cast<double>(data.size());
  return means;
}

void add_to(std::vector<double>& sums, const std::vector<double>& terms) {
  sums.resize(terms.size(), 0.0);
  for (std::size_t i = 0; i < terms.size(); ++i) sums[i] += terms[i];
}

/// Channel dimensions, by value, of what goes into layers with weights and of what comes out of them.
struct LayerAxes {
  explicit LayerAxes(const ir::Graph& graph) : inputs(graph.values().size()), results(graph.values().size()) {
    std::vector<bool> is_ambiguous(graph.values().size(), false);
    for (const ir::Node& node : graph.nodes()) {
      const ops::QuantizationRule& rule = ops::operator_of(node).quantization;
      if (!rule.weight_input) continue;
      const std::size_t weight_rank = rank(graph, *node.inputs[*rule.weight_input]);
      const std::size_t input = ir::index_of(*node.inputs.front());
      const std::size_t input_axis = channel_axis(weight_rank, rank(graph, *node.inputs.front()));
      is_ambiguous[input] = is_ambiguous[input] || (inputs[input] && inputs[input] != input_axis);
      inputs[input] = input_axis;
      results[ir::index_of(node.outputs.front())] = channel_axis(weight_rank, rank(graph, node.outputs.front()));
    }
    // Read by a convolution and by a matrix: what one calls a channel means nothing to the other.
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (is_ambiguous[i]) inputs[i].reset();
    }
  }

  std::vector<std::optional<std::size_t>> inputs, results;

 private:
  static std::size_t rank(const ir::Graph& graph, ir::ValueId id) { return graph.value(id).type.shape.size(); }
};

/// What the first sweep collects; ranges and extremes by group, power by value.
struct Observations {
  std::vector<RangeObserver> ranges;
  std::vector<std::optional<SampleExtremes>> output_extremes;  ///< of groups that hold a graph output
  std::vector<std::vector<double>> channel_power;
  std::vector<std::vector<std::vector<double>>> channel_means;
};

/// One value of one sample.
struct ValueObservation {
  RangeObserver range;
  SampleExtremes extremes;  ///< of a graph output
  std::vector<double> channel_power, channel_means;
};

Result<Observations> observe(const ir::Graph& graph, Calibration& calibration) {
  Observations seen{.ranges = std::vector<RangeObserver>(graph.values().size()),
                    .output_extremes = std::vector<std::optional<SampleExtremes>>(graph.values().size()),
                    .channel_power = std::vector<std::vector<double>>(graph.values().size()),
                    .channel_means = std::vector<std::vector<std::vector<double>>>(graph.values().size())};
  const LayerAxes axes(graph);
  std::vector<bool> is_output(graph.values().size(), false);
  for (const ir::ValueId id : graph.outputs) {
    is_output[ir::index_of(id)] = true;
    seen.output_extremes[calibration.groups().group_of(id)].emplace();
  }
  const auto observe_value = [&](ir::ValueId id, std::span<const float> data) {
    ValueObservation one;
    one.range.add(data);
    if (is_output[ir::index_of(id)]) one.extremes.add(data);
    const ir::Shape& shape = graph.value(id).type.shape;
    if (const auto axis = axes.inputs[ir::index_of(id)]) {
      one.channel_power = channel_sums(shape, *axis, data, [](double value) { return value * value; });
    }
    if (const auto axis = axes.results[ir::index_of(id)]) one.channel_means = channel_means(shape, *axis, data);
    return one;
  };
  PUDU_TRY(calibration.sweep(observe_value, [&](ir::ValueId id, const ValueObservation& one) -> Status {
    const std::size_t group = calibration.groups().group_of(id);
    seen.ranges[group].merge(one.range);
    if (is_output[ir::index_of(id)]) seen.output_extremes[group]->append(one.extremes);
    if (axes.inputs[ir::index_of(id)]) add_to(seen.channel_power[ir::index_of(id)], one.channel_power);
    if (axes.results[ir::index_of(id)]) seen.channel_means[ir::index_of(id)].push_back(one.channel_means);
    if (seen.ranges[group].finite()) return {};
    return invalid_input({.where = graph.value(id).name,
                          .found = "a value that is NaN or infinite on the calibration data",
                          .allowed = "finite activations",
                          .hint = "check the weights and that calibration data are preprocessed as in training"});
  }));
  return seen;
}

using Histograms = std::vector<std::unique_ptr<Histogram>>;

Result<Histograms> observe_histograms(const ir::Graph& graph, Calibration& calibration,
                                      std::span<const RangeObserver> ranges) {
  Histograms histograms(graph.values().size());
  for (std::size_t group = 0; group < histograms.size(); ++group) {
    if (!ranges[group].empty())
      histograms[group] = std::make_unique<Histogram>(ranges[group].low(), ranges[group].high());
  }
  const auto group_histogram = [&](ir::ValueId id) -> Histogram& {
    return *histograms[calibration.groups().group_of(id)];
  };
  const auto count = [&](ir::ValueId id, std::span<const float> data) {
    Histogram counts = group_histogram(id).empty_copy();
    counts.add(data);
    return counts;
  };
  PUDU_TRY(calibration.sweep(count, [&](ir::ValueId id, const Histogram& counts) -> Status {
    group_histogram(id).merge(counts);
    return {};
  }));
  return histograms;
}

void merge(Histograms& into, const Histograms& from) {
  for (std::size_t group = 0; group < into.size(); ++group) {
    if (into[group]) into[group]->merge(*from[group]);
  }
}

constexpr double kept_percentile = 0.9999;

/// What RangeMethod::Auto chooses from, in this order.
constexpr std::array tried_methods = {RangeMethod::Histogram, RangeMethod::MinMax, RangeMethod::Percentile,
                                      RangeMethod::Entropy};

ir::QuantParams params_of(const Histogram& histogram, RangeMethod method) {
  if (method == RangeMethod::MinMax) return histogram.occupied_params();
  if (method == RangeMethod::Percentile) return histogram.percentile_params(kept_percentile);
  if (method == RangeMethod::Entropy) return histogram.least_divergence_params();
  return histogram.best_params();
}

/// Two thirds of the samples say what the ranges would be, every third one how good they are.
struct Split {
  explicit Split(std::span<const Sample> samples) {
    for (std::size_t i = 0; i < samples.size(); ++i) (i % 3 == 2 ? held_out : fit).push_back(samples[i]);
  }
  std::vector<Sample> fit, held_out;
};

/// Histograms of all samples, and which method each group is to use.
struct MeasuredChoice {
  Histograms histograms;
  std::vector<RangeMethod> methods;
};

Result<MeasuredChoice> measure_methods(const ir::Graph& graph, std::span<const Sample> samples,
                                       std::span<const RangeObserver> ranges) {
  const Split split(samples);
  const CalibrationProgress silent;
  Calibration fit(graph, split.fit, silent, 1), rest(graph, split.held_out, silent, 1);
  MeasuredChoice result;
  PUDU_TRY_ASSIGN(result.histograms, observe_histograms(graph, fit, ranges));
  RangeCandidates candidates(graph.values().size());
  for (std::size_t group = 0; group < candidates.size(); ++group) {
    if (!result.histograms[group]) continue;
    for (const RangeMethod method : tried_methods) {
      candidates[group].push_back(params_of(*result.histograms[group], method));
    }
  }
  PUDU_TRY_ASSIGN(const std::vector<std::size_t> chosen,
                  choose_ranges(graph, fit.groups(), candidates, split.held_out));
  for (const std::size_t index : chosen) result.methods.push_back(tried_methods[index]);
  PUDU_TRY_ASSIGN(const Histograms others, observe_histograms(graph, rest, ranges));
  merge(result.histograms, others);
  return result;
}

/// Prescribed parameters first; outputs keep headroom, which a histogram would cut off again.
std::optional<ir::QuantParams> choose_params(const std::optional<ir::QuantParams>& fixed, const Observations& seen,
                                             const Histogram* histogram, RangeMethod method, std::size_t group) {
  if (fixed) return fixed;
  const RangeObserver& range = seen.ranges[group];
  if (range.empty()) return std::nullopt;
  if (const std::optional<SampleExtremes>& extremes = seen.output_extremes[group]) {
    return affine_params(std::min(range.low(), extremes->widened_low()),
                         std::max(range.high(), extremes->widened_high()));
  }
  if (histogram != nullptr && method != RangeMethod::MinMax) return params_of(*histogram, method);
  return affine_params(range.low(), range.high());
}

}  // namespace

std::size_t channel_axis(std::size_t weight_rank, std::size_t activation_rank) {
  return weight_rank == 2 ? activation_rank - 1 : 1;
}

Result<Ranges> calibrate(const ir::Graph& graph, std::span<const Sample> samples, const QuantizerOptions& options,
                         const CalibrationProgress& progress) {
  if (samples.empty()) {
    return invalid_input({.where = "calibration", .found = "0 samples", .allowed = "at least 1 sample"});
  }
  // States make the samples one sequence, and few of them tell nothing about a choice.
  constexpr std::size_t least_samples_to_choose = 6;
  const bool can_choose = graph.states.empty() && samples.size() >= least_samples_to_choose;
  const bool chooses = options.range_method == RangeMethod::Auto && can_choose;
  const bool with_histograms = options.range_method != RangeMethod::MinMax && !chooses;
  Calibration calibration(graph, samples, progress, with_histograms ? 2 : 1);
  PUDU_TRY_ASSIGN(Observations seen, observe(graph, calibration));
  Histograms histograms(graph.values().size());
  if (with_histograms) {
    PUDU_TRY_ASSIGN(histograms, observe_histograms(graph, calibration, seen.ranges));
  }
  std::vector<RangeMethod> methods(graph.values().size(), options.range_method);
  if (chooses) {
    PUDU_TRY_ASSIGN(MeasuredChoice choice, measure_methods(graph, samples, seen.ranges));
    histograms = std::move(choice.histograms);
    methods = std::move(choice.methods);
  }

  // Every member of a group gets the group's parameters, computed once.
  std::vector<std::optional<ir::QuantParams>> by_group(graph.values().size());
  Ranges result{.params = std::vector<std::optional<ir::QuantParams>>(graph.values().size()),
                .magnitudes = std::vector<float>(graph.values().size(), 0.0F),
                .channel_power = std::move(seen.channel_power),
                .channel_means = std::move(seen.channel_means)};
  for (const ir::Value& value : graph.values()) {
    if (!calibration.is_quantized(value)) continue;
    const std::size_t group = calibration.groups().group_of(value.id);
    std::optional<ir::QuantParams>& params = by_group[group];
    if (!params)
      params =
          choose_params(calibration.groups().fixed(value.id), seen, histograms[group].get(), methods[group], group);
    result.params[ir::index_of(value.id)] = params;
    const RangeObserver& range = seen.ranges[group];
    if (!range.empty()) result.magnitudes[ir::index_of(value.id)] = std::max(-range.low(), range.high());
  }
  return result;
}

}  // namespace pudu::quantizer
