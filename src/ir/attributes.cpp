#include "ir/attributes.hpp"

#include <stdexcept>

namespace pudu::ir {
namespace {

[[noreturn]] void miss(std::string_view name, std::string_view type) {
  throw std::logic_error("attribute '" + std::string(name) + "' is not " + std::string(type) +
                         "; ops::verify must have been called before");
}

template <class T>
const T& read(const Attributes& attributes, std::string_view name, std::string_view type) {
  const AttributeValue* const value = attributes.find(name);
  if (value == nullptr || !std::holds_alternative<T>(*value)) miss(name, type);
  return std::get<T>(*value);
}

}  // namespace

void Attributes::erase(std::string_view name) {
  const auto found = values_.find(name);
  if (found != values_.end()) values_.erase(found);
}

const AttributeValue* Attributes::find(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? nullptr : &found->second;
}

std::int64_t Attributes::integer(std::string_view name) const {
  return read<std::int64_t>(*this, name, "an integer");
}

double Attributes::real(std::string_view name) const {
  const AttributeValue* const value = find(name);
  if (value != nullptr && std::holds_alternative<std::int64_t>(*value)) {
    return static_cast<double>(std::get<std::int64_t>(*value));
  }
  return read<double>(*this, name, "a real");
}

const std::string& Attributes::text(std::string_view name) const {
  return read<std::string>(*this, name, "a text");
}

const std::vector<std::int64_t>& Attributes::integers(std::string_view name) const {
  return read<std::vector<std::int64_t>>(*this, name, "a list of integers");
}

const std::vector<double>& Attributes::reals(std::string_view name) const {
  return read<std::vector<double>>(*this, name, "a list of reals");
}

}  // namespace pudu::ir
