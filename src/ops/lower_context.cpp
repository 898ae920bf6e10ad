// Arithmetic of dimension orders, and the values around the node being lowered.
#include "ops/lower_context.hpp"

#include <numeric>

namespace pudu::ops {
namespace {

/// The order without dimensions of one element, which have no effect on addresses.
DimOrder without_unit_dims(const ir::Shape& shape, const DimOrder& order) {
  DimOrder result;
  for (const std::int64_t dim : order) {
    if (shape[static_cast<std::size_t>(dim)] != 1) result.push_back(dim);
  }
  return result;
}

}  // namespace

DimOrder contiguous_order(std::size_t rank) {
  DimOrder order(rank);
  std::iota(order.begin(), order.end(), std::int64_t{0});
  return order;
}

DimOrder channels_last_order(std::size_t rank) {
  DimOrder order = contiguous_order(rank);
  if (rank < 3) return order;
  order.erase(order.begin() + 1);
  order.push_back(1);
  return order;
}

ir::Shape physical_shape(const ir::Shape& shape, const DimOrder& order) {
  ir::Shape result;
  result.reserve(order.size());
  for (const std::int64_t dim : order) result.push_back(shape[static_cast<std::size_t>(dim)]);
  return result;
}

bool same_in_memory(const ir::Shape& shape, const DimOrder& a, const DimOrder& b) {
  return without_unit_dims(shape, a) == without_unit_dims(shape, b);
}

std::vector<std::int64_t> memory_strides(const ir::Shape& shape, const DimOrder& order) {
  std::vector<std::int64_t> strides(shape.size());
  std::int64_t stride = 1;
  for (auto position = order.rbegin(); position != order.rend(); ++position) {
    const auto dim = static_cast<std::size_t>(*position);
    strides[dim] = stride;
    stride *= shape[dim];
  }
  return strides;
}

const ir::Value& LowerContext::input_value(std::size_t index) const {
  return graph().value(node().inputs.at(index).value());
}

const ir::Value& LowerContext::output_value(std::size_t index) const {
  return graph().value(node().outputs.at(index));
}

}  // namespace pudu::ops
