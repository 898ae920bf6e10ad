// Helpers shared by the operators' infer functions.
#include "ops/op_definition.hpp"

#include <algorithm>
#include <string>

namespace pudu::ops {

const ir::TensorType& input_type(const ir::Graph& graph, const ir::Node& node, std::size_t index) {
  return graph.value(node.inputs.at(index).value()).type;
}

bool has_input(const ir::Node& node, std::size_t index) {
  return index < node.inputs.size() && node.inputs[index].has_value();
}

Result<std::int64_t> normalize_axis(std::int64_t axis, std::size_t rank) {
  const auto signed_rank = static_cast<std::int64_t>(rank);
  if (axis >= -signed_rank && axis < signed_rank) return axis < 0 ? axis + signed_rank : axis;
  const std::string allowed =
      rank == 0 ? "a tensor with at least one dimension"
                : "a dimension from " + std::to_string(-signed_rank) + " to " + std::to_string(signed_rank - 1);
  return invalid_input({.found = "dimension " + std::to_string(axis) + " of a tensor of rank " + std::to_string(rank),
                        .allowed = allowed});
}

Result<ir::Shape> broadcast_shapes(const ir::Shape& a, const ir::Shape& b) {
  ir::Shape result(std::max(a.size(), b.size()), 1);
  for (std::size_t from_end = 1; from_end <= result.size(); ++from_end) {
    const std::int64_t size_a = from_end <= a.size() ? a[a.size() - from_end] : 1;
    const std::int64_t size_b = from_end <= b.size() ? b[b.size() - from_end] : 1;
    if (size_a != size_b && size_a != 1 && size_b != 1) {
      return invalid_input({.found = "shapes " + ir::to_string(a) + " and " + ir::to_string(b),
                            .allowed = "sizes that are equal or 1, counted from the last dimension"});
    }
    result[result.size() - from_end] = size_a == 1 ? size_b : size_a;
  }
  return result;
}

}  // namespace pudu::ops
