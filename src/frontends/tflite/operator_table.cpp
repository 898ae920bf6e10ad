#include "frontends/tflite/operator_table.hpp"

#include <algorithm>

namespace pudu::frontends::tflite {
namespace {

std::vector<const OperatorRow*> sorted_rows() {
  std::vector<const OperatorRow*> rows;
  for (const std::span<const OperatorRow> family :
       {convolution_rows(), pooling_rows(), shape_rows(), part_rows(), selection_rows(), image_rows(),
        arithmetic_rows(), activation_rows(), boundary_rows(), state_rows(), recurrent_rows()}) {
    for (const OperatorRow& row : family) rows.push_back(&row);
  }
  std::sort(rows.begin(), rows.end(), [](const OperatorRow* a, const OperatorRow* b) { return a->name < b->name; });
  return rows;
}

}  // namespace

std::vector<const OperatorRow*> all_operator_rows() {
  static const std::vector<const OperatorRow*> rows = sorted_rows();
  return rows;
}

const OperatorRow* find_operator_row(std::string_view name) {
  static const std::vector<const OperatorRow*> rows = sorted_rows();
  const auto found =
      std::lower_bound(rows.begin(), rows.end(), name,
                       [](const OperatorRow* row, std::string_view wanted) { return row->name < wanted; });
  return found == rows.end() || (*found)->name != name ? nullptr : *found;
}

}  // namespace pudu::frontends::tflite
