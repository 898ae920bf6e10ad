// Functions of one element, and softmax.
#include <fmt/format.h>

#include <array>
#include <limits>
#include <numeric>

#include "frontends/tflite/operator_table.hpp"
#include "frontends/tflite/options.hpp"

namespace pudu::frontends::tflite {
namespace {

using Reals = std::vector<double>;

/// The function `name` of the unary operator, from the input's format to the result's.
Status import_unary(NodeImporter& node, std::string_view name, Reals parameters) {
  PUDU_TRY(node.check_operands(1, 1));
  PUDU_TRY_ASSIGN(const ir::ValueId input, node.input(0));
  PUDU_TRY_ASSIGN(const Format format, node.output_format());
  ir::Attributes attributes;
  attributes.set("function", std::string(name));
  attributes.set("params", ir::AttributeValue(std::move(parameters)));
  PUDU_TRY_ASSIGN(const ir::ValueId result, node.emit("unary", {input}, std::move(attributes), format));
  return node.set_output(0, result);
}

Status import_relu(NodeImporter& node) {
  return import_unary(node, "clamp", {0.0, std::numeric_limits<double>::infinity()});
}

Status import_relu6(NodeImporter& node) {
  return import_unary(node, "clamp", {0.0, 6.0});
}

Status import_relu_n1_to_1(NodeImporter& node) {
  return import_unary(node, "clamp", {-1.0, 1.0});
}

/// TensorFlow Lite's kernel takes no other scale.
Status import_logistic(NodeImporter& node) {
  PUDU_TRY_ASSIGN(const Format format, node.output_format());
  if (format.quant && format.quant->scale() != 1.0F / 256.0F) {
    return invalid_here(fmt::format("a result of scale {}", format.quant->scale()), "scale 1/256");
  }
  return import_unary(node, "sigmoid", {});
}

Status import_tanh(NodeImporter& node) {
  return import_unary(node, "tanh", {});
}

Status import_hard_swish(NodeImporter& node) {
  return import_unary(node, "hardswish", {});
}

Status import_elu(NodeImporter& node) {
  return import_unary(node, "elu", {1.0, 1.0, 1.0});
}

Status import_gelu(NodeImporter& node) {
  PUDU_TRY_ASSIGN(const auto* options, node.options<wire::GeluOptions>());
  return import_unary(node, options->approximate() ? "gelu_tanh" : "gelu", {});
}

Status import_leaky_relu(NodeImporter& node) {
  PUDU_TRY_ASSIGN(const auto* options, node.options<wire::LeakyReluOptions>());
  return import_unary(node, "leaky_relu", {static_cast<double>(options->alpha())});
}

/// The graph has channels in dimension 1.
std::vector<std::int64_t> channels_second(std::size_t rank) {
  std::vector<std::int64_t> dims(rank);
  std::iota(dims.begin(), dims.end(), 0);
  dims.insert(dims.begin() + 1, dims.back());
  dims.pop_back();
  return dims;
}

std::vector<std::int64_t> channels_last(std::size_t rank) {
  std::vector<std::int64_t> dims(rank);
  std::iota(dims.begin(), dims.end(), 0);
  dims.push_back(dims[1]);
  dims.erase(dims.begin() + 1);
  return dims;
}

/// A slope for each channel, which is the last dimension.
Status import_prelu(NodeImporter& node) {
  PUDU_TRY(node.check_operands(2, 2));
  PUDU_TRY_ASSIGN(const ir::ValueId input, node.input(0));
  PUDU_TRY_ASSIGN(const ir::ValueId slopes, node.input(1));
  const std::size_t rank = node.shape(input).size();
  if (!node.value(slopes).is_constant() || rank < 2 || node.value(slopes).type.elements() != node.shape(input).back() ||
      node.shape(slopes).back() != node.shape(input).back()) {
    return unsupported_here(fmt::format("slopes of shape {} for an input of shape {}",
                                        ir::to_string(node.shape(slopes)), ir::to_string(node.shape(input))),
                            "constant slopes, one for each element of the last dimension");
  }
  const ir::Shape slopes_shape = {node.shape(input).back()};
  PUDU_TRY_ASSIGN(const ir::ValueId list, node.reshape(slopes, slopes_shape));
  PUDU_TRY_ASSIGN(const ir::ValueId image, node.permute(input, channels_second(rank)));
  PUDU_TRY_ASSIGN(const Format format, node.output_format());
  PUDU_TRY_ASSIGN(const ir::ValueId result, node.emit("prelu", {image, list}, {}, format));
  PUDU_TRY_ASSIGN(const ir::ValueId output, node.permute(result, channels_last(rank)));
  return node.set_output(0, output);
}

Status import_softmax(NodeImporter& node) {
  PUDU_TRY(node.check_operands(1, 1));
  PUDU_TRY_ASSIGN(const auto* options, node.options<wire::SoftmaxOptions>());
  if (options->beta() != 1.0F) return unsupported_here(fmt::format("beta is {}", options->beta()), "1");
  PUDU_TRY_ASSIGN(const ir::ValueId input, node.input(0));
  PUDU_TRY_ASSIGN(const Format format, node.output_format());
  if (format.quant && (format.quant->scale() != 1.0F / 256.0F || format.quant->zero_point != -128)) {
    return unsupported_here(
        fmt::format("a result of scale {} and zero point {}", format.quant->scale(), format.quant->zero_point),
        "scale 1/256 and zero point -128");
  }
  ir::Attributes attributes;
  attributes.set("dim", -1);
  PUDU_TRY_ASSIGN(const ir::ValueId result, node.emit("softmax", {input}, std::move(attributes), format));
  return node.set_output(0, result);
}

}  // namespace

std::span<const OperatorRow> activation_rows() {
  static constexpr std::array rows = {
      OperatorRow{"ELU", 1, import_elu, ""},
      OperatorRow{"GELU", 2, import_gelu, ""},
      OperatorRow{"HARD_SWISH", 1, import_hard_swish, ""},
      OperatorRow{"LEAKY_RELU", 2, import_leaky_relu, ""},
      OperatorRow{"LOGISTIC", 4, import_logistic, ""},
      OperatorRow{"PRELU", 1, import_prelu, "constant slopes, one a channel"},
      OperatorRow{"RELU", 3, import_relu, ""},
      OperatorRow{"RELU6", 3, import_relu6, ""},
      OperatorRow{"RELU_N1_TO_1", 1, import_relu_n1_to_1, ""},
      OperatorRow{"SOFTMAX", 4, import_softmax, "beta is 1"},
      OperatorRow{"TANH", 4, import_tanh, ""},
  };
  return rows;
}

}  // namespace pudu::frontends::tflite
