#include "driver/suggest_int16.hpp"

#include <algorithm>
#include <utility>

#include "driver/choose_int16.hpp"

namespace pudu::driver {
namespace {

/// More samples rank the values no better.
constexpr std::size_t most_samples = 16;

/// The float network as it is quantized, by the way that takes least time.
Result<ir::Graph> final_float_graph(CompileOptions options, base::ProgressListener& progress) {
  options.quantizer.range_method = quantizer::RangeMethod::MinMax;
  options.quantizer.bias_correction = quantizer::BiasCorrection::None;
  options.quantizer.weight_rounding = quantizer::WeightRounding::Nearest;
  PUDU_TRY_ASSIGN(ComparableModel model, compile_comparable(options, progress));
  return std::move(model.float_graph);
}

Result<std::vector<quantizer::Sample>> calibration_samples(const ir::Graph& graph, const CompileOptions& options) {
  PUDU_TRY_ASSIGN(const TensorStream stream, TensorStream::open(graph, options.calibration));
  const std::size_t count = std::min(stream.count(), most_samples);
  std::vector<quantizer::Sample> samples;
  for (std::size_t i = 0; i < count; ++i) {
    PUDU_TRY_ASSIGN(quantizer::Sample sample, stream.read(i * stream.count() / count));
    samples.push_back(std::move(sample));
  }
  return samples;
}

}  // namespace

Result<std::vector<std::string>> values_worth_int16(const CompileOptions& options, std::size_t count,
                                                    base::ProgressListener& progress) {
  std::vector<std::string> names;
  if (options.quantizer.int16_search || options.calibration.empty()) return names;
  PUDU_TRY_ASSIGN(const ir::Graph graph, final_float_graph(options, progress));
  PUDU_TRY_ASSIGN(const std::vector<quantizer::Sample> samples, calibration_samples(graph, options));
  progress.begin("rank the values");
  PUDU_TRY_ASSIGN(const quantizer::Ranges ranges, quantizer::calibrate(graph, samples, options.quantizer));
  PUDU_TRY_ASSIGN(const std::vector<RankedValue> ranked,
                  rank_values(graph, ranges, samples, options.quantizer,
                              [&](std::size_t done, std::size_t total) { progress.advance(done, total); }));
  progress.end();
  for (std::size_t i = 0; i < std::min(count, ranked.size()); ++i) names.push_back(ranked[i].name);
  return names;
}

}  // namespace pudu::driver
