// Which of several ranges a value gets, by what each does to the operators that read it.
//
// The error of a value's own codes is not what counts: a convolution averages rounding away and keeps a clipped
// outlier, an exponential is the other way round. So every candidate is tried on samples that the ranges were not
// measured on: the value is rounded as its codes would round it, the operators behind it run in float on that, and the
// squared error of their results, in parts of their power, is summed up. Values that share parameters are rounded alike
// and judged together. Limits: one value at a time, its neighbours in float; operators two steps behind do not count.
#pragma once

#include <span>
#include <vector>

#include "base/result.hpp"
#include "ir/graph.hpp"
#include "quantizer/calibrate.hpp"
#include "quantizer/sharing.hpp"

namespace pudu::quantizer {

/// Parameters to choose from, by group of values (SharingGroups); empty or alike: nothing to choose.
using RangeCandidates = std::vector<std::vector<ir::QuantParams>>;

/// Index of the best candidate of each group; 0 where there is none, of equals the first. Samples run on all cores;
/// the result does not depend on how many. Errors of the float references.
Result<std::vector<std::size_t>> choose_ranges(const ir::Graph& graph, const SharingGroups& groups,
                                               const RangeCandidates& candidates, std::span<const Sample> held_out);

}  // namespace pudu::quantizer
