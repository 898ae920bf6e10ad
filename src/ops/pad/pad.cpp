// Constant padding and cropping of any dimension. See pad.md.
#include <algorithm>
#include <cmath>
#include <string>

#include "kernels/pad/pad_s8.hpp"
#include "kernels/pad_f32/pad_f32.hpp"
#include "numerics/quantize_multiplier.hpp"
#include "ops/checks.hpp"
#include "ops/float_node.hpp"
#include "ops/lower_context.hpp"
#include "ops/op_definition.hpp"

namespace pudu::ops {
namespace {

PUDU_KERNEL_BINDING(pad_s8, PadS8)

Result<std::vector<ir::TensorType>> infer(const ir::Graph& graph, const ir::Node& node) {
  PUDU_TRY(check_input(graph, node, 0));
  const ir::TensorType& input = input_type(graph, node, 0);
  const std::size_t rank = input.shape.size();
  PUDU_TRY(check_integers(node, "before", rank, -max_attribute_size, max_attribute_size));
  PUDU_TRY(check_integers(node, "after", rank, -max_attribute_size, max_attribute_size));
  if (std::isnan(node.attributes.real("value"))) {
    return invalid_input({.found = "value is NaN", .allowed = "a number to pad with"});
  }
  const auto& before = node.attributes.integers("before");
  const auto& after = node.attributes.integers("after");
  ir::Shape shape(rank);
  for (std::size_t dim = 0; dim < rank; ++dim) {
    const std::int64_t size = input.shape[dim];
    if (size + std::min<std::int64_t>(before[dim], 0) + std::min<std::int64_t>(after[dim], 0) < 0) {
      return invalid_input({.found = "padding " + to_text({before[dim], after[dim]}) + " of dimension " +
                                     std::to_string(dim) + " cuts more than its " + std::to_string(size) + " elements",
                            .allowed = "negative padding cuts at most what is there"});
    }
    shape[dim] = before[dim] + size + after[dim];
  }
  return single_result(input.dtype, std::move(shape));
}

/// Copies what is left of one innermost row; the row holds the pad value already.
void copy_row(const float* input, std::int64_t input_size, float* output, std::int64_t output_size,
              std::int64_t before) {
  const std::int64_t begin = std::max<std::int64_t>(before, 0);
  const std::int64_t end = std::min(output_size, before + input_size);
  if (begin < end) std::copy(input + (begin - before), input + (end - before), output + begin);
}

/// Row of the input that holds output row `index` (outer dimensions only), or -1 when it lies in the padding.
std::int64_t input_row(const std::vector<std::int64_t>& index, const std::vector<std::int64_t>& before,
                       const ir::Shape& input) {
  std::int64_t row = 0;
  for (std::size_t dim = 0; dim + 1 < input.size(); ++dim) {
    const std::int64_t position = index[dim] - before[dim];
    if (position < 0 || position >= input[dim]) return -1;
    row = row * input[dim] + position;
  }
  return row;
}

Status reference(const ir::Node& node, std::span<const Tensor> inputs, std::span<Tensor> outputs) {
  const std::span<float> result = outputs[0].mutable_data();
  const ir::Shape& in = inputs[0].shape();
  if (in.empty()) {
    result[0] = inputs[0].data()[0];
    return {};
  }
  const auto& before = node.attributes.integers("before");
  const ir::Shape& out = outputs[0].shape();
  std::fill(result.begin(), result.end(), static_cast<float>(node.attributes.real("value")));
  std::vector<std::int64_t> index(in.size(), 0);
  const std::int64_t rows = outputs[0].elements() / out.back();
  for (std::int64_t row = 0; row < rows; ++row) {
    const std::int64_t source = input_row(index, before, in);
    if (source >= 0) {
      copy_row(inputs[0].data().data() + source * in.back(), in.back(), result.data() + row * out.back(), out.back(),
               before.back());
    }
    for (std::size_t dim = in.size() - 1; dim-- > 0;) {
      if (++index[dim] < out[dim]) break;
      index[dim] = 0;
    }
  }
  return {};
}

/// Dimensions in memory order as the kernel takes them. A dimension without padding is merged into the one before it,
/// so that rows are long and ranks small.
Result<kernels::PadS8Params> merged_params(const LowerContext& context, const DimOrder& order) {
  const ir::Shape& shape = context.input_value(0).type.shape;
  const auto& before = context.node().attributes.integers("before");
  const auto& after = context.node().attributes.integers("after");
  kernels::PadS8Params params{};
  for (const std::int64_t dim : order) {
    const auto index = static_cast<std::size_t>(dim);
    const auto size = static_cast<std::int32_t>(shape[index]);
    if (before[index] == 0 && after[index] == 0 && params.rank > 0) {
      params.input_shape[params.rank - 1] *= size;
      params.pad_before[params.rank - 1] *= size;
      params.pad_after[params.rank - 1] *= size;
      continue;
    }
    if (params.rank == kernels::max_rank) {
      return unsupported({.found = "padding of more than " + std::to_string(kernels::max_rank) + " dimensions",
                          .allowed = "at most " + std::to_string(kernels::max_rank)});
    }
    params.input_shape[params.rank] = size;
    params.pad_before[params.rank] = static_cast<std::int32_t>(before[index]);
    params.pad_after[params.rank] = static_cast<std::int32_t>(after[index]);
    ++params.rank;
  }
  return params;
}

Status emit_float(LowerContext& context, const kernels::PadS8Params& shape, const DimOrder& order) {
  kernels::PadF32Params params{};
  params.rank = shape.rank;
  std::copy(std::begin(shape.input_shape), std::end(shape.input_shape), std::begin(params.input_shape));
  std::copy(std::begin(shape.pad_before), std::end(shape.pad_before), std::begin(params.pad_before));
  std::copy(std::begin(shape.pad_after), std::end(shape.pad_after), std::begin(params.pad_after));
  params.value = finite(context.node().attributes.real("value"));
  const program::BufferId input = context.input(0, order);
  context.emit(pad_f32(), params, {{"input", input}, {"output", context.output(0, order)}});
  return {};
}

Status lower(LowerContext& context) {
  PUDU_TRY(require_shared_quantization(context));
  const ir::Attributes& attributes = context.node().attributes;
  const DimOrder order = context.input_order(0);
  const auto all_zero = [](const std::vector<std::int64_t>& values) {
    return std::all_of(values.begin(), values.end(), [](std::int64_t value) { return value == 0; });
  };
  if (all_zero(attributes.integers("before")) && all_zero(attributes.integers("after"))) {
    context.alias_output(0, 0, order, order);
    return {};
  }
  PUDU_TRY_ASSIGN(kernels::PadS8Params params, merged_params(context, order));
  if (is_float(context)) return emit_float(context, params, order);
  const ir::QuantParams& quant = *context.output_value().quant;
  params.pad_value = numerics::quantize_value(attributes.real("value"), static_cast<double>(quant.scale()),
                                              quant.zero_point, -128, 127);
  const program::BufferId input = context.input(0, order);
  context.emit(pad_s8(), params, {{"input", input}, {"output", context.output(0, order)}});
  return {};
}

}  // namespace

const OpDefinition& pad_definition() {
  static const OpDefinition definition{
      .name = "pad",
      .summary = "Constant padding; negative amounts crop.",
      .inputs = {{.name = "input", .meaning = "any shape"}},
      .attributes = {{"before", AttributeType::Integers, std::nullopt,
                      "elements added before each dimension; negative: cut"},
                     {"after", AttributeType::Integers, std::nullopt,
                      "elements added after each dimension; negative: cut"},
                     {"value", AttributeType::Real, 0.0, "value of the added elements"}},
      .infer = infer,
      .reference = reference,
      .quantization = {.output = OutputQuantization::SameAsInput},
      .lower = lower,
      .kernels = {&pad_s8()},
      .float_kernels = {{&pad_f32()}}};
  return definition;
}

}  // namespace pudu::ops
