// A LowerContext for one node: buffers, calls, and a transpose step wherever the operator wants another order.
#pragma once

#include <map>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "ops/lower_context.hpp"

namespace pudu::ops::testing {

/// Rearranges a buffer from one dimension order to another.
struct TransposeStep {
  program::BufferId from;
  program::BufferId to;
  ir::Shape shape;
  DimOrder from_order;
  DimOrder to_order;
};

class PlainLowering final : public LowerContext {
 public:
  /// `input_orders` belong to the graph's inputs.
  PlainLowering(const ir::Graph& graph, const std::vector<DimOrder>& input_orders);

  const ir::Graph& graph() const override { return graph_; }
  const ir::Node& node() const override { return graph_.nodes().front(); }
  const targets::TargetConfig& target() const override { return program_.target; }
  DimOrder input_order(std::size_t index) override;
  program::BufferId input(std::size_t index, const DimOrder& order) override;
  program::BufferId output(std::size_t index, const DimOrder& order) override;
  void alias_output(std::size_t index, std::size_t input_index, const DimOrder& input_order,
                    const DimOrder& output_order) override;
  program::BufferId constant(std::string_view suffix, program::ElementType type, ir::Shape shape,
                             std::vector<std::byte> data) override;
  void emit_call(const KernelBinding& binding, std::vector<program::Parameter> parameters,
                 OperandList operands) override;

  /// Runs every step on the host; `inputs` and the results are bytes in logical order.
  std::vector<std::vector<std::byte>> run(const std::vector<std::vector<std::byte>>& inputs) const;

  const program::Program& program() const { return program_; }
  std::size_t transposes() const { return transposes_; }
  std::vector<DimOrder> output_orders() const;

 private:
  struct Call {
    const KernelBinding* binding;
    std::vector<program::Parameter> parameters;
    OperandList operands;
  };
  struct Placement {
    program::BufferId buffer;
    DimOrder order;
  };

  program::BufferId add_buffer(std::string name, program::BufferKind kind, program::ElementType type, ir::Shape shape);
  program::BufferId rearranged(const ir::Value& value, const DimOrder& order);
  void run_call(const Call& call, std::vector<std::vector<std::byte>>& memory) const;

  const ir::Graph& graph_;
  program::Program program_;
  std::vector<std::variant<TransposeStep, Call>> steps_;
  std::map<ir::ValueId, Placement> placements_;
  std::size_t transposes_ = 0;
};

}  // namespace pudu::ops::testing
