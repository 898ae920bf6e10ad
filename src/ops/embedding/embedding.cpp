// Rows of a constant matrix by integer positions. See embedding.md.
#include <algorithm>
#include <cmath>
#include <string>

#include "kernels/embedding/embedding_s8.hpp"
#include "ops/checks.hpp"
#include "ops/lower_context.hpp"
#include "ops/op_definition.hpp"
#include "ops/quantized.hpp"

namespace pudu::ops {
namespace {

PUDU_KERNEL_BINDING(embedding_s8, EmbeddingS8)

enum Operand : std::size_t { Weight, Indices };

Result<std::vector<ir::TensorType>> infer(const ir::Graph& graph, const ir::Node& node) {
  PUDU_TRY(check_input(graph, node, Weight));
  const ir::TensorType& weight = input_type(graph, node, Weight);
  const ir::TensorType& indices = input_type(graph, node, Indices);
  if (weight.shape.size() != 2 || !graph.value(*node.inputs[Weight]).is_constant()) {
    return unsupported({.found = "rows of a tensor of shape " + ir::to_string(weight.shape) +
                                 (weight.shape.size() == 2 ? " that the model computes" : ""),
                        .allowed = "a constant matrix [rows, columns]"});
  }
  if (indices.dtype != ir::DType::Int32) {
    return unsupported({.found = "positions of data type " + std::string(ir::to_string(indices.dtype)),
                        .allowed = "an integer input of the model"});
  }
  ir::Shape shape = indices.shape;
  shape.push_back(weight.shape[1]);
  return single_result(weight.dtype, std::move(shape));
}

Status reference(const ir::Node&, std::span<const Tensor> inputs, std::span<Tensor> outputs) {
  const std::int64_t rows = inputs[Weight].dim(0);
  const std::int64_t columns = inputs[Weight].dim(1);
  float* output = outputs[0].mutable_data().data();
  for (const float index : inputs[Indices].data()) {
    const auto row = static_cast<std::int64_t>(std::clamp(index, 0.0F, static_cast<float>(rows - 1)));
    output = std::copy_n(inputs[Weight].data().data() + row * columns, columns, output);
  }
  return {};
}

Status lower(LowerContext& context) {
  const ir::Value& weight = context.input_value(Weight);
  PUDU_TRY(require_int8(weight));
  PUDU_TRY(require_int8(context.output_value()));
  const ir::Shape& indices = context.input_value(Indices).type.shape;
  const kernels::EmbeddingS8Params params{.count = static_cast<std::int32_t>(ir::element_count(indices)),
                                          .rows = static_cast<std::int32_t>(weight.type.shape[0]),
                                          .row_bytes = static_cast<std::int32_t>(weight.type.shape[1])};
  context.emit(embedding_s8(), params,
               {{"weights", context.input(Weight, contiguous_order(2))},
                {"indices", context.input(Indices, contiguous_order(indices.size()))},
                {"output", context.output(0, contiguous_order(indices.size() + 1))}});
  return {};
}

}  // namespace

const OpDefinition& embedding_definition() {
  static const OpDefinition definition{
      .name = "embedding",
      .summary = "Rows of a constant matrix by integer positions.",
      .inputs = {{.name = "weight", .meaning = "constant [rows, columns]"},
                 {.name = "indices", .meaning = "int32, any shape: an integer input of the model"}},
      .attributes = {},
      .infer = infer,
      .reference = reference,
      .quantization = {.output = OutputQuantization::SameAsInput},
      .lower = lower,
      .kernels = {&embedding_s8()}};
  return definition;
}

}  // namespace pudu::ops
