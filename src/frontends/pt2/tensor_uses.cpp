#include "frontends/pt2/tensor_uses.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <variant>

#include "frontends/pt2/aten_table.hpp"

namespace pudu::frontends {

namespace {

/// Tensors that operators change in place, and those that they are views of.
std::set<std::string> tensors_changed_in_place(const ExportedProgram& program) {
  std::map<std::string, std::string> bases;
  std::set<std::string> changed;
  for (const ExportedNode& node : program.nodes) {
    const AtenMatch match = find_aten_operator(node.target);
    if (match.row == nullptr || node.inputs.empty()) continue;
    const auto* base = std::get_if<TensorArgument>(&node.inputs.front().value);
    if (base == nullptr) continue;
    if (match.is_in_place || match.row->memory != ResultMemory::Fresh) {
      for (const Argument& output : node.outputs) {
        for (const std::string_view name : tensor_names(output)) bases.emplace(name, base->name);
      }
    }
    for (std::string name = match.is_in_place ? base->name : ""; !name.empty();) {
      changed.insert(name);
      const auto next = bases.find(name);
      name = next == bases.end() ? "" : next->second;
    }
  }
  return changed;
}

}  // namespace

std::vector<std::string_view> tensor_names(const Argument& argument) {
  if (const auto* tensor = std::get_if<TensorArgument>(&argument)) return {tensor->name};
  std::vector<std::string_view> names;
  if (const auto* list = std::get_if<TensorListArgument>(&argument)) {
    for (const std::optional<std::string>& name : list->names) {
      if (name) names.emplace_back(*name);
    }
  }
  return names;
}

LastUses last_uses(const ExportedProgram& program) {
  LastUses uses;
  for (std::size_t index = 0; index < program.nodes.size(); ++index) {
    for (const NamedArgument& input : program.nodes[index].inputs) {
      for (const std::string_view name : tensor_names(input.value)) uses.insert_or_assign(std::string(name), index);
    }
  }
  for (const OutputSpec& spec : program.output_specs) {
    for (const std::string_view name : tensor_names(spec.argument)) {
      uses.insert_or_assign(std::string(name), program.nodes.size());
    }
  }
  return uses;
}

std::vector<const InputSpec*> changed_buffers(const ExportedProgram& program) {
  const std::set<std::string> changed = tensors_changed_in_place(program);
  std::vector<const InputSpec*> buffers;
  for (const InputSpec& spec : program.input_specs) {
    if (spec.kind != InputKind::Buffer) continue;
    const bool is_mutated =
        std::any_of(program.output_specs.begin(), program.output_specs.end(), [&](const OutputSpec& output) {
          return output.kind == OutputKind::BufferMutation && output.target_name == spec.target_name;
        });
    if (is_mutated || changed.contains(std::get<TensorArgument>(spec.argument).name)) buffers.push_back(&spec);
  }
  return buffers;
}

}  // namespace pudu::frontends
