#include "tools/int16_options.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>

#include "tools/console.hpp"

namespace pudu::tools {
namespace {

constexpr std::string_view automatic = "auto";
/// Chosen where no number is given.
constexpr std::size_t usual_count = 4;
/// A ratio that no network of int16 values reaches.
constexpr double most_decibels = 100;

std::vector<std::string> parts_of(const std::string& list) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin <= list.size();) {
    const std::size_t end = std::min(list.find(',', begin), list.size());
    parts.push_back(list.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

Status take(const std::string& name, driver::CompileOptions& result) {
  if (name.empty()) {
    return usage_error({.where = "--int16", .found = "an empty name", .allowed = "NAME[,NAME]..., auto or auto:N"});
  }
  if (name != automatic && !name.starts_with(std::string(automatic) + ":")) {
    result.quantizer.int16.push_back(name);
    return {};
  }
  quantizer::Int16Search& search = result.quantizer.int16_search.emplace();
  if (name == automatic) return {};
  PUDU_TRY_ASSIGN(const std::int64_t most, parse_count(name.substr(automatic.size() + 1), "--int16 auto"));
  search.most = static_cast<std::size_t>(most);
  return {};
}

Result<double> parse_decibels(std::string_view text) {
  double value = 0;
  std::string_view number = text;
  if (number.ends_with("dB") || number.ends_with("db")) number.remove_suffix(2);
  const auto read = std::from_chars(number.data(), number.data() + number.size(), value);
  if (read.ec != std::errc{} || read.ptr != number.data() + number.size() || !(value > 0 && value <= most_decibels)) {
    return usage_error({.where = "--accuracy",
                        .found = "'" + std::string(text) + "'",
                        .allowed = "dB of signal over noise, above 0 and up to 100, e.g. 25"});
  }
  return value;
}

}  // namespace

Status apply_int16_options(const ModelOptions& options, driver::CompileOptions& result) {
  for (const std::string& list : options.int16) {
    for (const std::string& name : parts_of(list)) PUDU_TRY(take(name, result));
  }
  std::optional<quantizer::Int16Search>& search = result.quantizer.int16_search;
  if (!options.accuracy.empty()) {
    if (!search) search.emplace();
    PUDU_TRY_ASSIGN(search->accuracy_db, parse_decibels(options.accuracy));
  } else if (search && !search->most) {
    search->most = usual_count;
  }
  if (search && options.calibration.empty()) {
    return usage_error({.where = options.accuracy.empty() ? "--int16 auto" : "--accuracy",
                        .found = "given without --calibration",
                        .allowed = "with calibration samples: the choice is measured on some of them"});
  }
  return {};
}

}  // namespace pudu::tools
