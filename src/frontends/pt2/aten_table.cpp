#include "frontends/pt2/aten_table.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <vector>

#include "frontends/pt2/extension_rows.hpp"

namespace pudu::frontends {

namespace {

constexpr std::string_view any_prefix = "torch.ops.";
constexpr std::string_view aten_namespace = "aten.";
constexpr std::string_view default_overload = ".default";

using RowMap = std::map<std::string_view, const AtenRow*>;

const RowMap& rows_by_name() {
  static const RowMap rows = [] {
    RowMap result;
    const std::array families = {layer_rows(),  activation_rows(), arithmetic_rows(), logic_rows(),
                                 norm_rows(),   pooling_rows(),    shape_rows(),      part_rows(),
                                 resize_rows(), rearrange_rows(),  recurrent_rows(),  copy_rows()};
    for (const std::span<const AtenRow> family : families) {
      for (const AtenRow& row : family) result.emplace(row.name, &row);
    }
    return result;
  }();
  return rows;
}

std::vector<AtenRow>& added_rows() {
  static std::vector<AtenRow> rows;
  return rows;
}

/// Those of other namespaces, by "namespace.name".
const RowMap& foreign_rows() {
  static const RowMap rows = [] {
    RowMap result;
    for (const AtenRow& row : quantization_rows()) result.emplace(row.name, &row);
    for (const AtenRow& row : added_rows()) result.emplace(row.name, &row);
    return result;
  }();
  return rows;
}

}  // namespace

Status add_exported_rows(std::span<const AtenRow> rows) {
  const auto has_name = [](std::string_view name) { return [name](const AtenRow& row) { return row.name == name; }; };
  for (const AtenRow& row : rows) {
    const auto own = quantization_rows();
    const bool is_taken = std::any_of(own.begin(), own.end(), has_name(row.name)) ||
                          std::any_of(added_rows().begin(), added_rows().end(), has_name(row.name));
    if (is_taken || row.name.starts_with(aten_namespace) || row.name.find('.') == std::string_view::npos) {
      return invalid_input({.found = "an exported operator '" + std::string(row.name) + "'",
                            .allowed = "NAMESPACE.NAME that is not known yet, of another namespace than aten"});
    }
    added_rows().push_back(row);
  }
  return {};
}

AtenMatch find_aten_operator(std::string_view target) {
  if (!target.starts_with(any_prefix)) return {};
  std::string name(target.substr(any_prefix.size()));
  const bool is_aten = name.starts_with(aten_namespace);
  if (is_aten) name.erase(0, aten_namespace.size());
  if (name.ends_with(default_overload)) name.resize(name.size() - default_overload.size());
  const RowMap& rows = is_aten ? rows_by_name() : foreign_rows();
  if (const auto found = rows.find(name); found != rows.end()) return {found->second, false};
  const std::size_t base_end = std::min(name.find('.'), name.size());
  if (base_end < 2 || name[base_end - 1] != '_') return {};
  name.erase(base_end - 1, 1);
  const auto found = rows.find(name);
  if (found == rows.end() || found->second->in_place == InPlaceForm::No) return {};
  return {found->second, true};
}

std::vector<const AtenRow*> all_aten_rows() {
  std::vector<const AtenRow*> result;
  for (const RowMap* rows : {&rows_by_name(), &foreign_rows()}) {
    for (const auto& [name, row] : *rows) result.push_back(row);
  }
  return result;
}

}  // namespace pudu::frontends
