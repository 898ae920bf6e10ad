// Operators of the source model that change no value. See identity.md.
#include <algorithm>

#include "ops/checks.hpp"
#include "ops/lower_context.hpp"
#include "ops/op_definition.hpp"

namespace pudu::ops {
namespace {

Result<std::vector<ir::TensorType>> infer(const ir::Graph& graph, const ir::Node& node) {
  PUDU_TRY(check_input(graph, node, 0));
  const ir::TensorType& input = input_type(graph, node, 0);
  return single_result(input.dtype, input.shape);
}

Status reference(const ir::Node&, std::span<const Tensor> inputs, std::span<Tensor> outputs) {
  outputs[0] = inputs[0];
  return {};
}

Status lower(LowerContext& context) {
  const DimOrder order = context.input_order(0);
  context.alias_output(0, 0, order, order);
  return {};
}

}  // namespace

const OpDefinition& identity_definition() {
  static const OpDefinition definition = {
      .name = "identity",
      .summary = "Its input, unchanged: dropout, detach, contiguous, clone in an inference graph.",
      .inputs = {{"input", OperandPresence::Required, "any tensor"}},
      .attributes = {{"kind", AttributeType::Text, std::string(), "what it was in the source model: dropout, detach"}},
      .infer = infer,
      .reference = reference,
      .quantization = {.output = OutputQuantization::SameAsInput},
      .lower = lower,
      .kernels = {},
      .int16_kernels = std::vector<const KernelBinding*>{},
      .macs = nullptr,
  };
  return definition;
}

}  // namespace pudu::ops
