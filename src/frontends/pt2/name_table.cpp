#include "frontends/pt2/name_table.hpp"

namespace pudu::frontends {

const Binding* NameTable::find(std::string_view name) const {
  const auto found = bindings_.find(name);
  return found == bindings_.end() ? nullptr : &found->second;
}

void NameTable::bind(const std::string& name, Binding binding) {
  if (const Binding* old = find(name)) {
    if (const auto* tensor = std::get_if<TensorBinding>(old)) names_by_memory_[tensor->memory].erase(name);
  }
  if (const auto* tensor = std::get_if<TensorBinding>(&binding)) names_by_memory_[tensor->memory].insert(name);
  bindings_.insert_or_assign(name, std::move(binding));
}

std::vector<std::string> NameTable::names_in(MemoryId memory) const {
  const auto found = names_by_memory_.find(memory);
  if (found == names_by_memory_.end()) return {};
  return {found->second.begin(), found->second.end()};
}

}  // namespace pudu::frontends
