#include "frontends/pt2/integer_nodes.hpp"

#include <algorithm>
#include <iterator>
#include <string>
#include <variant>

#include "frontends/pt2/aten_table.hpp"
#include "frontends/pt2/symbols.hpp"

namespace pudu::frontends {

namespace {

constexpr std::string_view size_target = "torch.ops.aten.sym_size.int";
constexpr std::string_view numel_target = "torch.ops.aten.sym_numel.default";
constexpr std::string_view operator_prefix = "_operator.";

using Number = std::optional<std::int64_t>;

struct OperatorRow {
  std::string_view name;
  Number (*apply)(std::int64_t a, std::int64_t b);
};

Number checked_sub(std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  if (__builtin_sub_overflow(a, b, &result)) return std::nullopt;
  return result;
}

constexpr OperatorRow operators[] = {
    {"_operator.add", checked_add}, {"_operator.floordiv", checked_floor_div},
    {"_operator.mod", checked_mod}, {"_operator.mul", checked_mul},
    {"_operator.pow", checked_pow}, {"_operator.sub", checked_sub},
};

bool is_integer(const Argument& argument) {
  return std::holds_alternative<IntArgument>(argument);
}

Result<std::int64_t> compute_size(const ExportedNode& node, const NameResolver& resolver, const ir::Graph& graph) {
  static const Schema size_schema = parse_schema("Tensor self, int dim");
  static const Schema numel_schema = parse_schema("Tensor self");
  const bool is_size = node.target == size_target;
  PUDU_TRY_ASSIGN(const Arguments arguments, bind_arguments(is_size ? size_schema : numel_schema, node, resolver));
  const ir::Shape& shape = graph.value(arguments.tensor("self")).type.shape;
  if (!is_size) return ir::element_count(shape);
  const auto rank = static_cast<std::int64_t>(shape.size());
  const std::int64_t dim = arguments.integer("dim");
  if (dim < -rank || dim >= rank) return invalid_here("the size of a dimension that the tensor does not have");
  return shape[static_cast<std::size_t>(dim < 0 ? dim + rank : dim)];
}

Result<std::int64_t> compute_operator(const ExportedNode& node, const NameResolver& resolver) {
  static const Schema pair_schema = parse_schema("int a, int b");
  static const Schema single_schema = parse_schema("int a");
  if (node.target == "_operator.neg") {
    PUDU_TRY_ASSIGN(const Arguments arguments, bind_arguments(single_schema, node, resolver));
    return -arguments.integer("a");
  }
  const auto* row = std::find_if(std::begin(operators), std::end(operators),
                                 [&](const OperatorRow& candidate) { return candidate.name == node.target; });
  if (row == std::end(operators)) return unsupported_here("operator " + node.target + " is not supported");
  PUDU_TRY_ASSIGN(const Arguments arguments, bind_arguments(pair_schema, node, resolver));
  const Number result = row->apply(arguments.integer("a"), arguments.integer("b"));
  if (!result) return invalid_here(node.target + " overflows or divides by zero");
  return *result;
}

}  // namespace

bool computes_from_sizes(const ExportedNode& node) {
  return node.target == size_target || node.target == numel_target || node.target.starts_with(operator_prefix);
}

Result<std::optional<std::int64_t>> compute_integer(const ExportedNode& node, const NameResolver& resolver,
                                                    const ir::Graph& graph) {
  if (node.outputs.size() != 1) return invalid_here(node.target + " without its one result");
  if (!is_integer(node.outputs[0])) return std::optional<std::int64_t>();
  const bool is_size = !node.target.starts_with(operator_prefix);
  Result<std::int64_t> value = is_size ? compute_size(node, resolver, graph) : compute_operator(node, resolver);
  if (!value) return std::move(value).error();
  return std::optional<std::int64_t>(*value);
}

}  // namespace pudu::frontends
