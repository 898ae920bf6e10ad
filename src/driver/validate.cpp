#include "driver/validate.hpp"

#include <algorithm>
#include <numeric>
#include <optional>

#include "driver/accuracy.hpp"
#include "driver/comparison.hpp"
#include "driver/output_plot.hpp"

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

/// The classes that an output finds likeliest, the likeliest first: of one that tells a number, that.
std::vector<std::int64_t> choices(const std::vector<float>& scores, const PortShape& output) {
  if (output.content == PortContent::Positions && scores.size() == 1) return {class_of(scores)};
  return greatest(scores, 5);
}

/// Without a label where `label` is null.
void classify(const SampleResult& sample, const PortShape& output, const std::int64_t* label, Classification& result) {
  const std::vector<std::int64_t> wanted = choices(sample.float_scores, output), got = choices(sample.scores, output);
  std::int64_t classes = static_cast<std::int64_t>(sample.scores.size());
  for (const std::int64_t choice :
       {wanted.empty() ? 0 : wanted.front(), got.empty() ? 0 : got.front(), label != nullptr ? *label : 0}) {
    classes = std::max(classes, choice + 1);
  }
  result.classes = std::max(result.classes, classes);
  const auto has = [](const std::vector<std::int64_t>& first, std::int64_t choice) {
    return std::find(first.begin(), first.end(), choice) != first.end();
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

/// Sums over the samples, one after the other.
struct Totals {
  std::vector<LayerSums> layers;
  std::vector<InputExtent> inputs;

  void add(const SampleResult& sample) {
    layers.resize(sample.layers.size());
    for (std::size_t i = 0; i < layers.size(); ++i) layers[i].add(sample.layers[i]);
    add_extents(inputs, sample.inputs);
  }
};

std::vector<LayerQuality> layer_qualities(const ComparableModel& model, const std::vector<ComparedCall>& calls,
                                          const std::vector<LayerSums>& sums) {
  std::vector<LayerQuality> layers;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    const program::KernelCall& call = model.program.calls[calls[i].step];
    LayerQuality quality = quality_of(sums[i]);
    quality.name = call.name, quality.op = call.op, quality.kernel = call.kernel;
    if (sums[i].elements > 0) layers.push_back(std::move(quality));
  }
  return layers;
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
  PUDU_TRY_ASSIGN(TensorStream samples, TensorStream::open(model.float_graph, options.inputs, model.input_codes));
  const PortShape output = first_output(model.program);
  std::vector<std::int64_t> labels;
  if (!options.labels.empty()) {
    PUDU_TRY_ASSIGN(labels, load_labels(options.labels, samples.count(), output));
  }
  if (options.limit > 0) samples.limit(options.limit);
  const Comparison comparison(model, samples, Depth::Layers);
  Validation result;
  result.has_labels = !labels.empty();
  Totals totals;
  OutputPlot plot(model.program.buffer(model.program.outputs.front().buffer));
  const auto take = [&](const SampleResult& sample) {
    result.outputs.add(sample.outputs);
    result.sample_outputs.push_back(sample.outputs);
    classify(sample, output, labels.empty() ? nullptr : &labels[result.samples], result.classification);
    totals.add(sample);
    plot.add(result.samples, sample.float_scores, sample.scores);
    ++result.samples;
  };
  PUDU_TRY(comparison.run(take, progress));
  result.reference = model.reference;
  result.warnings = model.warnings;
  for (std::string& warning : input_warnings(model.program, totals.inputs))
    result.warnings.push_back(std::move(warning));
  result.points = plot.points();
  result.errors = plot.errors();
  result.layers = layer_qualities(model, comparison.calls(), totals.layers);
  return result;
}

}  // namespace pudu::driver
