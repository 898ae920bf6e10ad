// What softmax and log_softmax share: the rows along the dimension `dim`, in the reference and in memory.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "ops/checks.hpp"
#include "ops/lower_context.hpp"
#include "ops/op_definition.hpp"

namespace pudu::ops {

/// Calls `row(input, output, count, stride)` for every row: `count` elements, `stride` apart.
template <class Row>
Status for_each_row(const ir::Node& node, std::span<const Tensor> inputs, std::span<Tensor> outputs, Row row) {
  const ir::Shape& shape = inputs[0].shape();
  PUDU_TRY_ASSIGN(const std::int64_t axis, normalize_axis(node.attributes.integer("dim"), shape.size()));
  const std::int64_t depth = shape[static_cast<std::size_t>(axis)];
  const std::int64_t inner = ir::element_count({shape.begin() + axis + 1, shape.end()});
  const std::int64_t outer = inputs[0].elements() / (depth * inner);
  const float* input = inputs[0].data().data();
  float* output = outputs[0].mutable_data().data();
  for (std::int64_t i = 0; i < outer; ++i) {
    for (std::int64_t j = 0; j < inner; ++j) {
      const std::int64_t start = i * depth * inner + j;
      row(input + start, output + start, depth, inner);
    }
  }
  return {};
}

/// The rows of the input where each lies in one piece.
struct RowsInMemory {
  DimOrder order;
  std::int32_t rows;
  std::int32_t depth;  ///< elements of a row
};

inline Result<RowsInMemory> rows_in_memory(LowerContext& context) {
  const ir::TensorType& type = context.input_value(0).type;
  PUDU_TRY_ASSIGN(const std::int64_t axis, normalize_axis(context.node().attributes.integer("dim"), type.shape.size()));
  DimOrder order = context.input_order(0);
  std::erase(order, axis);
  order.push_back(axis);
  const std::int64_t depth = type.shape[static_cast<std::size_t>(axis)];
  return RowsInMemory{std::move(order), static_cast<std::int32_t>(type.elements() / depth),
                      static_cast<std::int32_t>(depth)};
}

}  // namespace pudu::ops
