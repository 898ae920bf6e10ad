#include "driver/calibration_data.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

#include "driver/input_extent.hpp"

namespace pudu::driver {
namespace {

/// Times the usual largest value of a sample.
constexpr float outlier_factor = 1000.0F;
constexpr std::size_t fewest_to_judge = 4;
/// Integers up to this may be classes or codes; beyond, they are pixels.
constexpr float largest_small_integer = 16.0F;

struct Extremes {
  float low = 0, high = 0;
  bool is_whole = true;  ///< integers only

  float magnitude() const { return std::max(std::abs(low), std::abs(high)); }
};

Extremes extremes_of(std::span<const float> data) {
  Extremes result;
  if (data.empty()) return result;
  result.low = *std::min_element(data.begin(), data.end());
  result.high = *std::max_element(data.begin(), data.end());
  result.is_whole = std::all_of(data.begin(), data.end(), [](float value) { return value == std::nearbyint(value); });
  return result;
}

float median_magnitude(const std::vector<Extremes>& extremes) {
  std::vector<float> magnitudes;
  for (const Extremes& one : extremes) magnitudes.push_back(one.magnitude());
  const auto middle = magnitudes.begin() + static_cast<std::ptrdiff_t>(magnitudes.size() / 2);
  std::nth_element(magnitudes.begin(), middle, magnitudes.end());
  return *middle;
}

/// What all samples of one input have in common that inputs should not.
std::string warning_about(const std::string& name, const std::vector<Extremes>& extremes,
                          const std::set<std::size_t>& left_out) {
  float low = 0, high = 0;
  bool is_whole = true, is_first = true;
  for (std::size_t i = 0; i < extremes.size(); ++i) {
    if (left_out.contains(i)) continue;
    low = is_first ? extremes[i].low : std::min(low, extremes[i].low);
    high = is_first ? extremes[i].high : std::max(high, extremes[i].high);
    is_whole = is_whole && extremes[i].is_whole;
    is_first = false;
  }
  if (low == high) {
    return fmt::format("calibration: every value of input '{}' is {:.6g}: ranges measured on it mean nothing", name,
                       low);
  }
  if (is_whole && std::max(std::abs(low), std::abs(high)) > largest_small_integer) {
    return fmt::format(
        "calibration: input '{}' has whole numbers from {:.6g} to {:.6g}, as unscaled pixels are; are the samples "
        "prepared as in training?",
        name, low, high);
  }
  return {};
}

/// Words of another vocabulary than the embedding's.
std::string warning_about_positions(const ir::Graph& graph, std::size_t input,
                                    const std::vector<quantizer::Sample>& samples) {
  std::optional<std::int64_t> rows;
  for (const ir::Node& node : graph.nodes()) {
    if (node.op != "embedding" || node.inputs[1] != graph.inputs[input]) continue;
    const std::int64_t here = graph.value(*node.inputs[0]).type.shape[0];
    rows = std::min(rows.value_or(here), here);
  }
  if (!rows) return {};
  InputExtent extent;
  for (const quantizer::Sample& sample : samples) {
    const std::vector<std::int32_t> positions(sample[input].data().begin(), sample[input].data().end());
    extent.add(extent_of(positions, *rows));
  }
  if (extent.outside == 0) return {};
  return "calibration: " + positions_warning(graph.value(graph.inputs[input]).name, extent, *rows);
}

}  // namespace

std::size_t calibration_count(std::size_t samples, std::size_t sample_bytes) {
  constexpr std::size_t fewest = 16;
  return std::min(samples, std::max(fewest, most_calibration_bytes / std::max<std::size_t>(sample_bytes, 1)));
}

std::vector<std::string> check_calibration(const ir::Graph& graph, std::vector<quantizer::Sample>& samples) {
  std::vector<std::string> warnings;
  std::set<std::size_t> left_out;
  const bool may_leave_out = graph.states.empty() && samples.size() >= fewest_to_judge;
  for (std::size_t input = 0; input < graph.inputs.size(); ++input) {
    const ir::Value& value = graph.value(graph.inputs[input]);
    if (value.type.dtype == ir::DType::Int32) {
      if (std::string warning = warning_about_positions(graph, input, samples); !warning.empty()) {
        warnings.push_back(std::move(warning));
      }
      continue;
    }
    if (value.type.dtype != ir::DType::Float32 || samples.empty()) continue;
    std::vector<Extremes> extremes;
    for (const quantizer::Sample& sample : samples) extremes.push_back(extremes_of(sample[input].data()));
    const float usual = median_magnitude(extremes);
    for (std::size_t i = 0; may_leave_out && usual > 0 && i < extremes.size(); ++i) {
      // NaN and infinity are errors, which calibration names.
      const float magnitude = extremes[i].magnitude();
      if (!std::isfinite(magnitude) || !(magnitude > outlier_factor * usual)) continue;
      warnings.push_back(fmt::format(
          "calibration: sample {} of input '{}' goes up to {:.6g}, others usually to {:.6g}: it is left out", i,
          value.name, magnitude, usual));
      left_out.insert(i);
    }
    if (std::string warning = warning_about(value.name, extremes, left_out); !warning.empty()) {
      warnings.push_back(std::move(warning));
    }
  }
  std::vector<quantizer::Sample> kept;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    if (!left_out.contains(i)) kept.push_back(std::move(samples[i]));
  }
  samples = std::move(kept);
  return warnings;
}

}  // namespace pudu::driver
