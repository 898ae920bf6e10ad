#include "frontends/pt2/node_results.hpp"

#include <fmt/format.h>

#include <variant>

#include "frontends/pt2/tensor_uses.hpp"

namespace pudu::frontends {

const std::string* argument_name(const ExportedNode& node, std::string_view parameter) {
  for (const NamedArgument& input : node.inputs) {
    const auto* tensor = std::get_if<TensorArgument>(&input.value);
    if (input.name == parameter && tensor != nullptr) return &tensor->name;
  }
  return nullptr;
}

Result<std::vector<ir::ValueId>> run_translator(const AtenRow& row, NodeTranslator& translator) {
  if (row.translate_list != nullptr) return row.translate_list(translator);
  PUDU_TRY_ASSIGN(const ir::ValueId value, row.translate(translator));
  return std::vector<ir::ValueId>{value};
}

Result<std::vector<std::string>> name_results(const ExportedNode& node, const AtenRow& row,
                                              const std::vector<ir::ValueId>& results) {
  std::vector<std::string> names;
  const Argument* first = node.outputs.empty() ? nullptr : &node.outputs[0];
  const bool is_list = first != nullptr && std::holds_alternative<TensorListArgument>(*first);
  if (first != nullptr && (!is_list || row.translate_list != nullptr)) {
    // A list stands alone; several tensors stand beside each other.
    const std::size_t count = is_list || row.translate_list == nullptr ? 1 : node.outputs.size();
    for (std::size_t i = 0; i < count; ++i) {
      for (const std::string_view name : tensor_names(node.outputs[i])) names.emplace_back(name);
    }
  }
  if (names.size() == results.size()) return names;
  return invalid_here(fmt::format("{} with {} results", short_target(node.target), names.size()),
                      fmt::format("{}", results.size()));
}

}  // namespace pudu::frontends
