// Ranges, shared parameters, weights, biases and the float boundary, on small handmade graphs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>
#include <random>

#include "ops/registry.hpp"
#include "quantizer/calibrate.hpp"
#include "quantizer/histogram.hpp"
#include "quantizer/quantize.hpp"
#include "quantizer/sharing.hpp"
#include "quantizer/weights.hpp"

namespace pudu::quantizer {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

ir::ValueId add_input(ir::Graph& graph, const std::string& name, ir::Shape shape) {
  const ir::ValueId id = graph.add_value(name, {ir::DType::Float32, std::move(shape)});
  graph.inputs.push_back(id);
  return id;
}

ir::ValueId append(ir::Graph& graph, const std::string& name, std::string_view op,
                   std::vector<std::optional<ir::ValueId>> inputs, ir::Attributes attributes = {}) {
  auto node = ops::append_node(graph, name, op, std::move(inputs), std::move(attributes));
  EXPECT_TRUE(node.ok()) << to_string(node.error());
  return graph.nodes()[ir::index_of(*node)].outputs.front();
}

ir::Attributes with(const std::string& name, ir::AttributeValue value) {
  ir::Attributes attributes;
  attributes.set(name, std::move(value));
  return attributes;
}

/// x [1, 2] -> linear [3, 2] with bias.
ir::Graph linear_graph(std::vector<float> weights, std::vector<float> bias) {
  ir::Graph graph;
  graph.name = "test";
  const ir::ValueId x = add_input(graph, "x", {1, 2});
  const ir::ValueId w = graph.add_constant_f32("w", {3, 2}, weights);
  const ir::ValueId b = graph.add_constant_f32("b", {3}, bias);
  graph.outputs = {append(graph, "fc", "linear", {x, w, b})};
  return graph;
}

Sample sample(const ir::Shape& shape, std::vector<float> data) {
  return {ops::Tensor(shape, std::move(data))};
}

TEST(AffineParams, CoverTheRangeAndKeepZeroExact) {
  const ir::QuantParams params = affine_params(-1.0F, 3.0F);
  EXPECT_FLOAT_EQ(params.scale(), 4.0F / 255.0F);
  EXPECT_EQ(params.zero_point, -64);
  EXPECT_EQ(affine_params(0.5F, 3.0F).zero_point, -128);  // extended to 0
  EXPECT_EQ(affine_params(-3.0F, -0.5F).zero_point, 127);
}

TEST(AffineParams, SurviveDegenerateRanges) {
  EXPECT_EQ(affine_params(0, 0).scale(), 1.0F / 128.0F);
  EXPECT_EQ(affine_params(0, 0).zero_point, 0);
  EXPECT_EQ(affine_params(1e-38F, 1e-38F).scale(), 1.0F / 128.0F);
  EXPECT_TRUE(std::isfinite(affine_params(-3e38F, 3e38F).scale()));
}

TEST(Histogram, ClipsALoneOutlier) {
  std::mt19937 generator(3);
  std::normal_distribution<float> normal;
  std::vector<float> data(20000);
  for (float& value : data) value = normal(generator);
  data.push_back(100.0F);
  const auto [low, high] = std::minmax_element(data.begin(), data.end());
  Histogram histogram(*low, *high);
  histogram.add(data);
  const ir::QuantParams best = histogram.best_params();
  const auto error = [&](const ir::QuantParams& params) {
    double sum = 0;
    for (const float value : data) {
      const float code =
          std::clamp(std::nearbyint(value / params.scale()) + static_cast<float>(params.zero_point), -128.0F, 127.0F);
      const double difference = value - (code - static_cast<float>(params.zero_point)) * params.scale();
      sum += difference * difference;
    }
    return sum;
  };
  EXPECT_LT(error(best), error(affine_params(*low, *high)));
}

TEST(Histogram, KeepsAUniformRange) {
  std::vector<float> data(4096);
  for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<float>(i) / 4095.0F;
  Histogram histogram(0, 1);
  histogram.add(data);
  EXPECT_GT(histogram.best_params().scale(), 0.98F / 255.0F);
}

TEST(Calibrate, TakesTheRangeOverAllSamples) {
  const ir::Graph graph = linear_graph({1, 0, 0, 1, 1, 1}, {0, 0, 0});
  const std::vector<Sample> samples = {sample({1, 2}, {-1, 2}), sample({1, 2}, {0, 5})};
  const auto ranges = calibrate(graph, samples, {});
  ASSERT_TRUE(ranges.ok()) << to_string(ranges.error());
  const ir::QuantParams& x = *ranges->params[ir::index_of(graph.inputs.front())];
  EXPECT_FLOAT_EQ(x.scale(), 6.0F / 255.0F);
}

TEST(Calibrate, NeedsASample) {
  const auto ranges = calibrate(linear_graph({1, 0, 0, 1, 1, 1}, {0, 0, 0}), {}, {});
  ASSERT_FALSE(ranges.ok());
  EXPECT_EQ(to_string(ranges.error()), "error: calibration: 0 samples; at least 1 sample");
}

TEST(Calibrate, NamesTheValueThatIsNotFinite) {
  const float infinity = std::numeric_limits<float>::infinity();
  const std::vector<Sample> samples = {sample({1, 2}, {1, infinity})};
  const auto ranges = calibrate(linear_graph({1, 0, 0, 1, 1, 1}, {0, 0, 0}), samples, {});
  ASSERT_FALSE(ranges.ok());
  EXPECT_THAT(to_string(ranges.error()),
              HasSubstr("error: x: a value that is NaN or infinite on the calibration data"));
}

TEST(Sharing, PassThroughOperatorsKeepParameters) {
  ir::Graph graph;
  const ir::ValueId x = add_input(graph, "x", {1, 4, 2, 2});
  const ir::ValueId reshaped =
      append(graph, "reshape", "reshape", {x}, with("shape", std::vector<std::int64_t>{1, 16}));
  const ir::ValueId activated = append(graph, "act", "unary", {reshaped}, with("function", std::string("tanh")));
  graph.outputs = {activated};
  const SharingGroups groups(graph);
  EXPECT_EQ(groups.group_of(x), groups.group_of(reshaped));
  EXPECT_NE(groups.group_of(x), groups.group_of(activated));
}

TEST(Sharing, ASoftmaxInAConcatIsRescaledFirst) {
  ir::Graph graph;
  const ir::ValueId x = add_input(graph, "x", {1, 4});
  const ir::ValueId scores = append(graph, "softmax", "softmax", {x}, with("dim", std::int64_t{1}));
  graph.outputs = {append(graph, "cat", "concat", {scores, x}, with("dim", std::int64_t{1}))};
  ASSERT_TRUE(separate_fixed_inputs(graph).ok());
  ASSERT_TRUE(ops::verify(graph).ok());
  ASSERT_EQ(graph.nodes().size(), 3U);
  EXPECT_EQ(graph.nodes()[1].op, "unary");
  const SharingGroups groups(graph);
  EXPECT_FALSE(groups.fixed(x).has_value());
  EXPECT_TRUE(groups.fixed(scores).has_value());
}

TEST(Weights, AChannelThatRoundsToNothingKeepsItsLargestExact) {
  ir::Graph graph;
  const std::vector<float> data = {64.0F, -127.0F, 127.0F, 3.0F, 0.0F, 0.0F};
  const ir::ValueId w = graph.add_constant_f32("w", {3, 2}, data);
  const auto scales = weight_scales(graph.value(w), {.input_scale = 0.1F, .output_scale = 0.2F});
  ASSERT_TRUE(scales.ok());
  EXPECT_FLOAT_EQ((*scales)[0], 1.0F);
  EXPECT_FLOAT_EQ((*scales)[1], 1.0F);
  EXPECT_GT((*scales)[2], 0.0F);
  const std::vector<std::byte> codes = quantize_weights(graph.value(w), 0, *scales);
  EXPECT_THAT(codes, ElementsAre(std::byte{64}, static_cast<std::byte>(-127), std::byte{127}, std::byte{3},
                                 std::byte{0}, std::byte{0}));
}

TEST(Weights, ABiasThatWouldOverflowWidensItsChannel) {
  ir::Graph graph;
  const std::vector<float> data = {1e-12F, 1e-12F};
  const ir::ValueId w = graph.add_constant_f32("w", {2, 1}, data);
  const std::vector<float> bias = {1000.0F, 0.0F};
  const auto scales = weight_scales(graph.value(w), {.bias = bias, .input_scale = 0.01F});
  ASSERT_TRUE(scales.ok());
  const double code = 1000.0 / (static_cast<double>((*scales)[0]) * 0.01F);
  EXPECT_LE(code, static_cast<double>(1 << 30) * 1.0001);
  EXPECT_FLOAT_EQ((*scales)[1], 1e-12F / 127.0F);
}

TEST(Weights, NotANumberIsRefusedByName) {
  ir::Graph graph;
  const std::vector<float> data = {1.0F, std::nanf("")};
  const ir::ValueId w = graph.add_constant_f32("layer.weight", {1, 2}, data);
  const auto scales = weight_scales(graph.value(w), {});
  ASSERT_FALSE(scales.ok());
  EXPECT_EQ(to_string(scales.error()), "error: layer.weight: element 1 is nan; finite weights");
}

TEST(Quantize, MakesEveryValueInteger) {
  const ir::Graph graph = linear_graph({1, 0.5F, -1, 0.25F, 2, 2}, {0.5F, -1, 0});
  const std::vector<Sample> samples = {sample({1, 2}, {-1, 2})};
  const auto ranges = calibrate(graph, samples, {});
  ASSERT_TRUE(ranges.ok());
  const auto quantized = quantize(graph, *ranges, {});
  ASSERT_TRUE(quantized.ok()) << to_string(quantized.error());
  const ir::Node& node = quantized->nodes().front();
  const ir::Value& x = quantized->value(*node.inputs[0]);
  const ir::Value& weight = quantized->value(*node.inputs[1]);
  const ir::Value& bias = quantized->value(*node.inputs[2]);
  EXPECT_EQ(x.type.dtype, ir::DType::Int8);
  EXPECT_EQ(weight.type.dtype, ir::DType::Int8);
  EXPECT_EQ(weight.quant->scales.size(), 3U);
  EXPECT_EQ(bias.type.dtype, ir::DType::Int32);
  const float bias_scale = x.quant->scale() * weight.quant->scales[0];
  EXPECT_NEAR(static_cast<float>(bias.data<std::int32_t>()[0]) * bias_scale, 0.5F, bias_scale);
}

TEST(Quantize, FloatBoundaryKeepsThePortNames) {
  const ir::Graph graph = linear_graph({1, 0.5F, -1, 0.25F, 2, 2}, {0.5F, -1, 0});
  const std::vector<Sample> samples = {sample({1, 2}, {-1, 2})};
  const auto ranges = calibrate(graph, samples, {});
  ASSERT_TRUE(ranges.ok());
  const auto quantized = quantize(graph, *ranges, {.io = IoType::Float32});
  ASSERT_TRUE(quantized.ok()) << to_string(quantized.error());
  ASSERT_EQ(quantized->nodes().size(), 3U);
  EXPECT_EQ(quantized->nodes()[0].op, "quantize");
  EXPECT_EQ(quantized->nodes()[2].op, "dequantize");
  const ir::Value& input = quantized->value(quantized->inputs.front());
  EXPECT_EQ(input.name, "x");
  EXPECT_EQ(input.type.dtype, ir::DType::Float32);
  const ir::Value& output = quantized->value(quantized->outputs.front());
  EXPECT_EQ(output.name, graph.value(graph.outputs.front()).name);
  EXPECT_EQ(output.type.dtype, ir::DType::Float32);
}

TEST(Quantize, AWeightUsedTwiceIsQuantizedForEachUse) {
  ir::Graph graph;
  graph.name = "tied";
  const ir::ValueId x = add_input(graph, "x", {1, 2});
  const std::vector<float> weights = {1, 0, 0, 1};
  const std::vector<float> bias = {1, 2};
  const ir::ValueId w = graph.add_constant_f32("w", {2, 2}, weights);
  const ir::ValueId b = graph.add_constant_f32("b", {2}, bias);
  const ir::ValueId first = append(graph, "first", "linear", {x, w, b});
  graph.outputs = {append(graph, "second", "linear", {first, w, b})};
  const std::vector<Sample> samples = {sample({1, 2}, {-1, 2})};
  const auto quantized = quantize(graph, *calibrate(graph, samples, {}), {});
  ASSERT_TRUE(quantized.ok()) << to_string(quantized.error());
  const ir::ValueId bias_a = *quantized->nodes()[0].inputs[2];
  const ir::ValueId bias_b = *quantized->nodes()[1].inputs[2];
  EXPECT_NE(bias_a, bias_b);  // their input scales differ
  EXPECT_NE(quantized->value(bias_a).quant->scales, quantized->value(bias_b).quant->scales);
}

}  // namespace
}  // namespace pudu::quantizer
