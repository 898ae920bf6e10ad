// Functions of one element, and softmax.
#include <fmt/format.h>

#include <array>

#include "frontends/tflite/operator_table.hpp"
#include "frontends/tflite/options.hpp"

namespace pudu::frontends::tflite {
namespace {

Status import_softmax(NodeImporter& node) {
  PUDU_TRY(node.check_operands(1, 1));
  PUDU_TRY_ASSIGN(const auto* options, node.options<wire::SoftmaxOptions>());
  if (options->beta() != 1.0F) return unsupported_here(fmt::format("beta is {}", options->beta()), "1");
  PUDU_TRY_ASSIGN(const ir::ValueId input, node.input(0));
  PUDU_TRY_ASSIGN(const Format format, node.output_format());
  ir::Attributes attributes;
  attributes.set("dim", -1);
  PUDU_TRY_ASSIGN(const ir::ValueId result, node.emit("softmax", {input}, std::move(attributes), format));
  return node.set_output(0, result);
}

}  // namespace

std::span<const OperatorRow> activation_rows() {
  static constexpr std::array rows = {
      OperatorRow{"SOFTMAX", 3, import_softmax, "beta is 1"},
  };
  return rows;
}

}  // namespace pudu::frontends::tflite
