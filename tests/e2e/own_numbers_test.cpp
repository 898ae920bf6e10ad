// A quantized graph in float arithmetic: its numbers are those of its codes.
#include "driver/dequantized_graph.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "driver/frontends.hpp"
#include "ops/float_executor.hpp"
#include "support/models.hpp"

namespace pudu::driver {
namespace {

using ::testing::ElementsAre;
using ::testing::FloatEq;

template <class T>
std::span<const std::byte> bytes_of(const std::vector<T>& elements) {
  return std::as_bytes(std::span<const T>(elements));
}

TEST(DequantizedCodes, HaveTheScaleOfTheirChannel) {
  const std::vector<std::int8_t> codes = {1, 2, -3, 4};
  ir::QuantParams per_channel = ir::per_tensor(1, 0);
  per_channel.scales = {0.5F, 2.0F};
  per_channel.axis = 0;
  EXPECT_THAT(dequantized(bytes_of(codes), {ir::DType::Int8, {2, 2}}, per_channel),
              ElementsAre(0.5F, 1.0F, -6.0F, 8.0F));
  per_channel.axis = 1;
  EXPECT_THAT(dequantized(bytes_of(codes), {ir::DType::Int8, {2, 2}}, per_channel),
              ElementsAre(0.5F, 4.0F, -1.5F, 8.0F));
  EXPECT_THAT(dequantized(bytes_of(codes), {ir::DType::Int8, {4}}, ir::per_tensor(0.25F, 2)),
              ElementsAre(-0.25F, 0.0F, -1.25F, 0.5F));
  const std::vector<std::int16_t> wide = {-32768, 300};
  EXPECT_THAT(dequantized(bytes_of(wide), {ir::DType::Int16, {2}}, ir::per_tensor(0.5F, 0)),
              ElementsAre(-16384.0F, 150.0F));
}

TEST(DequantizedGraph, KeepsNamesAndScalesBiasesByOperandAndWeights) {
  const ir::Graph source = read_model(testing::test_data("mlperf_tiny/ad.tflite"), std::nullopt).value();
  const Result<ir::Graph> graph = dequantized(source);
  ASSERT_TRUE(graph) << to_string(graph.error());
  ASSERT_EQ(graph->nodes().size(), source.nodes().size());
  for (std::size_t i = 0; i < source.values().size(); ++i) {
    const ir::Value& before = source.values()[i];
    const ir::Value& after = graph->values()[i];
    EXPECT_EQ(after.name, before.name);
    EXPECT_FALSE(after.quant.has_value()) << after.name;
    const ir::DType expected = before.quant ? ir::DType::Float32 : before.type.dtype;
    EXPECT_EQ(after.type.dtype, expected) << after.name;
  }
  for (std::size_t i = 0; i < source.nodes().size(); ++i) {
    const ir::Node& node = source.nodes()[i];
    if (node.op != "linear") continue;
    const ir::Value& bias = source.value(*node.inputs[2]);
    const float scale = source.value(*node.inputs[0]).quant->scale() * source.value(*node.inputs[1]).quant->scales[0];
    const auto expected = static_cast<float>(bias.data<std::int32_t>()[0]) * scale;
    EXPECT_THAT(graph->value(*graph->nodes()[i].inputs[2]).data<float>()[0], FloatEq(expected)) << node.name;
  }
}

TEST(DequantizedGraph, RunsInFloat) {
  const ir::Graph graph =
      dequantized(read_model(testing::test_data("mlperf_tiny/kws.tflite"), std::nullopt).value()).value();
  const ir::Shape shape = graph.value(graph.inputs[0]).type.shape;
  const ops::Tensor zeros(shape, std::vector<float>(static_cast<std::size_t>(ir::element_count(shape)), 0.0F));
  const auto outputs = ops::FloatExecutor(graph).run({&zeros, 1});
  ASSERT_TRUE(outputs) << to_string(outputs.error());
  float sum = 0;
  for (const float score : outputs->front().data()) sum += score;
  EXPECT_NEAR(sum, 1.0F, 1e-5F) << "a softmax without codes";
}

}  // namespace
}  // namespace pudu::driver
