// Builds the graph node by node: unique names, sizes within bounds, and nodes over constants computed at once, so that
// a weight which the model transposes, slices or scales is a constant where its layer is translated.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "frontends/common/checks.hpp"
#include "ir/graph.hpp"

namespace pudu::frontends {

class GraphBuilder {
 public:
  explicit GraphBuilder(std::string graph_name) { graph_.name = std::move(graph_name); }

  const ir::Graph& graph() const { return graph_; }
  ir::Graph take_graph() && { return std::move(graph_); }

  /// InvalidInput or Unsupported when the sizes are none, too many or too large.
  Result<ir::ValueId> add_input(std::string_view name, ir::TensorType type);
  Result<ir::ValueId> add_constant(std::string_view name, ir::Shape shape, std::span<const float> elements);
  /// What the model keeps from run to run; what it becomes is set by keep().
  Result<ir::ValueId> add_state(std::string_view name, ir::Shape shape, std::span<const float> elements);
  /// Unsupported when `after` has another shape than the state.
  Status keep(ir::ValueId state, ir::ValueId after);
  void add_output(ir::ValueId value) { graph_.outputs.push_back(value); }

  /// Appends a node of one result, or computes it when all inputs are constants. Errors of the operator's `infer`.
  Result<ir::ValueId> emit(std::string_view node_name, std::string_view op,
                           std::vector<std::optional<ir::ValueId>> inputs, ir::Attributes attributes,
                           const std::string& source);

  /// Codes, or a float constant that stands for some.
  void set_quantization(ir::ValueId value, ir::DType dtype, ir::QuantParams quantization);

  /// Names `value`, and the node that made it, after an exported value, if the value was made after `first_value`
  /// (others belong to earlier exported nodes and keep their names).
  void name_result(ir::ValueId value, std::string_view name, std::size_t first_value);

 private:
  std::string unique_name(std::string_view hint);
  Status fold_last_node();
  Status pass_codes_on(ir::Node& node);

  ir::Graph graph_;
  std::set<std::string, std::less<>> names_;
  std::int64_t computed_elements_ = 0;
};

}  // namespace pudu::frontends
