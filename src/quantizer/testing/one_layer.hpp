// A convolution or linear layer with random weights, brought to a program, for tests of what becomes of its weights.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "lowering/lowering.hpp"
#include "ops/registry.hpp"
#include "quantizer/quantize.hpp"

namespace pudu::quantizer::testing {

inline std::vector<float> random_floats(std::size_t count, std::uint32_t seed, float low, float high) {
  std::mt19937 generator(seed);
  std::vector<float> values(count);
  for (float& value : values) value = low + (high - low) * static_cast<float>(generator() % 65536) / 65536.0F;
  return values;
}

/// All values of a sample are near each other, as those of pictures are, so that errors of weights can cancel.
inline std::vector<float> sample_values(std::size_t count, std::uint32_t seed) {
  std::vector<float> values = random_floats(count, seed, -0.2F, 0.2F);
  const float brightness = 0.2F * static_cast<float>(seed);
  for (float& value : values) value += brightness;
  return values;
}

inline std::size_t elements(const ir::Shape& shape) {
  return static_cast<std::size_t>(ir::element_count(shape));
}

/// x -> layer, without a bias.
struct OneLayer {
  OneLayer(const std::string& op, const ir::Shape& input, const ir::Shape& weight, ir::Attributes attributes,
           const QuantizerOptions& options = {}) {
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

inline ir::Attributes convolution(std::int64_t stride, std::int64_t padding, std::int64_t dilation,
                                  std::int64_t groups) {
  using Ints = std::vector<std::int64_t>;
  ir::Attributes attributes;
  attributes.set("stride", Ints{stride, stride});
  attributes.set("padding", Ints(4, padding));
  attributes.set("dilation", Ints{dilation, dilation});
  attributes.set("groups", groups);
  return attributes;
}

/// [N, C, H, W] floats as the codes that the kernel gets.
inline std::vector<std::int8_t> codes_of(const OneLayer& layer, const ops::Tensor& tensor) {
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

inline std::vector<std::int8_t> weights_of(const OneLayer& layer) {
  const std::vector<std::byte>& data = *layer.program.buffer(layer.call().find_operand("weights")->buffer).data;
  const auto* codes = reinterpret_cast<const std::int8_t*>(data.data());
  return {codes, codes + data.size()};
}

inline std::vector<double> scales_of(const OneLayer& layer) {
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

}  // namespace pudu::quantizer::testing
