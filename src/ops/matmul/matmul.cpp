// Matrix product of two activations, float only. See matmul.md.
#include <algorithm>
#include <string>

#include "ops/checks.hpp"
#include "ops/lower_context.hpp"
#include "ops/onednn.hpp"
#include "ops/op_definition.hpp"

namespace pudu::ops {
namespace {

/// The operands as matrices [batch..., M, K] x [batch..., K, N] of equal rank: PyTorch makes a vector on the left a
/// row, one on the right a column, and drops the added dimension from the result.
struct Matrices {
  ir::Shape a, b, result;  ///< of equal rank
  ir::Shape result_shape;  ///< as the node has it
};

Result<Matrices> matrices_of(const ir::Shape& a, const ir::Shape& b) {
  if (a.empty() || b.empty()) {
    return invalid_input({.found = "shapes " + ir::to_string(a) + " and " + ir::to_string(b),
                          .allowed = "operands with at least one dimension"});
  }
  Matrices matrices{.a = a, .b = b, .result = {}, .result_shape = {}};
  if (a.size() == 1) matrices.a.insert(matrices.a.begin(), 1);
  if (b.size() == 1) matrices.b.push_back(1);
  if (matrices.a.back() != matrices.b[matrices.b.size() - 2]) {
    return invalid_input({.found = "shapes " + ir::to_string(a) + " and " + ir::to_string(b),
                          .allowed = "as many columns in the first as rows in the second"});
  }
  const ir::Shape batch_a(matrices.a.begin(), matrices.a.end() - 2);
  const ir::Shape batch_b(matrices.b.begin(), matrices.b.end() - 2);
  PUDU_TRY_ASSIGN(matrices.result, broadcast_shapes(batch_a, batch_b));
  matrices.a.insert(matrices.a.begin(), matrices.result.size() - batch_a.size(), 1);
  matrices.b.insert(matrices.b.begin(), matrices.result.size() - batch_b.size(), 1);
  matrices.result_shape = matrices.result;
  const std::int64_t rows = matrices.a[matrices.a.size() - 2];
  const std::int64_t columns = matrices.b.back();
  if (a.size() > 1) matrices.result_shape.push_back(rows);
  if (b.size() > 1) matrices.result_shape.push_back(columns);
  matrices.result.push_back(rows);
  matrices.result.push_back(columns);
  return matrices;
}

Result<std::vector<ir::TensorType>> infer(const ir::Graph& graph, const ir::Node& node) {
  PUDU_TRY(check_input(graph, node, 0));
  PUDU_TRY(check_input(graph, node, 1));
  PUDU_TRY_ASSIGN(const Matrices matrices,
                  matrices_of(input_type(graph, node, 0).shape, input_type(graph, node, 1).shape));
  return single_result(ir::DType::Float32, matrices.result_shape);
}

Status reference(const ir::Node&, std::span<const Tensor> inputs, std::span<Tensor> outputs) {
  PUDU_TRY_ASSIGN(const Matrices matrices, matrices_of(inputs[0].shape(), inputs[1].shape()));
  return onednn::guarded([&] {
    const auto a = onednn::contiguous(matrices.a);
    const auto b = onednn::contiguous(matrices.b);
    const auto result = onednn::contiguous(matrices.result);
    const auto desc = onednn::describe<dnnl::matmul>(a, b, result);
    onednn::execute(dnnl::matmul(desc), {{DNNL_ARG_SRC, onednn::view(inputs[0], a)},
                                         {DNNL_ARG_WEIGHTS, onednn::view(inputs[1], b)},
                                         {DNNL_ARG_DST, onednn::view(outputs[0], result)}});
  });
}

Status lower(LowerContext& context) {
  const bool computed = !context.input_value(0).is_constant() && !context.input_value(1).is_constant();
  return unsupported(
      {.found = computed ? "matmul of two activations"
                         : "matmul with a constant of rank " + std::to_string(context.input_value(1).type.shape.size()),
       .allowed = "matmul with a constant matrix on the right, which becomes a linear layer"});
}

std::int64_t macs(const ir::Graph& graph, const ir::Node& node) {
  return ir::element_count(graph.value(node.outputs[0]).type.shape) * input_type(graph, node, 0).shape.back();
}

}  // namespace

const OpDefinition& matmul_definition() {
  static const OpDefinition definition = {
      .name = "matmul",
      .summary = "Matrix product as torch.matmul has it; only a constant right side reaches the device, as linear.",
      .inputs = {{"a", OperandPresence::Required, "[..., M, K], or [K]"},
                 {"b", OperandPresence::Required, "[..., K, N], or [K]"}},
      .attributes = {},
      .infer = infer,
      .reference = reference,
      .quantization = {},
      .lower = lower,
      .kernels = {},
      .macs = macs,
  };
  return definition;
}

}  // namespace pudu::ops
