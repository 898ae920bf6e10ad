// Matrix product of two activations. See matmul.md.
#include <algorithm>
#include <string>

#include "kernels/batch_matmul/batch_matmul_s8.hpp"
#include "kernels/matmul_f32/matmul_f32.hpp"
#include "numerics/quantize_multiplier.hpp"
#include "numerics/tflite.hpp"
#include "ops/checks.hpp"
#include "ops/float_node.hpp"
#include "ops/lower_context.hpp"
#include "ops/onednn.hpp"
#include "ops/op_definition.hpp"
#include "ops/quantized.hpp"

namespace pudu::ops {
namespace {

PUDU_KERNEL_BINDING(batch_matmul_s8, BatchMatmulS8)

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
  // Sums of products of two int8 codes without their zero points fit 32 bits.
  constexpr std::int64_t max_depth = INT32_MAX / (255 * 255);
  if (matrices.a.back() > max_depth) {
    return unsupported({.found = "a product over " + std::to_string(matrices.a.back()) + " elements",
                        .allowed = "at most " + std::to_string(max_depth)});
  }
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

/// Products of the kernel's view: stacks [batches, rows, depth] and [batches, columns, depth].
struct Products {
  std::int64_t batches, rows, columns, depth;
};

Result<Products> products_of(const Matrices& matrices) {
  const ir::Shape batch_a(matrices.a.begin(), matrices.a.end() - 2);
  const ir::Shape batch_b(matrices.b.begin(), matrices.b.end() - 2);
  Products result{.batches = ir::element_count(batch_b),
                  .rows = matrices.a[matrices.a.size() - 2],
                  .columns = matrices.b.back(),
                  .depth = matrices.a.back()};
  if (batch_a == batch_b) return result;
  if (result.batches == 1) {  // one matrix on the right for all rows of the left
    result.rows *= ir::element_count(batch_a);
    return result;
  }
  return unsupported(
      {.found = "a product of stacks of matrices " + ir::to_string(matrices.a) + " and " + ir::to_string(matrices.b),
       .allowed = "stacks of one shape, or one matrix on the right",
       .hint = "repeat the smaller stack with expand"});
}

/// Rows of the left and columns of the right operand lie in sequence; all else is contiguous.
DimOrder columns_first(std::size_t rank) {
  DimOrder order = contiguous_order(rank);
  if (rank >= 2) std::swap(order[rank - 2], order[rank - 1]);
  return order;
}

Status lower_float(LowerContext& context) {
  PUDU_TRY(require_float_operands(context));
  const ir::Shape& a = context.input_value(0).type.shape;
  const ir::Shape& b = context.input_value(1).type.shape;
  PUDU_TRY_ASSIGN(const Matrices matrices, matrices_of(a, b));
  PUDU_TRY_ASSIGN(const Products products, products_of(matrices));
  const auto narrow = [](std::int64_t number) { return static_cast<std::int32_t>(number); };
  const FloatBounds bounds = whole_range();
  const kernels::MatmulF32Params params{.batches = narrow(products.batches),
                                        .rows = narrow(products.rows),
                                        .columns = narrow(products.columns),
                                        .depth = narrow(products.depth),
                                        .minimum = bounds.minimum,
                                        .maximum = bounds.maximum};
  const program::BufferId lhs = context.input(0, contiguous_order(a.size()));
  const program::BufferId rhs = context.input(1, columns_first(b.size()));
  constexpr std::size_t no_bias = 2;
  const std::size_t output_rank = context.output_value().type.shape.size();
  context.emit(matmul_f32(), params,
               {{"lhs", lhs},
                {"rhs_transposed", rhs},
                {"bias", float_operand_or(context, no_bias, products.columns, 0.0F, "zeros")},
                {"output", context.output(0, contiguous_order(output_rank))}});
  return {};
}

Status lower(LowerContext& context) {
  if (is_float(context)) return lower_float(context);
  PUDU_TRY(require_int8_operands(context));
  const ir::Value& a = context.input_value(0);
  const ir::Value& b = context.input_value(1);
  const ir::QuantParams& output = *context.output_value().quant;
  PUDU_TRY_ASSIGN(const Matrices matrices, matrices_of(a.type.shape, b.type.shape));
  PUDU_TRY_ASSIGN(const Products products, products_of(matrices));
  const numerics::FixedPointMultiplier scaling =
      context.graph().arithmetic == ir::Arithmetic::TfLite
          ? numerics::tflite::narrow_product_scaling(a.quant->scale(), b.quant->scale(), output.scale())
          : numerics::product_scaling(static_cast<double>(a.quant->scale()), static_cast<double>(b.quant->scale()),
                                      static_cast<double>(output.scale()));
  const auto narrow = [](std::int64_t number) { return static_cast<std::int32_t>(number); };
  const kernels::BatchMatmulS8Params params{.batches = narrow(products.batches),
                                            .rows = narrow(products.rows),
                                            .columns = narrow(products.columns),
                                            .depth = narrow(products.depth),
                                            .lhs_offset = -a.quant->zero_point,
                                            .rhs_offset = -b.quant->zero_point,
                                            .multiplier = scaling.multiplier,
                                            .shift = scaling.shift,
                                            .output_offset = output.zero_point,
                                            .activation_min = -128,
                                            .activation_max = 127};
  const program::BufferId lhs = context.input(0, contiguous_order(a.type.shape.size()));
  const program::BufferId rhs = context.input(1, columns_first(b.type.shape.size()));
  const std::size_t output_rank = context.output_value().type.shape.size();
  context.emit(batch_matmul_s8(), params,
               {{"lhs", lhs}, {"rhs_transposed", rhs}, {"output", context.output(0, contiguous_order(output_rank))}});
  return {};
}

std::int64_t macs(const ir::Graph& graph, const ir::Node& node) {
  return ir::element_count(graph.value(node.outputs[0]).type.shape) * input_type(graph, node, 0).shape.back();
}

}  // namespace

const OpDefinition& matmul_definition() {
  static const OpDefinition definition = {
      .name = "matmul",
      .summary = "Matrix product as torch.matmul has it; with a constant matrix it becomes linear.",
      .inputs = {{"a", OperandPresence::Required, "[..., M, K], or [K]"},
                 {"b", OperandPresence::Required, "[..., K, N], or [K]"}},
      .attributes = {},
      .infer = infer,
      .reference = reference,
      .quantization = {},
      .lower = lower,
      .kernels = {&batch_matmul_s8()},
      .float_kernels = {{&matmul_f32()}},
      .macs = macs,
  };
  return definition;
}

}  // namespace pudu::ops
