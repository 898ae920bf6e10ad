// Tries other options than the user's and says what they gain.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "driver/comparison.hpp"
#include "driver/suggest_int16.hpp"
#include "driver/validate.hpp"

namespace pudu::driver {
namespace {

/// As many values are suggested to be int16 together.
constexpr std::size_t suggested_int16_values = 4;

struct Alternative {
  std::string options;
  CompileOptions compile;
};

/// The layer that loses most by itself.
const LayerQuality* worst_layer(const Validation& validation) {
  const LayerQuality* worst = nullptr;
  for (const LayerQuality& layer : validation.layers) {
    if (std::isnan(layer.isolated_sqnr_db) || layer.kernel.find("f32") != std::string::npos) continue;
    if (worst == nullptr || layer.isolated_sqnr_db < worst->isolated_sqnr_db) worst = &layer;
  }
  return worst;
}

std::vector<Alternative> alternatives(const ValidationOptions& options, const Validation& validation) {
  std::vector<Alternative> list;
  const quantizer::QuantizerOptions& now = options.compile.quantizer;
  const auto add = [&](std::string text, const auto& change) {
    Alternative alternative{std::move(text), options.compile};
    change(alternative.compile.quantizer);
    list.push_back(std::move(alternative));
  };
  if (now.weight_rounding == quantizer::WeightRounding::Nearest) {
    // In full, so that it means the same whatever effort it replaces.
    std::string text = "--effort max";
    if (now.range_method == quantizer::RangeMethod::MinMax) text += " --ranges minmax";
    if (now.bias_correction == quantizer::BiasCorrection::None) text += " --bias-correction on";
    add(std::move(text), [](auto& changed) {
      changed.weight_rounding = quantizer::WeightRounding::Adaptive;
      changed.bias_correction = quantizer::BiasCorrection::Sequential;
    });
  }
  if (now.bias_correction == quantizer::BiasCorrection::None) {
    add("--bias-correction on", [](auto& changed) { changed.bias_correction = quantizer::BiasCorrection::Sequential; });
  }
  if (now.range_method == quantizer::RangeMethod::Histogram) {
    add("--ranges minmax", [](auto& changed) { changed.range_method = quantizer::RangeMethod::MinMax; });
  } else {
    add("--ranges histogram", [](auto& changed) { changed.range_method = quantizer::RangeMethod::Histogram; });
  }
  if (now.linear_weights == quantizer::LinearWeights::PerTensor) {
    add("--linear-weights per-channel",
        [](auto& changed) { changed.linear_weights = quantizer::LinearWeights::PerChannel; });
  }
  if (const LayerQuality* worst = worst_layer(validation)) {
    add("--keep-float " + worst->name, [&](auto& changed) { changed.keep_float.push_back(worst->name); });
  }
  return list;
}

/// 16 bits for the value that deserves them most, and for the first few.
void add_int16(const CompileOptions& compile, const std::vector<std::string>& names, std::vector<Alternative>& list) {
  for (std::size_t count = std::min<std::size_t>(names.size(), 1); count > 0;) {
    const std::vector<std::string> first(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(count));
    Alternative alternative{fmt::format("--int16 {}", fmt::join(first, ",")), compile};
    std::vector<std::string>& int16 = alternative.compile.quantizer.int16;
    int16.insert(int16.end(), first.begin(), first.end());
    list.push_back(std::move(alternative));
    count = count < names.size() ? names.size() : 0;
  }
}

Result<double> outputs_db(const CompileOptions& compile, const ValidationOptions& options, std::size_t samples,
                          base::ProgressListener& progress) {
  PUDU_TRY_ASSIGN(const ComparableModel model, compile_comparable(compile, progress));
  PUDU_TRY_ASSIGN(TensorStream stream, TensorStream::open(model.float_graph, options.inputs, model.input_codes));
  stream.limit(options.limit > 0 ? std::min(options.limit, samples) : samples);
  DistanceSums sums;
  PUDU_TRY(Comparison(model, stream, Depth::OutputsOnly)
               .run([&](const SampleResult& result) { sums.add(result.outputs); }, progress));
  return sums.sqnr_db();
}

}  // namespace

Result<std::vector<Suggestion>> suggest(const ValidationOptions& options, const Validation& validation,
                                        std::size_t samples, base::ProgressListener& progress) {
  constexpr double least_gain_db = 0.5;
  if (validation.reference == Reference::OwnNumbers) return std::vector<Suggestion>();
  // As they are, the samples have been run already.
  DistanceSums first;
  for (std::size_t i = 0; i < std::min(samples, validation.samples); ++i) first.add(validation.sample_outputs[i]);
  const double now = first.sqnr_db();
  std::vector<Suggestion> suggestions;
  std::vector<Alternative> tried = alternatives(options, validation);
  PUDU_TRY_ASSIGN(const std::vector<std::string> worth_int16,
                  values_worth_int16(options.compile, suggested_int16_values, progress));
  add_int16(options.compile, worth_int16, tried);
  for (const Alternative& alternative : tried) {
    const Result<double> db = outputs_db(alternative.compile, options, samples, progress);
    // An operator without a float form cannot stay float: no suggestion then, and no failure.
    if (!db && db.error().kind == ErrorKind::Unsupported) continue;
    if (!db) return db.error();
    if (*db >= now + least_gain_db) suggestions.push_back({alternative.options, *db, *db - now});
  }
  std::stable_sort(suggestions.begin(), suggestions.end(),
                   [](const Suggestion& a, const Suggestion& b) { return a.gain_db > b.gain_db; });
  return suggestions;
}

}  // namespace pudu::driver
