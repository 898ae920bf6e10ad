// Convolutions and fully connected layers: TensorFlow Lite's weights lie as [O, H, W, I]; the graph's are [O, I, H, W].
#include <fmt/format.h>

#include <array>

#include "frontends/tflite/operator_table.hpp"
#include "frontends/tflite/options.hpp"

namespace pudu::frontends::tflite {
namespace {

using Sizes = std::vector<std::int64_t>;

constexpr std::size_t weight_index = 1;
constexpr std::size_t bias_index = 2;

Status require_rank(const ir::Shape& shape, std::size_t rank, const char* what) {
  if (shape.size() == rank) return {};
  return invalid_here(fmt::format("{} of shape {}", what, ir::to_string(shape)), fmt::format("{} dimensions", rank));
}

/// stride, dilation and padding of a convolution whose window is [height, width].
template <class Options>
Result<ir::Attributes> window_attributes(const Options& options, const ir::Shape& image, std::int64_t kernel_h,
                                         std::int64_t kernel_w) {
  PUDU_TRY(check_positive("stride_h", options.stride_h()));
  PUDU_TRY(check_positive("stride_w", options.stride_w()));
  PUDU_TRY(check_positive("dilation_h_factor", options.dilation_h_factor()));
  PUDU_TRY(check_positive("dilation_w_factor", options.dilation_w_factor()));
  const std::int64_t extent_h = (kernel_h - 1) * options.dilation_h_factor() + 1;
  const std::int64_t extent_w = (kernel_w - 1) * options.dilation_w_factor() + 1;
  PUDU_TRY_ASSIGN(const Padding rows, padding_of(options.padding(), image[1], extent_h, options.stride_h()));
  PUDU_TRY_ASSIGN(const Padding columns, padding_of(options.padding(), image[2], extent_w, options.stride_w()));
  ir::Attributes attributes;
  attributes.set("stride", ir::AttributeValue(Sizes{options.stride_h(), options.stride_w()}));
  attributes.set("dilation", ir::AttributeValue(Sizes{options.dilation_h_factor(), options.dilation_w_factor()}));
  attributes.set("padding", ir::AttributeValue(Sizes{rows.before, rows.after, columns.before, columns.after}));
  PUDU_TRY(set_activation(options.fused_activation_function(), attributes));
  return attributes;
}

Status finish_convolution(NodeImporter& node, ir::ValueId weights, ir::Attributes attributes) {
  PUDU_TRY_ASSIGN(const ir::ValueId input, node.input(0));
  PUDU_TRY_ASSIGN(const auto bias, node.bias(bias_index));
  PUDU_TRY_ASSIGN(const ir::ValueId image, node.to_nchw(input));
  PUDU_TRY_ASSIGN(const Format format, node.output_format());
  PUDU_TRY_ASSIGN(const ir::ValueId result, node.emit("conv2d", {image, weights, bias}, std::move(attributes), format));
  PUDU_TRY_ASSIGN(const ir::ValueId output, node.to_nhwc(result));
  return node.set_output(0, output);
}

Status import_conv_2d(NodeImporter& node) {
  PUDU_TRY(node.check_operands(2, 3));
  PUDU_TRY_ASSIGN(const auto* options, node.options<wire::Conv2DOptions>());
  const ir::Shape& image = node.input_tensor(0).shape;
  const ir::Shape& kernel = node.input_tensor(weight_index).shape;
  PUDU_TRY(require_rank(image, 4, "an input"));
  PUDU_TRY(require_rank(kernel, 4, "weights"));
  if (kernel[3] < 1 || image[3] % kernel[3] != 0) {
    return invalid_here(
        fmt::format("weights of shape {} for an input of shape {}", ir::to_string(kernel), ir::to_string(image)),
        "input channels that are a multiple of the weights'");
  }
  PUDU_TRY_ASSIGN(ir::Attributes attributes, window_attributes(*options, image, kernel[1], kernel[2]));
  attributes.set("groups", ir::AttributeValue(image[3] / kernel[3]));
  PUDU_TRY_ASSIGN(const ir::ValueId weights,
                  node.weights(weight_index, {0, 3, 1, 2}, {kernel[0], kernel[3], kernel[1], kernel[2]}, 0));
  return finish_convolution(node, weights, std::move(attributes));
}

/// Weights are [1, H, W, O]; output channel o reads input channel o / (O / I), like group o / (O / I) of the graph's.
Status import_depthwise_conv_2d(NodeImporter& node) {
  PUDU_TRY(node.check_operands(2, 3));
  PUDU_TRY_ASSIGN(const auto* options, node.options<wire::DepthwiseConv2DOptions>());
  const ir::Shape& image = node.input_tensor(0).shape;
  const ir::Shape& kernel = node.input_tensor(weight_index).shape;
  PUDU_TRY(require_rank(image, 4, "an input"));
  PUDU_TRY(require_rank(kernel, 4, "weights"));
  if (kernel[0] != 1 || image[3] < 1 || kernel[3] % image[3] != 0) {
    return invalid_here(
        fmt::format("weights of shape {} for an input of shape {}", ir::to_string(kernel), ir::to_string(image)),
        "[1, height, width, a multiple of the input's channels]");
  }
  PUDU_TRY_ASSIGN(ir::Attributes attributes, window_attributes(*options, image, kernel[1], kernel[2]));
  attributes.set("groups", ir::AttributeValue(image[3]));
  PUDU_TRY_ASSIGN(const ir::ValueId weights,
                  node.weights(weight_index, {3, 0, 1, 2}, {kernel[3], 1, kernel[1], kernel[2]}, 0));
  return finish_convolution(node, weights, std::move(attributes));
}

/// Inputs are the result's shape, the weights and the image. What the convolution makes of the image is cut off at
/// both ends, or gets elements of the bias at the end, until it has that shape.
Status import_transpose_conv(NodeImporter& node) {
  PUDU_TRY(node.check_operands(3, 4));
  PUDU_TRY_ASSIGN(const auto* options, node.options<wire::TransposeConvOptions>());
  const ir::Shape& output = node.output_tensor(0).shape;
  const ir::Shape& kernel = node.input_tensor(weight_index).shape;
  PUDU_TRY_ASSIGN(const ir::ValueId input, node.input(2));
  PUDU_TRY_ASSIGN(const Sizes stated, node.integers(0));
  const ir::Shape& image = node.shape(input);
  PUDU_TRY(require_rank(image, 4, "an input"));
  PUDU_TRY(require_rank(kernel, 4, "weights"));
  PUDU_TRY(require_rank(output, 4, "a result"));
  PUDU_TRY(check_positive("stride_h", options->stride_h()));
  PUDU_TRY(check_positive("stride_w", options->stride_w()));
  if (stated != output) {
    return invalid_here(fmt::format("a result of shape {}", ir::to_string(output)),
                        fmt::format("shape {}, as operand 0 has it", ir::to_string(stated)));
  }
  const Sizes strides = {options->stride_h(), options->stride_w()};
  Sizes padding;
  for (std::size_t axis = 0; axis < 2; ++axis) {
    const std::int64_t whole = (image[1 + axis] - 1) * strides[axis] + kernel[1 + axis];
    PUDU_TRY_ASSIGN(const Padding around,
                    padding_of(options->padding(), output[1 + axis], kernel[1 + axis], strides[axis]));
    padding.insert(padding.end(), {around.before, whole - output[1 + axis] - around.before});
  }
  ir::Attributes attributes;
  attributes.set("stride", ir::AttributeValue(strides));
  attributes.set("padding", ir::AttributeValue(std::move(padding)));
  PUDU_TRY(set_activation(options->fused_activation_function(), attributes));
  PUDU_TRY_ASSIGN(const ir::ValueId weights,
                  node.weights(weight_index, {0, 3, 1, 2}, {kernel[0], kernel[3], kernel[1], kernel[2]}, 0));
  PUDU_TRY_ASSIGN(const auto bias, node.bias(3));
  PUDU_TRY_ASSIGN(const ir::ValueId pixels, node.to_nchw(input));
  PUDU_TRY_ASSIGN(const Format format, node.output_format());
  PUDU_TRY_ASSIGN(const ir::ValueId result,
                  node.emit("conv_transpose2d", {pixels, weights, bias}, std::move(attributes), format));
  PUDU_TRY_ASSIGN(const ir::ValueId restored, node.to_nhwc(result));
  return node.set_output(0, restored);
}

/// The input is a list of rows, however many dimensions it has, unless keep_num_dims asks for its own.
Status import_fully_connected(NodeImporter& node) {
  PUDU_TRY(node.check_operands(2, 3));
  PUDU_TRY_ASSIGN(const auto* options, node.options<wire::FullyConnectedOptions>());
  if (options->weights_format() != 0) {
    return unsupported_here(fmt::format("weights format {}", static_cast<int>(options->weights_format())),
                            "0: weights in rows");
  }
  const ir::Shape& kernel = node.input_tensor(weight_index).shape;
  PUDU_TRY(require_rank(kernel, 2, "weights"));
  PUDU_TRY_ASSIGN(const ir::ValueId input, node.input(0));
  const std::int64_t elements = node.value(input).type.elements();
  if (kernel[1] < 1 || elements % kernel[1] != 0) {
    return invalid_here(fmt::format("weights of shape {} for an input of shape {}", ir::to_string(kernel),
                                    ir::to_string(node.shape(input))),
                        "input elements that are a multiple of the weights' columns");
  }
  const Tensor& tensor = node.input_tensor(weight_index);
  const bool per_channel = tensor.quantization && tensor.quantization->scales.size() > 1;
  PUDU_TRY_ASSIGN(const ir::ValueId weights,
                  node.weights(weight_index, {0, 1}, kernel, per_channel ? std::optional(0) : std::nullopt));
  PUDU_TRY_ASSIGN(const auto bias, node.bias(bias_index));
  ir::Attributes attributes;
  PUDU_TRY(set_activation(options->fused_activation_function(), attributes));
  ir::Shape rows = node.shape(input);
  if (!options->keep_num_dims() || rows.empty() || rows.back() != kernel[1]) rows = {elements / kernel[1], kernel[1]};
  PUDU_TRY_ASSIGN(const ir::ValueId matrix, node.reshape(input, std::move(rows)));
  PUDU_TRY_ASSIGN(const Format format, node.output_format());
  PUDU_TRY_ASSIGN(const ir::ValueId result,
                  node.emit("linear", {matrix, weights, bias}, std::move(attributes), format));
  return node.set_output(0, result);
}

}  // namespace

std::span<const OperatorRow> convolution_rows() {
  static constexpr std::array rows = {
      OperatorRow{"CONV_2D", 8, import_conv_2d, "constant weights of INT8 or FLOAT32"},
      OperatorRow{"DEPTHWISE_CONV_2D", 7, import_depthwise_conv_2d, "constant weights of INT8 or FLOAT32"},
      OperatorRow{"TRANSPOSE_CONV", 5, import_transpose_conv, "constant weights of INT8 or FLOAT32"},
      OperatorRow{"FULLY_CONNECTED", 13, import_fully_connected, "constant weights of INT8 or FLOAT32, not shuffled"},
  };
  return rows;
}

}  // namespace pudu::frontends::tflite
