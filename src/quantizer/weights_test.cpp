// The search for a weight scale: never worse than the plain one, weighted by the channels that matter, and left out
// where it does not apply. The basic properties of scales and codes stand in quantizer_test.cpp.
#include "quantizer/weights.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

namespace pudu::quantizer {
namespace {

using ::testing::ElementsAre;
using ::testing::FloatEq;

ir::Value weight_of(ir::Shape shape, const std::vector<float>& data) {
  ir::Graph graph;
  const ir::ValueId id = graph.add_constant_f32("w", std::move(shape), data);
  return graph.value(id);
}

std::vector<float> random_weights(std::size_t count, unsigned seed) {
  std::mt19937 generator(seed);
  std::vector<float> data(count);
  for (float& value : data) value = static_cast<float>(static_cast<int>(generator() % 20001) - 10000) / 10000.0F;
  return data;
}

std::vector<float> scales_of(const ir::Value& weight, const LayerContext& layer) {
  auto scales = weight_scales(weight, layer);
  EXPECT_TRUE(scales.ok()) << to_string(scales.error());
  return std::move(scales).value();
}

float exact_scale(std::span<const float> channel) {
  float largest = 0;
  for (const float value : channel) largest = std::max(largest, std::abs(value));
  return largest / 127.0F;
}

/// Squared errors of a channel's weights, weighted by the power of the input each of them meets.
double weighted_error(std::span<const float> channel, std::span<const double> importance, double scale) {
  double error = 0;
  for (std::size_t i = 0; i < channel.size(); ++i) {
    const double code = std::clamp(std::nearbyint(channel[i] / scale), -127.0, 127.0);
    const double difference = channel[i] - code * scale;
    error += importance[i] * difference * difference;
  }
  return error;
}

TEST(WeightSearch, IsNeverWorseThanThePlainScale) {
  constexpr std::size_t channels = 64;
  constexpr std::size_t inputs = 3;
  constexpr std::size_t taps = 9;
  const std::vector<float> data = random_weights(channels * inputs * taps, 1);
  const std::vector<double> power = {0.5, 4.0, 0.01};
  const std::vector<float> scales = scales_of(weight_of({channels, inputs, 3, 3}, data), {.input_power = power});
  std::vector<double> importance;
  for (std::size_t i = 0; i < inputs * taps; ++i) importance.push_back(power[i / taps]);
  int better = 0;
  for (std::size_t i = 0; i < channels; ++i) {
    const std::span<const float> channel = std::span(data).subspan(i * inputs * taps, inputs * taps);
    const double plain = weighted_error(channel, importance, exact_scale(channel));
    const double found = weighted_error(channel, importance, scales[i]);
    EXPECT_LE(found, plain * 1.0001) << i;  // the search works in float
    better += found < 0.9 * plain ? 1 : 0;
  }
  EXPECT_GT(better, 32);
}

TEST(WeightSearch, StaysNearThePlainScale) {
  const std::vector<float> data = random_weights(400, 2);
  const std::vector<float> scales = scales_of(weight_of({100, 4}, data), {});
  for (std::size_t i = 0; i < scales.size(); ++i) {
    const float exact = exact_scale(std::span(data).subspan(i * 4, 4));
    EXPECT_GE(scales[i], exact * 0.849F) << i;
    EXPECT_LE(scales[i], exact * 1.061F) << i;
  }
}

/// In each channel one weight is 127 and the others lie half a step off their codes at scale 1. Where only the 127
/// matters scale 1 has no error and stays; where another one matters some other scale is better.
TEST(WeightSearch, GroupsReadTheirOwnInputChannels) {
  const std::vector<float> data = {127.0F, 60.5F, 127.0F, 60.5F, 127.0F, 60.5F, 127.0F, 60.5F};
  const std::vector<double> power = {1.0, 0.0, 0.0, 1.0};  // group 0 reads channels 0 and 1, group 1 reads 2 and 3
  const std::vector<float> scales = scales_of(weight_of({4, 2, 1, 1}, data), {.input_power = power});
  EXPECT_EQ(scales[0], 1.0F);
  EXPECT_EQ(scales[1], 1.0F);
  EXPECT_NE(scales[2], 1.0F);
  EXPECT_EQ(scales[2], scales[3]);
}

TEST(WeightSearch, DepthwiseChannelsHaveOneInputEach) {
  // Two inputs, multiplier 2; a channel without power may keep any scale, so only powered ones tell.
  const std::vector<float> data = {127.0F, 60.5F, 127.0F, 60.5F, 127.0F, 60.5F, 127.0F, 60.5F};
  const std::vector<double> power = {0.0, 1.0};
  const std::vector<float> scales = scales_of(weight_of({4, 1, 1, 2}, data), {.input_power = power});
  EXPECT_EQ(scales[0], 1.0F);
  EXPECT_EQ(scales[1], 1.0F);
  EXPECT_NE(scales[2], 1.0F);
  EXPECT_NE(scales[3], 1.0F);
}

TEST(WeightSearch, EveryTapOfAChannelHasItsPower) {
  const std::vector<float> data = {60.5F, 127.0F, 60.5F, 127.0F};  // [1, 2, 1, 2]: two inputs of two taps
  const std::vector<double> first = {1.0, 0.0};
  const std::vector<double> second = {0.0, 1.0};
  const std::vector<float> swapped = {127.0F, 127.0F, 60.5F, 60.5F};
  EXPECT_NE(scales_of(weight_of({1, 2, 1, 2}, data), {.input_power = first}).front(), 1.0F);
  EXPECT_NE(scales_of(weight_of({1, 2, 1, 2}, data), {.input_power = second}).front(), 1.0F);
  EXPECT_EQ(scales_of(weight_of({1, 2, 1, 2}, swapped), {.input_power = first}).front(), 1.0F);
  EXPECT_NE(scales_of(weight_of({1, 2, 1, 2}, swapped), {.input_power = second}).front(), 1.0F);
}

TEST(WeightSearch, RankOneAndOtherAxesKeepThePlainScale) {
  EXPECT_THAT(scales_of(weight_of({3}, {12.7F, -1.27F, 0.5F}), {}),
              ElementsAre(FloatEq(0.1F), FloatEq(0.01F), FloatEq(0.5F / 127.0F)));
  const std::vector<float> data = {127.0F, 60.5F, 60.5F, 127.0F};
  EXPECT_THAT(scales_of(weight_of({2, 2}, data), {.axis = 1}), ElementsAre(FloatEq(1.0F), FloatEq(1.0F)));
}

TEST(WeightSearch, LargeChannelsKeepThePlainScale) {
  const std::vector<float> data = random_weights(2 * 513, 3);
  const std::vector<float> scales = scales_of(weight_of({2, 513, 1, 1}, data), {});
  EXPECT_EQ(scales[0], exact_scale(std::span(data).first(513)));
  EXPECT_EQ(scales[1], exact_scale(std::span(data).last(513)));
}

/// Rows of one weight each, so that a row's scale is the weight / 127.
std::vector<float> scales_of_rows(ir::Shape shape, const std::vector<float>& weights) {
  return scales_of(weight_of(std::move(shape), weights), {});
}

TEST(SharedScale, IsThatOfTheLargestChannelWhereThatCostsLittle) {
  const std::vector<float> own = scales_of_rows({3, 1, 1, 1}, {1.0F, 0.95F, 0.9F});
  EXPECT_THAT(scales_of_rows({3, 1}, {1.0F, 0.95F, 0.9F}), ElementsAre(own[0], own[0], own[0]));
}

TEST(SharedScale, IsLeftOutWhereItWouldCostMoreThanADecibel) {
  // 2 * 1 / (1 + 0.75^2) is 1.28, 1.07 dB; with 0.8 it is 1.22.
  EXPECT_NE(scales_of_rows({2, 1}, {1.0F, 0.75F})[1], scales_of_rows({2, 1}, {1.0F, 0.75F})[0]);
  EXPECT_EQ(scales_of_rows({2, 1}, {1.0F, 0.8F})[1], scales_of_rows({2, 1}, {1.0F, 0.8F})[0]);
}

TEST(SharedScale, IsTakenWhereItIsAskedFor) {
  const LayerContext layer{.linear_weights = LinearWeights::PerTensor};
  const std::vector<float> scales = scales_of(weight_of({2, 1}, {1.0F, 0.1F}), layer);
  EXPECT_EQ(scales[0], scales[1]);
  EXPECT_NE(scales_of(weight_of({2, 1, 1, 1}, {1.0F, 0.1F}), layer)[1], scales[0]);
}

TEST(SharedScale, IsNeverTakenWithScalesPerChannel) {
  const LayerContext layer{.linear_weights = LinearWeights::PerChannel};
  const std::vector<float> scales = scales_of(weight_of({2, 1}, {1.0F, 0.95F}), layer);
  EXPECT_GT(scales[0], scales[1]);
}

TEST(SharedScale, IsForMatricesOnly) {
  const std::vector<float> scales = scales_of_rows({2, 1, 1, 1}, {1.0F, 0.95F});
  EXPECT_NE(scales[0], scales[1]);
}

TEST(Weights, AChannelWithoutWeightsKeepsItsBias) {
  const std::vector<float> bias = {0.75F, -3.0F};
  const ir::Value weight = weight_of({2, 3}, std::vector<float>(6, 0.0F));
  const std::vector<float> scales = scales_of(weight, {.bias = bias, .input_scale = 0.02F, .output_scale = 0.01F});
  const std::vector<std::byte> bytes = quantize_bias(bias, 0.02F, scales);
  const auto* codes = reinterpret_cast<const std::int32_t*>(bytes.data());
  for (std::size_t i = 0; i < 2; ++i) EXPECT_NEAR(codes[i] * 0.02 * scales[i], bias[i], std::abs(bias[i]) * 2e-6);
}

TEST(Weights, CodesOfDataSaturate) {
  const std::vector<float> data = {-100.0F, 0.0F, 0.74F, 0.76F, 100.0F};
  const std::vector<std::byte> codes = quantize_data(data, ir::per_tensor(0.5F, 3));
  EXPECT_THAT(codes,
              ElementsAre(static_cast<std::byte>(-128), std::byte{3}, std::byte{4}, std::byte{5}, std::byte{127}));
}

TEST(Weights, ProductsOfALongRowFitTheAccumulator) {
  constexpr std::int64_t inputs = 80000;
  ir::Graph graph;
  std::vector<float> data(2 * inputs, 1.0F);
  for (std::size_t i = static_cast<std::size_t>(inputs); i < data.size(); ++i) data[i] = i % 8 == 0 ? -1.0F : 0.01F;
  const ir::ValueId w = graph.add_constant_f32("w", {2, inputs}, data);
  const auto scales = weight_scales(graph.value(w), {.linear_weights = LinearWeights::PerChannel});
  ASSERT_TRUE(scales.ok());
  const std::vector<std::byte> codes = quantize_weights(graph.value(w), 0, *scales);
  for (std::size_t row = 0; row < 2; ++row) {
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < static_cast<std::size_t>(inputs); ++i) {
      sum += std::abs(static_cast<std::int64_t>(static_cast<std::int8_t>(codes[row * inputs + i])));
    }
    EXPECT_LE(sum * 255 + (std::int64_t{1} << 30), std::int64_t{INT32_MAX} + 1) << row;
  }
  EXPECT_GT((*scales)[0], 1.0F / 127.0F);        // 80000 codes of 127 would not fit
  EXPECT_FLOAT_EQ((*scales)[1], 1.0F / 127.0F);  // 10000 do
}

}  // namespace
}  // namespace pudu::quantizer
