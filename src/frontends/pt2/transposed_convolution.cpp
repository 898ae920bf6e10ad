// The graph's operator knows no groups: few of them become convolutions of slices, many a weight filled up with zeros.
#include "frontends/pt2/transposed_convolution.hpp"

#include <fmt/format.h>

#include <utility>
#include <vector>

namespace pudu::frontends {

namespace {

using ir::ValueId;
using Sizes = std::vector<std::int64_t>;

/// Beyond it the calls of slices cost more than the zeros.
constexpr std::int64_t max_slices = 8;

/// A convolution of images: all lists have two entries, `padding` four.
struct Convolution {
  Sizes stride, dilation, padding;
  std::int64_t groups = 1;
};

/// `weight` is [in, out, height, width].
Result<ValueId> emit_ungrouped(NodeTranslator& node, const Convolution& convolution, ValueId input, ValueId weight,
                               std::optional<ValueId> bias) {
  PUDU_TRY_ASSIGN(const ValueId exchanged, node.transpose(weight, 0, 1));
  return node.emit(
      "conv_transpose2d", {input, exchanged, bias},
      attributes(
          {{"stride", convolution.stride}, {"padding", convolution.padding}, {"dilation", convolution.dilation}}));
}

Result<ValueId> emit_slices(NodeTranslator& node, const Convolution& convolution, ValueId input, ValueId weight,
                            std::optional<ValueId> bias) {
  const std::int64_t inputs = node.shape(weight)[0] / convolution.groups;
  const std::int64_t outputs = node.shape(weight)[1];
  std::vector<std::optional<ValueId>> parts;
  for (std::int64_t group = 0; group < convolution.groups; ++group) {
    PUDU_TRY_ASSIGN(const ValueId channels, node.slice(input, 1, group * inputs, (group + 1) * inputs));
    PUDU_TRY_ASSIGN(const ValueId kernels, node.slice(weight, 0, group * inputs, (group + 1) * inputs));
    std::optional<ValueId> offsets;
    if (bias) {
      PUDU_TRY_ASSIGN(offsets, node.slice(*bias, 0, group * outputs, (group + 1) * outputs));
    }
    PUDU_TRY_ASSIGN(const ValueId part, emit_ungrouped(node, convolution, channels, kernels, offsets));
    parts.emplace_back(part);
  }
  return node.emit("concat", std::move(parts), attributes({{"dim", std::int64_t{1}}}));
}

/// The weight of all inputs and outputs, zero where they belong to different groups.
Result<ValueId> fill_up(NodeTranslator& node, ValueId weight, std::int64_t groups) {
  const ir::Shape shape = node.shape(weight);
  const std::int64_t inputs = shape[0] / groups;
  const auto block = static_cast<std::size_t>(shape[1] * shape[2] * shape[3]);
  constexpr std::int64_t max_elements = std::int64_t{1} << 24;
  if (shape[0] * shape[1] > max_elements / groups / (shape[2] * shape[3])) {
    return unsupported_here(
        fmt::format("a transposed convolution in {} groups with a weight of shape {}", groups, ir::to_string(shape)),
        fmt::format("at most {} weights without groups", max_elements));
  }
  std::vector<float> elements(static_cast<std::size_t>(shape[0] * groups) * block, 0.0F);
  const std::span<const float> given = node.elements(weight);
  for (std::int64_t input = 0; input < shape[0]; ++input) {
    const auto from = given.subspan(static_cast<std::size_t>(input) * block, block);
    const auto place = static_cast<std::size_t>(input * groups + input / inputs) * block;
    std::copy(from.begin(), from.end(), elements.begin() + static_cast<std::ptrdiff_t>(place));
  }
  return node.constant({shape[0], shape[1] * groups, shape[2], shape[3]}, elements);
}

Result<ValueId> emit_grouped(NodeTranslator& node, const Convolution& convolution, ValueId input, ValueId weight,
                             std::optional<ValueId> bias) {
  const std::int64_t channels = node.shape(input)[1];
  if (convolution.groups < 1 || channels % convolution.groups != 0 || node.shape(weight)[0] != channels) {
    return invalid_here(fmt::format("{} groups of {} channels with a weight of shape {}", convolution.groups, channels,
                                    ir::to_string(node.shape(weight))));
  }
  if (convolution.groups == 1) return emit_ungrouped(node, convolution, input, weight, bias);
  if (convolution.groups <= max_slices) return emit_slices(node, convolution, input, weight, bias);
  PUDU_TRY_ASSIGN(const ValueId filled, fill_up(node, weight, convolution.groups));
  return emit_ungrouped(node, convolution, input, filled, bias);
}

/// A list argument for both dimensions of an image; `neutral` is its entry for the height of one dimension.
Result<Sizes> image_list(const NodeTranslator& node, std::string_view name, std::size_t spatial, std::int64_t neutral) {
  Sizes sizes = node.args.integers(name);
  if (sizes.size() != spatial) {
    return invalid_here(fmt::format("argument '{}' has {} entries", name, sizes.size()), fmt::format("{}", spatial));
  }
  if (spatial == 1) sizes.insert(sizes.begin(), neutral);
  return sizes;
}

Result<Convolution> convolution_of(const NodeTranslator& node, std::size_t spatial) {
  Convolution result;
  PUDU_TRY_ASSIGN(result.stride, image_list(node, "stride", spatial, 1));
  PUDU_TRY_ASSIGN(result.dilation, image_list(node, "dilation", spatial, 1));
  PUDU_TRY_ASSIGN(const Sizes padding, image_list(node, "padding", spatial, 0));
  PUDU_TRY_ASSIGN(const Sizes output_padding, image_list(node, "output_padding", spatial, 0));
  result.padding = {padding[0], padding[0] - output_padding[0], padding[1], padding[1] - output_padding[1]};
  result.groups = node.args.integer("groups");
  return result;
}

}  // namespace

Result<ValueId> translate_transposed_convolution(NodeTranslator& node) {
  const ValueId input = node.args.tensor("input");
  const ValueId weight = node.args.tensor("weight");
  const std::optional<ValueId> bias = node.args.optional_tensor("bias");
  const bool is_constant = node.is_constant(weight) && (!bias || node.is_constant(*bias));
  if (!is_constant) return unsupported_here("a weight or bias that is computed from the model's input", "constants");
  const std::size_t rank = node.rank(weight);
  const std::size_t input_rank = node.rank(input);
  if ((rank != 3 && rank != 4) || (input_rank != rank && input_rank + 1 != rank)) {
    return unsupported_here(fmt::format("a transposed convolution of an input of shape {} with a weight of shape {}",
                                        ir::to_string(node.shape(input)), ir::to_string(node.shape(weight))),
                            "transposed convolutions over 1 or 2 dimensions");
  }
  const bool is_sequence = rank == 3;
  PUDU_TRY_ASSIGN(const Convolution convolution, convolution_of(node, rank - 2));
  ir::Shape image = node.shape(input);
  ir::Shape kernel = node.shape(weight);
  if (input_rank != rank) image.insert(image.begin(), 1);
  if (is_sequence) {
    image.insert(image.begin() + 2, 1);
    kernel.insert(kernel.begin() + 2, 1);
  }
  PUDU_TRY_ASSIGN(const ValueId image_input, node.reshape(input, std::move(image)));
  PUDU_TRY_ASSIGN(const ValueId image_weight, node.reshape(weight, std::move(kernel)));
  PUDU_TRY_ASSIGN(const ValueId result, emit_grouped(node, convolution, image_input, image_weight, bias));
  ir::Shape shape = node.shape(result);
  if (is_sequence) shape.erase(shape.begin() + 2);
  if (input_rank != rank) shape.erase(shape.begin());
  return node.reshape(result, std::move(shape));
}

}  // namespace pudu::frontends
