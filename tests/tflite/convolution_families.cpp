// Convolutions of all kinds, fully connected layers, pools and matrix products.
#include <algorithm>
#include <cmath>
#include <utility>

#include "tflite/case_builder.hpp"

namespace pudu::testing {
namespace {

constexpr std::int8_t same = 0;
constexpr std::int8_t valid = 1;

/// One axis of a window over an image.
struct Axis {
  std::int32_t size, kernel, stride, dilation;

  std::int32_t extent() const { return (kernel - 1) * dilation + 1; }
  std::int32_t output(std::int8_t padding) const {
    const std::int32_t positions = padding == same ? size : size - extent() + 1;
    return (positions + stride - 1) / stride;
  }
};

Axis random_axis(Random& random, std::int32_t most_dilation) {
  Axis axis{};
  axis.kernel = random.integer(1, 4);
  axis.stride = random.integer(1, 3);
  axis.dilation = random.chance(70) ? 1 : random.integer(1, most_dilation);
  axis.size = axis.extent() + random.integer(0, 7);
  return axis;
}

std::int8_t random_padding(Random& random) {
  return random.chance(50) ? same : valid;
}
std::int8_t random_activation(Random& random) {
  return static_cast<std::int8_t>(random.chance(50) ? 0 : random.integer(1, 3));
}

/// Weights of one scale, or one a channel of dimension `axis`.
Quantization weight_quantization(CaseBuilder& builder, std::int32_t channels, std::int32_t axis, bool per_channel) {
  Quantization quantization{{}, 0, axis};
  const float middle = builder.random().scale(0.001F, 0.05F);
  for (std::int32_t c = 0; c < (per_channel ? channels : 1); ++c) {
    quantization.scales.push_back(middle * builder.random().scale(0.5F, 2.0F));
  }
  return quantization;
}

std::vector<float> bias_scales(const Quantization& input, const Quantization& weights) {
  std::vector<float> scales;
  for (const float scale : weights.scales) scales.push_back(input.scales[0] * scale);
  return scales;
}

/// A scale with which sums of `taps` random products use most of int8; sometimes far too fine or coarse.
Quantization output_quantization(CaseBuilder& builder, const Quantization& input, const Quantization& weights,
                                 std::int32_t taps) {
  Quantization output = builder.quantization();
  const float typical = input.scales[0] * weights.scales[0] * 100.0F * 74.0F * std::sqrt(static_cast<float>(taps));
  output.scales[0] = typical / 60.0F * builder.random().scale(0.5F, 2.0F);
  if (builder.random().chance(5)) output.scales[0] *= builder.random().scale(0.01F, 100.0F);
  return output;
}

/// LiteRT's convolutions refuse to work without one, or end with a segmentation fault.
TensorIndex random_bias(CaseBuilder& builder, std::int32_t channels, std::int32_t taps, const Quantization& input,
                        const Quantization& weights) {
  return builder.bias(channels, 2000 * (1 + taps / 8), bias_scales(input, weights));
}

void convolution(CaseBuilder& builder, bool per_channel) {
  Random& random = builder.random();
  const Axis h = random_axis(random, 3);
  const Axis w = random_axis(random, 3);
  const std::int8_t padding = random_padding(random);
  const std::int32_t groups = random.chance(85) ? 1 : random.integer(2, 3);
  const std::int32_t in = random.integer(1, 9);
  const std::int32_t out = groups * random.integer(1, 9);
  const std::int32_t batches = random.chance(80) ? 1 : 2;
  const Quantization input = builder.quantization();
  const Quantization weights = weight_quantization(builder, out, 0, per_channel);
  const std::int32_t taps = h.kernel * w.kernel * in;
  const TensorIndex x = builder.input({batches, h.size, w.size, in * groups}, input);
  const TensorIndex k = builder.codes({out, h.kernel, w.kernel, in}, weights);
  const TensorIndex b = random_bias(builder, out, taps, input, weights);
  const TensorIndex y = builder.result({batches, h.output(padding), w.output(padding), out},
                                       output_quantization(builder, input, weights, taps));
  wire::Conv2DOptionsT options;
  options.padding = padding;
  options.stride_h = h.stride;
  options.stride_w = w.stride;
  options.dilation_h_factor = h.dilation;
  options.dilation_w_factor = w.dilation;
  options.fused_activation_function = random_activation(random);
  builder.operation(Builtin::Conv2D, {x, k, b}, {y}, options, 3);
}

void depthwise_convolution(CaseBuilder& builder) {
  Random& random = builder.random();
  const Axis h = random_axis(random, 3);
  const Axis w = random_axis(random, 3);
  const std::int8_t padding = random_padding(random);
  const std::int32_t in = random.integer(1, 20);
  const std::int32_t multiplier = random.chance(70) ? 1 : random.integer(2, 4);
  const std::int32_t out = in * multiplier;
  const Quantization input = builder.quantization();
  const Quantization weights = weight_quantization(builder, out, 3, out > 1);
  const std::int32_t taps = h.kernel * w.kernel;
  const TensorIndex x = builder.input({1, h.size, w.size, in}, input);
  const TensorIndex k = builder.codes({1, h.kernel, w.kernel, out}, weights);
  const TensorIndex b = random_bias(builder, out, taps, input, weights);
  const TensorIndex y = builder.result({1, h.output(padding), w.output(padding), out},
                                       output_quantization(builder, input, weights, taps));
  wire::DepthwiseConv2DOptionsT options;
  options.padding = padding;
  options.stride_h = h.stride;
  options.stride_w = w.stride;
  options.dilation_h_factor = h.dilation;
  options.dilation_w_factor = w.dilation;
  options.depth_multiplier = multiplier;
  options.fused_activation_function = random_activation(random);
  builder.operation(Builtin::DepthwiseConv2D, {x, k, b}, {y}, options, 3);
}

std::int32_t transposed_output(const Axis& axis, std::int8_t padding, Random& random) {
  if (padding == valid) return (axis.size - 1) * axis.stride + std::max(axis.kernel, axis.stride);
  return (axis.size - 1) * axis.stride + random.integer(1, axis.stride);
}

void transposed_convolution(CaseBuilder& builder) {
  Random& random = builder.random();
  const auto random_transposed_axis = [&] {
    return Axis{random.integer(1, 6), random.integer(1, 4), random.integer(1, 3), 1};
  };
  const Axis h = random_transposed_axis();
  const Axis w = random_transposed_axis();
  const std::int8_t padding = random_padding(random);
  const std::int32_t in = random.integer(1, 8);
  const std::int32_t out = random.integer(2, 8);
  const Quantization input = builder.quantization();
  const Quantization weights = weight_quantization(builder, out, 0, true);
  const std::vector<std::int32_t> shape = {1, transposed_output(h, padding, random),
                                           transposed_output(w, padding, random), out};
  const std::int32_t taps = in * h.kernel * w.kernel;
  const TensorIndex size = builder.integers(shape);
  const TensorIndex k = builder.codes({out, h.kernel, w.kernel, in}, weights);
  const TensorIndex x = builder.input({1, h.size, w.size, in}, input);
  const TensorIndex b = builder.bias(out, 2000, bias_scales(input, weights));
  const TensorIndex y = builder.result(shape, output_quantization(builder, input, weights, taps));
  wire::TransposeConvOptionsT options;
  options.padding = padding;
  options.stride_h = h.stride;
  options.stride_w = w.stride;
  options.fused_activation_function = random_activation(random);
  builder.operation(Builtin::TransposeConv, {size, k, x, b}, {y}, options, 4);
}

void fully_connected(CaseBuilder& builder, bool per_channel) {
  Random& random = builder.random();
  const std::int32_t rows = random.chance(50) ? 1 : random.integer(2, 6);
  const std::int32_t stacks = random.chance(75) ? 1 : random.integer(2, 3);
  const std::int32_t in = random.integer(1, 70);
  const std::int32_t out = random.integer(2, 30);
  const Quantization input = builder.quantization();
  const Quantization weights = weight_quantization(builder, out, 0, per_channel);
  wire::FullyConnectedOptionsT options;
  options.keep_num_dims = random.chance(50);
  std::vector<std::int32_t> result = {stacks * rows, out};
  if (options.keep_num_dims && stacks > 1) result = {stacks, rows, out};
  const TensorIndex x = stacks > 1 ? builder.input({stacks, rows, in}, input) : builder.input({rows, in}, input);
  const TensorIndex k = builder.codes({out, in}, weights);
  std::vector<TensorIndex> inputs = {x, k};
  if (random.chance(80)) inputs.push_back(random_bias(builder, out, in, input, weights));
  const TensorIndex y = builder.result(result, output_quantization(builder, input, weights, in));
  options.fused_activation_function = random_activation(random);
  builder.operation(Builtin::FullyConnected, std::move(inputs), {y}, options, per_channel ? 12 : 4);
}

void pool(CaseBuilder& builder, Builtin code) {
  Random& random = builder.random();
  const Axis h = random_axis(random, 1);
  const Axis w = random_axis(random, 1);
  const std::int8_t padding = random_padding(random);
  const std::int32_t channels = random.integer(1, 18);
  const Quantization both = builder.quantization();
  const TensorIndex x = builder.input({1, h.size, w.size, channels}, both);
  const TensorIndex y = builder.result({1, h.output(padding), w.output(padding), channels}, both);
  wire::Pool2DOptionsT options;
  options.padding = padding;
  options.stride_h = h.stride;
  options.stride_w = w.stride;
  options.filter_height = h.kernel;
  options.filter_width = w.kernel;
  options.fused_activation_function = random_activation(random);
  builder.operation(code, {x}, {y}, options, 2);
}

void matrix_product(CaseBuilder& builder) {
  Random& random = builder.random();
  const std::int32_t rows = random.integer(1, 8);
  const std::int32_t depth = random.integer(1, 30);
  const std::int32_t columns = random.integer(1, 9);
  const std::vector<std::int32_t> stack = random.shape(1, 2, 3);
  wire::BatchMatMulOptionsT options;
  options.adj_x = random.chance(30);
  options.adj_y = random.chance(50);
  const auto matrices = [&](std::int32_t first, std::int32_t second, bool adjoint) {
    std::vector<std::int32_t> shape = stack;
    shape.push_back(adjoint ? second : first);
    shape.push_back(adjoint ? first : second);
    return shape;
  };
  const Quantization left = builder.quantization();
  const Quantization right = builder.quantization();
  const TensorIndex x = builder.input(matrices(rows, depth, options.adj_x), left);
  const std::vector<std::int32_t> right_shape = matrices(depth, columns, options.adj_y);
  const TensorIndex k = random.chance(25) ? builder.codes(right_shape, right, -128) : builder.input(right_shape, right);
  const TensorIndex y =
      builder.result(matrices(rows, columns, false), output_quantization(builder, left, right, depth));
  builder.operation(Builtin::BatchMatMul, {x, k}, {y}, options, 2);
}

}  // namespace

/// Fully connected layers of INT16 are not among them: LiteRT multiplies their sums by 31 bits, TensorFlow Lite Micro,
/// CMSIS-NN and Pudu by 16 (docs/arithmetic.md).
std::vector<Family> convolution_families() {
  return {{"CONV_2D", [](CaseBuilder& builder) { convolution(builder, true); }},
          {"CONV_2D of one scale", [](CaseBuilder& builder) { convolution(builder, false); }},
          {"DEPTHWISE_CONV_2D", depthwise_convolution},
          {"TRANSPOSE_CONV", transposed_convolution},
          {"FULLY_CONNECTED", [](CaseBuilder& builder) { fully_connected(builder, false); }},
          {"FULLY_CONNECTED of a scale a channel", [](CaseBuilder& builder) { fully_connected(builder, true); }},
          {"AVERAGE_POOL_2D", [](CaseBuilder& builder) { pool(builder, Builtin::AveragePool2D); }},
          {"MAX_POOL_2D", [](CaseBuilder& builder) { pool(builder, Builtin::MaxPool2D); }},
          {"BATCH_MATMUL", matrix_product},
          of_int16("CONV_2D", [](CaseBuilder& builder) { convolution(builder, true); }),
          of_int16("DEPTHWISE_CONV_2D", depthwise_convolution),
          of_int16("AVERAGE_POOL_2D", [](CaseBuilder& builder) { pool(builder, Builtin::AveragePool2D); }),
          of_int16("MAX_POOL_2D", [](CaseBuilder& builder) { pool(builder, Builtin::MaxPool2D); })};
}

}  // namespace pudu::testing
