// One section an operator: operands, attributes with their defaults, quantization, kernels.
#include "ops/markdown.hpp"

#include <fmt/format.h>

#include <cmath>
#include <string_view>

#include "ops/registry.hpp"

namespace pudu::ops {
namespace {

std::string code(std::string_view text) {
  return fmt::format("`{}`", text);
}

std::string_view type_name(AttributeType type) {
  switch (type) {
    case AttributeType::Integer:
      return "integer";
    case AttributeType::Real:
      return "real";
    case AttributeType::Text:
      return "text";
    case AttributeType::Integers:
      return "integers";
    case AttributeType::Reals:
      return "reals";
  }
  return "";
}

template <class T>
std::string list(const std::vector<T>& values) {
  return fmt::format("[{}]", fmt::join(values, ", "));
}

struct ValuePrinter {
  std::string operator()(std::int64_t value) const { return std::to_string(value); }
  std::string operator()(double value) const { return fmt::format("{}", value); }
  std::string operator()(const std::string& value) const { return value.empty() ? "\"\"" : value; }
  std::string operator()(const std::vector<std::int64_t>& value) const { return list(value); }
  std::string operator()(const std::vector<double>& value) const { return list(value); }
};

std::string_view presence_mark(OperandPresence presence) {
  switch (presence) {
    case OperandPresence::Required:
      return "";
    case OperandPresence::Optional:
      return "?";
    case OperandPresence::Variadic:
      return "...";
  }
  return "";
}

std::string describe(const QuantizationRule& rule) {
  switch (rule.output) {
    case OutputQuantization::Observed:
      return rule.weight_input ? "observed; weights per output channel" : "observed";
    case OutputQuantization::SameAsInput:
      return "same as the input";
    case OutputQuantization::Fixed:
      return fmt::format("scale {}, zero point {}", rule.fixed_output.scale(), rule.fixed_output.zero_point);
  }
  return "";
}

std::string joined_kernels(const OpDefinition& definition) {
  std::string result;
  for (const KernelBinding* kernel : definition.kernels) {
    result += (result.empty() ? "" : ", ") + code(kernel->name);
  }
  return result.empty() ? "none" : result;
}

std::string section(const OpDefinition& definition) {
  std::string text =
      fmt::format("\n## {0}\n{1} [More](../src/ops/{0}/{0}.md)\n\n", definition.name, definition.summary);
  text += "| operand | meaning |\n|---|---|\n";
  for (const OperandSpec& operand : definition.inputs) {
    text += fmt::format("| `{}`{} | {} |\n", operand.name, presence_mark(operand.presence), operand.meaning);
  }
  if (!definition.attributes.empty()) text += "\n| attribute | type | default | meaning |\n|---|---|---|---|\n";
  for (const AttributeSpec& attribute : definition.attributes) {
    text +=
        fmt::format("| `{}` | {} | {} | {} |\n", attribute.name, type_name(attribute.type),
                    attribute.default_value ? code(std::visit(ValuePrinter{}, *attribute.default_value)) : "required",
                    attribute.meaning);
  }
  text += fmt::format("\nQuantization of the result: {}. Kernels: {}.\n", describe(definition.quantization),
                      joined_kernels(definition));
  return text;
}

}  // namespace

std::string operators_markdown() {
  std::string text =
      "# Operators\n"
      "Printed from src/ops/ops.def; do not edit. `?` marks optional operands, `...` any number of them.\n\n"
      "| operator | what it does |\n|---|---|\n";
  for (const OpDefinition* definition : all_operators()) {
    text += fmt::format("| [{0}](#{0}) | {1} |\n", definition->name, definition->summary);
  }
  for (const OpDefinition* definition : all_operators()) text += section(*definition);
  return text;
}

}  // namespace pudu::ops
