// Named attributes of a node: integers, floats, strings, lists of integers or floats. Ordered by name, so that printing
// is deterministic. Which attributes an operator has, their types and defaults stand in its OpDefinition (ops/).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace pudu::ir {

using AttributeValue = std::variant<std::int64_t, double, std::string, std::vector<std::int64_t>, std::vector<double>>;

class Attributes {
 public:
  void set(std::string name, AttributeValue value) { values_[std::move(name)] = std::move(value); }
  void set(std::string name, int value) { set(std::move(name), AttributeValue(static_cast<std::int64_t>(value))); }
  void set(std::string name, bool value) { set(std::move(name), AttributeValue(static_cast<std::int64_t>(value))); }
  // Without these, a number would be ambiguous and a literal would become a bool.
  void set(std::string name, std::int64_t value) { set(std::move(name), AttributeValue(value)); }
  void set(std::string name, double value) { set(std::move(name), AttributeValue(value)); }
  void set(std::string name, const char* value) { set(std::move(name), AttributeValue(std::string(value))); }
  void erase(std::string_view name);

  bool has(std::string_view name) const { return find(name) != nullptr; }
  const AttributeValue* find(std::string_view name) const;

  /// Typed reads. The operator's verifier has checked presence and type (ops::verify), so a miss is a defect of Pudu
  /// and throws std::logic_error; the driver turns that into exit code 70.
  std::int64_t integer(std::string_view name) const;
  double real(std::string_view name) const;  ///< an integer reads as a float, too
  const std::string& text(std::string_view name) const;
  const std::vector<std::int64_t>& integers(std::string_view name) const;
  const std::vector<double>& reals(std::string_view name) const;

  auto begin() const { return values_.begin(); }
  auto end() const { return values_.end(); }
  bool empty() const { return values_.empty(); }
  friend bool operator==(const Attributes&, const Attributes&) = default;

 private:
  std::map<std::string, AttributeValue, std::less<>> values_;
};

}  // namespace pudu::ir
