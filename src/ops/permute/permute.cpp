// Dimensions in another sequence: permute, transpose, t. See permute.md.
#include <algorithm>
#include <string>

#include "ops/checks.hpp"
#include "ops/lower_context.hpp"
#include "ops/op_definition.hpp"

namespace pudu::ops {
namespace {

/// dims[i] = the input dimension that becomes dimension i, counted from the front.
Result<std::vector<std::size_t>> permutation(const ir::Node& node, std::size_t rank) {
  const auto& dims = node.attributes.integers("dims");
  const Error not_a_permutation =
      invalid_input({.found = "dims " + to_text(dims) + " for an input of rank " + std::to_string(rank),
                     .allowed = "every dimension of the input exactly once"});
  if (dims.size() != rank) return not_a_permutation;
  std::vector<std::size_t> result;
  for (const std::int64_t dim : dims) {
    PUDU_TRY_ASSIGN(const std::int64_t axis, normalize_axis(dim, rank));
    const auto index = static_cast<std::size_t>(axis);
    if (std::find(result.begin(), result.end(), index) != result.end()) return not_a_permutation;
    result.push_back(index);
  }
  return result;
}

Result<std::vector<ir::TensorType>> infer(const ir::Graph& graph, const ir::Node& node) {
  PUDU_TRY(check_input(graph, node, 0));
  const ir::TensorType& input = input_type(graph, node, 0);
  PUDU_TRY_ASSIGN(const std::vector<std::size_t> dims, permutation(node, input.shape.size()));
  ir::Shape shape;
  for (const std::size_t dim : dims) shape.push_back(input.shape[dim]);
  return single_result(input.dtype, std::move(shape));
}

Status reference(const ir::Node& node, std::span<const Tensor> inputs, std::span<Tensor> outputs) {
  const ir::Shape& in = inputs[0].shape();
  const ir::Shape& out = outputs[0].shape();
  PUDU_TRY_ASSIGN(const std::vector<std::size_t> dims, permutation(node, in.size()));
  const std::vector<std::int64_t> in_strides = memory_strides(in, contiguous_order(in.size()));
  std::vector<std::int64_t> strides;  // of the input, by output dimension
  for (const std::size_t dim : dims) strides.push_back(in_strides[dim]);
  const float* source = inputs[0].data().data();
  std::vector<std::int64_t> index(out.size(), 0);
  for (float& element : outputs[0].mutable_data()) {
    element = *source;
    for (std::size_t dim = out.size(); dim-- > 0;) {
      if (++index[dim] < out[dim]) {
        source += strides[dim];
        break;
      }
      source -= strides[dim] * (out[dim] - 1);
      index[dim] = 0;
    }
  }
  return {};
}

/// Memory stays as it is; only the names of its dimensions change.
Status lower(LowerContext& context) {
  PUDU_TRY(require_shared_quantization(context));
  const DimOrder order = context.input_order(0);
  PUDU_TRY_ASSIGN(const std::vector<std::size_t> dims, permutation(context.node(), order.size()));
  std::vector<std::int64_t> new_name(dims.size());
  for (std::size_t i = 0; i < dims.size(); ++i) new_name[dims[i]] = static_cast<std::int64_t>(i);
  DimOrder output_order;
  for (const std::int64_t dim : order) output_order.push_back(new_name[static_cast<std::size_t>(dim)]);
  context.alias_output(0, 0, order, output_order);
  return {};
}

}  // namespace

const OpDefinition& permute_definition() {
  static const OpDefinition definition{
      .name = "permute",
      .summary = "Dimensions in another sequence.",
      .inputs = {{.name = "input", .meaning = "any shape"}},
      .attributes = {{"dims", AttributeType::Integers, std::nullopt, "the input's dimension at each place"}},
      .infer = infer,
      .reference = reference,
      .quantization = {.output = OutputQuantization::SameAsInput},
      .lower = lower,
      .kernels = {},
      .float_kernels = std::vector<const KernelBinding*>{},
      .int16_kernels = std::vector<const KernelBinding*>{}};
  return definition;
}

}  // namespace pudu::ops
