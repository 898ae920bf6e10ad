// Between float32 and codes, and between codes of different parameters.
#include <fmt/format.h>

#include <array>

#include "frontends/tflite/operator_table.hpp"
#include "frontends/tflite/options.hpp"

namespace pudu::frontends::tflite {
namespace {

Status import_quantize(NodeImporter& node) {
  PUDU_TRY(node.check_operands(1, 1));
  PUDU_TRY_ASSIGN(const ir::ValueId input, node.input(0));
  PUDU_TRY_ASSIGN(const Format format, node.output_format());
  if (format.dtype != ir::DType::Int8 && format.dtype != ir::DType::Int16) {
    return unsupported_here("a result of " + to_string(node.output_tensor(0).type), "INT8 or INT16");
  }
  ir::Attributes attributes;
  if (node.format(input).dtype == ir::DType::Float32) {
    PUDU_TRY_ASSIGN(const ir::ValueId result, node.emit("quantize", {input}, {}, format));
    return node.set_output(0, result);
  }
  if (node.format(input).dtype != ir::DType::Int8 && node.format(input).dtype != ir::DType::Int16) {
    return unsupported_here("an input of " + to_string(node.input_tensor(0).type), "FLOAT32, INT8 or INT16");
  }
  if (node.format(input).dtype == ir::DType::Int16 || format.dtype == ir::DType::Int16) {
    attributes.set("dtype", format.dtype == ir::DType::Int16 ? "i16" : "i8");
    PUDU_TRY_ASSIGN(const ir::ValueId result, node.emit("requantize", {input}, std::move(attributes), format));
    return node.set_output(0, result);
  }
  attributes.set("function", "identity");
  PUDU_TRY_ASSIGN(const ir::ValueId result, node.emit("unary", {input}, std::move(attributes), format));
  return node.set_output(0, result);
}

Status import_dequantize(NodeImporter& node) {
  PUDU_TRY(node.check_operands(1, 1));
  PUDU_TRY_ASSIGN(const ir::ValueId input, node.input(0));
  PUDU_TRY_ASSIGN(const Format format, node.output_format());
  const ir::DType codes = node.format(input).dtype;
  if (format.dtype != ir::DType::Float32 || (codes != ir::DType::Int8 && codes != ir::DType::Int16)) {
    return unsupported_here(
        fmt::format("{} becomes {}", to_string(node.input_tensor(0).type), to_string(node.output_tensor(0).type)),
        "INT8 or INT16 becomes FLOAT32");
  }
  PUDU_TRY_ASSIGN(const ir::ValueId result, node.emit("dequantize", {input}, {}, format));
  return node.set_output(0, result);
}

}  // namespace

std::span<const OperatorRow> boundary_rows() {
  static constexpr std::array rows = {
      OperatorRow{"QUANTIZE", 4, import_quantize, "FLOAT32 or INT8 to INT8, INT8 or INT16 to INT16, INT16 to INT8"},
      OperatorRow{"DEQUANTIZE", 6, import_dequantize, "INT8 or INT16 to FLOAT32"},
  };
  return rows;
}

}  // namespace pudu::frontends::tflite
