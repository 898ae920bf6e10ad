#include "driver/choose_int16.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <utility>

#include "base/parallel.hpp"
#include "driver/choose_plan.hpp"
#include "driver/layer_quality.hpp"
#include "driver/port_bytes.hpp"
#include "host_kernels/layers.hpp"
#include "lowering/lowering.hpp"
#include "ops/float_executor.hpp"
#include "quantizer/bias_correction.hpp"
#include "quantizer/int8_noise.hpp"
#include "quantizer/quantize.hpp"
#include "simulator/simulator.hpp"

namespace pudu::driver {
namespace {

using quantizer::Int16Choice;
using quantizer::Sample;

/// One in so many samples is measured on, not quantized with.
constexpr std::size_t held_out_share = 4;
/// More samples than this rank the values no better.
constexpr std::size_t most_ranking_samples = 8;
/// What a choice by number alone must gain, or it is luck.
constexpr double least_gain_db = 0.2;

quantizer::CalibrationProgress advancing(base::ProgressListener& progress) {
  return [&progress](std::size_t done, std::size_t total) { progress.advance(done, total); };
}

/// `count` of the samples, evenly spread.
std::vector<Sample> spread(std::span<const Sample> samples, std::size_t count) {
  std::vector<Sample> chosen;
  count = std::min(count, samples.size());
  for (std::size_t i = 0; i < count; ++i) chosen.push_back(samples[i * samples.size() / count]);
  return chosen;
}

/// A network quantized with some samples and measured on others.
class Trial {
 public:
  static Result<Trial> create(const ir::Graph& graph, std::span<const Sample> samples, const Int16Request& request,
                              base::ProgressListener& progress) {
    Trial trial(graph, request);
    for (std::size_t i = 0; i < samples.size(); ++i) {
      (i % held_out_share == held_out_share - 1 ? trial.held_out_ : trial.fit_).push_back(samples[i]);
    }
    PUDU_TRY_ASSIGN(trial.ranges_, quantizer::calibrate(graph, trial.fit_, request.quantizer, advancing(progress)));
    const ops::FloatExecutor executor(graph);
    for (const Sample& sample : trial.held_out_) {
      PUDU_TRY_ASSIGN(auto outputs, executor.run(sample));
      trial.expected_.push_back(std::move(outputs));
    }
    return trial;
  }

  const std::vector<Sample>& fit() const { return fit_; }
  const quantizer::Ranges& ranges() const { return ranges_; }
  std::size_t held_out() const { return held_out_.size(); }

  /// Of all outputs of the held-out samples.
  Result<double> sqnr_db(const std::vector<std::string>& names, base::ProgressListener& progress) {
    const auto known = measured_.find(names);
    if (known != measured_.end()) return known->second;
    lowering::ValuePlaces places;
    PUDU_TRY_ASSIGN(program::Program program, lower(names, &places));
    const quantizer::QuantizerOptions& options = request_.quantizer;
    if (options.bias_correction != quantizer::BiasCorrection::None ||
        options.weight_rounding != quantizer::WeightRounding::Nearest) {
      PUDU_TRY(quantizer::correct_biases(program, graph_, ranges_, fit_,
                                         {.biases = options.bias_correction, .weights = options.weight_rounding},
                                         advancing(progress)));
    }
    PUDU_TRY_ASSIGN(const program::MemoryMap map, plan_program(program, {.seconds = 0}));
    std::vector<DistanceSums> sums(held_out_.size());
    std::vector<Status> statuses(held_out_.size());
    const auto layers = host_kernels::ProgramLayers::make(program);
    const auto run_sample = [&](std::size_t i) -> Status {
      PUDU_TRY_ASSIGN(simulator::Simulator simulator,
                      simulator::Simulator::create(program, map, simulator::FreeMemory::Untouched, layers));
      return run(simulator, program, places, i, sums[i]);
    };
    base::parallel_for(held_out_.size(), [&](std::size_t i) { statuses[i] = run_sample(i); });
    DistanceSums all;
    for (std::size_t i = 0; i < sums.size(); ++i) {
      PUDU_TRY(std::move(statuses[i]));
      all.add(sums[i]);
    }
    measured_[names] = all.sqnr_db();
    return all.sqnr_db();
  }

  /// Does the network fit the limit on its memory with these values as int16?
  Result<bool> fits(const std::vector<std::string>& names) const {
    if (!request_.plan.ram_bytes) return true;
    PUDU_TRY_ASSIGN(program::Program program, lower(names, nullptr));
    std::optional<program::Program> dialect;
    if (prepare::prepares(program.target)) dialect = program;
    prepare::prepare_program(program, request_.optimize);
    PUDU_TRY_ASSIGN(const PlanChoice plan, choose_plan(program, dialect, request_.optimize, request_.plan));
    return plan.map.arena_bytes + plan.map.state_bytes <= *request_.plan.ram_bytes;
  }

 private:
  Trial(const ir::Graph& graph, const Int16Request& request) : graph_(graph), request_(request) {}

  Result<program::Program> lower(const std::vector<std::string>& names, lowering::ValuePlaces* places) const {
    quantizer::QuantizerOptions options = request_.quantizer;
    options.int16 = names;
    options.io = quantizer::IoType::Int8;
    PUDU_TRY_ASSIGN(const ir::Graph quantized, quantizer::quantize(graph_, ranges_, options));
    return lowering::lower(quantized, request_.target, places);
  }

  Status run(simulator::Simulator& simulator, const program::Program& program, const lowering::ValuePlaces& places,
             std::size_t index, DistanceSums& sums) const {
    std::vector<std::vector<std::byte>> inputs;
    for (std::size_t i = 0; i < graph_.inputs.size(); ++i) {
      const ops::DimOrder& order = places.at(graph_.value(graph_.inputs[i]).name).order;
      inputs.push_back(to_bytes(in_memory_order(held_out_[index][i], order), program.buffer(program.inputs[i].buffer)));
    }
    PUDU_TRY_ASSIGN(const auto outputs, simulator.run(inputs));
    for (std::size_t port = 0; port < outputs.size(); ++port) {
      const program::Buffer& buffer = program.buffer(program.outputs[port].buffer);
      const std::span<const float> expected = expected_[index][port].data();
      for (std::size_t i = 0; i < expected.size(); ++i) {
        sums.add(static_cast<double>(expected[i]), number_at(outputs[port], i, buffer));
      }
    }
    return {};
  }

  const ir::Graph& graph_;
  const Int16Request& request_;
  std::vector<Sample> fit_, held_out_;
  std::vector<std::vector<ops::Tensor>> expected_;  ///< of the held-out samples
  quantizer::Ranges ranges_;
  std::map<std::vector<std::string>, double> measured_;
};

/// Looks for a set of values, the highest ranked first.
class Search {
 public:
  Search(Trial& trial, const quantizer::QuantizerOptions& options, std::vector<std::string> ranked,
         base::ProgressListener& progress)
      : trial_(trial), options_(options), ranked_(std::move(ranked)), progress_(progress), chosen_(options.int16) {}

  Result<Int16Choice> by_number(std::size_t most) {
    PUDU_TRY_ASSIGN(const std::size_t count, extend_to(most));
    PUDU_TRY_ASSIGN(const double plain, sqnr_db(0));
    PUDU_TRY_ASSIGN(const double mixed, sqnr_db(count));
    return result(mixed >= plain + least_gain_db ? count : 0, plain, std::max(plain, mixed));
  }

  /// The fewest values that reach `wanted`: numbers are doubled until they do, then halved.
  Result<Int16Choice> by_accuracy(double wanted, std::size_t most) {
    PUDU_TRY_ASSIGN(const double plain, sqnr_db(0));
    double reached = plain, best = plain;
    std::size_t enough = 0, too_few = 0, count = 0;
    for (std::size_t next = 1; reached < wanted; next = 2 * count) {
      too_few = count;
      PUDU_TRY_ASSIGN(count, extend_to(std::min(next, most)));
      if (count == too_few) return not_reached(wanted, best);
      PUDU_TRY_ASSIGN(reached, sqnr_db(count));
      best = std::max(best, reached);
    }
    enough = count;
    while (enough > too_few + 1) {
      const std::size_t middle = (enough + too_few) / 2;
      PUDU_TRY_ASSIGN(const double here, sqnr_db(middle));
      (here >= wanted ? enough : too_few) = middle;
      if (here >= wanted) reached = here;
    }
    return result(enough, plain, reached);
  }

 private:
  std::vector<std::string> names(std::size_t count) const {
    return {chosen_.begin(), chosen_.begin() + static_cast<std::ptrdiff_t>(options_.int16.size() + count)};
  }
  Result<double> sqnr_db(std::size_t count) { return trial_.sqnr_db(names(count), progress_); }

  /// Adds values that fit the limits until there are `count`, and returns how many there are.
  Result<std::size_t> extend_to(std::size_t count) {
    while (chosen_.size() < options_.int16.size() + count && next_ < ranked_.size()) {
      chosen_.push_back(ranked_[next_++]);
      PUDU_TRY_ASSIGN(const bool fits, trial_.fits(chosen_));
      if (!fits) chosen_.pop_back();
    }
    return std::min(count, chosen_.size() - options_.int16.size());
  }

  Int16Choice result(std::size_t count, double plain, double reached) const {
    return {.names = names(count), .int8_sqnr_db = plain, .sqnr_db = reached, .held_out = trial_.held_out()};
  }

  Error not_reached(double wanted, double best) const {
    const std::size_t count = chosen_.size();
    return {ErrorKind::LimitExceeded,
            {{.where = "--accuracy",
              .found = fmt::format("{:.1f} dB on {} held-out calibration samples, with {} of the model's values int16",
                                   best, trial_.held_out(), count),
              .allowed = fmt::format("{:.1f} dB or more", wanted),
              .hint = options_.weight_rounding == quantizer::WeightRounding::Nearest
                          ? "--effort max rounds weights better; more calibration samples may help"
                          : "more calibration samples may help; --keep-float takes a layer out"}}};
  }

  Trial& trial_;
  const quantizer::QuantizerOptions& options_;
  std::vector<std::string> ranked_;
  base::ProgressListener& progress_;
  std::vector<std::string> chosen_;  ///< the user's, then those of `ranked_` that fit
  std::size_t next_ = 0;             ///< in `ranked_`
};

}  // namespace

Result<std::vector<RankedValue>> rank_values(const ir::Graph& graph, const quantizer::Ranges& ranges,
                                             std::span<const Sample> samples,
                                             const quantizer::QuantizerOptions& options,
                                             const quantizer::CalibrationProgress& progress) {
  PUDU_TRY_ASSIGN(const auto parts, quantizer::find_float_parts(graph, options.keep_float, options.io));
  PUDU_TRY_ASSIGN(const std::vector<bool> taken, quantizer::find_int16_values(graph, options.int16, parts));
  std::vector<ir::ValueId> values;
  std::vector<std::string> names;
  for (const quantizer::Int16Candidate& candidate : quantizer::int16_candidates(graph, parts)) {
    if (taken[ir::index_of(candidate.value)]) continue;
    values.push_back(candidate.value);
    names.push_back(candidate.name);
  }
  PUDU_TRY_ASSIGN(
      const quantizer::OutputNoise noise,
      quantizer::measure_int8_noise(graph, ranges, values, spread(samples, most_ranking_samples), progress));
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (noise.noise[i] > 0) order.push_back(i);
  }
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return noise.noise[a] > noise.noise[b]; });
  std::vector<RankedValue> ranked;
  for (const std::size_t i : order) {
    ranked.push_back({names[i], DistanceSums{.signal = noise.signal, .noise = noise.noise[i]}.sqnr_db()});
  }
  return ranked;
}

Result<Int16Choice> choose_int16(const ir::Graph& graph, std::span<const Sample> samples, const Int16Request& request,
                                 base::ProgressListener& progress) {
  if (samples.size() < fewest_samples_to_choose) {
    return invalid_input({.where = "--calibration",
                          .found = fmt::format("{} samples", samples.size()),
                          .allowed = fmt::format("at least {} where values are chosen to be int16: what a choice is "
                                                 "worth is measured on every fourth",
                                                 fewest_samples_to_choose)});
  }
  PUDU_TRY_ASSIGN(Trial trial, Trial::create(graph, samples, request, progress));
  PUDU_TRY_ASSIGN(const std::vector<RankedValue> ranked,
                  rank_values(graph, trial.ranges(), trial.fit(), request.quantizer, advancing(progress)));
  std::vector<std::string> names;
  for (const RankedValue& value : ranked) names.push_back(value.name);
  const quantizer::Int16Search& wanted = *request.quantizer.int16_search;
  const std::size_t most = wanted.most.value_or(names.size());
  Search search(trial, request.quantizer, std::move(names), progress);
  return wanted.accuracy_db ? search.by_accuracy(*wanted.accuracy_db, most) : search.by_number(most);
}

}  // namespace pudu::driver
