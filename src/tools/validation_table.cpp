#include "tools/validation_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace pudu::tools {
namespace {

/// Lines of the table when not all layers are asked for.
constexpr std::size_t shown_layers = 12;
/// More classes than this are a table that nobody reads.
constexpr std::int64_t most_shown_classes = 20;

double percent(std::size_t part, std::size_t whole) {
  return whole == 0 ? 0.0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

std::string decibel(double value) {
  return std::isnan(value) ? "-" : fmt::format("{:.1f}", value);
}

/// The layers that lose most by themselves first; those that cannot be run alone last.
std::vector<driver::LayerQuality> worst_first(std::vector<driver::LayerQuality> layers) {
  std::stable_sort(layers.begin(), layers.end(), [](const auto& a, const auto& b) {
    const bool a_alone = !std::isnan(a.isolated_sqnr_db), b_alone = !std::isnan(b.isolated_sqnr_db);
    if (a_alone != b_alone) return a_alone;
    return a_alone ? a.isolated_sqnr_db < b.isolated_sqnr_db : a.sqnr_db < b.sqnr_db;
  });
  return layers;
}

std::string layer_table(const driver::Validation& validation, bool all_layers) {
  const std::vector<driver::LayerQuality> layers = worst_first(validation.layers);
  const std::size_t count = all_layers ? layers.size() : std::min(layers.size(), shown_layers);
  std::size_t width = 5;
  for (std::size_t i = 0; i < count; ++i) width = std::max(width, layers[i].name.size());
  std::string text = fmt::format("\n  {:<{}}  {:<18} {:>9} {:>11} {:>8} {:>10} {:>6}\n", "layer", width, "operator",
                                 "alone, dB", "in all, dB", "cosine", "saturated", "range");
  for (std::size_t i = 0; i < count; ++i) {
    const driver::LayerQuality& layer = layers[i];
    text += fmt::format("  {:<{}}  {:<18} {:>9} {:>11} {:>8.5f} {:>8.3f} % {:>4.0f} %\n", layer.name, width, layer.op,
                        decibel(layer.isolated_sqnr_db), decibel(layer.sqnr_db), layer.cosine, layer.saturated_percent,
                        layer.range_used_percent);
  }
  if (count < layers.size()) text += fmt::format("  and {} layers more: --verbose shows all\n", layers.size() - count);
  return text;
}

std::string confusion_table(const driver::Classification& classes) {
  if (classes.confusion.empty() || classes.classes > most_shown_classes) return {};
  std::string text = "\n  label \\ int8";
  for (std::int64_t choice = 0; choice < classes.classes; ++choice) text += fmt::format("{:>6}", choice);
  for (std::int64_t label = 0; label < classes.classes; ++label) {
    text += fmt::format("\n  {:>12}", label);
    for (std::int64_t choice = 0; choice < classes.classes; ++choice) {
      const auto found = classes.confusion.find({label, choice});
      text += found == classes.confusion.end() ? fmt::format("{:>6}", ".") : fmt::format("{:>6}", found->second);
    }
  }
  return text + "\n";
}

std::string classification_lines(const driver::Validation& validation) {
  const driver::Classification& classes = validation.classification;
  if (classes.classes < 2) return {};
  std::string text;
  if (validation.has_labels) {
    text += fmt::format("  accuracy      int8 {:.2f} % ({} of {}), float {:.2f} %\n",
                        percent(classes.correct, validation.samples), classes.correct, validation.samples,
                        percent(classes.float_correct, validation.samples));
    if (classes.classes > 5) {
      text += fmt::format("  top 5         int8 {:.2f} %, float {:.2f} %\n", percent(classes.top5, validation.samples),
                          percent(classes.float_top5, validation.samples));
    }
  }
  text += fmt::format("  agreement     {:.2f} % ({} of {}): int8's greatest score is float's\n",
                      percent(classes.agreement, validation.samples), classes.agreement, validation.samples);
  if (classes.classes > 5) {
    text += fmt::format("                {:.2f} %: float's greatest score is among int8's first five\n",
                        percent(classes.top5_agreement, validation.samples));
  }
  return text + confusion_table(classes);
}

using Json = nlohmann::ordered_json;

/// To a thousandth, so that the text is short; null where there is nothing.
Json number_json(double value) {
  if (std::isnan(value)) return nullptr;
  return std::round(value * 1000.0) / 1000.0;
}

Json layer_json(const driver::LayerQuality& layer) {
  return {{"name", layer.name},
          {"operator", layer.op},
          {"kernel", layer.kernel},
          {"isolated_sqnr_db", number_json(layer.isolated_sqnr_db)},
          {"sqnr_db", number_json(layer.sqnr_db)},
          {"cosine", std::round(layer.cosine * 1e6) / 1e6},
          {"saturated_percent", number_json(layer.saturated_percent)},
          {"range_used_percent", number_json(layer.range_used_percent)}};
}

Json classification_json(const driver::Validation& validation) {
  const driver::Classification& classes = validation.classification;
  Json object = {
      {"classes", classes.classes}, {"agreement", classes.agreement}, {"top5_agreement", classes.top5_agreement}};
  if (!validation.has_labels) return object;
  object["correct"] = classes.correct;
  object["float_correct"] = classes.float_correct;
  object["top5"] = classes.top5;
  object["float_top5"] = classes.float_top5;
  object["confusion"] = Json::array();
  for (const auto& [choice, count] : classes.confusion) {
    object["confusion"].push_back(Json::array({choice.first, choice.second, count}));
  }
  return object;
}

}  // namespace

std::string validation_table(const driver::Validation& validation, bool all_layers) {
  std::string text = fmt::format("{} sample{}\n", validation.samples, validation.samples == 1 ? "" : "s");
  for (const std::string& warning : validation.warnings) text += fmt::format("  warning: {}\n", warning);
  if (validation.reference == driver::Reference::OwnNumbers) {
    text += "  float         what the file's integers stand for, computed without rounding\n";
  }
  text += fmt::format("  outputs       {:.2f} dB; of a sample: median {:.2f} dB, worst {:.2f} dB\n",
                      validation.outputs.sqnr_db(), validation.median_sample_db(), validation.worst_sample_db());
  return text + classification_lines(validation) + layer_table(validation, all_layers);
}

std::string suggestion_lines(const std::vector<driver::Suggestion>& suggestions) {
  if (suggestions.empty()) return "\n  none of the other options tried gains half a decibel\n";
  std::string text = "\n  to gain accuracy (measured on the first samples):\n";
  for (const driver::Suggestion& suggestion : suggestions) {
    text += fmt::format("  {:+6.2f} dB, to {:.2f}: {}\n", suggestion.gain_db, suggestion.sqnr_db, suggestion.options);
  }
  return text;
}

std::string validation_json(const driver::Validation& validation, const std::vector<driver::Suggestion>& suggestions) {
  const bool is_own = validation.reference == driver::Reference::OwnNumbers;
  Json object = {{"samples", validation.samples},
                 {"reference", is_own ? "own numbers" : "float network"},
                 {"warnings", validation.warnings},
                 {"sqnr_db", number_json(validation.outputs.sqnr_db())},
                 {"median_sample_sqnr_db", number_json(validation.median_sample_db())},
                 {"worst_sample_sqnr_db", number_json(validation.worst_sample_db())},
                 {"sample_sqnr_db", Json::array()},
                 {"classification", classification_json(validation)},
                 {"layers", Json::array()},
                 {"suggestions", Json::array()}};
  for (const double db : validation.sample_sqnr_db()) object["sample_sqnr_db"].push_back(number_json(db));
  for (const driver::LayerQuality& layer : worst_first(validation.layers))
    object["layers"].push_back(layer_json(layer));
  for (const driver::Suggestion& suggestion : suggestions) {
    object["suggestions"].push_back({{"options", suggestion.options},
                                     {"sqnr_db", number_json(suggestion.sqnr_db)},
                                     {"gain_db", number_json(suggestion.gain_db)}});
  }
  return object.dump(1, ' ', true, Json::error_handler_t::replace) + "\n";
}

}  // namespace pudu::tools
