// Normalization by the statistics of the input itself.
#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <utility>

#include "frontends/pt2/aten_table.hpp"

namespace pudu::frontends {

namespace {

using ir::ValueId;
using Operands = std::vector<std::optional<ValueId>>;

/// The constant of that name as one row of elements, or none.
Result<std::optional<ValueId>> row_operand(NodeTranslator& node, std::string_view name) {
  const std::optional<ValueId> value = node.args.optional_tensor(name);
  if (!value) return std::optional<ValueId>();
  if (!node.is_constant(*value)) {
    return unsupported_here(fmt::format("the {} is computed from the model's input", name), "a constant");
  }
  PUDU_TRY_ASSIGN(const ValueId row, node.reshape(*value, {ir::element_count(node.shape(*value))}));
  return std::optional<ValueId>(row);
}

/// `normalized_shape` are the sizes of the last dimensions.
Result<ir::Attributes> last_dimensions(const NodeTranslator& node, double eps, std::int64_t subtract_mean) {
  const ir::Shape& shape = node.shape(node.args.tensor("input"));
  const std::vector<std::int64_t> sizes = node.args.integers("normalized_shape");
  if (sizes.empty() || sizes.size() > shape.size() || !std::equal(sizes.rbegin(), sizes.rend(), shape.rbegin())) {
    return invalid_here(
        fmt::format("normalized_shape {} of an input of shape {}", ir::to_string(sizes), ir::to_string(shape)),
        "the sizes of its last dimensions");
  }
  return attributes(
      {{"normalized_rank", static_cast<std::int64_t>(sizes.size())}, {"subtract_mean", subtract_mean}, {"eps", eps}});
}

Result<ValueId> translate_layer_norm(NodeTranslator& node) {
  PUDU_TRY_ASSIGN(ir::Attributes dimensions, last_dimensions(node, node.args.number("eps"), 1));
  PUDU_TRY_ASSIGN(const std::optional<ValueId> weight, row_operand(node, "weight"));
  PUDU_TRY_ASSIGN(const std::optional<ValueId> bias, row_operand(node, "bias"));
  return node.emit("layer_norm", {node.args.tensor("input"), weight, bias}, std::move(dimensions));
}

/// PyTorch takes the spacing of float32 numbers at 1 where no eps is given.
Result<ValueId> translate_rms_norm(NodeTranslator& node) {
  const double eps =
      node.args.optional_number("eps").value_or(static_cast<double>(std::numeric_limits<float>::epsilon()));
  PUDU_TRY_ASSIGN(ir::Attributes dimensions, last_dimensions(node, eps, 0));
  PUDU_TRY_ASSIGN(const std::optional<ValueId> weight, row_operand(node, "weight"));
  return node.emit("layer_norm", {node.args.tensor("input"), weight, std::nullopt}, std::move(dimensions));
}

Result<ValueId> emit_group_norm(NodeTranslator& node, std::int64_t groups) {
  PUDU_TRY_ASSIGN(const std::optional<ValueId> weight, row_operand(node, "weight"));
  PUDU_TRY_ASSIGN(const std::optional<ValueId> bias, row_operand(node, "bias"));
  return node.emit("group_norm", {node.args.tensor("input"), weight, bias},
                   attributes({{"groups", groups}, {"eps", node.args.number("eps")}}));
}

Result<ValueId> translate_group_norm(NodeTranslator& node) {
  return emit_group_norm(node, node.args.integer("num_groups"));
}
Result<ValueId> translate_native_group_norm(NodeTranslator& node) {
  return emit_group_norm(node, node.args.integer("group"));
}

Result<ValueId> translate_instance_norm(NodeTranslator& node) {
  const ValueId input = node.args.tensor("input");
  if (node.rank(input) < 2) return invalid_here("an input without channels", "[N, C, ...]");
  if (node.args.flag("use_input_stats")) return emit_group_norm(node, node.shape(input)[1]);
  const std::optional<ValueId> mean = node.args.optional_tensor("running_mean");
  const std::optional<ValueId> variance = node.args.optional_tensor("running_var");
  if (!mean || !variance) return invalid_here("instance norm without statistics of its own or of the input");
  return node.emit("batch_norm",
                   {input, node.args.optional_tensor("weight"), node.args.optional_tensor("bias"), mean, variance},
                   attributes({{"eps", node.args.number("eps")}}));
}

constexpr AtenRow rows[] = {
    {"group_norm",
     "Tensor input, int num_groups, Tensor? weight=None, Tensor? bias=None, float eps=0.00001, "
     "bool cudnn_enabled=True",
     translate_group_norm},
    {"instance_norm",
     "Tensor input, Tensor? weight, Tensor? bias, Tensor? running_mean, Tensor? running_var, bool use_input_stats, "
     "float momentum, float eps, bool cudnn_enabled",
     translate_instance_norm},
    {"layer_norm",
     "Tensor input, int[] normalized_shape, Tensor? weight=None, Tensor? bias=None, float eps=0.00001, "
     "bool cudnn_enable=True",
     translate_layer_norm},
    {"native_group_norm", "Tensor input, Tensor? weight, Tensor? bias, int N, int C, int HxW, int group, float eps",
     translate_native_group_norm},
    {"native_layer_norm", "Tensor input, int[] normalized_shape, Tensor? weight, Tensor? bias, float eps",
     translate_layer_norm},
    {"rms_norm", "Tensor input, int[] normalized_shape, Tensor? weight=None, float? eps=None", translate_rms_norm},
    {"_fused_rms_norm", "Tensor input, int[] normalized_shape, Tensor? weight, float? eps", translate_rms_norm},
};

}  // namespace

std::span<const AtenRow> norm_rows() {
  return rows;
}

}  // namespace pudu::frontends
