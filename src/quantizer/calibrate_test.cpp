// What calibration makes of several inputs, of outputs that share parameters, and of the channels of layers.
#include "quantizer/calibrate.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "ops/registry.hpp"
#include "quantizer/histogram.hpp"

namespace pudu::quantizer {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

struct Network {
  ir::Graph graph;

  Network() { graph.name = "test"; }

  ir::ValueId input(const std::string& name, ir::Shape shape) {
    const ir::ValueId id = graph.add_value(name, {ir::DType::Float32, std::move(shape)});
    graph.inputs.push_back(id);
    return id;
  }
  ir::ValueId weight(ir::Shape shape, float value = 1.0F) {
    const std::vector<float> data(static_cast<std::size_t>(ir::element_count(shape)), value);
    return graph.add_constant_f32(graph.unique_value_name("w"), std::move(shape), data);
  }
  ir::ValueId node(const std::string& name, std::string_view op, std::vector<std::optional<ir::ValueId>> inputs,
                   ir::Attributes attributes = {}) {
    auto appended = ops::append_node(graph, name, op, std::move(inputs), std::move(attributes));
    EXPECT_TRUE(appended.ok()) << to_string(appended.error());
    return graph.nodes()[ir::index_of(*appended)].outputs.front();
  }
  ir::ValueId reshape(const std::string& name, ir::ValueId x, std::vector<std::int64_t> shape) {
    ir::Attributes attributes;
    attributes.set("shape", std::move(shape));
    return node(name, "reshape", {x}, attributes);
  }
  Ranges calibrated(std::span<const Sample> samples, RangeMethod method = RangeMethod::MinMax) const {
    auto ranges = calibrate(graph, samples, {.range_method = method});
    EXPECT_TRUE(ranges.ok()) << to_string(ranges.error());
    return std::move(ranges).value();
  }
};

const ir::QuantParams& params_of(const Ranges& ranges, ir::ValueId id) {
  return *ranges.params[ir::index_of(id)];
}

TEST(SampleExtremes, WidenByTheDeviationOfTheSamples) {
  SampleExtremes extremes;
  extremes.add(std::vector<float>{-1.0F, 0.5F, 1.0F});
  extremes.add(std::vector<float>{3.0F, -1.0F});
  // Highs 1 and 3 deviate by 1; lows do not move.
  EXPECT_FLOAT_EQ(extremes.widened_high(), 3.0F + 1.5F + std::sqrt(2.0F));
  EXPECT_FLOAT_EQ(extremes.widened_low(), -1.0F);
}

TEST(SampleExtremes, BothEndsMoveOutwards) {
  SampleExtremes extremes;
  for (const float low : {-2.0F, -4.0F, -2.0F, -4.0F}) extremes.add(std::vector<float>{low, 2 * low});
  EXPECT_FLOAT_EQ(extremes.widened_low(), -8.0F - (1.5F + 1.0F) * 2.0F);
  EXPECT_FLOAT_EQ(extremes.widened_high(), -2.0F + (1.5F + 1.0F) * 1.0F);
}

TEST(SampleExtremes, OneSampleIsTakenAsItIs) {
  SampleExtremes extremes;
  extremes.add(std::vector<float>{-3.0F, 7.0F});
  EXPECT_EQ(extremes.widened_low(), -3.0F);
  EXPECT_EQ(extremes.widened_high(), 7.0F);
}

TEST(Calibrate, EveryInputHasItsOwnRange) {
  Network network;
  const ir::ValueId a = network.input("a", {1, 2});
  const ir::ValueId b = network.input("b", {1, 2});
  network.graph.outputs = {network.node("sum", "add", {a, b})};
  const std::vector<Sample> samples = {{ops::Tensor({1, 2}, {0, 2}), ops::Tensor({1, 2}, {-10, 0})},
                                       {ops::Tensor({1, 2}, {1, 1}), ops::Tensor({1, 2}, {0, 5})}};
  const Ranges ranges = network.calibrated(samples);
  EXPECT_FLOAT_EQ(params_of(ranges, a).scale(), 2.0F / 255.0F);
  EXPECT_FLOAT_EQ(params_of(ranges, b).scale(), 15.0F / 255.0F);
}

TEST(Calibrate, NamesTheInputOfTheWrongShapeAndTheWrongNumber) {
  Network network;
  const ir::ValueId a = network.input("a", {1, 2});
  const ir::ValueId b = network.input("b", {1, 2});
  network.graph.outputs = {network.node("sum", "add", {a, b})};
  const std::vector<Sample> wrong_shape = {{ops::Tensor({1, 2}, {0, 2}), ops::Tensor({2, 1}, {1, 2})}};
  EXPECT_EQ(to_string(calibrate(network.graph, wrong_shape, {}).error()),
            "error: b: shape [2, 1]; the model takes [1, 2]");
  const std::vector<Sample> too_few = {{ops::Tensor({1, 2}, {0, 2})}};
  EXPECT_EQ(to_string(calibrate(network.graph, too_few, {}).error()), "error: inputs: 1 inputs; the model has 2");
}

TEST(Calibrate, ASharedGroupWithAnOutputGetsTheOutputsHeadroom) {
  Network network;
  const ir::ValueId x = network.input("x", {1, 4});
  const ir::ValueId y = network.reshape("flat", x, {4, 1});
  network.graph.outputs = {y};
  const std::vector<Sample> samples = {{ops::Tensor({1, 4}, {0, 0, 0, 1})}, {ops::Tensor({1, 4}, {0, 0, 0, 3})}};
  const Ranges ranges = network.calibrated(samples);
  EXPECT_FLOAT_EQ(params_of(ranges, x).scale(), (3.0F + 1.5F + std::sqrt(2.0F)) / 255.0F);
  EXPECT_EQ(params_of(ranges, x).scales, params_of(ranges, y).scales);
  EXPECT_EQ(params_of(ranges, x).zero_point, params_of(ranges, y).zero_point);
  // A histogram must not take the headroom back.
  EXPECT_EQ(params_of(network.calibrated(samples, RangeMethod::Histogram), x).scales, params_of(ranges, x).scales);
}

TEST(Calibrate, TwoOutputsOfOneGroupShareParameters) {
  Network network;
  const ir::ValueId x = network.input("x", {1, 4});
  const ir::ValueId y = network.reshape("flat", x, {4, 1});
  network.graph.outputs = {y, x, y};
  const std::vector<Sample> samples = {{ops::Tensor({1, 4}, {-1, 0, 0, 1})}};
  const Ranges ranges = network.calibrated(samples);
  EXPECT_FLOAT_EQ(params_of(ranges, x).scale(), 2.0F / 255.0F);
  EXPECT_EQ(params_of(ranges, x).scales, params_of(ranges, y).scales);
}

TEST(Calibrate, AConstantOutputIsCoveredByItsRange) {
  Network network;
  const ir::ValueId x = network.input("x", {1, 2});
  const std::vector<float> data = {-2.0F, 6.0F};
  const ir::ValueId constant = network.graph.add_constant_f32("c", {2}, data);
  network.graph.outputs = {x, constant};
  const std::vector<Sample> samples = {{ops::Tensor({1, 2}, {0, 1})}, {ops::Tensor({1, 2}, {0, 1})}};
  EXPECT_FLOAT_EQ(params_of(network.calibrated(samples), constant).scale(), 8.0F / 255.0F);
}

TEST(Calibrate, WeightsHaveNoActivationParameters) {
  Network network;
  const ir::ValueId w = network.weight({3, 2});
  network.graph.outputs = {network.node("fc", "linear", {network.input("x", {1, 2}), w})};
  const std::vector<Sample> samples = {{ops::Tensor({1, 2}, {0, 2})}};
  EXPECT_FALSE(network.calibrated(samples).params[ir::index_of(w)].has_value());
}

TEST(Calibrate, ThePowerOfImageChannelsIsThatOfDimensionOne) {
  Network network;
  const ir::ValueId x = network.input("x", {1, 2, 1, 3});
  const ir::ValueId y = network.node("conv", "conv2d", {x, network.weight({4, 2, 1, 1})});
  network.graph.outputs = {y};
  const std::vector<Sample> samples = {{ops::Tensor({1, 2, 1, 3}, {1, 2, 3, 0, 0, -5})},
                                       {ops::Tensor({1, 2, 1, 3}, {1, 0, 0, 0, 0, 1})}};
  const Ranges ranges = network.calibrated(samples);
  EXPECT_THAT(ranges.channel_power[ir::index_of(x)], ElementsAre(15.0, 26.0));
  EXPECT_THAT(ranges.channel_power[ir::index_of(y)], IsEmpty());
  ASSERT_THAT(ranges.channel_means[ir::index_of(y)], SizeIs(2));
  EXPECT_THAT(ranges.channel_means[ir::index_of(y)][0], SizeIs(4));
  EXPECT_NEAR(ranges.channel_means[ir::index_of(y)][0][3], 1.0 / 3.0, 1e-6);
}

TEST(Calibrate, ThePowerOfAMatrixIsThatOfItsFeatures) {
  Network network;
  const ir::ValueId x = network.input("x", {1, 2, 1, 3});
  const ir::ValueId y = network.node("fc", "linear", {x, network.weight({5, 3})});
  network.graph.outputs = {y};
  const std::vector<Sample> samples = {{ops::Tensor({1, 2, 1, 3}, {1, 2, 3, 0, 0, -5})}};
  const Ranges ranges = network.calibrated(samples);
  EXPECT_THAT(ranges.channel_power[ir::index_of(x)], ElementsAre(1.0, 4.0, 34.0));
  ASSERT_THAT(ranges.channel_means[ir::index_of(y)], SizeIs(1));
  EXPECT_THAT(ranges.channel_means[ir::index_of(y)][0], SizeIs(5));
}

TEST(Calibrate, LayersThatDisagreeAboutChannelsGetNoPower) {
  Network network;
  const ir::ValueId x = network.input("x", {1, 3, 1, 3});
  network.graph.outputs = {network.node("conv", "conv2d", {x, network.weight({4, 3, 1, 1})}),
                           network.node("fc", "linear", {x, network.weight({5, 3})})};
  const std::vector<Sample> samples = {{ops::Tensor({1, 3, 1, 3}, {1, 2, 3, 0, 0, -5, 1, 1, 1})}};
  EXPECT_THAT(network.calibrated(samples).channel_power[ir::index_of(x)], IsEmpty());
}

TEST(Calibrate, NamesTheFirstValueThatOverflows) {
  Network network;
  const ir::ValueId x = network.input("x", {1, 2});
  const ir::ValueId big = network.node("big", "linear", {x, network.weight({1, 2}, 3e38F)});
  network.graph.outputs = {network.node("next", "linear", {big, network.weight({1, 1})})};
  const std::vector<Sample> samples = {{ops::Tensor({1, 2}, {10, 20})}};
  const auto ranges = calibrate(network.graph, samples, {});
  ASSERT_FALSE(ranges.ok());
  EXPECT_THAT(to_string(ranges.error()), HasSubstr("error: big: a value that is NaN or infinite"));
}

TEST(Calibrate, CountsEverySampleOfEverySweep) {
  Network network;
  network.graph.outputs = {network.input("x", {1, 1})};
  const std::vector<Sample> samples(20, Sample{ops::Tensor({1, 1}, {1.0F})});
  std::vector<std::size_t> seen;
  const auto progress = [&](std::size_t done, std::size_t total) {
    seen.push_back(done);
    EXPECT_EQ(total, 40U);
  };
  ASSERT_TRUE(calibrate(network.graph, samples, {.range_method = RangeMethod::Histogram}, progress).ok());
  ASSERT_THAT(seen, SizeIs(40));
  for (std::size_t i = 0; i < seen.size(); ++i) EXPECT_EQ(seen[i], i + 1);
}

}  // namespace
}  // namespace pudu::quantizer
