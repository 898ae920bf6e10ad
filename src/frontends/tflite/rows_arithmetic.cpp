// Operators of two operands, and reductions.
#include <array>

#include "frontends/tflite/operator_table.hpp"
#include "frontends/tflite/options.hpp"

namespace pudu::frontends::tflite {
namespace {

Status import_add(NodeImporter& node) {
  PUDU_TRY(node.check_operands(2, 2));
  PUDU_TRY_ASSIGN(const auto* options, node.options<wire::AddOptions>());
  PUDU_TRY_ASSIGN(const ir::ValueId a, node.input(0));
  PUDU_TRY_ASSIGN(const ir::ValueId b, node.input(1));
  PUDU_TRY_ASSIGN(const Format format, node.output_format());
  ir::Attributes attributes;
  PUDU_TRY(set_activation(options->fused_activation_function(), attributes));
  PUDU_TRY_ASSIGN(const ir::ValueId result, node.emit("add", {a, b}, std::move(attributes), format));
  return node.set_output(0, result);
}

}  // namespace

std::span<const OperatorRow> arithmetic_rows() {
  static constexpr std::array rows = {
      OperatorRow{"ADD", 5, import_add, ""},
  };
  return rows;
}

}  // namespace pudu::frontends::tflite
