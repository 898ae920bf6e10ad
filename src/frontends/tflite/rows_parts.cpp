// Tensors of parts: concatenation, padding.
#include <fmt/format.h>

#include <array>
#include <cstring>

#include "frontends/tflite/operator_table.hpp"
#include "frontends/tflite/options.hpp"
#include "ops/op_definition.hpp"

namespace pudu::frontends::tflite {
namespace {

using Sizes = std::vector<std::int64_t>;

Status import_concatenation(NodeImporter& node) {
  constexpr std::size_t most_inputs = 4096;
  PUDU_TRY(node.check_operands(1, most_inputs));
  PUDU_TRY_ASSIGN(const auto* options, node.options<wire::ConcatenationOptions>());
  if (options->fused_activation_function() != 0) {
    return unsupported_here("a fused activation function", "none");
  }
  PUDU_TRY_ASSIGN(const Format format, node.output_format());
  std::vector<std::optional<ir::ValueId>> inputs;
  for (std::size_t i = 0; i < node.op().inputs.size(); ++i) {
    if (!node.has_input(i)) return invalid_here(fmt::format("no operand {}", i), "every operand");
    PUDU_TRY_ASSIGN(const ir::ValueId input, node.input(i));
    if (node.format(input) != format) {
      return unsupported_here(
          fmt::format("operand {} has another type or other quantization parameters than the result", i),
          "the same for all");
    }
    inputs.emplace_back(input);
  }
  ir::Attributes attributes;
  attributes.set("dim", options->axis());
  PUDU_TRY_ASSIGN(const ir::ValueId result, node.emit("concat", std::move(inputs), std::move(attributes), format));
  return node.set_output(0, result);
}

/// Pairs [before, after] for every dimension.
struct Amounts {
  Sizes before, after;
};

Result<Amounts> amounts_of(const NodeImporter& node, std::size_t rank) {
  PUDU_TRY_ASSIGN(const Sizes pairs, node.integers(1));
  if (pairs.size() != 2 * rank) {
    return invalid_here(fmt::format("{} amounts of padding for {} dimensions", pairs.size(), rank),
                        "two for each dimension");
  }
  Amounts amounts;
  for (std::size_t i = 0; i < rank; ++i) {
    for (const std::int64_t amount : {pairs[2 * i], pairs[2 * i + 1]}) {
      if (amount < 0) return invalid_here(fmt::format("padding of {}", amount), "0 or more");
    }
    amounts.before.push_back(pairs[2 * i]);
    amounts.after.push_back(pairs[2 * i + 1]);
  }
  return amounts;
}

/// Images are padded in the order that convolutions take, which makes them one with a convolution behind it.
Status pad(NodeImporter& node, double value) {
  PUDU_TRY_ASSIGN(const ir::ValueId input, node.input(0));
  const bool is_image = node.shape(input).size() == 4;
  PUDU_TRY_ASSIGN(Amounts amounts, amounts_of(node, node.shape(input).size()));
  ir::ValueId source = input;
  if (is_image) {
    PUDU_TRY_ASSIGN(source, node.to_nchw(input));
    for (Sizes* list : {&amounts.before, &amounts.after}) *list = {(*list)[0], (*list)[3], (*list)[1], (*list)[2]};
  }
  ir::Attributes attributes;
  attributes.set("before", ir::AttributeValue(std::move(amounts.before)));
  attributes.set("after", ir::AttributeValue(std::move(amounts.after)));
  attributes.set("value", value);
  PUDU_TRY_ASSIGN(ir::ValueId result, node.emit("pad", {source}, std::move(attributes), node.format(input)));
  if (is_image) {
    PUDU_TRY_ASSIGN(result, node.to_nhwc(result));
  }
  return node.set_output(0, result);
}

Status import_pad(NodeImporter& node) {
  PUDU_TRY(node.check_operands(2, 2));
  return pad(node, 0.0);
}

/// The value is a constant in the type of the input; as a number, it is rounded back to just its code.
Status import_pad_v2(NodeImporter& node) {
  PUDU_TRY(node.check_operands(3, 3));
  const Tensor& value = node.input_tensor(2);
  if (!value.is_constant || ir::element_count(value.shape) != 1) {
    return unsupported_here(
        fmt::format("value '{}' is {}", value.name, value.is_constant ? "a list" : "computed by the model"),
        "one constant");
  }
  PUDU_TRY_ASSIGN(const Format stated, format_of(value));
  PUDU_TRY_ASSIGN(const Format format, node.output_format());
  if (stated.dtype == ir::DType::Float32) {
    float real = 0;
    std::memcpy(&real, value.data.data(), sizeof real);
    return pad(node, static_cast<double>(real));
  }
  if (stated.dtype != ir::DType::Int8 || stated != format) {
    return unsupported_here(
        fmt::format("value '{}' has another type or other quantization parameters than the result", value.name),
        "the same");
  }
  const auto code = static_cast<std::int8_t>(value.data[0]);
  return pad(node, (code - format.quant->zero_point) * static_cast<double>(format.quant->scale()));
}

}  // namespace

std::span<const OperatorRow> part_rows() {
  static constexpr std::array rows = {
      OperatorRow{"CONCATENATION", 4, import_concatenation, "no fused activation"},
      OperatorRow{"PAD", 4, import_pad, "constant amounts"},
      OperatorRow{"PADV2", 4, import_pad_v2, "a constant value, constant amounts"},
  };
  return rows;
}

}  // namespace pudu::frontends::tflite
