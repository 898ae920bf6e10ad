#include "ops/call_check.hpp"

#include <algorithm>
#include <string>

#include "ops/call_bounds.hpp"
#include "ops/planned_scratch.hpp"
#include "ops/registry.hpp"

namespace pudu::ops {
namespace {

Error mismatch(const program::KernelCall& call, std::string found, std::string allowed) {
  return invalid_input({.where = call.name,
                        .found = std::move(found),
                        .allowed = std::move(allowed),
                        .hint = "compile the model again with this version of Pudu"});
}

Status check_parameters(const program::KernelCall& call, const KernelBinding& kernel) {
  if (call.parameters.size() != kernel.params.size()) {
    return mismatch(call, std::to_string(call.parameters.size()) + " parameters",
                    std::string(kernel.name) + " has " + std::to_string(kernel.params.size()));
  }
  for (const ParamField& field : kernel.params) {
    const program::Parameter* parameter = call.find_parameter(field.name);
    if (parameter == nullptr) return mismatch(call, "no parameter '" + std::string(field.name) + "'", "all of them");
    const std::size_t count = std::visit([](const auto& values) { return values.size(); }, parameter->values);
    if (count != field.count) {
      return mismatch(call, "parameter '" + parameter->name + "' with " + std::to_string(count) + " elements",
                      std::to_string(field.count) + " elements");
    }
  }
  return {};
}

/// The field that `inputs.3` or `weights` is bound to, or null.
const OperandField* field_of(const KernelBinding& kernel, std::string_view name) {
  for (const OperandField& field : kernel.operands) {
    if (!field.is_array && field.name == name) return &field;
    for (std::size_t i = 0; field.is_array && i < field.count; ++i) {
      if (std::string(field.name) + "." + std::to_string(i) == name) return &field;
    }
  }
  return nullptr;
}

/// Kernels read while they write: a result may lie where an operand lies only where the kernel says so.
Status check_overlap(const program::KernelCall& call, const KernelBinding& kernel) {
  const std::vector<std::string_view> in_place = kernel.in_place_inputs(call.parameters);
  for (const std::string_view result : {"output", "output_state", "output_cell"}) {
    const program::Operand* output = call.find_operand(result);
    for (const program::Operand& operand : call.operands) {
      if (output == nullptr || operand.name == output->name || operand.buffer != output->buffer) continue;
      if (program::updated_operand(operand.name) == result) continue;
      if (std::find(in_place.begin(), in_place.end(), operand.name) != in_place.end()) continue;
      return mismatch(call, "operand '" + operand.name + "' is the output, too",
                      std::string(kernel.name) + " does not work in place on it");
    }
  }
  return {};
}

Status check_operands(const program::Program& program, const program::KernelCall& call, const KernelBinding& kernel) {
  for (const program::Operand& operand : call.operands) {
    const OperandField* field = field_of(kernel, operand.name);
    // CMSIS-NN's function of a call may want scratch where the built-in kernel has no such operand.
    if (field == nullptr && operand.name == "scratch") continue;
    if (field == nullptr) {
      return mismatch(call, "operand '" + operand.name + "'", std::string(kernel.name) + " has no such operand");
    }
    const program::ElementType type = program.buffer(operand.buffer).type;
    if (!field->is_scratch && type != field->element) {
      return mismatch(call, "operand '" + operand.name + "' of type " + std::string(program::to_string(type)),
                      std::string(program::to_string(field->element)));
    }
  }
  for (const OperandField& field : kernel.operands) {
    const std::string first = std::string(field.name) + (field.is_array ? ".0" : "");
    if (!field.is_scratch && call.find_operand(first) == nullptr) {
      return mismatch(call, "operand '" + first + "' is missing", "all operands of " + std::string(kernel.name));
    }
  }
  return check_overlap(call, kernel);
}

Status check_scratch(const program::Program& program, const program::KernelCall& call, const KernelBinding& kernel) {
  const std::size_t wanted = planned_scratch_bytes(kernel, call.parameters, program.target);
  const program::Operand* scratch = call.find_operand("scratch");
  const std::size_t planned = scratch != nullptr ? program.buffer(scratch->buffer).bytes() : 0;
  if (planned >= wanted) return {};
  return mismatch(call, std::to_string(planned) + " bytes of scratch",
                  std::string(kernel.name) + " needs " + std::to_string(wanted));
}

}  // namespace

Status check_calls(const program::Program& program) {
  for (const program::KernelCall& call : program.calls) {
    const KernelBinding* kernel = find_kernel(call.kernel);
    if (kernel == nullptr) return mismatch(call, "unknown kernel '" + call.kernel + "'", "a kernel of this version");
    PUDU_TRY(check_parameters(call, *kernel));
    PUDU_TRY(check_operands(program, call, *kernel));
    PUDU_TRY(check_bounds(program, call, *kernel));
    PUDU_TRY(check_scratch(program, call, *kernel));
  }
  return {};
}

}  // namespace pudu::ops
