// Writes report.json: ASCII, one line per layer, buffer and stage, the same bytes for the same report.
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "emitters/report/report.hpp"
#include "emitters/report/report_fields.hpp"

namespace pudu::emitters {
namespace {

using Json = nlohmann::ordered_json;

/// The double that prints as the float's shortest decimal (0.1, not 0.10000000149011612) and still reads back as the
/// same float.
double with_few_digits(float value) {
  char digits[32];
  const auto written = std::to_chars(digits, digits + sizeof digits, value);
  double shortest = 0;
  std::from_chars(digits, written.ptr, shortest);
  return static_cast<float>(shortest) == value ? shortest : static_cast<double>(value);
}

template <class T>
Json to_value(const T& field);

/// A number that JSON cannot express is unknown to its reader, too: null.
Json to_value(double number) {
  return std::isfinite(number) ? Json(number) : Json(nullptr);
}
Json to_value(float number) {
  return std::isfinite(number) ? Json(with_few_digits(number)) : Json(nullptr);
}
/// Four numbers instead of an object: there may be thousands.
Json to_value(const ReportExtent& extent) {
  return Json::array({extent.begin_step, extent.end_step, extent.begin_byte, extent.end_byte});
}
template <class T>
Json to_value(const std::optional<T>& field) {
  return field ? to_value(*field) : Json(nullptr);
}
template <class T>
Json to_value(const std::vector<T>& elements) {
  Json array = Json::array();
  for (const T& element : elements) array.push_back(to_value(element));
  return array;
}

class ObjectWriter {
 public:
  template <class T>
  void operator()(const char* name, const T& field) {
    object_[name] = to_value(field);
  }

  template <class Body>
  void group(const char* name, const Body& body) {
    ObjectWriter nested;
    body(nested);
    object_[name] = std::move(nested).take();
  }

  Json take() && { return std::move(object_); }

 private:
  Json object_ = Json::object();
};

template <class T>
Json to_value(const T& field) {
  if constexpr (std::is_arithmetic_v<T> || std::is_same_v<T, std::string>) {
    return field;
  } else {
    ObjectWriter writer;
    visit_fields(field, writer);
    return std::move(writer).take();
  }
}

/// Bytes that are not UTF-8 become U+FFFD; all else that is not ASCII is escaped.
std::string on_one_line(const Json& value) {
  return value.dump(-1, ' ', /*ensure_ascii=*/true, Json::error_handler_t::replace);
}

std::string on_lines(const Json& value) {
  if (!value.is_array() || value.empty() || !value.front().is_object()) return on_one_line(value);
  std::string text;
  for (const Json& element : value) text += (text.empty() ? "[\n    " : ",\n    ") + on_one_line(element);
  return text + "\n  ]";
}

}  // namespace

std::string to_json(const ReportValidation& validation) {
  return on_one_line(to_value(validation));
}

std::string to_json(const Report& report) {
  std::string text;
  const Json object = to_value(report);
  for (const auto& [name, value] : object.items()) {
    text += (text.empty() ? "{\n  " : ",\n  ") + on_one_line(name) + ": " + on_lines(value);
  }
  return text + "\n}\n";
}

}  // namespace pudu::emitters
