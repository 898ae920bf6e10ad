// Windows of every kind of layer against the float references, and what rounding does to a layer's weights.
#include "quantizer/adaptive_rounding.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "lowering/lowering.hpp"
#include "ops/float_executor.hpp"
#include "ops/registry.hpp"
#include "quantizer/quantize.hpp"

namespace pudu::quantizer {
namespace {

std::vector<float> random_floats(std::size_t count, std::uint32_t seed, float low, float high) {
  std::mt19937 generator(seed);
  std::vector<float> values(count);
  for (float& value : values) value = low + (high - low) * static_cast<float>(generator() % 65536) / 65536.0F;
  return values;
}

/// All values of a sample are near each other, as those of pictures are, so that errors of weights can cancel.
std::vector<float> sample_values(std::size_t count, std::uint32_t seed) {
  std::vector<float> values = random_floats(count, seed, -0.2F, 0.2F);
  const float brightness = 0.2F * static_cast<float>(seed);
  for (float& value : values) value += brightness;
  return values;
}

std::size_t elements(const ir::Shape& shape) {
  return static_cast<std::size_t>(ir::element_count(shape));
}

/// x -> layer, without a bias.
struct OneLayer {
  OneLayer(const std::string& op, const ir::Shape& input, const ir::Shape& weight, ir::Attributes attributes) {
    graph.name = "test";
    const ir::ValueId x = graph.add_value("x", {ir::DType::Float32, input});
    graph.inputs = {x};
    const ir::ValueId w = graph.add_constant_f32("w", weight, random_floats(elements(weight), 1, -1.0F, 1.0F));
    auto node = ops::append_node(graph, "layer", op, {x, w}, std::move(attributes));
    EXPECT_TRUE(node.ok()) << to_string(node.error());
    graph.outputs = {graph.nodes()[ir::index_of(*node)].outputs.front()};
    for (std::uint32_t seed = 2; seed < 6; ++seed) {
      samples.push_back({ops::Tensor(input, sample_values(elements(input), seed))});
    }
    const QuantizerOptions options;
    auto calibrated = calibrate(graph, samples, options);
    EXPECT_TRUE(calibrated.ok()) << to_string(calibrated.error());
    auto quantized = quantize(graph, *calibrated, options);
    EXPECT_TRUE(quantized.ok()) << to_string(quantized.error());
    auto lowered = lowering::lower(*quantized, targets::make_target("cortex-m4", "").value());
    EXPECT_TRUE(lowered.ok()) << to_string(lowered.error());
    program = std::move(lowered).value();
  }

  const program::KernelCall& call() const {
    for (const program::KernelCall& candidate : program.calls) {
      if (candidate.name == "layer") return candidate;
    }
    ADD_FAILURE() << "the layer has no call";
    return program.calls.front();
  }

  ir::Graph graph;
  std::vector<Sample> samples;
  program::Program program;
};

/// Sums over the windows are what the float reference computes.
void expect_windows_to_give_outputs(const OneLayer& layer) {
  const auto windows = LayerWindows::of(layer.call());
  ASSERT_TRUE(windows.has_value());
  const ops::FloatExecutor executor(layer.graph);
  const auto outputs = executor.run(layer.samples.front());
  ASSERT_TRUE(outputs.ok());
  const ops::Tensor& expected = outputs->front();
  const std::span<const float> weights = layer.graph.value(*layer.graph.nodes().front().inputs[1]).data<float>();
  const std::size_t positions = windows->positions(), channels = windows->output_channels();
  ASSERT_EQ(expected.data().size(), positions * channels);
  const bool channels_last = expected.rank() == 2;
  const std::size_t plane = channels_last ? 1 : static_cast<std::size_t>(expected.dim(2) * expected.dim(3));
  std::vector<float> window(windows->taps());
  for (std::size_t position = 0; position < positions; ++position) {
    for (std::size_t o = 0; o < channels; ++o) {
      windows->gather(layer.samples.front().front().data(), position, o / windows->group_outputs(), window.data());
      double sum = 0;
      for (std::size_t k = 0; k < window.size(); ++k) sum += window[k] * weights[windows->float_weight_index(o, k)];
      const std::size_t image = position / plane, pixel = position % plane;
      EXPECT_NEAR(sum, expected.data()[(image * channels + o) * plane + pixel], 1e-4) << position << ", " << o;
    }
  }
}

ir::Attributes convolution(std::int64_t stride, std::int64_t padding, std::int64_t dilation, std::int64_t groups) {
  using Ints = std::vector<std::int64_t>;
  ir::Attributes attributes;
  attributes.set("stride", Ints{stride, stride});
  attributes.set("padding", Ints(4, padding));
  attributes.set("dilation", Ints{dilation, dilation});
  attributes.set("groups", groups);
  return attributes;
}

std::vector<OneLayer> layers_of_every_kind() {
  std::vector<OneLayer> layers;
  layers.emplace_back("conv2d", ir::Shape{1, 3, 6, 5}, ir::Shape{4, 3, 3, 3}, convolution(1, 1, 1, 1));
  layers.emplace_back("conv2d", ir::Shape{2, 4, 7, 8}, ir::Shape{6, 2, 3, 2}, convolution(2, 1, 2, 2));
  layers.emplace_back("conv2d", ir::Shape{1, 6, 7, 5}, ir::Shape{6, 1, 3, 3}, convolution(2, 1, 1, 6));
  layers.emplace_back("conv2d", ir::Shape{1, 8, 5, 5}, ir::Shape{5, 8, 1, 1}, convolution(1, 0, 1, 1));
  layers.emplace_back("linear", ir::Shape{3, 9}, ir::Shape{4, 9}, ir::Attributes{});
  return layers;
}

TEST(LayerWindows, GiveTheOutputsOfEveryKindOfLayer) {
  for (const OneLayer& layer : layers_of_every_kind()) {
    SCOPED_TRACE(layer.call().kernel);
    expect_windows_to_give_outputs(layer);
  }
}

/// [N, C, H, W] floats as the codes that the kernel gets.
std::vector<std::int8_t> codes_of(const OneLayer& layer, const ops::Tensor& tensor) {
  const program::Buffer& buffer = layer.program.buffer(layer.call().find_operand("input")->buffer);
  std::vector<std::int8_t> codes(tensor.data().size());
  const std::size_t channels = static_cast<std::size_t>(tensor.dim(1));
  const std::size_t plane = tensor.rank() == 2 ? 1 : static_cast<std::size_t>(tensor.dim(2) * tensor.dim(3));
  for (std::size_t i = 0; i < codes.size(); ++i) {
    const std::size_t image = i / (channels * plane), channel = i / plane % channels, pixel = i % plane;
    const float code = std::nearbyint(tensor.data()[i] / buffer.quantization->scale) +
                       static_cast<float>(buffer.quantization->zero_point);
    codes[(image * plane + pixel) * channels + channel] = static_cast<std::int8_t>(std::clamp(code, -128.0F, 127.0F));
  }
  return codes;
}

/// Squared distance of the layer's sums from the float network's, over all samples, in real units.
double error_of(const OneLayer& layer, const std::vector<std::int8_t>& weights, std::span<const double> scales) {
  const auto windows = LayerWindows::of(layer.call());
  const std::span<const float> floats = layer.graph.value(*layer.graph.nodes().front().inputs[1]).data<float>();
  const float input_scale = layer.program.buffer(layer.call().find_operand("input")->buffer).quantization->scale;
  std::vector<float> window(windows->taps());
  std::vector<std::int16_t> codes(windows->taps());
  double error = 0;
  for (const Sample& sample : layer.samples) {
    const std::vector<std::int8_t> input = codes_of(layer, sample.front());
    for (std::size_t position = 0; position < windows->positions(); ++position) {
      for (std::size_t o = 0; o < windows->output_channels(); ++o) {
        const std::size_t group = o / windows->group_outputs();
        windows->gather(sample.front().data(), position, group, window.data());
        windows->gather(input, position, group, codes.data());
        double difference = 0;
        for (std::size_t k = 0; k < windows->taps(); ++k) {
          difference += window[k] * floats[windows->float_weight_index(o, k)] -
                        codes[k] * weights[windows->weight_index(o, k)] * scales[o] * input_scale;
        }
        error += difference * difference;
      }
    }
  }
  return error;
}

std::vector<std::int8_t> weights_of(const OneLayer& layer) {
  const std::vector<std::byte>& data = *layer.program.buffer(layer.call().find_operand("weights")->buffer).data;
  const auto* codes = reinterpret_cast<const std::int8_t*>(data.data());
  return {codes, codes + data.size()};
}

std::vector<double> scales_of(const OneLayer& layer) {
  const auto constant = [&](const char* name) {
    const auto& data = *layer.program.buffer(layer.call().find_operand(name)->buffer).data;
    const auto* values = reinterpret_cast<const std::int32_t*>(data.data());
    return std::vector<std::int32_t>(values, values + data.size() / sizeof(std::int32_t));
  };
  const auto scale_of = [&](const char* name) {
    return layer.program.buffer(layer.call().find_operand(name)->buffer).quantization->scale;
  };
  const std::vector<std::int32_t> multipliers = constant("multipliers"), shifts = constant("shifts");
  std::vector<double> scales;
  for (std::size_t i = 0; i < multipliers.size(); ++i) {
    scales.push_back(scale_of("output") / scale_of("input") *
                     std::ldexp(static_cast<double>(multipliers[i]), shifts[i] - 31));
  }
  return scales;
}

TEST(AdaptiveRounding, BringsSumsCloserToTheFloatNetworks) {
  for (const OneLayer& layer : layers_of_every_kind()) {
    SCOPED_TRACE(layer.call().kernel);
    const auto rounding = AdaptiveRounding::prepare(layer.program, layer.graph, layer.samples);
    ASSERT_TRUE(rounding.ok());
    std::vector<std::vector<std::int8_t>> inputs;
    for (const Sample& sample : layer.samples) inputs.push_back(codes_of(layer, sample.front()));
    const float input_scale = layer.program.buffer(layer.call().find_operand("input")->buffer).quantization->scale;
    const std::vector<double> scales = scales_of(layer);
    const std::vector<std::int8_t> before = weights_of(layer);
    const std::vector<std::int8_t> after =
        rounding->round(layer.call(), before, input_scale, scales,
                        [&](std::size_t sample) { return std::as_bytes(std::span(inputs[sample])); });
    ASSERT_EQ(after.size(), before.size());
    EXPECT_LT(error_of(layer, after, scales), error_of(layer, before, scales));
    for (std::size_t i = 0; i < after.size(); ++i) EXPECT_LE(std::abs(after[i] - before[i]), 12) << i;
  }
}

TEST(AdaptiveRounding, LeavesOtherCallsAlone) {
  const OneLayer layer = std::move(layers_of_every_kind().front());
  const auto rounding = AdaptiveRounding::prepare(layer.program, layer.graph, layer.samples);
  ASSERT_TRUE(rounding.ok());
  program::KernelCall other = layer.call();
  other.name = "another";
  EXPECT_TRUE(rounding->round(other, weights_of(layer), 1.0F, scales_of(layer), {}).empty());
}

}  // namespace
}  // namespace pudu::quantizer
