// The program under construction: implements what operators ask for in ops::LowerContext.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "lowering/lowering.hpp"
#include "ops/lower_context.hpp"

namespace pudu::lowering {

class ProgramBuilder final : public ops::LowerContext {
 public:
  /// By state: the order in which it lies in memory; contiguous where there is none.
  using StateOrders = std::vector<ops::DimOrder>;

  ProgramBuilder(const ir::Graph& graph, const targets::TargetConfig& target, const StateOrders& state_orders);

  const ir::Graph& graph() const override { return graph_; }
  const ir::Node& node() const override { return *node_; }
  const targets::TargetConfig& target() const override { return program_.target; }

  ops::DimOrder input_order(std::size_t index) override;
  program::BufferId input(std::size_t index, const ops::DimOrder& order) override;
  program::BufferId output(std::size_t index, const ops::DimOrder& order) override;
  void alias_output(std::size_t index, std::size_t input_index, const ops::DimOrder& input_order,
                    const ops::DimOrder& output_order) override;
  program::BufferId constant(std::string_view suffix, program::ElementType type, ir::Shape shape,
                             std::vector<std::byte> data) override;
  void emit_call(const ops::KernelBinding& binding, std::vector<program::Parameter> parameters,
                 ops::OperandList operands) override;

  /// Calls made until the next begin_node belong to `node`.
  void begin_node(const ir::Node& node);
  Status finish_outputs();
  /// Copies into every state what it becomes, behind all other calls.
  void finish_states();
  /// The orders in which the values lie that states become: with them, finish_states() needs no transpose.
  StateOrders orders_of_kept_values() const;
  ValuePlaces places() const;
  program::Program take() && { return std::move(program_); }

 private:
  /// One place where a value lies in memory.
  struct Placement {
    ops::DimOrder order;
    program::BufferId buffer;
  };

  void place_graph_inputs();
  void place_states(const StateOrders& state_orders);
  void append_copy(const std::string& name, program::BufferId source, program::BufferId target);
  program::BufferId in_order(ir::ValueId id, const ops::DimOrder& order);
  program::BufferId constant_in_order(const ir::Value& value, const ops::DimOrder& order);
  program::BufferId transposed(const ir::Value& value, const Placement& from, const ops::DimOrder& order);
  program::BufferId copied(const ir::Value& value, program::BufferId source);
  program::BufferId add_activation(const std::string& name, const ir::Value& value, const ops::DimOrder& order,
                                   program::BufferKind kind);
  program::BufferId add_constant(std::string name, program::ElementType type, ir::Shape shape,
                                 std::vector<std::byte> data);
  std::string unique_buffer_name(const std::string& hint);
  std::string unique_call_name(const std::string& hint);
  const ir::Value& input_of_node(std::size_t index) const;

  const ir::Graph& graph_;
  const ir::Node* node_ = nullptr;
  bool node_macs_pending_ = false;  ///< the node's MACs belong to its first call
  program::Program program_;
  std::map<ir::ValueId, std::vector<Placement>> placements_;  ///< first entry: where the value was made
  std::multimap<std::size_t, program::BufferId> constants_by_hash_;
  std::map<std::string, int> buffer_names_;
  std::map<std::string, int> call_names_;
};

}  // namespace pudu::lowering
