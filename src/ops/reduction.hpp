// What operators share that reduce dimensions to one element (mean, sum): which dimensions, the shape of the result,
// and the view of memory as [outer, reduced, inner].
#pragma once

#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "ir/graph.hpp"
#include "numerics/quantize_multiplier.hpp"
#include "ops/lower_context.hpp"
#include "ops/op_definition.hpp"
#include "ops/tensor.hpp"

namespace pudu::ops {

/// The attributes `dims` (none: all of them, as torch.mean(x)) and `keepdim` of a node.
struct Reduction {
  std::vector<bool> reduced;  ///< by logical dimension
  std::int64_t elements = 1;  ///< that become one
  bool keeps_dims = false;
};
Result<Reduction> reduction_of(const ir::Node& node, const ir::Shape& shape);

/// infer; `what` names the operation in messages: "a mean".
Result<std::vector<ir::TensorType>> infer_reduction(const ir::Graph& graph, const ir::Node& node,
                                                    std::string_view what);

/// The sum of each group of elements that become one.
std::vector<double> reduced_sums(const Tensor& input, const Reduction& reduction);

/// Orders of input and result in which memory is [outer, elements, inner].
struct ReductionLayout {
  DimOrder input_order, output_order;
  std::int64_t outer = 1;
  std::int64_t inner = 1;
};
/// The reduced dimensions come together at the place of the first one that matters in memory; where they are neighbours
/// already, the order in memory stays.
ReductionLayout reduction_layout(const ir::Shape& shape, const DimOrder& order, const Reduction& reduction);

/// The kernel of sums, and the call of it that `context`'s node lowers to: each group's codes, less the zero point,
/// summed and scaled.
const KernelBinding& sum_s8();
void emit_scaled_sum(LowerContext& context, const Reduction& reduction, const numerics::FixedPointMultiplier& scaling);

/// Lowers the node of a float island to sum_f32: a sum, or a mean where the divisor is the number of elements.
Status lower_float_sum(LowerContext& context, const Reduction& reduction, double divisor);

}  // namespace pudu::ops
