// Checks that the `infer` and `lower` functions of several operators share. Attributes come from files, so that every
// number is checked before it is computed with.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "ir/graph.hpp"

namespace pudu::ops {

class LowerContext;

/// Largest extent, step or count that an operator takes from an attribute: products of two of them fit 63 bits and
/// positions computed from one fit the kernels' 32.
inline constexpr std::int64_t max_attribute_size = std::int64_t{1} << 23;

/// Most elements that one mean is taken over, so that the kernels' 32-bit sums of int8 codes cannot overflow.
inline constexpr std::int64_t max_mean_elements = (std::int64_t{1} << 23) - 1;

/// Input `index` is a float32 or int8 tensor without empty dimensions; Unsupported otherwise.
Status check_input(const ir::Graph& graph, const ir::Node& node, std::size_t index);
/// check_input, and the input is an image batch [N, C, H, W].
Status check_image_input(const ir::Graph& graph, const ir::Node& node, std::size_t index);

/// The Integers attribute has `count` entries, each in [low, high]; InvalidInput otherwise.
Status check_integers(const ir::Node& node, std::string_view name, std::size_t count, std::int64_t low,
                      std::int64_t high);

/// One result of that type; Unsupported when a dimension is empty or the elements do not fit 31 bits.
Result<std::vector<ir::TensorType>> single_result(ir::DType dtype, ir::Shape shape);

/// For operators that copy elements: every operand and result is int8 with the same scale and zero point, or all are
/// float32. Internal error otherwise, because the quantizer sees to it.
Status require_shared_quantization(const LowerContext& context);

/// As printed: [1, -1].
std::string to_text(const std::vector<std::int64_t>& values);

}  // namespace pudu::ops
