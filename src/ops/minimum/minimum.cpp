// The smaller of two elements. See minimum.md.
#include "kernels/minimum/minimum_s8.hpp"

#include <algorithm>

#include "ops/broadcast.hpp"
#include "ops/checks.hpp"
#include "ops/lower_context.hpp"
#include "ops/op_definition.hpp"

namespace pudu::ops {
namespace {

PUDU_KERNEL_BINDING(minimum_s8, MinimumS8)

Result<std::vector<ir::TensorType>> infer(const ir::Graph& graph, const ir::Node& node) {
  PUDU_TRY(check_input(graph, node, 0));
  PUDU_TRY(check_input(graph, node, 1));
  PUDU_TRY_ASSIGN(ir::Shape shape,
                  broadcast_shapes(input_type(graph, node, 0).shape, input_type(graph, node, 1).shape));
  return single_result(input_type(graph, node, 0).dtype, std::move(shape));
}

Status reference(const ir::Node&, std::span<const Tensor> inputs, std::span<Tensor> outputs) {
  for_each_broadcast(inputs[0], inputs[1], outputs[0], [](float a, float b) { return std::min(a, b); });
  return {};
}

Status lower(LowerContext& context) {
  PUDU_TRY(require_shared_quantization(context));
  PUDU_TRY_ASSIGN(const LoweredBroadcast broadcast, lower_broadcast(context));
  kernels::MinimumS8Params params{};
  set_loop(broadcast.loop, params);
  context.emit(minimum_s8(), params,
               {{"input1", broadcast.input1},
                {"input2", broadcast.input2},
                {"output", context.output(0, broadcast.output_order)}});
  return {};
}

}  // namespace

const OpDefinition& minimum_definition() {
  static const OpDefinition definition{
      .name = "minimum",
      .summary = "The smaller of two elements, with broadcasting.",
      .inputs = {{.name = "a", .meaning = "any tensor"}, {.name = "b", .meaning = "any tensor; shapes broadcast"}},
      .attributes = {},
      .infer = infer,
      .reference = reference,
      .quantization = {.output = OutputQuantization::SameAsInput},
      .lower = lower,
      .kernels = {&minimum_s8()}};
  return definition;
}

}  // namespace pudu::ops
