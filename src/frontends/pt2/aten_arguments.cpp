#include "frontends/pt2/aten_arguments.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <utility>

namespace pudu::frontends {

namespace {

// Sizes of tensors stay below this, so no honest stride, padding or axis comes near; translators may add and multiply
// two such numbers. "To the end" in slices is a huge number, for which this one does as well.
constexpr std::int64_t max_integer = std::int64_t{1} << 31;

Error argument_error(std::string_view name, std::string_view found, std::string_view allowed) {
  return invalid_input({"", "", fmt::format("argument '{}' is {}", name, found), std::string(allowed), ""});
}

std::string_view type_text(ParameterType type) {
  switch (type) {
    case ParameterType::Tensor:
      return "a tensor";
    case ParameterType::TensorList:
    case ParameterType::OptionalTensorList:
      return "a list of tensors";
    case ParameterType::Operand:
      return "a tensor or a number";
    case ParameterType::Int:
      return "an integer";
    case ParameterType::IntList:
      return "a list of integers";
    case ParameterType::Float:
    case ParameterType::Scalar:
      return "a number";
    case ParameterType::FloatList:
      return "a list of numbers";
    case ParameterType::Bool:
      return "True or False";
    case ParameterType::Text:
      return "a text";
    case ParameterType::DType:
      return "a data type";
    case ParameterType::Ignored:
      break;
  }
  return "anything";
}

class Binder {
 public:
  Binder(const Parameter& parameter, const NameResolver& resolver) : parameter_(parameter), resolver_(resolver) {}

  Result<Arguments::Value> bind(const Argument& argument) const {
    if (parameter_.type == ParameterType::Ignored) return Arguments::Value();
    if (std::holds_alternative<NoneArgument>(argument)) {
      if (parameter_.is_optional) return Arguments::Value();
      return wrong_type();
    }
    switch (parameter_.type) {
      case ParameterType::Tensor:
        return bind_tensor(argument);
      case ParameterType::TensorList:
        return bind_tensors(argument);
      case ParameterType::OptionalTensorList:
        return bind_optional_tensors(argument);
      case ParameterType::Operand:
        return std::holds_alternative<TensorArgument>(argument) ? bind_tensor(argument) : bind_number(argument);
      case ParameterType::Int:
        return bind_integer(argument);
      case ParameterType::IntList:
        return bind_integers(argument);
      case ParameterType::Float:
      case ParameterType::Scalar:
        return bind_number(argument);
      case ParameterType::FloatList:
        return bind_numbers(argument);
      case ParameterType::Bool:
        return bind_plain<bool>(argument);
      case ParameterType::Text:
        return bind_plain<std::string>(argument);
      default:
        return bind_data_type(argument);
    }
  }

 private:
  Error wrong_type() const { return argument_error(parameter_.name, "of another type", type_text(parameter_.type)); }

  template <class T>
  Result<Arguments::Value> bind_plain(const Argument& argument) const {
    if (const T* value = std::get_if<T>(&argument)) return Arguments::Value(*value);
    return wrong_type();
  }

  Result<Arguments::Value> bind_tensor(const Argument& argument) const {
    const auto* tensor = std::get_if<TensorArgument>(&argument);
    if (tensor == nullptr) return wrong_type();
    PUDU_TRY_ASSIGN(const ir::ValueId value, resolver_.tensor(tensor->name));
    return Arguments::Value(value);
  }

  Result<Arguments::Value> bind_tensors(const Argument& argument) const {
    const auto* list = std::get_if<TensorListArgument>(&argument);
    if (list == nullptr) return wrong_type();
    std::vector<ir::ValueId> values;
    for (const std::optional<std::string>& name : list->names) {
      if (!name) return wrong_type();
      PUDU_TRY_ASSIGN(const ir::ValueId value, resolver_.tensor(*name));
      values.push_back(value);
    }
    return Arguments::Value(std::move(values));
  }

  Result<Arguments::Value> bind_optional_tensors(const Argument& argument) const {
    const auto* list = std::get_if<TensorListArgument>(&argument);
    if (list == nullptr) return wrong_type();
    std::vector<std::optional<ir::ValueId>> values;
    for (const std::optional<std::string>& name : list->names) {
      std::optional<ir::ValueId>& value = values.emplace_back();
      if (name) {
        PUDU_TRY_ASSIGN(value, resolver_.tensor(*name));
      }
    }
    return Arguments::Value(std::move(values));
  }

  Result<std::int64_t> resolve(const IntArgument& argument) const {
    std::int64_t value = argument.value;
    if (!argument.name.empty()) {
      PUDU_TRY_ASSIGN(value, resolver_.integer(argument.name));
    }
    const bool is_slice_bound = parameter_.name == "start" || parameter_.name == "end";
    if (is_slice_bound) return std::clamp(value, -max_integer, max_integer);
    if (value < -max_integer || value > max_integer) {
      return argument_error(parameter_.name, fmt::to_string(value), "less than 2^31");
    }
    return value;
  }

  Result<Arguments::Value> bind_integer(const Argument& argument) const {
    const auto* integer = std::get_if<IntArgument>(&argument);
    if (integer == nullptr) return wrong_type();
    PUDU_TRY_ASSIGN(const std::int64_t value, resolve(*integer));
    return Arguments::Value(value);
  }

  Result<Arguments::Value> bind_integers(const Argument& argument) const {
    std::vector<std::int64_t> values;
    if (const auto* single = std::get_if<IntArgument>(&argument)) {
      PUDU_TRY_ASSIGN(const std::int64_t value, resolve(*single));
      values.push_back(value);
    } else if (const auto* list = std::get_if<IntListArgument>(&argument)) {
      for (const IntArgument& element : list->elements) {
        PUDU_TRY_ASSIGN(const std::int64_t value, resolve(element));
        values.push_back(value);
      }
    } else {
      return wrong_type();
    }
    const std::size_t length = parameter_.list_length;
    if (values.size() == 1 && length > 1) values.assign(length, values[0]);
    // An empty list stands for "as the kernel" in pooling strides.
    if (length > 0 && !values.empty() && values.size() != length) {
      return argument_error(parameter_.name, fmt::format("a list of {} integers", values.size()),
                            fmt::format("1 or {}", length));
    }
    return Arguments::Value(std::move(values));
  }

  Result<Arguments::Value> bind_number(const Argument& argument) const {
    double value = 0;
    if (const auto* real = std::get_if<double>(&argument)) {
      value = *real;
    } else if (const auto* boolean = std::get_if<bool>(&argument)) {
      value = *boolean ? 1.0 : 0.0;
    } else if (const auto* integer = std::get_if<IntArgument>(&argument)) {
      value = static_cast<double>(integer->value);
      if (!integer->name.empty()) {
        PUDU_TRY_ASSIGN(const std::int64_t number, resolver_.integer(integer->name));
        value = static_cast<double>(number);
      }
    } else {
      return wrong_type();
    }
    if (std::isnan(value)) return argument_error(parameter_.name, "NaN", "a number");
    return Arguments::Value(value);
  }

  Result<Arguments::Value> bind_numbers(const Argument& argument) const {
    std::vector<double> values;
    if (const auto* reals = std::get_if<std::vector<double>>(&argument)) {
      values = *reals;
    } else if (const auto* integers = std::get_if<IntListArgument>(&argument)) {
      for (const IntArgument& element : integers->elements) {
        PUDU_TRY_ASSIGN(const std::int64_t value, resolve(element));
        values.push_back(static_cast<double>(value));
      }
    } else {
      return wrong_type();
    }
    const bool all_finite =
        std::all_of(values.begin(), values.end(), [](double value) { return std::isfinite(value); });
    if (!all_finite) return argument_error(parameter_.name, "a list with NaN or an infinite number", "finite numbers");
    return Arguments::Value(std::move(values));
  }

  Result<Arguments::Value> bind_data_type(const Argument& argument) const {
    const auto* type = std::get_if<ScalarTypeArgument>(&argument);
    if (type == nullptr) return wrong_type();
    return Arguments::Value(type->type);
  }

  const Parameter& parameter_;
  const NameResolver& resolver_;
};

Status check_no_unknown_argument(const Schema& schema, const ExportedNode& node) {
  for (const NamedArgument& argument : node.inputs) {
    const bool is_known = std::any_of(schema.begin(), schema.end(),
                                      [&](const Parameter& parameter) { return parameter.name == argument.name; });
    if (is_known) continue;
    return unsupported(
        {"", "", fmt::format("argument '{}' of {} is not known", argument.name, short_target(node.target)), "", ""});
  }
  return {};
}

}  // namespace

const Arguments::Value& Arguments::find(std::string_view name) const {
  const auto found = values_.find(name);
  if (found == values_.end()) throw std::logic_error("no argument named " + std::string(name));
  return found->second;
}

template <class T>
const T& Arguments::get(std::string_view name) const {
  const T* value = std::get_if<T>(&find(name));
  if (value == nullptr) throw std::logic_error("argument " + std::string(name) + " has another type");
  return *value;
}

template <class T>
std::optional<T> Arguments::get_optional(std::string_view name) const {
  if (is_none(name)) return std::nullopt;
  return get<T>(name);
}

template const ir::ValueId& Arguments::get<ir::ValueId>(std::string_view) const;
template const std::vector<ir::ValueId>& Arguments::get<std::vector<ir::ValueId>>(std::string_view) const;
template const std::vector<std::optional<ir::ValueId>>& Arguments::get<std::vector<std::optional<ir::ValueId>>>(
    std::string_view) const;
template const std::int64_t& Arguments::get<std::int64_t>(std::string_view) const;
template const double& Arguments::get<double>(std::string_view) const;
template const bool& Arguments::get<bool>(std::string_view) const;
template const std::string& Arguments::get<std::string>(std::string_view) const;
template std::optional<ir::ValueId> Arguments::get_optional<ir::ValueId>(std::string_view) const;
template std::optional<std::int64_t> Arguments::get_optional<std::int64_t>(std::string_view) const;
template std::optional<double> Arguments::get_optional<double>(std::string_view) const;
template std::optional<ScalarType> Arguments::get_optional<ScalarType>(std::string_view) const;

std::vector<std::int64_t> Arguments::integers(std::string_view name) const {
  if (is_none(name)) return {};
  return get<std::vector<std::int64_t>>(name);
}

std::vector<double> Arguments::reals(std::string_view name) const {
  if (is_none(name)) return {};
  return get<std::vector<double>>(name);
}

Result<Arguments> bind_arguments(const Schema& schema, const ExportedNode& node, const NameResolver& resolver) {
  PUDU_TRY(check_no_unknown_argument(schema, node));
  Arguments arguments;
  for (const Parameter& parameter : schema) {
    const auto given = std::find_if(node.inputs.begin(), node.inputs.end(),
                                    [&](const NamedArgument& argument) { return argument.name == parameter.name; });
    if (given == node.inputs.end() && !parameter.default_value) {
      return invalid_input({"", "", fmt::format("argument '{}' is missing", parameter.name),
                            std::string(type_text(parameter.type)), ""});
    }
    const Argument& argument = given == node.inputs.end() ? *parameter.default_value : given->value;
    PUDU_TRY_ASSIGN(Arguments::Value value, Binder(parameter, resolver).bind(argument));
    arguments.set(parameter.name, std::move(value));
  }
  return arguments;
}

}  // namespace pudu::frontends
