// What bias correction does to small networks whose rounding is known: the shift it takes back, the noise it leaves
// alone, and the constants it must not touch.
#include "quantizer/bias_correction.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>

#include "lowering/lowering.hpp"
#include "ops/registry.hpp"
#include "quantizer/quantize.hpp"

namespace pudu::quantizer {
namespace {

using Codes = std::vector<std::int32_t>;

ir::ValueId append(ir::Graph& graph, const std::string& name, std::string_view op,
                   std::vector<std::optional<ir::ValueId>> inputs, ir::Attributes attributes = {}) {
  auto node = ops::append_node(graph, name, op, std::move(inputs), std::move(attributes));
  EXPECT_TRUE(node.ok()) << to_string(node.error());
  return graph.nodes()[ir::index_of(*node)].outputs.front();
}

ir::ValueId add_input(ir::Graph& graph, const std::string& name, ir::Shape shape,
                      ir::Layout layout = ir::Layout::Contiguous) {
  graph.name = "test";
  const ir::ValueId id = graph.add_value(name, {ir::DType::Float32, std::move(shape), layout});
  graph.inputs.push_back(id);
  return id;
}

std::vector<Sample> random_samples(const ir::Graph& graph, std::size_t count, float low = 0.0F, float high = 1.0F) {
  std::mt19937 generator(11);
  std::vector<Sample> samples(count);
  for (Sample& sample : samples) {
    for (const ir::ValueId input : graph.inputs) {
      const ir::Shape& shape = graph.value(input).type.shape;
      std::vector<float> data(static_cast<std::size_t>(ir::element_count(shape)));
      // Not std::uniform_real_distribution: its numbers differ between standard libraries.
      for (float& value : data) value = low + (high - low) * static_cast<float>(generator() % 65536) / 65536.0F;
      sample.emplace_back(shape, std::move(data));
    }
  }
  return samples;
}

/// A graph brought to a program as the compiler does it, before and after correction.
struct Compiled {
  Compiled(const ir::Graph& graph, std::span<const Sample> samples, QuantizerOptions options = {}) {
    auto calibrated = calibrate(graph, samples, options);
    EXPECT_TRUE(calibrated.ok()) << to_string(calibrated.error());
    auto quantized = quantize(graph, *calibrated, options);
    EXPECT_TRUE(quantized.ok()) << to_string(quantized.error());
    auto lowered = lowering::lower(*quantized, targets::make_target("cortex-m4", "").value());
    EXPECT_TRUE(lowered.ok()) << to_string(lowered.error());
    ranges = std::move(calibrated).value();
    before = std::move(lowered).value();
    after = before;
    const Status status = correct_biases(after, graph, ranges, samples);
    EXPECT_TRUE(status.ok()) << to_string(status.error());
  }

  /// Of a call before and after.
  bool keeps_weights(const std::string& call_name) const {
    const auto weights = [&](const program::Program& program) {
      return *program.buffer(call(program, call_name).find_operand("weights")->buffer).data;
    };
    return weights(before) == weights(after);
  }

  static const program::KernelCall& call(const program::Program& program, const std::string& name) {
    for (const program::KernelCall& candidate : program.calls) {
      if (candidate.name == name) return candidate;
    }
    ADD_FAILURE() << "no call " << name;
    return program.calls.front();
  }

  static Codes constant(const program::Program& program, const std::string& call_name, std::string_view operand) {
    const auto& data = *program.buffer(call(program, call_name).find_operand(operand)->buffer).data;
    Codes codes(data.size() / sizeof(std::int32_t));
    std::memcpy(codes.data(), data.data(), data.size());
    return codes;
  }

  /// By how many real units the bias of each channel moved.
  std::vector<double> shift(const std::string& call_name) const {
    const Codes old_bias = constant(before, call_name, "bias");
    const Codes new_bias = constant(after, call_name, "bias");
    const Codes multipliers = constant(before, call_name, "multipliers");
    const Codes exponents = constant(before, call_name, "shifts");
    const auto output = before.buffer(call(before, call_name).find_operand("output")->buffer);
    std::vector<double> result;
    for (std::size_t i = 0; i < old_bias.size(); ++i) {
      const double step = std::ldexp(static_cast<double>(multipliers[i]), exponents[i] - 31);
      result.push_back((new_bias[i] - old_bias[i]) * step * output.quantization->scale);
    }
    return result;
  }

  Ranges ranges;
  program::Program before, after;
};

/// x [1, inputs] in [0, 1] -> linear. The first weight of each row sets the scale to `largest` / 127; all others are
/// `fraction` of a step above a code, so that each loses that much.
ir::Graph biased_linear(std::int64_t inputs, std::int64_t outputs, float fraction) {
  ir::Graph graph;
  const ir::ValueId x = add_input(graph, "x", {1, inputs});
  std::vector<float> weights;
  for (std::int64_t row = 0; row < outputs; ++row) {
    for (std::int64_t i = 0; i < inputs; ++i) weights.push_back(i == 0 ? 1.0F : (1.0F + fraction) / 127.0F);
  }
  const ir::ValueId w = graph.add_constant_f32("w", {outputs, inputs}, weights);
  graph.outputs = {append(graph, "fc", "linear", {x, w})};
  return graph;
}

/// More weights than the search for a scale looks at (weights.cpp): every scale is exactly max / 127.
constexpr std::int64_t unsearched = 600;

TEST(BiasCorrection, TakesBackTheShiftOfRoundedWeights) {
  // 0.3 of a step is lost per weight: 599 * 0.3 / 127 * mean(x).
  const ir::Graph graph = biased_linear(unsearched, 2, 0.3F);
  const std::vector<Sample> samples = random_samples(graph, 8);
  const Compiled compiled(graph, samples);
  double mean = 0;
  for (const Sample& sample : samples) {
    const std::span<const float> data = sample.front().data();
    for (std::size_t i = 1; i < data.size(); ++i) mean += data[i];
  }
  mean /= static_cast<double>(samples.size()) * (unsearched - 1);
  const double lost = (unsearched - 1) * 0.3 / 127.0 * mean;
  for (const double shift : compiled.shift("fc")) EXPECT_NEAR(shift, lost, 0.03 * lost);
}

TEST(BiasCorrection, MovesUpAndDownAsNeeded) {
  const ir::Graph graph = biased_linear(unsearched, 1, -0.3F);
  const Compiled compiled(graph, random_samples(graph, 8));
  EXPECT_LT(compiled.shift("fc").front(), -0.5);
}

TEST(BiasCorrection, OneSampleChangesNothing) {
  const ir::Graph graph = biased_linear(unsearched, 1, 0.3F);
  const Compiled compiled(graph, random_samples(graph, 1));
  EXPECT_EQ(compiled.shift("fc").front(), 0.0);
  EXPECT_EQ(print(compiled.before).text, print(compiled.after).text);
}

/// y = x exactly, up to the rounding of x and y: differences are noise around 0 and must not become a shift.
TEST(BiasCorrection, NoiseIsShrunk) {
  ir::Graph graph;
  const ir::ValueId x = add_input(graph, "x", {1, 64});
  std::vector<float> weights(64 * 64, 0.0F);
  for (std::size_t i = 0; i < 64; ++i) weights[i * 65] = 1.0F;
  const ir::ValueId w = graph.add_constant_f32("w", {64, 64}, weights);
  graph.outputs = {append(graph, "fc", "linear", {x, w})};
  const Compiled compiled(graph, random_samples(graph, 6));
  const auto output = compiled.before.buffer(compiled.before.outputs.front().buffer);
  const double step = output.quantization->scale;
  double corrected = 0;
  for (const double shift : compiled.shift("fc")) {
    EXPECT_LT(std::abs(shift), 0.6 * step);
    corrected += shift * shift;
  }
  // Differences of two roundings over 6 samples have a mean square of step^2 (1/12 + 1/12) / 6; shrunk it is far less.
  EXPECT_LT(corrected / 64, 0.6 * step * step / 36.0);
}

TEST(BiasCorrection, CallsThatShareABiasAreCorrectedApart) {
  ir::Graph graph;
  const ir::ValueId x = add_input(graph, "x", {1, unsearched});
  for (const float fraction : {0.3F, -0.3F}) {
    std::vector<float> weights(unsearched, (1.0F + fraction) / 127.0F);
    weights.front() = 1.0F;
    const ir::ValueId w = graph.add_constant_f32(graph.unique_value_name("w"), {1, unsearched}, weights);
    graph.outputs.push_back(append(graph, fraction > 0 ? "up" : "down", "linear", {x, w}));
  }
  const Compiled compiled(graph, random_samples(graph, 8));
  const auto bias_of = [&](const program::Program& program, const char* name) {
    return Compiled::call(program, name).find_operand("bias")->buffer;
  };
  ASSERT_EQ(bias_of(compiled.before, "up"), bias_of(compiled.before, "down")) << "both are zero";
  EXPECT_NE(bias_of(compiled.after, "up"), bias_of(compiled.after, "down"));
  EXPECT_GT(compiled.shift("up").front(), 0.5);
  EXPECT_LT(compiled.shift("down").front(), -0.5);
}

/// Zeros of the bias and zeros of the shifts are one constant: correcting one must leave the other alone.
TEST(BiasCorrection, ABiasThatIsTheShiftsTooIsSeparated) {
  const ir::Graph graph = biased_linear(unsearched, 1, 0.3F);
  const std::vector<Sample> samples = random_samples(graph, 8);
  Compiled compiled(graph, samples);
  program::Program program = compiled.before;
  program::KernelCall& call = program.calls.front();
  const Codes shifts = Compiled::constant(program, "fc", "shifts");
  for (program::Operand& operand : call.operands) {
    if (operand.name == "bias") operand.buffer = call.find_operand("shifts")->buffer;
  }
  ASSERT_TRUE(correct_biases(program, graph, compiled.ranges, samples).ok());
  EXPECT_EQ(Compiled::constant(program, "fc", "shifts"), shifts);
  EXPECT_NE(Compiled::constant(program, "fc", "bias"), shifts);
}

/// A 1x1 convolution whose second input channel alone has a rounding bias; channel 0 is 0 and channel 1 is not, so that
/// data read in the wrong order would show another shift.
ir::Graph image_graph(ir::Shape shape, ir::Layout layout) {
  ir::Graph graph;
  const auto channels = static_cast<std::size_t>(shape[1]);
  const ir::ValueId x = add_input(graph, "x", shape, layout);
  std::vector<float> weights(unsearched * channels, 1.3F / 127.0F);
  for (std::size_t row = 0; row < unsearched; ++row) weights[row * channels] = 1.0F;
  const ir::ValueId w = graph.add_constant_f32("w", {unsearched, shape[1], 1, 1}, weights);
  graph.outputs = {append(graph, "conv", "conv2d", {x, w})};
  return graph;
}

TEST(BiasCorrection, AnNhwcInputIsCorrectedAsAnNchwOne) {
  for (const ir::Shape& shape : {ir::Shape{2, 3, 4, 5}, ir::Shape{1, 4, 4, 4}}) {
    std::vector<std::vector<double>> shifts;
    for (const ir::Layout layout : {ir::Layout::Contiguous, ir::Layout::ChannelsLast}) {
      const ir::Graph graph = image_graph(shape, layout);
      shifts.push_back(Compiled(graph, random_samples(graph, 4)).shift("conv"));
    }
    EXPECT_EQ(shifts[0], shifts[1]) << ir::to_string(shape);
    EXPECT_GT(*std::max_element(shifts[0].begin(), shifts[0].end()), 0.0);
  }
}

TEST(BiasCorrection, FloatPortsAreFedAsTheyAre) {
  const ir::Graph graph = biased_linear(unsearched, 1, 0.3F);
  const std::vector<Sample> samples = random_samples(graph, 8);
  const Compiled with_codes(graph, samples);
  const Compiled with_floats(graph, samples, {.io = IoType::Float32});
  EXPECT_EQ(with_floats.shift("fc"), with_codes.shift("fc"));
}

/// The features of a matrix are the last dimension, also behind three others; dimension 1 has another size here.
TEST(BiasCorrection, AMatrixOnARankFourTensorCorrectsItsFeatures) {
  ir::Graph graph;
  const ir::ValueId x = add_input(graph, "x", {1, 2, 3, unsearched});
  std::vector<float> weights(5 * unsearched, 1.3F / 127.0F);
  for (std::size_t row = 0; row < 5; ++row) weights[row * unsearched] = 1.0F;
  const ir::ValueId w = graph.add_constant_f32("w", {5, unsearched}, weights);
  graph.outputs = {append(graph, "fc", "linear", {x, w})};
  const Compiled compiled(graph, random_samples(graph, 4));
  const std::vector<double> shifts = compiled.shift("fc");
  ASSERT_EQ(shifts.size(), 5U);
  for (const double shift : shifts) EXPECT_NEAR(shift, 599 * 0.3 / 127 * 0.5, 0.05);
}

TEST(BiasCorrection, LaterLayersSeeCorrectedInputs) {
  ir::Graph graph = biased_linear(unsearched, 1, 0.3F);
  const std::vector<float> one = {1.0F};
  const ir::ValueId w = graph.add_constant_f32("identity", {1, 1}, one);
  graph.outputs = {append(graph, "next", "linear", {graph.outputs.front(), w})};
  const Compiled compiled(graph, random_samples(graph, 8));
  EXPECT_GT(compiled.shift("fc").front(), 0.5);
  EXPECT_LT(std::abs(compiled.shift("next").front()), 0.05);
}

/// Depthwise 3x3 of pictures whose pixels are alike, with weights that are no codes.
struct SmoothPictures {
  explicit SmoothPictures(std::size_t count) {
    const ir::ValueId x = add_input(graph, "x", {1, 4, 8, 8});
    std::vector<float> weights;
    for (int i = 0; i < 4 * 9; ++i) weights.push_back(i % 9 == 0 ? 1.0F : 0.4F / 127.0F);
    const ir::ValueId w = graph.add_constant_f32("w", {4, 1, 3, 3}, weights);
    ir::Attributes attributes;
    attributes.set("padding", std::vector<std::int64_t>(4, 1));
    attributes.set("groups", std::int64_t{4});
    graph.outputs = {append(graph, "conv", "conv2d", {x, w}, std::move(attributes))};
    samples = random_samples(graph, count, 0.0F, 0.1F);
    for (std::size_t i = 0; i < count; ++i) {
      std::vector<float> data(samples[i].front().data().begin(), samples[i].front().data().end());
      for (float& value : data) value += static_cast<float>(i);
      samples[i].front() = ops::Tensor({1, 4, 8, 8}, std::move(data));
    }
  }
  ir::Graph graph;
  std::vector<Sample> samples;
};

TEST(BiasCorrection, SmallWindowsAreRoundedForIt) {
  // Eight weights of 0.4 of a step are all rounded down: what pictures of different brightness lose differs, too.
  const SmoothPictures pictures(4);
  EXPECT_FALSE(Compiled(pictures.graph, pictures.samples).keeps_weights("conv"));
  const SmoothPictures one(1);
  EXPECT_TRUE(Compiled(one.graph, one.samples).keeps_weights("conv"));
}

TEST(BiasCorrection, WithoutItWeightsStayAsTheyAre) {
  const SmoothPictures pictures(4);
  Compiled compiled(pictures.graph, pictures.samples);
  compiled.after = compiled.before;
  ASSERT_TRUE(correct_biases(compiled.after, pictures.graph, compiled.ranges, pictures.samples,
                             {.biases = BiasCorrection::None})
                  .ok());
  EXPECT_TRUE(compiled.keeps_weights("conv"));
}

TEST(BiasCorrection, ReportsEveryStep) {
  const ir::Graph graph = biased_linear(4, 1, 0.3F);
  const std::vector<Sample> samples = random_samples(graph, 2);
  Compiled compiled(graph, samples);
  std::vector<std::size_t> steps;
  ASSERT_TRUE(
      correct_biases(compiled.after, graph, compiled.ranges, samples, {}, [&](std::size_t done, std::size_t total) {
        steps.push_back(done);
        EXPECT_EQ(total, compiled.after.calls.size());
      }).ok());
  EXPECT_THAT(steps, ::testing::ElementsAre(1U));
}

}  // namespace
}  // namespace pudu::quantizer
