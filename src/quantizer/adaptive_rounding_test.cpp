// Windows of every kind of layer against the float references, and what rounding does to a layer's weights.
#include "quantizer/adaptive_rounding.hpp"

#include <gtest/gtest.h>

#include "ops/float_executor.hpp"
#include "quantizer/testing/one_layer.hpp"

namespace pudu::quantizer {
namespace {

using testing::codes_of, testing::convolution, testing::OneLayer, testing::scales_of, testing::weights_of;

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
