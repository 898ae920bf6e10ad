#include "quantizer/int4.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "ops/registry.hpp"
#include "quantizer/nearest_plane.hpp"
#include "quantizer/weights.hpp"

namespace pudu::quantizer {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::Le;

ir::ValueId constant(ir::Graph& graph, const std::string& name, const ir::Shape& shape,
                     const std::vector<float>& data) {
  const auto* bytes = reinterpret_cast<const std::byte*>(data.data());
  return graph.add_constant(name, {ir::DType::Float32, shape}, {bytes, bytes + data.size() * sizeof(float)});
}

ir::Value random_weight(ir::Graph& graph, const ir::Shape& shape) {
  std::mt19937 generator(3);
  std::normal_distribution<float> normal;
  std::vector<float> data(static_cast<std::size_t>(ir::element_count(shape)));
  for (float& element : data) element = normal(generator);
  return graph.value(constant(graph, "w", shape, data));
}

std::vector<std::int8_t> codes_of(const std::vector<std::byte>& bytes) {
  const auto* codes = reinterpret_cast<const std::int8_t*>(bytes.data());
  return {codes, codes + bytes.size()};
}

TEST(Int4, CodesHaveFourBitsAndTheScalesOfLeastError) {
  ir::Graph graph;
  const ir::Value weight = random_weight(graph, {16, 600});
  const auto scales = weight_scales(weight, {.largest_code = largest_int4_code});
  ASSERT_TRUE(scales.ok());
  const std::vector<std::int8_t> codes = codes_of(quantize_weights(weight, 0, *scales, largest_int4_code));
  EXPECT_EQ(largest_code_of(codes), largest_int4_code);
  const std::span<const float> data = weight.data<float>();
  double noise = 0, noise_of_exact = 0, signal = 0;
  for (std::size_t channel = 0; channel < 16; ++channel) {
    float largest = 0;
    for (std::size_t i = 0; i < 600; ++i) largest = std::max(largest, std::abs(data[channel * 600 + i]));
    const double exact = largest / 7.0F;
    for (std::size_t i = 0; i < 600; ++i) {
      const double w = data[channel * 600 + i];
      const double error = w - codes[channel * 600 + i] * static_cast<double>((*scales)[channel]);
      const double error_of_exact = w - std::nearbyint(w / exact) * exact;
      noise += error * error, noise_of_exact += error_of_exact * error_of_exact, signal += w * w;
    }
  }
  EXPECT_LT(noise, 0.85 * noise_of_exact) << "large weights are clipped where that is better";
  EXPECT_GT(10 * std::log10(signal / noise), 18.0);
}

TEST(Int4, LinearLayersShareNoScale) {
  ir::Graph graph;
  const ir::Value weight = random_weight(graph, {4, 300});
  const auto scales = weight_scales(weight, {.linear_weights = LinearWeights::PerTensor, .largest_code = 7});
  ASSERT_TRUE(scales.ok());
  EXPECT_NE((*scales)[0], (*scales)[1]);
}

TEST(Int4, AdaptiveRoundingKeepsFourBits) {
  const std::vector<std::int16_t> inputs = {1, 2, 3, -4, 2, 7};
  const auto factor = factorize(gram_matrix(inputs, 2), 2, 0.1);
  ASSERT_TRUE(factor);
  const std::vector<double> weights = {9.4, -30.0};
  // The second is clipped, and the first takes over what it can of that.
  EXPECT_THAT(round_to_nearest_plane(*factor, weights, largest_int4_code), ElementsAre(4, -7));
  const std::vector<double> far = {90.0, -300.0};
  EXPECT_THAT(round_to_nearest_plane(*factor, far, largest_int4_code), Each(AllOf(Ge(-7), Le(7))));
}

TEST(Int4, CodesOfEightBitsAreKnown) {
  const std::int8_t small[] = {-7, 0, 7}, large[] = {-8, 0, 7};
  EXPECT_EQ(largest_code_of(small), 7);
  EXPECT_EQ(largest_code_of(large), 127);
}

class Int4Layers : public ::testing::Test {
 protected:
  void SetUp() override {
    const ir::ValueId x = graph_.add_value("x", {ir::DType::Float32, {1, 8, 4, 4}});
    graph_.inputs = {x};
    const ir::ValueId first = convolution("pointwise", x, 1, 0);
    const ir::ValueId second = convolution("window", first, 3, 1);
    graph_.outputs = {convolution("padded", second, 1, 1)};
  }

  ir::ValueId convolution(const std::string& name, ir::ValueId input, std::int64_t kernel, std::int64_t pad) {
    const ir::ValueId weight = constant(graph_, name + ".w", {8, 8, kernel, kernel},
                                        std::vector<float>(static_cast<std::size_t>(64 * kernel * kernel), 0.5F));
    ir::Attributes attributes;
    attributes.set("stride", std::vector<std::int64_t>{1, 1});
    attributes.set("padding", std::vector<std::int64_t>{pad, pad, pad, pad});
    attributes.set("dilation", std::vector<std::int64_t>{1, 1});
    attributes.set("groups", std::int64_t{1});
    const auto node = ops::append_node(graph_, name, "conv2d", {input, weight}, std::move(attributes));
    EXPECT_TRUE(node.ok()) << to_string(node.error());
    return graph_.nodes()[ir::index_of(*node)].outputs.front();
  }

  std::string error_of(const std::vector<std::string>& names) const {
    const auto layers = find_int4_layers(graph_, names);
    return layers ? "ok" : to_string(layers.error());
  }

  ir::Graph graph_;
};

TEST_F(Int4Layers, AreThoseThatCanOrThatAreNamed) {
  EXPECT_THAT(*find_int4_layers(graph_, std::nullopt), ElementsAre(false, false, false));
  EXPECT_THAT(*find_int4_layers(graph_, std::vector<std::string>{}), ElementsAre(true, false, false));
  EXPECT_THAT(*find_int4_layers(graph_, std::vector<std::string>{"conv2d"}), ElementsAre(true, false, false));
  EXPECT_THAT(*find_int4_layers(graph_, std::vector<std::string>{"pointwise"}), ElementsAre(true, false, false));
}

TEST_F(Int4Layers, OthersAreRefusedWithTheReason) {
  EXPECT_THAT(error_of({"window"}), HasSubstr("--weights: 'window' has weights of shape [8, 8, 3, 3]; linear layers"));
  EXPECT_THAT(error_of({"padded"}), HasSubstr("'padded' has padding"));
  EXPECT_THAT(error_of({"absent"}), HasSubstr("no layer 'absent'"));
}

}  // namespace
}  // namespace pudu::quantizer
