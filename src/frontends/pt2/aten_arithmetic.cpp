// Arithmetic of two operands. A constant of one element, or a Python number, makes it a function of the other operand's
// elements: a `unary` node, which costs a table of 256 entries and no multiplication.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "frontends/pt2/aten_table.hpp"
#include "ops/op_definition.hpp"

namespace pudu::frontends {

namespace {

using ir::ValueId;

// The triangle of ones that makes cumulative sums has as many elements as this squared.
constexpr std::int64_t max_cumsum_elements = 1024;

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

/// `value` repeated to `shape`, which it can be broadcast to.
Result<ValueId> broadcast_to(NodeTranslator& node, ValueId value, const ir::Shape& shape) {
  ir::Shape aligned = node.shape(value);
  aligned.insert(aligned.begin(), shape.size() - aligned.size(), 1);
  PUDU_TRY_ASSIGN(const ValueId reshaped, node.reshape(value, std::move(aligned)));
  return node.expand(reshaped, shape);
}

/// The operator takes tensors of one shape.
Result<ValueId> emit_quotient(NodeTranslator& node, ValueId a, ValueId b) {
  PUDU_TRY_ASSIGN(const ir::Shape shape, ops::broadcast_shapes(node.shape(a), node.shape(b)));
  PUDU_TRY_ASSIGN(const ValueId dividend, broadcast_to(node, a, shape));
  PUDU_TRY_ASSIGN(const ValueId divisor, broadcast_to(node, b, shape));
  return node.emit("div", {dividend, divisor});
}

/// The smaller or larger of two operands: a clamp where one is a number.
template <const char* Op>
Result<ValueId> translate_extremum(NodeTranslator& node) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const bool is_minimum = std::string_view(Op) == "minimum";
  const auto clamped = [&](ValueId value, double bound) {
    return node.unary(value, "clamp", is_minimum ? std::vector{-infinity, bound} : std::vector{bound, infinity});
  };
  const ValueId self = node.args.tensor("self");
  if (const auto other = number_operand(node, "other", node.rank(self))) return clamped(self, *other);
  const ValueId other = node.args.tensor("other");
  if (const auto number = number_operand(node, "self", node.rank(other))) return clamped(other, *number);
  return node.emit(Op, {self, other});
}

/// Both bounds are tensors that broadcast, or None.
Result<ValueId> translate_clamp_tensor(NodeTranslator& node) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  ValueId value = node.args.tensor("self");
  const std::optional<ValueId> min = node.args.optional_tensor("min");
  const std::optional<ValueId> max = node.args.optional_tensor("max");
  if (min) {
    const auto number = number_operand(node, "min", node.rank(value));
    PUDU_TRY_ASSIGN(value,
                    number ? node.unary(value, "clamp", {*number, infinity}) : node.emit("maximum", {value, *min}));
  }
  if (max) {
    const auto number = number_operand(node, "max", node.rank(value));
    PUDU_TRY_ASSIGN(value,
                    number ? node.unary(value, "clamp", {-infinity, *number}) : node.emit("minimum", {value, *max}));
  }
  return value;
}

Result<ValueId> translate_div(NodeTranslator& node) {
  const ValueId self = node.args.tensor("self");
  if (const auto divisor = number_operand(node, "other", node.rank(self))) {
    if (*divisor == 0.0) return invalid_here("division by zero");
    return node.scale_shift(self, 1.0 / *divisor, 0.0);
  }
  const ValueId other = node.args.tensor("other");
  const auto number = number_operand(node, "self", node.rank(other));
  if (!number && !node.is_constant(other)) return emit_quotient(node, self, other);
  PUDU_TRY_ASSIGN(const ValueId reciprocal, node.unary(other, "reciprocal"));
  if (!number) return node.emit("mul", {self, reciprocal});
  return *number == 1.0 ? Result<ValueId>(reciprocal) : node.scale_shift(reciprocal, *number, 0.0);
}

Result<ValueId> translate_div_mode(NodeTranslator& node) {
  if (node.args.is_none("rounding_mode")) return translate_div(node);
  if (node.args.text("rounding_mode") != "floor") {
    return unsupported_here("division with rounding_mode='" + node.args.text("rounding_mode") + "'",
                            "division without rounding, or 'floor'");
  }
  PUDU_TRY_ASSIGN(const ValueId quotient, translate_div(node));
  return node.unary(quotient, "floor");
}

constexpr std::string_view tensor_alpha = "Tensor self, Tensor|Scalar other, Scalar alpha=1";
constexpr std::string_view tensor_pair = "Tensor self, Tensor|Scalar other";
constexpr auto fresh = ResultMemory::Fresh;
constexpr auto in_place = InPlaceForm::Yes;

constexpr char maximum_name[] = "maximum";
constexpr char minimum_name[] = "minimum";

/// Sums of the elements so far: a product with a triangle of ones.
Result<ValueId> translate_cumsum(NodeTranslator& node) {
  const ValueId input = node.args.tensor("self");
  const std::size_t rank = node.rank(input);
  if (rank == 0) return input;
  PUDU_TRY_ASSIGN(const std::size_t axis, node.axis(node.args.integer("dim"), rank));
  const std::int64_t size = node.shape(input)[axis];
  if (size > max_cumsum_elements) {
    return unsupported_here(fmt::format("cumulative sums of {} elements", size),
                            fmt::format("at most {}", max_cumsum_elements));
  }
  std::vector<float> triangle(static_cast<std::size_t>(size * size), 0.0F);
  for (std::int64_t row = 0; row < size; ++row) {
    std::fill_n(triangle.begin() + row * size, row + 1, 1.0F);
  }
  PUDU_TRY_ASSIGN(const ValueId weight, node.constant({size, size}, triangle));
  PUDU_TRY_ASSIGN(const ValueId moved, node.transpose(input, axis, rank - 1));
  PUDU_TRY_ASSIGN(const ValueId sums, node.emit("linear", {moved, weight}));
  return node.transpose(sums, axis, rank - 1);
}

constexpr AtenRow rows[] = {
    {"cumsum", "Tensor self, int dim, ScalarType? dtype=None", translate_cumsum},
    {"add.Tensor", tensor_alpha, translate_add, fresh, in_place},
    {"add.Scalar", tensor_alpha, translate_add, fresh, in_place},
    {"sub.Tensor", tensor_alpha, translate_sub, fresh, in_place},
    {"sub.Scalar", tensor_alpha, translate_sub, fresh, in_place},
    {"rsub.Tensor", tensor_alpha, translate_rsub},
    {"rsub.Scalar", tensor_alpha, translate_rsub},
    {"max.other", tensor_pair, translate_extremum<maximum_name>},
    {"maximum", tensor_pair, translate_extremum<maximum_name>},
    {"min.other", tensor_pair, translate_extremum<minimum_name>},
    {"minimum", tensor_pair, translate_extremum<minimum_name>},
    {"clamp.Tensor", "Tensor self, Tensor? min=None, Tensor? max=None", translate_clamp_tensor, fresh, in_place},
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
