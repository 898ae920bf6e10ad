// Which values must have the same quantization parameters.
//
// Operators that only move or average codes (reshape, concat, pooling, ...) keep the parameters of their inputs.
// Following those rules splits the activations of a graph into groups; the quantizer chooses one set of parameters for
// each.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "ir/graph.hpp"

namespace pudu::quantizer {

class SharingGroups {
 public:
  explicit SharingGroups(const ir::Graph& graph);

  /// Representative of the value's group: an index into graph.values().
  std::size_t group_of(ir::ValueId id) const;
  /// Parameters that an operator prescribes for the group, or empty.
  const std::optional<ir::QuantParams>& fixed(ir::ValueId id) const { return fixed_[group_of(id)]; }

 private:
  void unite(ir::ValueId a, ir::ValueId b);

  mutable std::vector<std::size_t> parents_;
  std::vector<std::optional<ir::QuantParams>> fixed_;  ///< by representative
};

/// Inserts a rescaling (unary identity) before each input of a parameter-sharing operator whose prescribed parameters
/// would otherwise bind the other inputs: concat of a softmax and something else.
Status separate_fixed_inputs(ir::Graph& graph);

}  // namespace pudu::quantizer
