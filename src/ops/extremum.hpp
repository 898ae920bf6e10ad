// What the operators minimum and maximum share: they differ in which of two elements they keep.
#pragma once

#include "ops/broadcast.hpp"
#include "ops/checks.hpp"
#include "ops/lower_context.hpp"
#include "ops/op_definition.hpp"

namespace pudu::ops {

/// Two tensors whose shapes broadcast.
inline Result<std::vector<ir::TensorType>> infer_extremum(const ir::Graph& graph, const ir::Node& node) {
  PUDU_TRY(check_input(graph, node, 0));
  PUDU_TRY(check_input(graph, node, 1));
  PUDU_TRY_ASSIGN(ir::Shape shape,
                  broadcast_shapes(input_type(graph, node, 0).shape, input_type(graph, node, 1).shape));
  return single_result(input_type(graph, node, 0).dtype, std::move(shape));
}

/// Codes are compared as they are, so inputs and output must share their quantization.
template <class Params>
Status lower_extremum(LowerContext& context, const KernelBinding& kernel) {
  PUDU_TRY(require_shared_quantization(context));
  PUDU_TRY_ASSIGN(const LoweredBroadcast broadcast, lower_broadcast(context));
  Params params{};
  set_loop(broadcast.loop, params);
  emit_broadcast(context, kernel, params, broadcast);
  return {};
}

}  // namespace pudu::ops
