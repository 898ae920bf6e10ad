#include "frontends/pt2/json.hpp"

#include <fmt/format.h>

#include <limits>

namespace pudu::frontends {

namespace {

// Deeper than any exported program; keeps the parser's memory small whatever the file says.
constexpr std::size_t max_depth = 256;

Error json_error(const std::string& entry, std::string found) {
  return invalid_input({"", entry, std::move(found), "", ""});
}

}  // namespace

JsonValue JsonValue::member(std::string_view key, const simdjson::dom::element& element) const {
  return {element, entry_, path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key)};
}

Error JsonValue::fault(std::string_view expected) const {
  return json_error(entry_, fmt::format("field '{}' is not {}", path_, expected));
}

bool JsonValue::is_null() const {
  return element_.is_null();
}

Result<JsonValue> JsonValue::field(std::string_view key) const {
  PUDU_TRY_ASSIGN(std::optional<JsonValue> value, optional_field(key));
  if (!value) {
    const std::string path = path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key);
    return json_error(entry_, fmt::format("field '{}' is missing", path));
  }
  return *std::move(value);
}

Result<std::optional<JsonValue>> JsonValue::optional_field(std::string_view key) const {
  simdjson::dom::object object;
  if (element_.get_object().get(object) != simdjson::SUCCESS) return fault("an object");
  simdjson::dom::element element;
  if (object.at_key(key).get(element) != simdjson::SUCCESS || element.is_null()) return std::optional<JsonValue>();
  return std::optional<JsonValue>(member(key, element));
}

Result<std::vector<JsonValue>> JsonValue::elements() const {
  simdjson::dom::array array;
  if (element_.get_array().get(array) != simdjson::SUCCESS) return fault("a list");
  std::vector<JsonValue> result;
  for (const simdjson::dom::element element : array) {
    result.push_back({element, entry_, fmt::format("{}[{}]", path_, result.size())});
  }
  return result;
}

Result<std::vector<std::pair<std::string, JsonValue>>> JsonValue::members() const {
  simdjson::dom::object object;
  if (element_.get_object().get(object) != simdjson::SUCCESS) return fault("an object");
  std::vector<std::pair<std::string, JsonValue>> result;
  for (const simdjson::dom::key_value_pair pair : object) {
    result.emplace_back(std::string(pair.key), member(pair.key, pair.value));
  }
  return result;
}

Result<std::pair<std::string, JsonValue>> JsonValue::only_member() const {
  PUDU_TRY_ASSIGN(auto all, members());
  if (all.size() != 1) return fault("an object of one member");
  return std::move(all.front());
}

Result<std::string> JsonValue::text() const {
  std::string_view view;
  if (element_.get_string().get(view) != simdjson::SUCCESS) return fault("a text");
  return std::string(view);
}

Result<std::int64_t> JsonValue::integer() const {
  std::int64_t value = 0;
  if (element_.get_int64().get(value) != simdjson::SUCCESS) return fault("an integer of 64 bits");
  return value;
}

Result<double> JsonValue::real() const {
  double value = 0;
  if (element_.get_double().get(value) == simdjson::SUCCESS) return value;
  std::string_view view;
  if (element_.get_string().get(view) == simdjson::SUCCESS) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    if (view == "Infinity") return infinity;
    if (view == "-Infinity") return -infinity;
    if (view == "NaN") return std::numeric_limits<double>::quiet_NaN();
  }
  return fault("a number");
}

Result<bool> JsonValue::boolean() const {
  bool value = false;
  if (element_.get_bool().get(value) != simdjson::SUCCESS) return fault("true or false");
  return value;
}

Result<JsonDocument> JsonDocument::parse(std::span<const std::byte> text, std::string_view entry) {
  if (text.empty()) return json_error(std::string(entry), "is empty");
  JsonDocument document;
  document.entry_ = entry;
  document.parser_ = std::make_unique<simdjson::dom::parser>();
  simdjson::error_code failure = document.parser_->allocate(text.size(), max_depth);
  if (failure == simdjson::SUCCESS) {
    failure = document.parser_->parse(reinterpret_cast<const char*>(text.data()), text.size()).get(document.root_);
  }
  if (failure != simdjson::SUCCESS) {
    return json_error(document.entry_, fmt::format("is not valid JSON: {}", simdjson::error_message(failure)));
  }
  return document;
}

}  // namespace pudu::frontends
