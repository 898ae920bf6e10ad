#include "driver/validate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <optional>

#include "driver/accuracy.hpp"
#include "driver/comparison.hpp"

namespace pudu::driver {
namespace {

/// Indices of the `count` greatest scores; of equals the first.
std::vector<std::int64_t> greatest(const std::vector<float>& scores, std::size_t count) {
  std::vector<std::int64_t> order(scores.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) {
    return scores[static_cast<std::size_t>(a)] > scores[static_cast<std::size_t>(b)];
  });
  order.resize(std::min(count, order.size()));
  return order;
}

void classify(const SampleResult& sample, std::optional<std::int64_t> label, Classification& result) {
  result.classes = static_cast<std::int64_t>(sample.scores.size());
  const std::vector<std::int64_t> wanted = greatest(sample.float_scores, 5), got = greatest(sample.scores, 5);
  const auto has = [](const std::vector<std::int64_t>& choices, std::int64_t choice) {
    return std::find(choices.begin(), choices.end(), choice) != choices.end();
  };
  if (wanted.empty()) return;
  if (wanted.front() == got.front()) ++result.agreement;
  if (has(got, wanted.front())) ++result.top5_agreement;
  if (!label) return;
  if (wanted.front() == *label) ++result.float_correct;
  if (got.front() == *label) ++result.correct;
  if (has(wanted, *label)) ++result.float_top5;
  if (has(got, *label)) ++result.top5;
  ++result.confusion[{*label, got.front()}];
}

std::vector<LayerQuality> layer_qualities(const ComparableModel& model, const std::vector<ComparedCall>& calls,
                                          const std::vector<SampleResult>& samples) {
  std::vector<LayerQuality> layers;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    LayerSums sums;
    for (const SampleResult& sample : samples) sums.add(sample.layers[i]);
    const program::KernelCall& call = model.program.calls[calls[i].step];
    LayerQuality quality = quality_of(sums);
    quality.name = call.name, quality.op = call.op, quality.kernel = call.kernel;
    if (sums.elements > 0) layers.push_back(std::move(quality));
  }
  return layers;
}

/// Samples that do not look like the calibration data.
std::vector<std::string> input_warnings(const ComparableModel& model, std::span<const quantizer::Sample> samples) {
  constexpr double most_outside = 0.01;
  std::vector<std::string> warnings;
  for (std::size_t i = 0; i < model.program.inputs.size(); ++i) {
    const program::Buffer& buffer = model.program.buffer(model.program.inputs[i].buffer);
    if (buffer.type != program::ElementType::Int8) continue;
    const double scale = buffer.quantization->scale;
    const double low = (-128.5 - buffer.quantization->zero_point) * scale;
    const double high = (127.5 - buffer.quantization->zero_point) * scale;
    double least = high, most = low, elements = 0, outside = 0;
    for (const quantizer::Sample& sample : samples) {
      for (const float element : sample[i].data()) {
        const double value = static_cast<double>(element);
        least = std::min(least, value), most = std::max(most, value);
        elements += 1, outside += value < low || value > high ? 1 : 0;
      }
    }
    if (!(outside > most_outside * elements)) continue;
    warnings.push_back(
        fmt::format("{:.1f} % of the values of input '{}' are outside of what calibration saw: they go from {:.6g} to "
                    "{:.6g}, codes "
                    "from {:.6g} to {:.6g}; are both prepared as in training?",
                    100 * outside / elements, model.program.inputs[i].name, least, most, low, high));
  }
  return warnings;
}

}  // namespace

std::vector<double> Validation::sample_sqnr_db() const {
  std::vector<double> all;
  for (const DistanceSums& sample : sample_outputs) all.push_back(sample.sqnr_db());
  return all;
}

double Validation::median_sample_db() const {
  std::vector<double> sorted = sample_sqnr_db();
  std::sort(sorted.begin(), sorted.end());
  const std::size_t half = sorted.size() / 2;
  return sorted.size() % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

double Validation::worst_sample_db() const {
  const std::vector<double> all = sample_sqnr_db();
  return *std::min_element(all.begin(), all.end());
}

Result<Validation> validate(const ValidationOptions& options, base::ProgressListener& progress) {
  PUDU_TRY_ASSIGN(const ComparableModel model, compile_comparable(options.compile, progress));
  PUDU_TRY_ASSIGN(const std::vector<quantizer::Sample> all, load_tensors(model.float_graph, options.inputs));
  std::vector<std::int64_t> labels;
  if (!options.labels.empty()) {
    PUDU_TRY_ASSIGN(labels, load_labels(options.labels, all.size()));
  }
  const std::size_t count = options.limit > 0 ? std::min(options.limit, all.size()) : all.size();
  Comparison comparison(model, std::span(all).first(count), Depth::Layers);
  PUDU_TRY_ASSIGN(const std::vector<SampleResult> samples, comparison.run(progress));
  Validation result;
  result.samples = samples.size();
  result.has_labels = !labels.empty();
  for (std::size_t i = 0; i < samples.size(); ++i) {
    result.outputs.add(samples[i].outputs);
    result.sample_outputs.push_back(samples[i].outputs);
    classify(samples[i], labels.empty() ? std::nullopt : std::optional(labels[i]), result.classification);
  }
  result.warnings = model.warnings;
  for (std::string& warning : input_warnings(model, std::span(all).first(count))) {
    result.warnings.push_back(std::move(warning));
  }
  result.layers = layer_qualities(model, comparison.calls(), samples);
  return result;
}

}  // namespace pudu::driver
