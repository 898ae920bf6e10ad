// The registry of operators, derived from ops.def.
#pragma once

#include <span>
#include <string_view>

#include "base/result.hpp"
#include "ir/graph.hpp"
#include "ops/op_definition.hpp"

namespace pudu::ops {

/// Every operator, in the order of ops.def.
std::span<const OpDefinition* const> all_operators();
/// The operator of that name, or null.
const OpDefinition* find_operator(std::string_view name);
/// As find_operator, for names that verify() has accepted.
const OpDefinition& operator_of(const ir::Node& node);
/// Every kernel that some operator lowers to, each once, by name.
std::span<const KernelBinding* const> all_kernels();
const KernelBinding* find_kernel(std::string_view name);

/// Fills in default attributes, infers the result types, appends the node and returns it. `node_name` appears in
/// errors.
Result<ir::NodeId> append_node(ir::Graph& graph, std::string node_name, std::string_view op,
                               std::vector<std::optional<ir::ValueId>> inputs, ir::Attributes attributes,
                               std::string source = {});

/// ir::verify plus: known operators, operand counts, attributes present and of their types, result shapes as inferred.
/// Data types of quantized results may differ from the inferred float ones.
Status verify(const ir::Graph& graph);

}  // namespace pudu::ops
