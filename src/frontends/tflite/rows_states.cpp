// Variables: VAR_HANDLE names one, READ_VARIABLE and ASSIGN_VARIABLE use it, CALL_ONCE runs a subgraph before the first
// run that assigns what they begin with.
#include <fmt/format.h>

#include "frontends/tflite/operator_table.hpp"
#include "frontends/tflite/options.hpp"
#include "frontends/tflite/states.hpp"

namespace pudu::frontends::tflite {
namespace {

std::string variable_of(const wire::VarHandleOptions& options) {
  const std::string container = options.container() == nullptr ? "" : options.container()->str();
  const std::string name = options.shared_name() == nullptr ? "" : options.shared_name()->str();
  return container.empty() ? name : container + "/" + name;
}

Status import_var_handle(NodeImporter& node) {
  PUDU_TRY(node.check_operands(0, 0));
  PUDU_TRY_ASSIGN(const auto* options, node.options<wire::VarHandleOptions>());
  node.state().resources[static_cast<std::size_t>(node.op().outputs[0])] = variable_of(*options);
  return {};
}

Result<std::string> variable_operand(NodeImporter& node) {
  const auto& variable = node.state().resources[static_cast<std::size_t>(node.op().inputs[0])];
  if (variable) return *variable;
  return invalid_here(fmt::format("operand 0, tensor '{}', is no variable", node.input_tensor(0).name),
                      "the result of VAR_HANDLE");
}

Status import_read_variable(NodeImporter& node) {
  PUDU_TRY(node.check_operands(1, 1));
  PUDU_TRY_ASSIGN(const std::string variable, variable_operand(node));
  PUDU_TRY_ASSIGN(const Format format, node.output_format());
  PUDU_TRY_ASSIGN(const std::size_t state, state_of_variable(node, variable, node.output_tensor(0).shape, format));
  return node.set_output(0, present_value(node.graph(), state));
}

Status import_assign_variable(NodeImporter& node) {
  PUDU_TRY(node.check_operands(2, 2, 0));
  PUDU_TRY_ASSIGN(const std::string variable, variable_operand(node));
  PUDU_TRY_ASSIGN(const ir::ValueId value, node.input(1));
  PUDU_TRY_ASSIGN(const std::size_t state, state_of_variable(node, variable, node.shape(value), node.format(value)));
  return assign(node, state, value);
}

/// One operator of an initialization subgraph.
Status initialize(NodeImporter& node, const Subgraph& subgraph, const Operator& op,
                  std::vector<std::optional<std::string>>& resources) {
  const auto position = [](std::int32_t tensor) { return static_cast<std::size_t>(tensor); };
  if (op.name == "VAR_HANDLE" && op.outputs.size() == 1) {
    const auto* options = op.wire->builtin_options_as<wire::VarHandleOptions>();
    if (options == nullptr) return invalid_here(describe(op) + " without options", "the variable's name");
    resources[position(op.outputs[0])] = variable_of(*options);
    return {};
  }
  if (op.name != "ASSIGN_VARIABLE" || op.inputs.size() != 2 || op.inputs[0] == no_tensor || op.inputs[1] == no_tensor) {
    return unsupported_here(fmt::format("{} in the subgraph that is called once", describe(op)),
                            "VAR_HANDLE, and ASSIGN_VARIABLE of a constant");
  }
  const std::optional<std::string>& variable = resources[position(op.inputs[0])];
  const Tensor& constant = subgraph.tensors[position(op.inputs[1])];
  if (!variable || !constant.is_constant || constant.is_sparse) {
    return unsupported_here(fmt::format("{} of '{}' in the subgraph that is called once", describe(op), constant.name),
                            "a variable and a dense constant");
  }
  node.state().variables.initial_values[*variable] = &constant;
  return {};
}

Status import_call_once(NodeImporter& node) {
  PUDU_TRY(node.check_operands(0, 0, 0));
  PUDU_TRY_ASSIGN(const auto* options, node.options<wire::CallOnceOptions>());
  const auto subgraphs = node.state().file.subgraphs();
  const std::int32_t index = options->init_subgraph_index();
  if (index < 1 || static_cast<std::size_t>(index) >= subgraphs.size()) {
    return invalid_here(fmt::format("subgraph {} to call once", index), fmt::format("1 to {}", subgraphs.size() - 1));
  }
  if (!node.state().variables.states_by_variable.empty()) {
    return unsupported_here("variables are used before what sets them", "CALL_ONCE before READ_VARIABLE");
  }
  const Subgraph& subgraph = subgraphs[static_cast<std::size_t>(index)];
  std::vector<std::optional<std::string>> resources(subgraph.tensors.size());
  for (const Operator& op : subgraph.operators) PUDU_TRY(initialize(node, subgraph, op, resources));
  return {};
}

constexpr OperatorRow rows[] = {
    {"ASSIGN_VARIABLE", 1, import_assign_variable, "a variable keeps one shape, type, scale and zero point"},
    {"CALL_ONCE", 1, import_call_once, "the subgraph assigns constants to variables"},
    {"READ_VARIABLE", 1, import_read_variable, ""},
    {"VAR_HANDLE", 1, import_var_handle, ""},
};

}  // namespace

std::span<const OperatorRow> state_rows() {
  return rows;
}

}  // namespace pudu::frontends::tflite
