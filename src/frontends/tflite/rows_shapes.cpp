// The same elements in another shape or order. Sizes are the file's: it states them for every tensor.
#include <array>

#include "frontends/tflite/operator_table.hpp"
#include "frontends/tflite/options.hpp"

namespace pudu::frontends::tflite {
namespace {

Status import_reshape(NodeImporter& node) {
  PUDU_TRY(node.check_operands(1, 2));
  PUDU_TRY_ASSIGN(const ir::ValueId input, node.input(0));
  PUDU_TRY_ASSIGN(const ir::ValueId result, node.reshape(input, node.output_tensor(0).shape));
  return node.set_output(0, result);
}

}  // namespace

std::span<const OperatorRow> shape_rows() {
  static constexpr std::array rows = {
      OperatorRow{"RESHAPE", 1, import_reshape, ""},
  };
  return rows;
}

}  // namespace pudu::frontends::tflite
