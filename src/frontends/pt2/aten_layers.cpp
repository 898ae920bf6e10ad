// Convolutions, fully connected layers, matrix products and batch norm.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "frontends/pt2/aten_table.hpp"
#include "frontends/pt2/transposed_convolution.hpp"
#include "ops/op_definition.hpp"

namespace pudu::frontends {

namespace {

using ir::ValueId;
using Sizes = std::vector<std::int64_t>;

Status require_constant(const NodeTranslator& node, ValueId value, std::string_view role) {
  if (node.is_constant(value)) return {};
  return unsupported_here(fmt::format("the {} is computed from the model's input", role), "a constant");
}

/// A convolution of an image batch; all lists have two entries, `padding` four: top, bottom, left, right.
Result<ValueId> emit_conv2d(NodeTranslator& node, ValueId input, ValueId weight, Sizes stride, Sizes padding,
                            Sizes dilation) {
  const std::optional<ValueId> bias = node.args.optional_tensor("bias");
  PUDU_TRY(require_constant(node, weight, "weight"));
  if (bias) PUDU_TRY(require_constant(node, *bias, "bias"));
  return node.emit("conv2d", {input, weight, bias},
                   attributes({{"stride", std::move(stride)},
                               {"padding", std::move(padding)},
                               {"dilation", std::move(dilation)},
                               {"groups", node.args.integer("groups")}}));
}

/// Translates a convolution over `spatial` dimensions (1 or 2) with `padding` as [begin, end] for each of them: one
/// dimension is an image of height 1, and an input without a batch is a batch of one.
Result<ValueId> translate_convolution(NodeTranslator& node, std::size_t spatial, const Sizes& padding) {
  const ValueId input = node.args.tensor("input");
  const ValueId weight = node.args.tensor("weight");
  const std::size_t batched_rank = spatial + 2;
  const std::size_t input_rank = node.rank(input);
  if (node.rank(weight) != batched_rank || (input_rank != batched_rank && input_rank + 1 != batched_rank)) {
    return unsupported_here(fmt::format("a convolution of an input of shape {} with a weight of shape {}",
                                        ir::to_string(node.shape(input)), ir::to_string(node.shape(weight))),
                            "convolutions over 1 or 2 dimensions");
  }
  Sizes stride = node.args.integers("stride");
  Sizes dilation = node.args.integers("dilation");
  Sizes pads = padding;
  if (stride.size() != spatial || dilation.size() != spatial)
    return invalid_here("stride or dilation is an empty list");

  ir::Shape image = node.shape(input);
  ir::Shape kernel = node.shape(weight);
  if (input_rank != batched_rank) image.insert(image.begin(), 1);
  if (spatial == 1) {
    image.insert(image.begin() + 2, 1);
    kernel.insert(kernel.begin() + 2, 1);
    stride.insert(stride.begin(), 1);
    dilation.insert(dilation.begin(), 1);
    pads.insert(pads.begin(), 2, 0);
  }
  PUDU_TRY_ASSIGN(const ValueId image_input, node.reshape(input, std::move(image)));
  PUDU_TRY_ASSIGN(const ValueId image_weight, node.reshape(weight, std::move(kernel)));
  PUDU_TRY_ASSIGN(const ValueId result, emit_conv2d(node, image_input, image_weight, std::move(stride), std::move(pads),
                                                    std::move(dilation)));
  ir::Shape result_shape = node.shape(result);
  if (spatial == 1) result_shape.erase(result_shape.begin() + 2);
  if (input_rank != batched_rank) result_shape.erase(result_shape.begin());
  return node.reshape(result, std::move(result_shape));
}

/// [begin, end] of every dimension from a list of symmetric paddings.
Sizes both_sides(const Sizes& padding) {
  Sizes result;
  for (const std::int64_t pad : padding) result.insert(result.end(), 2, pad);
  return result;
}

Result<ValueId> translate_numeric_padding(NodeTranslator& node, std::size_t spatial) {
  const Sizes padding = node.args.integers("padding");
  if (padding.size() != spatial) {
    return invalid_here(fmt::format("padding of {} dimensions", padding.size()), fmt::format("{}", spatial));
  }
  return translate_convolution(node, spatial, both_sides(padding));
}

/// padding = "same" or "valid". PyTorch puts the odd element of "same" at the end.
Result<ValueId> translate_text_padding(NodeTranslator& node, std::size_t spatial) {
  const std::string& mode = node.args.text("padding");
  const ir::Shape& kernel = node.shape(node.args.tensor("weight"));
  const Sizes dilation = node.args.integers("dilation");
  Sizes padding(2 * spatial, 0);
  if (mode == "same") {
    if (kernel.size() != spatial + 2 || dilation.size() != spatial) return invalid_here("the weight is no kernel");
    for (std::size_t i = 0; i < spatial; ++i) {
      const std::int64_t total = dilation[i] * (kernel[2 + i] - 1);
      padding[2 * i] = total / 2;
      padding[2 * i + 1] = total - total / 2;
    }
  } else if (mode != "valid") {
    return unsupported_here(fmt::format("padding is '{}'", mode), "'same', 'valid' or numbers");
  }
  return translate_convolution(node, spatial, padding);
}

Result<ValueId> translate_conv1d(NodeTranslator& node) {
  return translate_numeric_padding(node, 1);
}
Result<ValueId> translate_conv2d(NodeTranslator& node) {
  return translate_numeric_padding(node, 2);
}
Result<ValueId> translate_conv1d_padding(NodeTranslator& node) {
  return translate_text_padding(node, 1);
}
Result<ValueId> translate_conv2d_padding(NodeTranslator& node) {
  return translate_text_padding(node, 2);
}

Result<ValueId> translate_general_convolution(NodeTranslator& node) {
  if (node.args.flag("transposed")) return translate_transposed_convolution(node);
  const std::size_t weight_rank = node.rank(node.args.tensor("weight"));
  if (weight_rank != 3 && weight_rank != 4) {
    return unsupported_here(fmt::format("a convolution with a weight of {} dimensions", weight_rank),
                            "convolutions over 1 or 2 dimensions");
  }
  return translate_numeric_padding(node, weight_rank - 2);
}

/// input [..., in] times weight [out, in], transposed; the input may be a vector.
Result<ValueId> emit_linear(NodeTranslator& node, ValueId input, ValueId weight, std::optional<ValueId> bias) {
  ir::Shape result_shape = node.shape(input);
  const bool is_vector = result_shape.size() == 1;
  if (is_vector) {
    PUDU_TRY_ASSIGN(input, node.reshape(input, {1, result_shape[0]}));
  }
  PUDU_TRY_ASSIGN(const ValueId result, node.emit("linear", {input, weight, bias}));
  return is_vector ? node.reshape(result, {node.shape(result)[1]}) : Result<ValueId>(result);
}

Result<ValueId> translate_linear(NodeTranslator& node) {
  const ValueId input = node.args.tensor("input");
  const ValueId weight = node.args.tensor("weight");
  const std::optional<ValueId> bias = node.args.optional_tensor("bias");
  PUDU_TRY(require_constant(node, weight, "weight"));
  if (bias) PUDU_TRY(require_constant(node, *bias, "bias"));
  if (node.rank(weight) != 1) return emit_linear(node, input, weight, bias);
  // A weight of one row drops the last dimension.
  PUDU_TRY_ASSIGN(const ValueId row, node.reshape(weight, {1, node.shape(weight)[0]}));
  std::optional<ValueId> row_bias;
  if (bias) {
    PUDU_TRY_ASSIGN(row_bias, node.reshape(*bias, {1}));
  }
  PUDU_TRY_ASSIGN(const ValueId result, emit_linear(node, input, row, row_bias));
  ir::Shape result_shape = node.shape(result);
  result_shape.pop_back();
  return node.reshape(result, std::move(result_shape));
}

/// Repeats stacks of matrices that differ in shape to a common one; a single matrix on the right needs none.
Status repeat_stacks(NodeTranslator& node, ValueId& a, ValueId& b) {
  const auto stack = [&](ValueId value) { return ir::Shape(node.shape(value).begin(), node.shape(value).end() - 2); };
  const ir::Shape stack_a = stack(a);
  const ir::Shape stack_b = stack(b);
  if (stack_a == stack_b || ir::element_count(stack_b) == 1) return {};
  PUDU_TRY_ASSIGN(const ir::Shape common, ops::broadcast_shapes(stack_a, stack_b));
  for (ValueId* operand : {&a, &b}) {
    const ir::Shape matrix(node.shape(*operand).end() - 2, node.shape(*operand).end());
    ir::Shape aligned = stack(*operand);
    aligned.insert(aligned.begin(), common.size() - aligned.size(), 1);
    aligned.insert(aligned.end(), matrix.begin(), matrix.end());
    ir::Shape repeated = common;
    repeated.insert(repeated.end(), matrix.begin(), matrix.end());
    PUDU_TRY_ASSIGN(*operand, node.reshape(*operand, std::move(aligned)));
    PUDU_TRY_ASSIGN(*operand, node.expand(*operand, std::move(repeated)));
  }
  return {};
}

/// a @ b, with a constant matrix on either side as the weight of a linear layer; `bias` [columns of b] where that is
/// so.
Result<ValueId> emit_matmul(NodeTranslator& node, ValueId a, ValueId b, std::optional<ValueId> bias = std::nullopt) {
  if (node.is_constant(b) && node.rank(b) == 2) {
    PUDU_TRY_ASSIGN(const ValueId weight, node.transpose(b, 0, 1));
    return emit_linear(node, a, weight, bias);
  }
  if (node.is_constant(b) && node.rank(b) == 1) {
    PUDU_TRY_ASSIGN(const ValueId weight, node.reshape(b, {1, node.shape(b)[0]}));
    PUDU_TRY_ASSIGN(const ValueId column, emit_linear(node, a, weight, std::nullopt));
    ir::Shape result_shape = node.shape(column);
    result_shape.pop_back();
    return node.reshape(column, std::move(result_shape));
  }
  if (node.is_constant(a) && node.rank(a) == 2 && node.rank(b) >= 2) {
    // a @ b = (b^T @ a^T)^T
    const std::size_t last = node.rank(b) - 1;
    PUDU_TRY_ASSIGN(const ValueId columns, node.transpose(b, last - 1, last));
    PUDU_TRY_ASSIGN(const ValueId product, emit_linear(node, columns, a, std::nullopt));
    return node.transpose(product, last - 1, last);
  }
  // Vectors are matrices of one row or one column.
  const bool a_is_vector = node.rank(a) == 1;
  const bool b_is_vector = node.rank(b) == 1;
  if (a_is_vector) {
    PUDU_TRY_ASSIGN(a, node.reshape(a, {1, node.shape(a)[0]}));
  }
  if (b_is_vector) {
    PUDU_TRY_ASSIGN(b, node.reshape(b, {node.shape(b)[0], 1}));
  }
  PUDU_TRY(repeat_stacks(node, a, b));
  PUDU_TRY_ASSIGN(const ValueId result, node.emit("matmul", {a, b}));
  ir::Shape result_shape = node.shape(result);
  if (b_is_vector) result_shape.pop_back();
  if (a_is_vector) result_shape.erase(result_shape.end() - (b_is_vector ? 1 : 2));
  return node.reshape(result, std::move(result_shape));
}

Result<ValueId> translate_matmul(NodeTranslator& node) {
  return emit_matmul(node, node.args.tensor("self"), node.args.tensor("other"));
}
// e^-14 is far below the 1/256 that a probability resolves; a larger number would cost the scores their resolution.
constexpr float hidden = -14.0F;

/// A mask that the model computes, as what is added to the scores.
Result<ValueId> computed_attention_mask(NodeTranslator& node, ValueId mask) {
  if (node.argument_dtype("attn_mask") != ScalarType::Bool) {
    return node.unary(mask, "clamp", {static_cast<double>(hidden), std::numeric_limits<double>::infinity()});
  }
  return node.scale_shift(mask, -static_cast<double>(hidden), static_cast<double>(hidden));
}

/// What is added to the scores, or nothing.
Result<std::optional<ValueId>> attention_mask(NodeTranslator& node, std::int64_t queries, std::int64_t keys) {
  const std::optional<ValueId> mask = node.args.optional_tensor("attn_mask");
  if (mask && !node.is_constant(*mask)) {
    PUDU_TRY_ASSIGN(const ValueId added, computed_attention_mask(node, *mask));
    return std::optional<ValueId>(added);
  }
  std::vector<float> elements;
  ir::Shape shape = {queries, keys};
  if (node.args.flag("is_causal")) {
    for (std::int64_t i = 0; i < queries * keys; ++i) elements.push_back(i % keys > i / keys ? hidden : 0.0F);
  } else if (mask) {
    shape = node.shape(*mask);
    const std::span<const float> given = node.elements(*mask);
    elements.assign(given.begin(), given.end());
    // Boolean masks have become zeros and ones here; nobody adds just those to scores.
    const bool is_boolean =
        std::all_of(elements.begin(), elements.end(), [](float element) { return element == 0.0F || element == 1.0F; });
    for (float& element : elements) element = is_boolean && element == 0.0F ? hidden : std::max(element, hidden);
    if (is_boolean) std::replace(elements.begin(), elements.end(), 1.0F, 0.0F);
  } else {
    return std::optional<ValueId>();
  }
  PUDU_TRY_ASSIGN(const ValueId result, node.constant(std::move(shape), elements));
  return std::optional<ValueId>(result);
}

/// softmax(query key^T scale + mask) value
Result<ValueId> translate_attention(NodeTranslator& node) {
  if (node.args.flag("enable_gqa")) return unsupported_here("attention with enable_gqa", "as many keys as queries");
  if (node.args.number("dropout_p") != 0.0) {
    return unsupported_here("attention with dropout", "evaluation mode",
                            "call model.eval() before torch.export.export");
  }
  const ValueId query = node.args.tensor("query");
  const ValueId key = node.args.tensor("key");
  const std::size_t rank = node.rank(key);
  if (rank < 2 || node.rank(query) < 2) return invalid_here("attention of vectors", "[..., length, features]");
  const std::int64_t features = node.shape(query).back();
  const double scale = node.args.optional_number("scale").value_or(1.0 / std::sqrt(static_cast<double>(features)));
  PUDU_TRY_ASSIGN(const auto mask,
                  attention_mask(node, node.shape(query)[node.rank(query) - 2], node.shape(key)[rank - 2]));
  PUDU_TRY_ASSIGN(const ValueId columns, node.transpose(key, rank - 2, rank - 1));
  PUDU_TRY_ASSIGN(ValueId scores, emit_matmul(node, query, columns));
  PUDU_TRY_ASSIGN(scores, node.scale_shift(scores, scale, 0.0));
  if (mask) {
    PUDU_TRY_ASSIGN(scores, node.emit("add", {scores, *mask}));
  }
  const auto last = static_cast<std::int64_t>(node.rank(scores)) - 1;
  PUDU_TRY_ASSIGN(const ValueId weights, node.emit("softmax", {scores}, attributes({{"dim", last}})));
  return emit_matmul(node, weights, node.args.tensor("value"));
}

Result<ValueId> translate_mm(NodeTranslator& node) {
  return emit_matmul(node, node.args.tensor("self"), node.args.tensor("mat2"));
}

/// beta * self + alpha * (mat1 @ mat2)
Result<ValueId> translate_addmm(NodeTranslator& node) {
  ValueId bias = node.args.tensor("self");
  const ValueId a = node.args.tensor("mat1");
  ValueId b = node.args.tensor("mat2");
  const double alpha = node.args.number("alpha");
  const double beta = node.args.number("beta");
  if (beta != 1.0) {
    PUDU_TRY_ASSIGN(bias, node.scale_shift(bias, beta, 0.0));
  }
  if (alpha != 1.0) {
    PUDU_TRY_ASSIGN(b, node.scale_shift(b, alpha, 0.0));
  }
  const bool is_linear = node.is_constant(b) && node.is_constant(bias) && node.rank(b) == 2 && node.rank(a) == 2;
  const std::size_t bias_elements = node.is_constant(bias) ? node.elements(bias).size() : 0;
  const bool bias_is_row = is_linear && std::cmp_equal(bias_elements, node.shape(b)[1]) &&
                           (node.rank(bias) == 1 || node.shape(bias).back() == node.shape(b)[1]);
  if (bias_is_row) {
    PUDU_TRY_ASSIGN(const ValueId row, node.reshape(bias, {node.shape(b)[1]}));
    return emit_matmul(node, a, b, row);
  }
  PUDU_TRY_ASSIGN(const ValueId product, emit_matmul(node, a, b));
  return node.emit("add", {product, bias});
}

Result<ValueId> emit_batch_norm(NodeTranslator& node) {
  const std::optional<ValueId> mean = node.args.optional_tensor("running_mean");
  const std::optional<ValueId> variance = node.args.optional_tensor("running_var");
  if (!mean || !variance) {
    return unsupported_here("batch norm over the statistics of the batch", "batch norm with running statistics");
  }
  const std::optional<ValueId> weight = node.args.optional_tensor("weight");
  const std::optional<ValueId> bias = node.args.optional_tensor("bias");
  for (const std::optional<ValueId>& parameter : {mean, variance, weight, bias}) {
    if (parameter) PUDU_TRY(require_constant(node, *parameter, "statistics or scale of batch norm"));
  }
  return node.emit("batch_norm", {node.args.tensor("input"), weight, bias, mean, variance},
                   attributes({{"eps", node.args.number("eps")}}));
}

Result<ValueId> translate_batch_norm(NodeTranslator& node) {
  if (node.args.flag("training")) {
    return unsupported_here("batch norm runs in training mode", "evaluation mode",
                            "call model.eval() before torch.export.export");
  }
  return emit_batch_norm(node);
}

constexpr AtenRow rows[] = {
    {"conv1d",
     "Tensor input, Tensor weight, Tensor? bias=None, int[1] stride=1, int[1] padding=0, int[1] dilation=1, "
     "int groups=1",
     translate_conv1d},
    {"conv1d.padding",
     "Tensor input, Tensor weight, Tensor? bias=None, int[1] stride=1, str padding=valid, int[1] dilation=1, "
     "int groups=1",
     translate_conv1d_padding},
    {"conv2d",
     "Tensor input, Tensor weight, Tensor? bias=None, int[2] stride=1, int[2] padding=0, int[2] dilation=1, "
     "int groups=1",
     translate_conv2d},
    {"conv2d.padding",
     "Tensor input, Tensor weight, Tensor? bias=None, int[2] stride=1, str padding=valid, int[2] dilation=1, "
     "int groups=1",
     translate_conv2d_padding},
    {"convolution",
     "Tensor input, Tensor weight, Tensor? bias, int[] stride, int[] padding, int[] dilation, bool transposed, "
     "int[] output_padding, int groups",
     translate_general_convolution},
    {"conv_transpose1d",
     "Tensor input, Tensor weight, Tensor? bias=None, int[1] stride=1, int[1] padding=0, int[1] output_padding=0, "
     "int groups=1, int[1] dilation=1",
     translate_transposed_convolution},
    {"conv_transpose2d.input",
     "Tensor input, Tensor weight, Tensor? bias=None, int[2] stride=1, int[2] padding=0, int[2] output_padding=0, "
     "int groups=1, int[2] dilation=1",
     translate_transposed_convolution},
    {"linear", "Tensor input, Tensor weight, Tensor? bias=None", translate_linear},
    {"addmm", "Tensor self, Tensor mat1, Tensor mat2, Scalar beta=1, Scalar alpha=1", translate_addmm},
    {"mm", "Tensor self, Tensor mat2", translate_mm},
    {"bmm", "Tensor self, Tensor mat2", translate_mm},
    {"matmul", "Tensor self, Tensor other", translate_matmul},
    {"scaled_dot_product_attention",
     "Tensor query, Tensor key, Tensor value, Tensor? attn_mask=None, float dropout_p=0.0, bool is_causal=False, "
     "float? scale=None, bool enable_gqa=False",
     translate_attention},
    {"batch_norm",
     "Tensor input, Tensor? weight, Tensor? bias, Tensor? running_mean, Tensor? running_var, bool training, "
     "float momentum, float eps, bool cudnn_enabled",
     translate_batch_norm},
    {"native_batch_norm",
     "Tensor input, Tensor? weight, Tensor? bias, Tensor? running_mean, Tensor? running_var, bool training, "
     "float momentum, float eps",
     translate_batch_norm},
    {"_native_batch_norm_legit_no_training",
     "Tensor input, Tensor? weight, Tensor? bias, Tensor running_mean, Tensor running_var, float momentum, float eps",
     emit_batch_norm},
};

}  // namespace

std::span<const AtenRow> layer_rows() {
  return rows;
}

}  // namespace pudu::frontends
