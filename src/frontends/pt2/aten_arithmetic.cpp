// Arithmetic of two operands. A constant of one element, or a Python number, makes it a function of the other operand's
// elements: a `unary` node, which costs a table of 256 entries and no multiplication.
#include <cmath>
#include <optional>

#include "frontends/pt2/aten_table.hpp"

namespace pudu::frontends {

namespace {

using ir::ValueId;

/// An operand as a number, when it is one and broadcasting it does not change the other operand's shape.
std::optional<double> number_operand(const NodeTranslator& node, std::string_view name, std::size_t other_rank) {
  if (!node.args.is_tensor(name)) return node.args.number(name);
  const ValueId value = node.args.tensor(name);
  if (node.rank(value) > other_rank) return std::nullopt;
  return node.constant_number(value);
}

/// self * self_factor + other * other_factor
Result<ValueId> emit_sum(NodeTranslator& node, double self_factor, double other_factor) {
  const ValueId self = node.args.tensor("self");
  if (const auto other = number_operand(node, "other", node.rank(self))) {
    return node.scale_shift(self, self_factor, *other * other_factor);
  }
  const ValueId other = node.args.tensor("other");
  if (const auto number = number_operand(node, "self", node.rank(other))) {
    return node.scale_shift(other, other_factor, *number * self_factor);
  }
  if (self_factor == 1.0) return node.emit("add", {self, other}, attributes({{"alpha", other_factor}}));
  return node.emit("add", {other, self}, attributes({{"alpha", self_factor}}));  // other_factor is 1 then
}

Result<ValueId> translate_add(NodeTranslator& node) {
  return emit_sum(node, 1.0, node.args.number("alpha"));
}
Result<ValueId> translate_sub(NodeTranslator& node) {
  return emit_sum(node, 1.0, -node.args.number("alpha"));
}
Result<ValueId> translate_rsub(NodeTranslator& node) {
  return emit_sum(node, -node.args.number("alpha"), 1.0);
}

Result<ValueId> translate_mul(NodeTranslator& node) {
  const ValueId self = node.args.tensor("self");
  if (const auto other = number_operand(node, "other", node.rank(self))) return node.scale_shift(self, *other, 0.0);
  const ValueId other = node.args.tensor("other");
  if (const auto number = number_operand(node, "self", node.rank(other))) return node.scale_shift(other, *number, 0.0);
  return node.emit("mul", {self, other});
}

Result<ValueId> translate_div(NodeTranslator& node) {
  const ValueId self = node.args.tensor("self");
  if (const auto divisor = number_operand(node, "other", node.rank(self))) {
    if (*divisor == 0.0) return invalid_here("division by zero");
    return node.scale_shift(self, 1.0 / *divisor, 0.0);
  }
  const ValueId other = node.args.tensor("other");
  PUDU_TRY_ASSIGN(const ValueId reciprocal, node.unary(other, "reciprocal"));
  if (const auto number = number_operand(node, "self", node.rank(other))) {
    return *number == 1.0 ? Result<ValueId>(reciprocal) : node.scale_shift(reciprocal, *number, 0.0);
  }
  return node.emit("mul", {self, reciprocal});
}

Result<ValueId> translate_div_mode(NodeTranslator& node) {
  if (!node.args.is_none("rounding_mode")) {
    return unsupported_here("division with rounding_mode='" + node.args.text("rounding_mode") + "'",
                            "division without rounding");
  }
  return translate_div(node);
}

constexpr std::string_view tensor_alpha = "Tensor self, Tensor|Scalar other, Scalar alpha=1";
constexpr std::string_view tensor_pair = "Tensor self, Tensor|Scalar other";
constexpr auto fresh = ResultMemory::Fresh;
constexpr auto in_place = InPlaceForm::Yes;

constexpr AtenRow rows[] = {
    {"add.Tensor", tensor_alpha, translate_add, fresh, in_place},
    {"add.Scalar", tensor_alpha, translate_add, fresh, in_place},
    {"sub.Tensor", tensor_alpha, translate_sub, fresh, in_place},
    {"sub.Scalar", tensor_alpha, translate_sub, fresh, in_place},
    {"rsub.Tensor", tensor_alpha, translate_rsub},
    {"rsub.Scalar", tensor_alpha, translate_rsub},
    {"mul.Tensor", tensor_pair, translate_mul, fresh, in_place},
    {"mul.Scalar", tensor_pair, translate_mul, fresh, in_place},
    {"div.Tensor", tensor_pair, translate_div, fresh, in_place},
    {"div.Scalar", tensor_pair, translate_div, fresh, in_place},
    {"div.Tensor_mode", "Tensor self, Tensor|Scalar other, str? rounding_mode", translate_div_mode, fresh, in_place},
    {"div.Scalar_mode", "Tensor self, Tensor|Scalar other, str? rounding_mode", translate_div_mode, fresh, in_place},
};

}  // namespace

std::span<const AtenRow> arithmetic_rows() {
  return rows;
}

}  // namespace pudu::frontends
