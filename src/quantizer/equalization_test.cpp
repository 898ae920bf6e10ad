// Equalization leaves the float network as it is and brings the ranges of its channels together.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "ops/float_executor.hpp"
#include "ops/registry.hpp"
#include "quantizer/equalization.hpp"

namespace pudu::quantizer {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

std::vector<float> random_numbers(std::size_t count, std::uint32_t seed) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal;
  std::vector<float> data(count);
  for (float& value : data) value = normal(generator);
  return data;
}

/// 1000 ... 0.001 over the channels.
float badly_scaled(std::size_t channel) {
  return std::pow(10.0F, 3.0F - static_cast<float>(channel));
}

/// A network of a residual block with a depthwise layer; bounds of every relu go up to `top`.
class Network {
 public:
  explicit Network(double top) : top_(top) {
    graph.name = "net";
    const ir::ValueId x = graph.add_value("x", {ir::DType::Float32, {1, 3, 5, 5}});
    graph.inputs = {x};
    const ir::ValueId stem = conv("stem", x, 7, 3, 3, 1, 1);
    const ir::ValueId depthwise = conv("depthwise", stem, 7, 1, 3, 7, 1);
    const ir::ValueId point = conv("point", depthwise, 7, 7, 1, 1, 0);
    const ir::ValueId sum = append("sum", "add", {stem, point}, {});
    const ir::ValueId head = conv("head", sum, 4, 7, 5, 1, 0);
    graph.outputs = {head};
    for (std::uint32_t i = 0; i < 4; ++i) samples.push_back({ops::Tensor({1, 3, 5, 5}, random_numbers(75, 50 + i))});
  }

  std::vector<float> run() const {
    const auto outputs = ops::FloatExecutor(graph).run(samples.front());
    EXPECT_TRUE(outputs.ok()) << to_string(outputs.error());
    return {outputs->front().data().begin(), outputs->front().data().end()};
  }

  /// Largest range of a channel of the value over the smallest.
  double spread_of(const std::string& name) const {
    std::vector<double> largest(7, 0.0);
    const auto observe = [&](ir::ValueId id, const ops::Tensor& tensor) {
      if (graph.value(id).name != name) return;
      for (std::size_t i = 0; i < tensor.data().size(); ++i) {
        double& each = largest[i / 25 % 7];
        each = std::max(each, std::abs(static_cast<double>(tensor.data()[i])));
      }
    };
    EXPECT_TRUE(ops::FloatExecutor(graph).run(samples.front(), observe).ok());
    return *std::max_element(largest.begin(), largest.end()) / *std::min_element(largest.begin(), largest.end());
  }

  ir::Graph graph;
  std::vector<Sample> samples;

 private:
  ir::ValueId append(const std::string& name, std::string_view op, std::vector<std::optional<ir::ValueId>> inputs,
                     ir::Attributes attributes) {
    auto node = ops::append_node(graph, name, op, std::move(inputs), std::move(attributes));
    EXPECT_TRUE(node.ok()) << to_string(node.error());
    return graph.nodes()[ir::index_of(*node)].outputs.front();
  }

  ir::ValueId conv(const std::string& name, ir::ValueId input, std::int64_t outputs, std::int64_t inputs,
                   std::int64_t kernel, std::int64_t groups, std::int64_t pad) {
    const auto count = static_cast<std::size_t>(outputs * inputs * kernel * kernel);
    std::vector<float> weights = random_numbers(count, static_cast<std::uint32_t>(graph.values().size()));
    std::vector<float> bias = random_numbers(static_cast<std::size_t>(outputs), 99);
    const std::size_t per_row = count / static_cast<std::size_t>(outputs);
    const bool is_scaled = name == "stem" || name == "point" || name == "depthwise";
    for (std::size_t i = 0; is_scaled && i < count; ++i) weights[i] *= badly_scaled(i / per_row);
    for (std::size_t i = 0; is_scaled && i < bias.size(); ++i) bias[i] = std::abs(bias[i]) * badly_scaled(i);
    // What follows a badly scaled layer takes its scale back.
    const bool takes_back = name == "point" || name == "head";
    for (std::size_t i = 0; takes_back && i < count; ++i) {
      weights[i] /= badly_scaled(i % per_row / static_cast<std::size_t>(kernel * kernel));
    }
    for (std::size_t i = 0; name == "depthwise" && i < count; ++i) weights[i] /= badly_scaled(i / per_row);
    ir::Attributes attributes;
    attributes.set("padding", std::vector<std::int64_t>{pad, pad, pad, pad});
    attributes.set("groups", groups);
    if (name == "stem" || name == "depthwise") {
      attributes.set("activation_min", 0.0);
      attributes.set("activation_max", top_);
    }
    const ir::ValueId w = graph.add_constant_f32(name + ".weight", {outputs, inputs, kernel, kernel}, weights);
    const ir::ValueId b = graph.add_constant_f32(name + ".bias", {outputs}, bias);
    return append(name, "conv2d", {input, w, b}, attributes);
  }

  double top_;
};

TEST(Equalization, ChangesRangesAndNoResult) {
  Network network(infinity);
  const std::vector<float> before = network.run();
  const double spread = network.spread_of("stem");
  const auto done = equalize(network.graph, network.samples);
  ASSERT_TRUE(done.ok()) << to_string(done.error());
  ASSERT_TRUE(ops::verify(network.graph).ok());
  EXPECT_EQ(done->groups, 2U);  // stem, point and their sum; depthwise
  const std::vector<float> after = network.run();
  for (std::size_t i = 0; i < before.size(); ++i) {
    EXPECT_NEAR(after[i], before[i], 1e-4F * (1.0F + std::abs(before[i])));
  }
  EXPECT_LT(network.spread_of("stem"), spread / 100.0);
}

TEST(Equalization, LeavesWhatIsBoundedAlone) {
  Network network(6.0);
  const auto done = equalize(network.graph, network.samples);
  ASSERT_TRUE(done.ok());
  EXPECT_EQ(done->groups, 0U);
}

TEST(Equalization, LeavesDeadChannelsFinite) {
  Network network(infinity);
  ir::Value& weight = network.graph.value(*network.graph.nodes()[0].inputs[1]);
  ir::Value& bias = network.graph.value(*network.graph.nodes()[0].inputs[2]);
  weight.constant = std::make_shared<const std::vector<std::byte>>(weight.constant->size(), std::byte{0});
  bias.constant = std::make_shared<const std::vector<std::byte>>(bias.constant->size(), std::byte{0});
  const std::vector<float> before = network.run();
  ASSERT_TRUE(equalize(network.graph, network.samples).ok());
  const std::vector<float> after = network.run();
  for (std::size_t i = 0; i < before.size(); ++i) {
    EXPECT_NEAR(after[i], before[i], 1e-4F * (1.0F + std::abs(before[i])));
  }
}

}  // namespace
}  // namespace pudu::quantizer
