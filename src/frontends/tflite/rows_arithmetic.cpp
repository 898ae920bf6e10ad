// Operators of two operands, and reductions.
#include <fmt/format.h>

#include <array>
#include <numeric>

#include "frontends/tflite/operator_table.hpp"
#include "frontends/tflite/options.hpp"

namespace pudu::frontends::tflite {
namespace {

using Integers = std::vector<std::int64_t>;

/// `op` of both operands; the result's format is the file's.
Status import_binary(NodeImporter& node, std::string_view op, ir::Attributes attributes) {
  PUDU_TRY_ASSIGN(const ir::ValueId a, node.input(0));
  PUDU_TRY_ASSIGN(const ir::ValueId b, node.input(1));
  PUDU_TRY_ASSIGN(const Format format, node.output_format());
  PUDU_TRY_ASSIGN(const ir::ValueId result, node.emit(op, {a, b}, std::move(attributes), format));
  return node.set_output(0, result);
}

/// Sums of INT16 in an older arithmetic, for scales that are powers of two.
template <class Options>
Status check_scales(const NodeImporter& node, const Options& options) {
  if (node.output_tensor(0).type != TensorType::Int16 || !options.pot_scale_int16()) return {};
  return unsupported_here("INT16 with the option pot_scale_int16", "the option off: scales of any value");
}

Status import_add(NodeImporter& node) {
  PUDU_TRY(node.check_operands(2, 2));
  PUDU_TRY_ASSIGN(const auto* options, node.options<wire::AddOptions>());
  PUDU_TRY(check_scales(node, *options));
  ir::Attributes attributes;
  PUDU_TRY(set_activation(options->fused_activation_function(), attributes));
  return import_binary(node, "add", std::move(attributes));
}

Status import_sub(NodeImporter& node) {
  PUDU_TRY(node.check_operands(2, 2));
  PUDU_TRY_ASSIGN(const auto* options, node.options<wire::SubOptions>());
  PUDU_TRY(check_scales(node, *options));
  ir::Attributes attributes;
  attributes.set("alpha", -1.0);
  PUDU_TRY(set_activation(options->fused_activation_function(), attributes));
  return import_binary(node, "add", std::move(attributes));
}

Status import_mul(NodeImporter& node) {
  PUDU_TRY(node.check_operands(2, 2));
  PUDU_TRY_ASSIGN(const auto* options, node.options<wire::MulOptions>());
  ir::Attributes attributes;
  PUDU_TRY(set_activation(options->fused_activation_function(), attributes));
  return import_binary(node, "mul", std::move(attributes));
}

/// Codes are compared, so all of them have one meaning.
Status import_extremum(NodeImporter& node, std::string_view op) {
  PUDU_TRY(node.check_operands(2, 2));
  PUDU_TRY_ASSIGN(const ir::ValueId a, node.input(0));
  PUDU_TRY_ASSIGN(const ir::ValueId b, node.input(1));
  if (node.format(a) != node.format(b)) {
    return unsupported_here("operands of different quantization parameters", "one scale and zero point for both");
  }
  PUDU_TRY_ASSIGN(const ir::ValueId result, node.emit(op, {a, b}, {}, node.format(a)));
  return node.set_output(0, result);
}

Status import_minimum(NodeImporter& node) {
  return import_extremum(node, "minimum");
}

Status import_maximum(NodeImporter& node) {
  return import_extremum(node, "maximum");
}

/// The value with its last two dimensions exchanged.
Result<ir::ValueId> adjoint(NodeImporter& node, ir::ValueId value) {
  const std::size_t rank = node.shape(value).size();
  if (rank < 2)
    return invalid_here(fmt::format("an operand of shape {}", ir::to_string(node.shape(value))), "matrices");
  Integers dims(rank);
  std::iota(dims.begin(), dims.end(), 0);
  std::swap(dims[rank - 2], dims[rank - 1]);
  return node.permute(value, dims);
}

Status import_batch_matmul(NodeImporter& node) {
  PUDU_TRY(node.check_operands(2, 2));
  PUDU_TRY_ASSIGN(const auto* options, node.options<wire::BatchMatMulOptions>());
  PUDU_TRY_ASSIGN(ir::ValueId a, node.input(0));
  PUDU_TRY_ASSIGN(ir::ValueId b, node.input(1));
  if (options->adj_x()) {
    PUDU_TRY_ASSIGN(a, adjoint(node, a));
  }
  if (options->adj_y()) {
    PUDU_TRY_ASSIGN(b, adjoint(node, b));
  }
  PUDU_TRY_ASSIGN(const Format format, node.output_format());
  PUDU_TRY_ASSIGN(const ir::ValueId result, node.emit("matmul", {a, b}, {}, format));
  return node.set_output(0, result);
}

Status import_reduction(NodeImporter& node, std::string_view op) {
  PUDU_TRY(node.check_operands(2, 2));
  PUDU_TRY_ASSIGN(const auto* options, node.options<wire::ReducerOptions>());
  PUDU_TRY_ASSIGN(const ir::ValueId input, node.input(0));
  PUDU_TRY_ASSIGN(Integers axes, node.integers(1));
  if (axes.empty()) return unsupported_here("a reduction of no dimensions", "at least one");
  PUDU_TRY_ASSIGN(const Format format, node.output_format());
  ir::Attributes attributes;
  attributes.set("dims", ir::AttributeValue(std::move(axes)));
  attributes.set("keepdim", std::int64_t{options->keep_dims() ? 1 : 0});
  PUDU_TRY_ASSIGN(const ir::ValueId result, node.emit(op, {input}, std::move(attributes), format));
  return node.set_output(0, result);
}

Status import_mean(NodeImporter& node) {
  return import_reduction(node, "mean");
}

Status import_sum(NodeImporter& node) {
  return import_reduction(node, "sum");
}

Status import_arg_max(NodeImporter& node) {
  PUDU_TRY(node.check_operands(2, 2));
  PUDU_TRY_ASSIGN(const ir::ValueId input, node.input(0));
  PUDU_TRY_ASSIGN(const std::int64_t axis, node.integer(1));
  if (node.output_tensor(0).type != TensorType::Int32) {
    return unsupported_here(fmt::format("a result of type {}", to_string(node.output_tensor(0).type)), "INT32");
  }
  ir::Attributes attributes;
  attributes.set("dim", ir::AttributeValue(axis));
  PUDU_TRY_ASSIGN(const ir::ValueId result,
                  node.emit("argmax", {input}, std::move(attributes), {ir::DType::Int32, std::nullopt}));
  return node.set_output(0, result);
}

}  // namespace

std::span<const OperatorRow> arithmetic_rows() {
  static constexpr std::array rows = {
      OperatorRow{"ADD", 5, import_add, ""},
      OperatorRow{"ARG_MAX", 3, import_arg_max, "a constant axis, INT32 results"},
      OperatorRow{"BATCH_MATMUL", 6, import_batch_matmul, ""},
      OperatorRow{"MAXIMUM", 4, import_maximum, "operands and result of one scale"},
      OperatorRow{"MEAN", 3, import_mean, "constant dimensions"},
      OperatorRow{"MINIMUM", 4, import_minimum, "operands and result of one scale"},
      OperatorRow{"MUL", 7, import_mul, ""},
      OperatorRow{"SUB", 5, import_sub, ""},
      OperatorRow{"SUM", 2, import_sum, "constant dimensions"},
  };
  return rows;
}

}  // namespace pudu::frontends::tflite
