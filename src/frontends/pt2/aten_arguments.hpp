// The arguments of one exported node, matched by name with its operator's schema, completed with defaults and resolved:
// names of tensors to graph values, names of integers to numbers.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "frontends/pt2/aten_schema.hpp"
#include "frontends/pt2/exported_program.hpp"
#include "ir/graph.hpp"

namespace pudu::frontends {

/// Typed reads by parameter name. bind_arguments() has checked every type against the schema, so a miss is a defect of
/// the operator's translator and throws std::logic_error.
class Arguments {
 public:
  using Value = std::variant<std::monostate, ir::ValueId, std::vector<ir::ValueId>, std::int64_t,
                             std::vector<std::optional<ir::ValueId>>, std::vector<std::int64_t>, double,
                             std::vector<double>, bool, std::string, ScalarType>;

  void set(std::string_view name, Value value) { values_.insert_or_assign(std::string(name), std::move(value)); }

  bool is_none(std::string_view name) const { return std::holds_alternative<std::monostate>(find(name)); }
  bool is_tensor(std::string_view name) const { return std::holds_alternative<ir::ValueId>(find(name)); }
  ir::ValueId tensor(std::string_view name) const { return get<ir::ValueId>(name); }
  std::optional<ir::ValueId> optional_tensor(std::string_view name) const { return get_optional<ir::ValueId>(name); }
  const std::vector<ir::ValueId>& tensors(std::string_view name) const { return get<std::vector<ir::ValueId>>(name); }
  const std::vector<std::optional<ir::ValueId>>& optional_tensors(std::string_view name) const {
    return get<std::vector<std::optional<ir::ValueId>>>(name);
  }
  std::int64_t integer(std::string_view name) const { return get<std::int64_t>(name); }
  std::optional<std::int64_t> optional_integer(std::string_view name) const { return get_optional<std::int64_t>(name); }
  /// Empty when None.
  std::vector<std::int64_t> integers(std::string_view name) const;
  /// Numbers of either type.
  double number(std::string_view name) const { return get<double>(name); }
  std::optional<double> optional_number(std::string_view name) const { return get_optional<double>(name); }
  /// Empty when None.
  std::vector<double> reals(std::string_view name) const;
  bool flag(std::string_view name) const { return get<bool>(name); }
  const std::string& text(std::string_view name) const { return get<std::string>(name); }
  std::optional<ScalarType> dtype(std::string_view name) const { return get_optional<ScalarType>(name); }

 private:
  const Value& find(std::string_view name) const;
  template <class T>
  const T& get(std::string_view name) const;
  template <class T>
  std::optional<T> get_optional(std::string_view name) const;

  std::map<std::string, Value, std::less<>> values_;
};

/// What names stand for where the node is executed.
struct NameResolver {
  std::function<Result<ir::ValueId>(const std::string&)> tensor;
  std::function<Result<std::int64_t>(const std::string&)> integer;
};

/// InvalidInput: an argument is missing or has another type. Unsupported: one that the schema does not have.
Result<Arguments> bind_arguments(const Schema& schema, const ExportedNode& node, const NameResolver& resolver);

}  // namespace pudu::frontends
