#include "frontends/tflite/states.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "frontends/common/checks.hpp"

namespace pudu::frontends::tflite {
namespace {

bool share_parameters(const Format& a, const Format& b) {
  if (a.dtype != b.dtype || a.quant.has_value() != b.quant.has_value()) return false;
  return !a.quant || (a.quant->scales == b.quant->scales && a.quant->zero_point == b.quant->zero_point);
}

std::vector<std::byte> zeros(const ir::TensorType& type, const Format& format) {
  const bool is_int8 = type.dtype == ir::DType::Int8 && format.quant;
  const auto zero = static_cast<std::byte>(is_int8 ? format.quant->zero_point : 0);
  return std::vector<std::byte>(type.bytes(), zero);
}

Result<std::size_t> add_state(NodeImporter& node, const std::string& hint, const ir::TensorType& type,
                              const Format& format, std::vector<std::byte> initial) {
  PUDU_TRY(check_shape(type.shape));
  if (format.dtype != ir::DType::Int8 && format.dtype != ir::DType::Int16 && format.dtype != ir::DType::Float32) {
    return unsupported_here(fmt::format("variable '{}' of type {}", hint, ir::to_string(format.dtype)),
                            "INT8, INT16 and FLOAT32");
  }
  std::string name = graph_name_of(hint);
  for (int suffix = 1; !node.state().names.insert(name).second; ++suffix) {
    name = fmt::format("{}.{}", graph_name_of(hint), suffix);
  }
  const ir::ValueId before = node.graph().add_state(name, type, std::move(initial));
  node.graph().value(before).quant = format.quant;
  return node.graph().states.size() - 1;
}

Result<std::vector<std::byte>> initial_value(NodeImporter& node, const std::string& variable,
                                             const ir::TensorType& type, const Format& format) {
  const auto& constants = node.state().variables.initial_values;
  const auto found = constants.find(variable);
  if (found == constants.end()) return zeros(type, format);
  const Tensor& constant = *found->second;
  PUDU_TRY_ASSIGN(const Format initial, format_of(constant));
  if (constant.shape != type.shape || !share_parameters(initial, format)) {
    return unsupported_here(fmt::format("variable '{}' begins with a {} tensor of shape {} or other parameters than "
                                        "where it is used",
                                        variable, to_string(constant.type), ir::to_string(constant.shape)),
                            fmt::format("shape {}, and one type, scale and zero point", ir::to_string(type.shape)));
  }
  return std::vector<std::byte>(constant.data.begin(), constant.data.end());
}

}  // namespace

Result<std::size_t> state_of_variable(NodeImporter& node, const std::string& variable, const ir::Shape& shape,
                                      const Format& format) {
  auto& states = node.state().variables.states_by_variable;
  if (const auto known = states.find(variable); known != states.end()) return known->second;
  const ir::TensorType type{format.dtype, shape, ir::Layout::Contiguous};
  PUDU_TRY(check_shape(shape));
  PUDU_TRY_ASSIGN(std::vector<std::byte> initial, initial_value(node, variable, type, format));
  PUDU_TRY_ASSIGN(const std::size_t state, add_state(node, variable, type, format, std::move(initial)));
  states.emplace(variable, state);
  return state;
}

Result<std::size_t> state_of_tensor(NodeImporter& node, std::size_t index) {
  const Tensor& tensor = node.input_tensor(index);
  if (!tensor.is_variable || tensor.is_constant) {
    return unsupported_here(fmt::format("operand {}, tensor '{}', is no variable", index, tensor.name),
                            "a tensor that keeps its value from run to run");
  }
  const std::int32_t position = node.op().inputs[index];
  auto& states = node.state().variables.states_by_tensor;
  if (const auto known = states.find(position); known != states.end()) return known->second;
  PUDU_TRY_ASSIGN(const Format format, format_of(tensor));
  PUDU_TRY(check_shape(tensor.shape));
  const ir::TensorType type{format.dtype, tensor.shape, ir::Layout::Contiguous};
  PUDU_TRY_ASSIGN(const std::size_t state, add_state(node, tensor.name, type, format, zeros(type, format)));
  states.emplace(position, state);
  return state;
}

Status assign(NodeImporter& node, std::size_t state, ir::ValueId value) {
  const ir::ValueId before = node.graph().states[state].before;
  if (node.shape(value) != node.shape(before) || !share_parameters(node.format(value), node.format(before))) {
    return unsupported_here(
        fmt::format("variable '{}' gets a value of shape {} and perhaps another type, scale or zero "
                    "point",
                    node.value(before).name, ir::to_string(node.shape(value))),
        fmt::format("shape {}, and the type, scale and zero point that it has", ir::to_string(node.shape(before))));
  }
  node.graph().states[state].after = value;
  return {};
}

}  // namespace pudu::frontends::tflite
