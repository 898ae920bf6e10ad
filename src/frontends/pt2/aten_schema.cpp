#include "frontends/pt2/aten_schema.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>
#include <string>

namespace pudu::frontends {

namespace {

struct TypeName {
  std::string_view name;
  ParameterType type;
};

constexpr TypeName type_names[] = {
    {"Tensor", ParameterType::Tensor},
    {"Tensor|Scalar", ParameterType::Operand},
    {"int", ParameterType::Int},
    {"float", ParameterType::Float},
    {"bool", ParameterType::Bool},
    {"Scalar", ParameterType::Scalar},
    {"str", ParameterType::Text},
    {"ScalarType", ParameterType::DType},
    {"Layout", ParameterType::Ignored},
    {"Device", ParameterType::Ignored},
    {"MemoryFormat", ParameterType::Ignored},
};

[[noreturn]] void fail(std::string_view text) {
  throw std::logic_error("malformed operator schema: " + std::string(text));
}

std::string_view trim(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  return text.substr(0, text.find_last_not_of(' ') + 1);
}

template <class T>
std::optional<T> parse_number(std::string_view text) {
  T value{};
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Argument parse_list_default(std::string_view text, std::size_t length) {
  IntListArgument list;
  if (text == "[]") return list;
  const std::optional<std::int64_t> number = parse_number<std::int64_t>(text);
  if (!number) fail(text);
  list.elements.assign(std::max<std::size_t>(length, 1), IntArgument{"", *number});
  return list;
}

Argument parse_default(std::string_view text, const Parameter& parameter) {
  if (text == "None" || parameter.type == ParameterType::Ignored) return NoneArgument{};
  if (parameter.type == ParameterType::IntList) return parse_list_default(text, parameter.list_length);
  if (parameter.type == ParameterType::Text) return std::string(text);
  if (text == "True" || text == "False") return text == "True";
  if (const auto integer = parse_number<std::int64_t>(text)) return IntArgument{"", *integer};
  if (const auto real = parse_number<double>(text)) return *real;
  fail(text);
}

/// "int[2]?": the type, whether it is a list, the list's length and whether None is allowed.
void parse_type(std::string_view text, Parameter& parameter) {
  if (text == "Tensor?[]") {
    parameter.type = ParameterType::OptionalTensorList;
    return;
  }
  if (text.ends_with('?')) {
    parameter.is_optional = true;
    text.remove_suffix(1);
  }
  bool is_list = false;
  if (text.ends_with(']')) {
    const std::size_t bracket = text.find('[');
    const std::string_view length = text.substr(bracket + 1, text.size() - bracket - 2);
    if (!length.empty()) parameter.list_length = parse_number<std::size_t>(length).value_or(0);
    is_list = true;
    text = text.substr(0, bracket);
  }
  const auto* row = std::find_if(std::begin(type_names), std::end(type_names),
                                 [&](const TypeName& type) { return type.name == text; });
  if (row == std::end(type_names)) fail(text);
  parameter.type = row->type;
  if (!is_list) return;
  if (row->type == ParameterType::Int) {
    parameter.type = ParameterType::IntList;
  } else if (row->type == ParameterType::Float) {
    parameter.type = ParameterType::FloatList;
  } else if (row->type == ParameterType::Tensor) {
    parameter.type = ParameterType::TensorList;
  } else {
    fail(text);
  }
}

Parameter parse_parameter(std::string_view text) {
  text = trim(text);
  Parameter parameter;
  const std::size_t space = text.find(' ');
  if (space == std::string_view::npos) fail(text);
  parse_type(text.substr(0, space), parameter);
  const std::string_view rest = trim(text.substr(space));
  const std::size_t equals = rest.find('=');
  parameter.name = rest.substr(0, equals);
  if (equals != std::string_view::npos) parameter.default_value = parse_default(rest.substr(equals + 1), parameter);
  return parameter;
}

}  // namespace

Schema parse_schema(std::string_view text) {
  Schema schema;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    schema.push_back(parse_parameter(text.substr(0, comma)));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return schema;
}

}  // namespace pudu::frontends
