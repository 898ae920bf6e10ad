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

/// Sees every activation once it is computed (graph inputs first).
using ValueObserver = std::function<void(ir::ValueId, const Tensor&)>;

class FloatExecutor {
 public:
  /// `graph` must be verified and outlive the executor. Constants are shared, not copied.
  explicit FloatExecutor(const ir::Graph& graph);

  /// One inference; tensors are freed after their last use. InvalidInput when inputs do not have the graph's shapes;
  /// otherwise errors of the references, with the node's name.
  Result<std::vector<Tensor>> run(std::span<const Tensor> inputs, const ValueObserver& observer = {}) const;

 private:
  Status run_node(const ir::Node& node, std::vector<Tensor>& values) const;

  const ir::Graph& graph_;
  std::vector<Tensor> constants_;      ///< by value index; empty tensors for activations
  std::vector<std::size_t> last_use_;  ///< by value index: index of the last node that reads it
};

}  // namespace pudu::ops
