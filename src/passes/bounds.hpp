// Bounds of a clamp: y = min(max(x, min), max), as torch.clamp has it, so that max wins where the two do not meet.
#pragma once

#include <algorithm>

#include "ir/graph.hpp"

namespace pudu::passes {

struct Bounds {
  double min;
  double max;
};

inline Bounds bounds_of_clamp(const ir::Node& clamp) {
  return {clamp.attributes.reals("params")[0], clamp.attributes.reals("params")[1]};
}

/// Bounds of clamping to `first`, then to `second`, with min <= max: where they do not meet, all results are equal.
inline Bounds in_sequence(const Bounds& first, const Bounds& second) {
  const auto clamped = [&second](double x) { return std::min(std::max(x, second.min), second.max); };
  return {clamped(std::min(first.min, first.max)), clamped(first.max)};
}

}  // namespace pudu::passes
