#include "pte/operators.hpp"

#include <algorithm>

#include "pte/kernel_operators.hpp"

namespace pudu::pte {
namespace {

struct Row {
  std::string_view name, overload, arguments;
};

constexpr Row rows[] = {
#define PUDU_PTE_OPERATOR(name, overload, arguments) {name, overload, arguments},
#include "pte/operators.def"
#undef PUDU_PTE_OPERATOR
};

ArgumentKind parse_kind(std::string_view type) {
  if (type == "Tensor") return ArgumentKind::Tensor;
  if (type == "Tensor?") return ArgumentKind::OptionalTensor;
  if (type == "Tensor[]") return ArgumentKind::TensorList;
  if (type == "int?") return ArgumentKind::OptionalInt;
  if (type == "float") return ArgumentKind::Double;
  if (type == "bool") return ArgumentKind::Bool;
  if (type == "int[]") return ArgumentKind::IntList;
  if (type == "int[]?") return ArgumentKind::OptionalIntList;
  return ArgumentKind::Int;  // int, ScalarType
}

Access access_of(std::string_view name) {
  if (name == "out") return Access::Write;
  return name == "scratch" || name == "output_scratch" ? Access::Scratch : Access::Read;
}

Schema parse(const Row& row) {
  Schema schema{row.name, row.overload, {}};
  for (std::string_view rest = row.arguments; !rest.empty();) {
    const std::size_t end = std::min(rest.find(", "), rest.size());
    const std::string_view argument = rest.substr(0, end);
    const std::size_t space = argument.find(' ');
    const std::string_view type = argument.substr(0, space);
    const std::string_view name = argument.substr(space + 1);
    schema.arguments.push_back({name, type, parse_kind(type), access_of(name)});
    rest.remove_prefix(std::min(end + 2, rest.size()));
  }
  return schema;
}

const std::vector<Schema>& table() {
  static const std::vector<Schema> schemas = [] {
    std::vector<Schema> parsed;
    std::transform(std::begin(rows), std::end(rows), std::back_inserter(parsed), parse);
    const std::vector<Schema> own = kernel_operator_schemas();
    parsed.insert(parsed.end(), own.begin(), own.end());
    return parsed;
  }();
  return schemas;
}

}  // namespace

bool Schema::is(std::string_view short_name) const {
  std::string_view rest = name;
  rest.remove_prefix(rest.find("::") + 2);
  if (is_nhwc()) rest.remove_suffix(std::string_view("_nhwc").size());
  return rest == short_name;
}

std::size_t Schema::position(std::string_view argument) const {
  const auto found = std::find_if(arguments.begin(), arguments.end(),
                                  [&](const Argument& candidate) { return candidate.name == argument; });
  return static_cast<std::size_t>(found - arguments.begin());
}

std::span<const Schema> schemas() {
  return table();
}

const Schema* find_schema(const Operator& op) {
  const auto found = std::find_if(table().begin(), table().end(), [&](const Schema& schema) {
    return schema.name == op.name && schema.overload == op.overload;
  });
  return found == table().end() ? nullptr : &*found;
}

bool fits(const Value& value, ArgumentKind kind) {
  switch (kind) {
    case ArgumentKind::Tensor:
      return std::holds_alternative<Tensor>(value);
    case ArgumentKind::OptionalTensor:
      return std::holds_alternative<Tensor>(value) || std::holds_alternative<Null>(value);
    case ArgumentKind::TensorList:
      return std::holds_alternative<TensorList>(value);
    case ArgumentKind::Int:
      return std::holds_alternative<std::int64_t>(value);
    case ArgumentKind::OptionalInt:
      return std::holds_alternative<std::int64_t>(value) || std::holds_alternative<Null>(value);
    case ArgumentKind::Double:
      return std::holds_alternative<double>(value);
    case ArgumentKind::Bool:
      return std::holds_alternative<bool>(value);
    case ArgumentKind::IntList:
      return std::holds_alternative<IntList>(value);
    case ArgumentKind::OptionalIntList:
      return std::holds_alternative<IntList>(value) || std::holds_alternative<Null>(value);
  }
  return false;
}

}  // namespace pudu::pte
