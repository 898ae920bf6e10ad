#pragma once

#include "base/result.hpp"
#include "ir/graph.hpp"

namespace pudu::passes {

/// Average pooling in its plainest form:
/// - mean over exactly height and width of [N, C, H, W] -> adaptive_avg_pool2d to 1 x 1 (and a reshape without
/// keepdim), unless the model returns it: a mean has a scale of its own, which pooling has not, and no layer behind it
/// that averages rounding errors out,
/// - mean over one element -> reshape,
/// - adaptive_avg_pool2d whose windows are all alike (input % output == 0) -> avg_pool2d,
/// - pooling of single elements -> nothing.
Status simplify_pooling(ir::Graph& graph);

}  // namespace pudu::passes
