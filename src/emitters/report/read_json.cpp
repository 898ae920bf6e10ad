// Reads report.json back. Total: any bytes give a Report or one diagnostic that names the field. What it accepts is
// consistent (steps and addresses in range), so that its users need not look again.
#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "emitters/report/memory_timeline.hpp"
#include "emitters/report/report.hpp"
#include "emitters/report/report_fields.hpp"

namespace pudu::emitters {
namespace {

using Json = nlohmann::json;

constexpr std::int64_t largest_exact_integer = std::int64_t{1} << 53;  // of a JSON number, which others read as double
constexpr std::size_t longest_quoted_text = 60;
constexpr const char* other_version_hint = "was it written by another version of Pudu? then compile the model again";

/// A found value as a diagnostic shows it.
std::string describe(const Json& value) {
  if (value.is_array()) return "an array";
  if (value.is_object()) return "an object";
  std::string text = value.dump(-1, ' ', /*ensure_ascii=*/true, Json::error_handler_t::replace);
  if (text.size() > longest_quoted_text) text = text.substr(0, longest_quoted_text) + "...";
  return value.is_string() ? "the text " + text : text;
}

/// Keeps the first fault; whoever sees one stops.
class Fault {
 public:
  explicit operator bool() const { return error_.has_value(); }
  void set(Diagnostic diagnostic) {
    if (!error_) error_ = invalid_input(std::move(diagnostic));
  }
  void set_wrong_type(const std::string& path, const Json& value, std::string allowed) {
    set({.where = path, .found = describe(value), .allowed = std::move(allowed)});
  }
  Error take() && { return *std::move(error_); }

 private:
  std::optional<Error> error_;
};

class ObjectReader {
 public:
  ObjectReader(const Json& value, std::string path, Fault& fault)
      : object_(value), path_(std::move(path)), fault_(fault) {
    if (!object_.is_object()) fault_.set_wrong_type(path_.empty() ? "report" : path_, object_, "an object");
  }

  template <class T>
  void operator()(const char* name, T& field);

  template <class Body>
  void group(const char* name, const Body& body) {
    const Json* value = find(name);
    if (value == nullptr) return;
    ObjectReader nested(*value, path_of(name), fault_);
    body(nested);
    nested.reject_unknown_fields();
  }

  /// To be called when all fields have been read.
  void reject_unknown_fields() {
    if (fault_) return;
    for (const auto& [name, value] : object_.items()) {
      if (known_.contains(name)) continue;
      // Through describe, because the name may hold anything.
      fault_.set({.where = path_.empty() ? "report" : path_,
                  .found = "an unknown field, " + describe(Json(name)),
                  .allowed = "the fields that docs/report.md lists",
                  .hint = other_version_hint});
      return;
    }
  }

 private:
  std::string path_of(const char* name) const { return path_.empty() ? name : path_ + "." + name; }

  const Json* find(const char* name) {
    if (fault_) return nullptr;
    known_.insert(name);
    const auto found = object_.find(name);
    if (found != object_.end()) return &*found;
    fault_.set(
        {.where = path_of(name), .found = "missing", .allowed = "a report has this field", .hint = other_version_hint});
    return nullptr;
  }

  const Json& object_;
  std::string path_;
  Fault& fault_;
  std::set<std::string, std::less<>> known_;
};

void read_value(const Json& value, const std::string& path, Fault& fault, std::string& field) {
  if (!value.is_string()) return fault.set_wrong_type(path, value, "a text");
  field = value.get<std::string>();
}

template <class T>
requires std::is_integral_v<T>
void read_value(const Json& value, const std::string& path, Fault& fault, T& field) {
  constexpr auto largest = static_cast<std::int64_t>(
      std::min<std::uint64_t>(std::numeric_limits<T>::max(), std::uint64_t{largest_exact_integer}));
  constexpr std::int64_t smallest = std::is_unsigned_v<T> ? 0
                                    : sizeof(T) >= 8      ? -largest
                                                          : std::int64_t{std::numeric_limits<std::int32_t>::min()};
  // The parser stores an integer as unsigned when it has no sign, and as double when 64 bits do not hold it.
  const bool fits = value.is_number_unsigned() ? value.get<std::uint64_t>() <= static_cast<std::uint64_t>(largest)
                                               : value.is_number_integer() && value.get<std::int64_t>() >= smallest;
  if (!fits) {
    return fault.set_wrong_type(path, value,
                                "an integer from " + std::to_string(smallest) + " to " + std::to_string(largest));
  }
  field = value.get<T>();
}

template <class T>
requires std::is_floating_point_v<T>
void read_value(const Json& value, const std::string& path, Fault& fault, T& field) {
  if (!value.is_number() || std::abs(value.get<double>()) > std::numeric_limits<T>::max()) {
    return fault.set_wrong_type(path, value, std::is_same_v<T, float> ? "a float32 number" : "a number");
  }
  field = value.get<T>();
}

void read_value(const Json& value, const std::string& path, Fault& fault, ReportExtent& extent) {
  if (!value.is_array() || value.size() != 4) {
    return fault.set_wrong_type(path, value, "an array of begin_step, end_step, begin_byte and end_byte");
  }
  read_value(value[0], path + "[0]", fault, extent.begin_step);
  read_value(value[1], path + "[1]", fault, extent.end_step);
  read_value(value[2], path + "[2]", fault, extent.begin_byte);
  read_value(value[3], path + "[3]", fault, extent.end_byte);
}

template <class T>
requires std::is_class_v<T>
void read_value(const Json& value, const std::string& path, Fault& fault, T& object) {
  ObjectReader reader(value, path, fault);
  visit_fields(object, reader);
  reader.reject_unknown_fields();
}

template <class T>
void read_value(const Json& value, const std::string& path, Fault& fault, std::optional<T>& field) {
  if (!value.is_null()) read_value(value, path, fault, field.emplace());
}

template <class T>
void read_value(const Json& value, const std::string& path, Fault& fault, std::vector<T>& elements) {
  if (!value.is_array()) return fault.set_wrong_type(path, value, "an array");
  for (std::size_t i = 0; i < value.size() && !fault; ++i) {
    read_value(value[i], path + "[" + std::to_string(i) + "]", fault, elements.emplace_back());
  }
}

template <class T>
void ObjectReader::operator()(const char* name, T& field) {
  if (const Json* value = find(name)) read_value(*value, path_of(name), fault_, field);
}

template <std::size_t N>
void check_choice(const std::string& path, const std::string& text, const std::array<const char*, N>& choices,
                  Fault& fault) {
  if (std::find(choices.begin(), choices.end(), text) != choices.end()) return;
  std::string allowed;
  for (const char* choice : choices) allowed += (allowed.empty() ? "" : ", ") + std::string(choice);
  fault.set_wrong_type(path, Json(text), std::move(allowed));
}

void check_not_negative(const std::string& path, std::int64_t number, Fault& fault) {
  if (number < 0) fault.set({.where = path, .found = std::to_string(number), .allowed = "not negative"});
}

void check_layer(const PlanView& plan, const std::string& path, std::int64_t layer, Fault& fault) {
  if (layer >= 0 && static_cast<std::size_t>(layer) < plan.layers.size()) return;
  fault.set({.where = path,
             .found = "layer " + std::to_string(layer),
             .allowed = "one of " + std::to_string(plan.layers.size()) + " layers"});
}

void check_extent(const PlanView& plan, const std::string& path, const ReportBuffer& buffer, const ReportExtent& extent,
                  Fault& fault) {
  const bool steps_are_good = 0 <= extent.begin_step && extent.begin_step < extent.end_step &&
                              static_cast<std::size_t>(extent.end_step) <= plan.count_steps();
  if (steps_are_good && extent.begin_byte < extent.end_byte && extent.end_byte <= buffer.bytes) return;
  fault.set({.where = path,
             .found = "bytes " + std::to_string(extent.begin_byte) + " up to " + std::to_string(extent.end_byte) +
                      " from step " + std::to_string(extent.begin_step) + " up to step " +
                      std::to_string(extent.end_step),
             .allowed = "inside the buffer's " + std::to_string(buffer.bytes) + " bytes and the " +
                        std::to_string(plan.count_steps()) + " steps, none empty"});
}

void check_buffer(const PlanView& plan, const std::string& path, const ReportBuffer& buffer, Fault& fault) {
  check_choice(path + ".kind", buffer.kind, std::array{"input", "activation", "output", "scratch"}, fault);
  if (buffer.offset > plan.arena_bytes || buffer.bytes > plan.arena_bytes - buffer.offset) {
    fault.set({.where = path,
               .found = std::to_string(buffer.bytes) + " bytes at offset " + std::to_string(buffer.offset),
               .allowed = "inside the arena of " + std::to_string(plan.arena_bytes) + " bytes"});
  }
  const std::size_t steps = plan.count_steps();
  if (buffer.begin_step < 0 || buffer.begin_step >= buffer.end_step ||
      static_cast<std::size_t>(buffer.end_step) > steps) {
    fault.set({.where = path,
               .found = "alive from step " + std::to_string(buffer.begin_step) + " up to step " +
                        std::to_string(buffer.end_step),
               .allowed = "0 <= begin_step < end_step <= " + std::to_string(steps)});
  }
  if (buffer.written_by) check_layer(plan, path + ".written_by", *buffer.written_by, fault);
  for (const int layer : buffer.read_by) check_layer(plan, path + ".read_by", layer, fault);
  for (std::size_t i = 0; i < buffer.extents.size() && !fault; ++i) {
    check_extent(plan, path + ".extents[" + std::to_string(i) + "]", buffer, buffer.extents[i], fault);
  }
}

void check_plan(const PlanView& plan, const std::string& path, Fault& fault) {
  for (std::size_t i = 0; i < plan.steps.size() && !fault; ++i) {
    const std::string where = path + "steps[" + std::to_string(i) + "]";
    check_choice(where + ".kind", plan.steps[i].kind, std::array{"whole", "rows", "slide", "feed"}, fault);
    if (plan.steps[i].layer) check_layer(plan, where + ".layer", *plan.steps[i].layer, fault);
  }
  for (std::size_t i = 0; i < plan.buffers.size() && !fault; ++i) {
    check_buffer(plan, path + "buffers[" + std::to_string(i) + "]", plan.buffers[i], fault);
  }
}

void check_consistency(const Report& report, Fault& fault) {
  check_not_negative("macs", report.macs, fault);
  check_not_negative("parameters", report.parameters, fault);
  check_not_negative("planning.traced_steps", report.planning.traced_steps, fault);
  check_not_negative("planning.packed_arenas", report.planning.packed_arenas, fault);
  check_not_negative("planning.packing_work", report.planning.packing_work, fault);
  for (std::size_t i = 0; i < report.io.size(); ++i) {
    const std::string path = "io[" + std::to_string(i) + "]";
    check_choice(path + ".direction", report.io[i].direction, std::array{"input", "output"}, fault);
    check_choice(path + ".dtype", report.io[i].dtype, std::array{"int8", "uint8", "int16", "int32", "float32"}, fault);
  }
  for (std::size_t i = 0; i < report.layers.size(); ++i) {
    check_not_negative("layers[" + std::to_string(i) + "].macs", report.layers[i].macs, fault);
  }
  for (std::size_t i = 0; i < report.regions.size(); ++i) {
    check_choice("regions[" + std::to_string(i) + "].kind", report.regions[i].kind, std::array{"ram", "flash"}, fault);
  }
  check_plan(compiled_plan(report), "", fault);
  if (report.layerwise) check_plan(layerwise_plan(report), "layerwise.", fault);
}

std::string line_and_column(std::string_view text, std::size_t byte) {
  const std::string_view before = text.substr(0, std::min(byte > 0 ? byte - 1 : 0, text.size()));
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const std::size_t line_break = before.rfind('\n');
  const std::size_t column = before.size() - (line_break == std::string_view::npos ? 0 : line_break + 1) + 1;
  return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

Result<Json> parse_json(std::string_view text) {
  try {
    return Json::parse(text.begin(), text.end());
  } catch (const Json::parse_error& error) {
    return invalid_input({.where = line_and_column(text, error.byte), .found = "not JSON", .allowed = "a report.json"});
  } catch (const Json::exception&) {  // a number beyond double
    return invalid_input({.where = "report", .found = "a number that is too large", .allowed = "a report.json"});
  }
}

}  // namespace

Result<Report> report_from_json(std::string_view json) {
  PUDU_TRY_ASSIGN(const Json value, parse_json(json));
  Fault fault;
  Report report;
  read_value(value, "", fault, report);
  if (!fault) check_consistency(report, fault);
  if (fault) return std::move(fault).take();
  return report;
}

}  // namespace pudu::emitters
