// The registry of operators: tables derived from ops.def, and the checks that hold for every operator alike.
#include "ops/registry.hpp"

#include <algorithm>
#include <map>
#include <stdexcept>
#include <string>

#include "kernels/copy/copy_s8.hpp"
#include "kernels/transpose/transpose_s8.hpp"
#include "ops/extension.hpp"

namespace pudu::ops {

#define PUDU_OP(name) const OpDefinition& name##_definition();
#include "ops/ops.def"
#undef PUDU_OP

namespace {

// Any operator may need them, when an operand lies in another order than its kernel wants.
PUDU_KERNEL_BINDING(transpose_of_the_lowering, TransposeS8)
PUDU_KERNEL_BINDING(copy_of_the_lowering, CopyS8)

std::string_view to_string(AttributeType type) {
  switch (type) {
    case AttributeType::Integer:
      return "an integer";
    case AttributeType::Real:
      return "a number";
    case AttributeType::Text:
      return "a text";
    case AttributeType::Integers:
      return "a list of integers";
    case AttributeType::Reals:
      return "a list of numbers";
  }
  return "unknown";
}

/// The alternative of AttributeValue that holds `type`.
std::size_t alternative_of(AttributeType type) {
  return static_cast<std::size_t>(type);
}
static_assert(std::is_same_v<std::variant_alternative_t<3, ir::AttributeValue>, std::vector<std::int64_t>>);

Error wrong_attribute_type(const AttributeSpec& spec, const ir::AttributeValue& value) {
  return invalid_input({.found = "attribute " + std::string(spec.name) + " is " +
                                 std::string(to_string(static_cast<AttributeType>(value.index()))),
                        .allowed = std::string(to_string(spec.type))});
}

/// Integers where numbers are wanted become numbers; anything else must have the type already.
Result<ir::AttributeValue> convert_attribute(const AttributeSpec& spec, const ir::AttributeValue& value) {
  if (value.index() == alternative_of(spec.type)) return value;
  if (spec.type == AttributeType::Real && std::holds_alternative<std::int64_t>(value)) {
    return ir::AttributeValue(static_cast<double>(std::get<std::int64_t>(value)));
  }
  if (const auto* integers = std::get_if<std::vector<std::int64_t>>(&value);
      integers != nullptr && spec.type == AttributeType::Reals) {
    return ir::AttributeValue(std::vector<double>(integers->begin(), integers->end()));
  }
  return wrong_attribute_type(spec, value);
}

const AttributeSpec* find_attribute(const OpDefinition& definition, std::string_view name) {
  const auto found = std::find_if(definition.attributes.begin(), definition.attributes.end(),
                                  [&](const AttributeSpec& spec) { return spec.name == name; });
  return found == definition.attributes.end() ? nullptr : &*found;
}

Status check_no_unknown_attribute(const OpDefinition& definition, const ir::Attributes& attributes) {
  for (const auto& [name, value] : attributes) {
    if (find_attribute(definition, name) != nullptr) continue;
    std::string known;
    for (const AttributeSpec& spec : definition.attributes) {
      known += (known.empty() ? "" : ", ") + std::string(spec.name);
    }
    return invalid_input({.found = "operator " + std::string(definition.name) + " has no attribute " + name,
                          .allowed = known.empty() ? "no attributes" : "attributes " + known});
  }
  return {};
}

Error missing_attribute(const OpDefinition& definition, const AttributeSpec& spec) {
  return invalid_input(
      {.found = "operator " + std::string(definition.name) + " without its attribute " + std::string(spec.name),
       .allowed = std::string(to_string(spec.type)) + ": " + std::string(spec.meaning)});
}

Result<ir::Attributes> normalize_attributes(const OpDefinition& definition, const ir::Attributes& attributes) {
  PUDU_TRY(check_no_unknown_attribute(definition, attributes));
  ir::Attributes result;
  for (const AttributeSpec& spec : definition.attributes) {
    if (const ir::AttributeValue* value = attributes.find(spec.name)) {
      PUDU_TRY_ASSIGN(ir::AttributeValue converted, convert_attribute(spec, *value));
      result.set(std::string(spec.name), std::move(converted));
    } else if (spec.default_value) {
      result.set(std::string(spec.name), *spec.default_value);
    } else {
      return missing_attribute(definition, spec);
    }
  }
  return result;
}

/// Attributes as normalize_attributes leaves them, so that the typed reads of ir::Attributes cannot fail.
Status check_attributes(const OpDefinition& definition, const ir::Attributes& attributes) {
  PUDU_TRY(check_no_unknown_attribute(definition, attributes));
  for (const AttributeSpec& spec : definition.attributes) {
    const ir::AttributeValue* value = attributes.find(spec.name);
    if (value == nullptr) return missing_attribute(definition, spec);
    const bool integer_as_real = spec.type == AttributeType::Real && std::holds_alternative<std::int64_t>(*value);
    if (value->index() != alternative_of(spec.type) && !integer_as_real) return wrong_attribute_type(spec, *value);
  }
  return {};
}

bool is_variadic(const OpDefinition& definition) {
  return !definition.inputs.empty() && definition.inputs.back().presence == OperandPresence::Variadic;
}

Status check_operands(const OpDefinition& definition, const ir::Graph& graph, const ir::Node& node) {
  const std::string op(definition.name);
  if (node.inputs.size() > definition.inputs.size() && !is_variadic(definition)) {
    return invalid_input({.found = op + " with " + std::to_string(node.inputs.size()) + " operands",
                          .allowed = "at most " + std::to_string(definition.inputs.size())});
  }
  for (std::size_t i = 0; i < std::max(node.inputs.size(), definition.inputs.size()); ++i) {
    const OperandSpec& spec = definition.inputs[std::min(i, definition.inputs.size() - 1)];
    if (!has_input(node, i)) {
      if (spec.presence == OperandPresence::Optional) continue;
      return invalid_input(
          {.found = op + " without its operand " + std::string(spec.name), .allowed = std::string(spec.meaning)});
    }
    if (ir::index_of(*node.inputs[i]) >= graph.values().size()) {
      return internal_error({.found = "operand " + std::string(spec.name) + " of " + op + " is not in the graph"});
    }
  }
  return {};
}

Error unknown_operator(std::string_view op) {
  std::string known;
  for (const OpDefinition* definition : all_operators()) {
    known += (known.empty() ? "" : ", ") + std::string(definition->name);
  }
  return unsupported({.found = "operator '" + std::string(op) + "'", .allowed = known});
}

/// A quantized value has another data type than the float one that infer states; its shape is the same.
Status check_results(const ir::Graph& graph, const ir::Node& node, std::span<const ir::TensorType> inferred) {
  if (inferred.size() != node.outputs.size()) {
    return internal_error({.found = std::to_string(node.outputs.size()) + " results",
                           .allowed = std::to_string(inferred.size()) + " results"});
  }
  for (std::size_t i = 0; i < inferred.size(); ++i) {
    const ir::Value& value = graph.value(node.outputs[i]);
    if (value.type.shape != inferred[i].shape) {
      return internal_error({.found = "result " + value.name + " of shape " + ir::to_string(value.type.shape),
                             .allowed = "shape " + ir::to_string(inferred[i].shape)});
    }
    if (!value.quant && value.type.dtype != inferred[i].dtype) {
      return internal_error(
          {.found = "result " + value.name + " of type " + std::string(ir::to_string(value.type.dtype)),
           .allowed = "type " + std::string(ir::to_string(inferred[i].dtype)) + ", or quantization parameters"});
    }
  }
  return {};
}

Status verify_node(const ir::Graph& graph, const ir::Node& node) {
  const OpDefinition* definition = find_operator(node.op);
  if (definition == nullptr) return unknown_operator(node.op);
  PUDU_TRY(check_operands(*definition, graph, node));
  PUDU_TRY(check_attributes(*definition, node.attributes));
  PUDU_TRY_ASSIGN(const std::vector<ir::TensorType> inferred, definition->infer(graph, node));
  return check_results(graph, node, inferred);
}

std::vector<const KernelBinding*> collect_kernels() {
  std::map<std::string_view, const KernelBinding*> by_name;
  for (const KernelBinding* kernel : {&transpose_of_the_lowering(), &copy_of_the_lowering()}) {
    by_name.emplace(kernel->name, kernel);
  }
  for (const OpDefinition* definition : all_operators()) {
    for (const KernelBinding* kernel : definition->kernels) by_name.emplace(kernel->name, kernel);
    for (const auto* form : {&definition->float_kernels, &definition->int16_kernels}) {
      if (!*form) continue;
      for (const KernelBinding* kernel : **form) by_name.emplace(kernel->name, kernel);
    }
  }
  std::vector<const KernelBinding*> kernels;
  for (const auto& [name, kernel] : by_name) kernels.push_back(kernel);
  return kernels;
}

}  // namespace

std::span<const OpDefinition* const> all_operators() {
  static const std::vector<const OpDefinition*> operators = [] {
    close_extensions();
    std::vector<const OpDefinition*> result = {
#define PUDU_OP(name) &name##_definition(),
#include "ops/ops.def"
#undef PUDU_OP
    };
    result.insert(result.end(), added_operators().begin(), added_operators().end());
    return result;
  }();
  return operators;
}

const OpDefinition* find_operator(std::string_view name) {
  static const auto by_name = [] {
    std::map<std::string_view, const OpDefinition*> result;
    for (const OpDefinition* definition : all_operators()) result.emplace(definition->name, definition);
    return result;
  }();
  const auto found = by_name.find(name);
  return found == by_name.end() ? nullptr : found->second;
}

const OpDefinition& operator_of(const ir::Node& node) {
  if (const OpDefinition* definition = find_operator(node.op)) return *definition;
  throw std::logic_error("node " + node.name + " has the unknown operator " + node.op);
}

std::span<const KernelBinding* const> all_kernels() {
  static const std::vector<const KernelBinding*> kernels = collect_kernels();
  return kernels;
}

const KernelBinding* find_kernel(std::string_view name) {
  const auto kernels = all_kernels();
  const auto found =
      std::find_if(kernels.begin(), kernels.end(), [&](const KernelBinding* kernel) { return kernel->name == name; });
  return found == kernels.end() ? nullptr : *found;
}

Result<ir::NodeId> append_node(ir::Graph& graph, std::string node_name, std::string_view op,
                               std::vector<std::optional<ir::ValueId>> inputs, ir::Attributes attributes,
                               std::string source) {
  const auto build = [&]() -> Result<ir::NodeId> {
    const OpDefinition* definition = find_operator(op);
    if (definition == nullptr) return unknown_operator(op);
    ir::Node node;
    node.name = node_name;
    node.op = std::string(op);
    node.inputs = std::move(inputs);
    PUDU_TRY(check_operands(*definition, graph, node));
    PUDU_TRY_ASSIGN(node.attributes, normalize_attributes(*definition, attributes));
    PUDU_TRY_ASSIGN(const std::vector<ir::TensorType> types, definition->infer(graph, node));
    return graph.add_node(node_name, node.op, std::move(node.inputs), std::move(node.attributes), types,
                          std::move(source));
  };
  Result<ir::NodeId> result = build();
  if (!result.ok()) return std::move(result).error().at(node_name);
  return result;
}

Status verify(const ir::Graph& graph) {
  PUDU_TRY(ir::verify(graph));
  for (const ir::Node& node : graph.nodes()) {
    if (Status status = verify_node(graph, node); !status) return std::move(status).error().at(node.name);
  }
  return {};
}

}  // namespace pudu::ops
