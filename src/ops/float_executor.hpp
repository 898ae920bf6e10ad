// Runs a float graph on the host, node by node, with the operators' float references.
#pragma once

#include <functional>
#include <map>
#include <span>
#include <vector>

#include "base/result.hpp"
#include "ir/graph.hpp"
#include "ops/tensor.hpp"

namespace pudu::ops {

/// Sees every activation once it is computed (graph inputs and states first).
using ValueObserver = std::function<void(ir::ValueId, const Tensor&)>;

class FloatExecutor {
 public:
  /// `graph` must be verified and outlive the executor. Constants are shared, not copied.
  explicit FloatExecutor(const ir::Graph& graph);

  /// One inference; tensors are freed after their last use. InvalidInput when inputs do not have the graph's shapes;
  /// otherwise errors of the references, with the node's name.
  /// States have their initial values.
  Result<std::vector<Tensor>> run(std::span<const Tensor> inputs, const ValueObserver& observer = {}) const;

  /// The graph's constants as float tensors, by value index; empty tensors for activations.
  const std::vector<Tensor>& constants() const { return constants_; }

  /// What the graph's states hold before the first run, in their order.
  std::vector<Tensor> initial_states() const;
  /// The same as run(), of one run in a sequence: `states` are what the run before left behind, and become what this
  /// one leaves.
  Result<std::vector<Tensor>> run_next(std::span<const Tensor> inputs, std::vector<Tensor>& states,
                                       const ValueObserver& observer = {}) const;

 private:
  Status run_node(const ir::Node& node, std::vector<Tensor>& values) const;

  const ir::Graph& graph_;
  std::vector<Tensor> constants_;      ///< by value index; empty tensors for activations
  std::vector<std::size_t> last_use_;  ///< by value index: index of the last node that reads it
};

}  // namespace pudu::ops
