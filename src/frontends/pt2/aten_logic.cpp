// Comparisons, which give 1 or 0, and choices by them. A comparison with a number is a function of one element; one of
// two tensors is a comparison of their difference with 0.
#include <cmath>
#include <optional>
#include <utility>

#include "frontends/pt2/aten_table.hpp"

namespace pudu::frontends {

namespace {

using ir::ValueId;

ValueId self(const NodeTranslator& node) {
  return node.args.tensor("self");
}

template <const char* Function>
Result<ValueId> translate_comparison(NodeTranslator& node) {
  if (!node.args.is_tensor("other")) return node.unary(self(node), Function, {node.args.number("other")});
  const ValueId other = node.args.tensor("other");
  if (const auto number = node.constant_number(other); number && node.rank(other) <= node.rank(self(node))) {
    return node.unary(self(node), Function, {*number});
  }
  PUDU_TRY_ASSIGN(const ValueId difference, node.emit("add", {self(node), other}, attributes({{"alpha", -1.0}})));
  return node.unary(difference, Function, {0.0});
}

Result<ValueId> translate_logical_not(NodeTranslator& node) {
  return node.unary(self(node), "equal", {0.0});
}

/// Of integers, two's complement.
Result<ValueId> translate_bitwise_not(NodeTranslator& node) {
  return node.first_dtype() == ScalarType::Bool ? translate_logical_not(node)
                                                : node.scale_shift(self(node), -1.0, -1.0);
}

Result<ValueId> as_truth(NodeTranslator& node, ValueId value) {
  return node.unary(value, "not_equal", {0.0});
}

Result<ValueId> translate_logical_and(NodeTranslator& node) {
  PUDU_TRY_ASSIGN(const ValueId a, as_truth(node, self(node)));
  PUDU_TRY_ASSIGN(const ValueId b, as_truth(node, node.args.tensor("other")));
  return node.emit("mul", {a, b});
}
Result<ValueId> translate_logical_or(NodeTranslator& node) {
  PUDU_TRY_ASSIGN(const ValueId a, as_truth(node, self(node)));
  PUDU_TRY_ASSIGN(const ValueId b, as_truth(node, node.args.tensor("other")));
  PUDU_TRY_ASSIGN(const ValueId count, node.emit("add", {a, b}));
  return as_truth(node, count);
}

/// Truth values only: bits of integers have no int8 form.
Status require_truth_values(const NodeTranslator& node) {
  if (node.first_dtype() == ScalarType::Bool) return {};
  return unsupported_here("a combination of the bits of " + to_string(node.first_dtype()), "truth values");
}
Result<ValueId> translate_bitwise_and(NodeTranslator& node) {
  PUDU_TRY(require_truth_values(node));
  return translate_logical_and(node);
}
Result<ValueId> translate_bitwise_or(NodeTranslator& node) {
  PUDU_TRY(require_truth_values(node));
  return translate_logical_or(node);
}

/// A tensor operand as it is, a number as a constant.
Result<ValueId> operand(NodeTranslator& node, std::string_view name) {
  if (node.args.is_tensor(name)) return node.args.tensor(name);
  const double number = node.args.number(name);
  if (std::isfinite(number)) return node.filled({}, number);
  return unsupported_here("a choice of an infinite number", "finite numbers",
                          "a large negative number does as well before a softmax");
}

Result<ValueId> translate_where(NodeTranslator& node) {
  PUDU_TRY_ASSIGN(const ValueId chosen, operand(node, "self"));
  PUDU_TRY_ASSIGN(const ValueId other, operand(node, "other"));
  return node.emit("where", {node.args.tensor("condition"), chosen, other});
}

Result<ValueId> translate_masked_fill(NodeTranslator& node) {
  PUDU_TRY_ASSIGN(const ValueId value, operand(node, "value"));
  return node.emit("where", {node.args.tensor("mask"), value, self(node)});
}

constexpr char equal_name[] = "equal";
constexpr char greater_name[] = "greater";
constexpr char greater_equal_name[] = "greater_equal";
constexpr char less_name[] = "less";
constexpr char less_equal_name[] = "less_equal";
constexpr char not_equal_name[] = "not_equal";

constexpr std::string_view pair_schema = "Tensor self, Tensor|Scalar other";
constexpr std::string_view tensors_schema = "Tensor self, Tensor other";
constexpr std::string_view where_schema = "Tensor condition, Tensor|Scalar self, Tensor|Scalar other";
constexpr std::string_view masked_fill_schema = "Tensor self, Tensor mask, Tensor|Scalar value";
constexpr auto fresh = ResultMemory::Fresh;
constexpr auto in_place = InPlaceForm::Yes;

constexpr AtenRow rows[] = {
    {"__and__.Tensor", tensors_schema, translate_bitwise_and},
    {"__or__.Tensor", tensors_schema, translate_bitwise_or},
    {"bitwise_and.Tensor", tensors_schema, translate_bitwise_and},
    {"bitwise_not", "Tensor self", translate_bitwise_not},
    {"bitwise_or.Tensor", tensors_schema, translate_bitwise_or},
    {"eq.Scalar", pair_schema, translate_comparison<equal_name>},
    {"eq.Tensor", pair_schema, translate_comparison<equal_name>},
    {"ge.Scalar", pair_schema, translate_comparison<greater_equal_name>},
    {"ge.Tensor", pair_schema, translate_comparison<greater_equal_name>},
    {"gt.Scalar", pair_schema, translate_comparison<greater_name>},
    {"gt.Tensor", pair_schema, translate_comparison<greater_name>},
    {"le.Scalar", pair_schema, translate_comparison<less_equal_name>},
    {"le.Tensor", pair_schema, translate_comparison<less_equal_name>},
    {"logical_and", tensors_schema, translate_logical_and},
    {"logical_not", "Tensor self", translate_logical_not},
    {"logical_or", tensors_schema, translate_logical_or},
    {"lt.Scalar", pair_schema, translate_comparison<less_name>},
    {"lt.Tensor", pair_schema, translate_comparison<less_name>},
    {"masked_fill.Scalar", masked_fill_schema, translate_masked_fill, fresh, in_place},
    {"masked_fill.Tensor", masked_fill_schema, translate_masked_fill, fresh, in_place},
    {"ne.Scalar", pair_schema, translate_comparison<not_equal_name>},
    {"ne.Tensor", pair_schema, translate_comparison<not_equal_name>},
    {"where.ScalarOther", where_schema, translate_where},
    {"where.ScalarSelf", where_schema, translate_where},
    {"where.self", where_schema, translate_where},
};

}  // namespace

std::span<const AtenRow> logic_rows() {
  return rows;
}

}  // namespace pudu::frontends
