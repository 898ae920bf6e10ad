// Elements repeated along dimensions of size 1. See expand.md.
#include <string>

#include "kernels/strided_slice/strided_slice_s8.hpp"
#include "ops/broadcast.hpp"
#include "ops/checks.hpp"
#include "ops/float_node.hpp"
#include "ops/lower_context.hpp"
#include "ops/op_definition.hpp"

namespace pudu::ops {
namespace {

PUDU_KERNEL_BINDING(strided_slice_of_expand, StridedSliceS8)

Result<std::vector<ir::TensorType>> infer(const ir::Graph& graph, const ir::Node& node) {
  PUDU_TRY(check_input(graph, node, 0));
  const ir::TensorType& input = input_type(graph, node, 0);
  const auto& shape = node.attributes.integers("shape");
  PUDU_TRY(check_integers(node, "shape", input.shape.size(), 1, INT32_MAX));
  for (std::size_t dim = 0; dim < shape.size(); ++dim) {
    if (input.shape[dim] == shape[dim] || input.shape[dim] == 1) continue;
    return invalid_input({.found = "shape " + to_text(shape) + " for an input of shape " + ir::to_string(input.shape),
                          .allowed = "sizes that differ where the input has size 1 only"});
  }
  return single_result(input.dtype, shape);
}

Status reference(const ir::Node&, std::span<const Tensor> inputs, std::span<Tensor> outputs) {
  const Tensor scalar({}, std::vector<float>{0.0F});
  for_each_broadcast(inputs[0], scalar, outputs[0], [](float a, float) { return a; });
  return {};
}

Status lower(LowerContext& context) {
  PUDU_TRY(require_shared_quantization(context));
  const ir::Shape& in = context.input_value(0).type.shape;
  const ir::Shape& out = context.output_value().type.shape;
  const DimOrder order = context.input_order(0);
  if (in == out) {
    context.alias_output(0, 0, order, order);
    return {};
  }
  const BroadcastLoop loop = broadcast_loop(out, order, in, order, {}, {});
  if (loop.shape.size() > kernels::max_rank) {
    return unsupported({.found = "repetition along " + std::to_string(loop.shape.size()) + " dimensions",
                        .allowed = "at most " + std::to_string(kernels::max_rank)});
  }
  kernels::StridedSliceS8Params params{};
  params.rank = static_cast<std::int32_t>(loop.shape.size());
  for (std::size_t dim = 0; dim < loop.shape.size(); ++dim) {
    params.output_shape[dim] = static_cast<std::int32_t>(loop.shape[dim]);
    params.input_strides[dim] = static_cast<std::int32_t>(loop.strides1[dim]);
  }
  const program::BufferId input = context.input(0, order);
  context.emit(is_float(context) ? strided_slice_f32() : strided_slice_of_expand(), params,
               {{"input", input}, {"output", context.output(0, order)}});
  return {};
}

}  // namespace

const OpDefinition& expand_definition() {
  static const OpDefinition definition{
      .name = "expand",
      .summary = "Elements repeated along dimensions of size 1.",
      .inputs = {{.name = "input", .meaning = "any shape"}},
      .attributes = {{"shape", AttributeType::Integers, std::nullopt, "sizes of the result, of the input's rank"}},
      .infer = infer,
      .reference = reference,
      .quantization = {.output = OutputQuantization::SameAsInput},
      .lower = lower,
      .kernels = {&strided_slice_of_expand()},
      .float_kernels = {{&strided_slice_f32()}}};
  return definition;
}

}  // namespace pudu::ops
