// Mixed precision on small graphs: which values become int16, what is converted where, and that the kernels then give
// what 16 bits promise.
#include "quantizer/int16.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>

#include "lowering/lowering.hpp"
#include "ops/float_executor.hpp"
#include "ops/registry.hpp"
#include "quantizer/bias_correction.hpp"
#include "quantizer/int8_noise.hpp"
#include "quantizer/quantize.hpp"
#include "quantizer/weights.hpp"

namespace pudu::quantizer {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<float> random_floats(std::size_t count, std::uint32_t seed, float low, float high) {
  std::mt19937 generator(seed);
  std::vector<float> values(count);
  // Not std::uniform_real_distribution: its numbers differ between standard libraries.
  for (float& value : values) value = low + (high - low) * static_cast<float>(generator() % 65536) / 65536.0F;
  return values;
}

std::size_t elements(const ir::Shape& shape) {
  return static_cast<std::size_t>(ir::element_count(shape));
}

/// A float network that is built node by node.
struct Network {
  Network(const ir::Shape& input, float low, float high) : low_(low), high_(high) {
    graph.name = "test";
    x = graph.add_value("x", {ir::DType::Float32, input});
    graph.inputs = {x};
  }

  ir::ValueId append(const std::string& name, std::string_view op, std::vector<std::optional<ir::ValueId>> inputs,
                     ir::Attributes attributes = {}) {
    auto node = ops::append_node(graph, name, op, std::move(inputs), std::move(attributes));
    EXPECT_TRUE(node.ok()) << to_string(node.error());
    return graph.nodes()[ir::index_of(*node)].outputs.front();
  }

  ir::ValueId linear(const std::string& name, ir::ValueId input, std::int64_t outputs) {
    const std::int64_t inputs = graph.value(input).type.shape.back();
    const auto w = graph.add_constant_f32(name + ".w", {outputs, inputs},
                                          random_floats(static_cast<std::size_t>(inputs * outputs), 7, -1.0F, 1.0F));
    const auto b = graph.add_constant_f32(name + ".b", {outputs},
                                          random_floats(static_cast<std::size_t>(outputs), 8, -0.5F, 0.5F));
    return append(name, "linear", {input, w, b});
  }

  std::vector<Sample> samples(std::size_t count, std::uint32_t seed = 100) const {
    std::vector<Sample> result;
    for (std::size_t i = 0; i < count; ++i) {
      const ir::Shape& shape = graph.value(x).type.shape;
      result.push_back(
          {ops::Tensor(shape, random_floats(elements(shape), seed + static_cast<std::uint32_t>(i), low_, high_))});
    }
    return result;
  }

  Ranges ranges() const {
    auto result = calibrate(graph, samples(4), {});
    EXPECT_TRUE(result.ok()) << to_string(result.error());
    return std::move(result).value();
  }

  ir::Graph quantized(std::vector<std::string> int16, IoType io = IoType::Int8) const {
    QuantizerOptions options;
    options.int16 = std::move(int16);
    options.io = io;
    auto result = quantize(graph, ranges(), options);
    EXPECT_TRUE(result.ok()) << to_string(result.error());
    return std::move(result).value();
  }

  ir::Graph graph;
  ir::ValueId x{};

 private:
  float low_, high_;
};

/// x -> first -> second -> third, all linear.
Network three_layers() {
  Network network({1, 8}, -1.0F, 3.0F);
  const auto first = network.linear("first", network.x, 6);
  const auto second = network.linear("second", first, 5);
  network.graph.outputs = {network.linear("third", second, 4)};
  return network;
}

std::vector<std::string> node_names(const ir::Graph& graph) {
  std::vector<std::string> names;
  for (const ir::Node& node : graph.nodes()) names.push_back(node.name);
  return names;
}

const ir::Value& input_of(const ir::Graph& graph, const std::string& node_name) {
  for (const ir::Node& node : graph.nodes()) {
    if (node.name == node_name) return graph.value(*node.inputs.front());
  }
  ADD_FAILURE() << "no node " << node_name;
  return graph.value(graph.inputs.front());
}

const ir::Value& result_of(const ir::Graph& graph, const std::string& node_name) {
  for (const ir::Node& node : graph.nodes()) {
    if (node.name == node_name) return graph.value(node.outputs.front());
  }
  ADD_FAILURE() << "no node " << node_name;
  return graph.value(graph.outputs.front());
}

TEST(Int16Params, HaveHeadroomAndNoZeroPoint) {
  const ir::QuantParams params = int16_params(4.0F);
  EXPECT_FLOAT_EQ(params.scale(), 6.0F / 32767.0F);
  EXPECT_EQ(params.zero_point, 0);
  EXPECT_EQ(params.quant_min, -32768);
  EXPECT_EQ(params.quant_max, 32767);
  EXPECT_GT(int16_params(0.0F).scale(), 0.0F);
}

TEST(Int16, LayersReadAndWriteEitherWidth) {
  const ir::Graph graph = three_layers().quantized({"first"});
  EXPECT_THAT(node_names(graph), ElementsAre("first", "second", "third"));
  EXPECT_EQ(input_of(graph, "first").type.dtype, ir::DType::Int8);
  EXPECT_EQ(result_of(graph, "first").type.dtype, ir::DType::Int16);
  EXPECT_EQ(result_of(graph, "second").type.dtype, ir::DType::Int8);
  // int8 values are as without: only the layers' kernels differ.
  const ir::Graph narrow = three_layers().quantized({});
  EXPECT_EQ(result_of(graph, "second").quant, result_of(narrow, "second").quant);
  EXPECT_EQ(input_of(graph, "first").quant, input_of(narrow, "first").quant);
}

TEST(Int16, OtherOperandsAreWidenedAndTheResultIsNarrowed) {
  Network network({1, 6}, -1.0F, 3.0F);
  const auto first = network.linear("first", network.x, 6);
  network.graph.outputs = {network.append("sum", "add", {first, network.x})};
  const ir::Graph graph = network.quantized({"first"});
  EXPECT_THAT(node_names(graph), ElementsAre("first", "x_int16", "sum", "sum_int8"));
  // The int8 input keeps its values: the same scale, without the zero point.
  const ir::Value& x = graph.value(graph.inputs.front());
  const ir::Value& wide = result_of(graph, "x_int16");
  EXPECT_EQ(x.type.dtype, ir::DType::Int8);
  EXPECT_NE(x.quant->zero_point, 0);
  EXPECT_EQ(wide.type.dtype, ir::DType::Int16);
  EXPECT_EQ(wide.quant->scale(), x.quant->scale());
  EXPECT_EQ(wide.quant->zero_point, 0);
  // The sum of 16 bits covers just what the codes of 8 bits say, which have its name.
  const ir::Value& inner = result_of(graph, "sum");
  const ir::Value& narrow = graph.value(graph.outputs.front());
  EXPECT_EQ(inner.type.dtype, ir::DType::Int16);
  EXPECT_EQ(narrow.type.dtype, ir::DType::Int8);
  EXPECT_EQ(narrow.name, "sum");
  const double reach = std::max(127 - narrow.quant->zero_point, narrow.quant->zero_point + 128);
  EXPECT_NEAR(inner.quant->scale() * 32767, narrow.quant->scale() * reach, 1e-5);
}

TEST(Int16, InputAndOutputKeepTheirNames) {
  const ir::Graph graph = three_layers().quantized({"x", "third"});
  EXPECT_EQ(graph.value(graph.inputs.front()).type.dtype, ir::DType::Int16);
  EXPECT_EQ(graph.value(graph.inputs.front()).name, "x");
  EXPECT_EQ(graph.value(graph.outputs.front()).type.dtype, ir::DType::Int16);
  EXPECT_EQ(graph.value(graph.outputs.front()).name, "third");
  EXPECT_THAT(node_names(graph), ElementsAre("first", "second", "third"));
}

TEST(Int16, FloatPortsAreQuantizedTo16Bits) {
  const ir::Graph graph = three_layers().quantized({"x", "third"}, IoType::Float32);
  EXPECT_EQ(graph.value(graph.inputs.front()).type.dtype, ir::DType::Float32);
  EXPECT_EQ(graph.value(graph.outputs.front()).type.dtype, ir::DType::Float32);
  EXPECT_EQ(input_of(graph, "first").type.dtype, ir::DType::Int16);
  EXPECT_EQ(result_of(graph, "third").type.dtype, ir::DType::Int16);
}

TEST(Int16, AnOperatorWithoutSuchKernelsGetsInt8) {
  Network network({1, 6}, -1.0F, 1.0F);
  const auto first = network.linear("first", network.x, 6);
  ir::Attributes attributes;
  attributes.set("dim", std::int64_t{1});
  network.graph.outputs = {network.append("probabilities", "softmax", {first}, std::move(attributes))};
  const ir::Graph graph = network.quantized({"first"});
  EXPECT_THAT(node_names(graph), ElementsAre("first", "first_int8", "probabilities"));
  EXPECT_EQ(input_of(graph, "probabilities").type.dtype, ir::DType::Int8);

  QuantizerOptions options;
  options.int16 = {"probabilities"};
  const auto refused = quantize(network.graph, network.ranges(), options);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::Unsupported);
  EXPECT_EQ(refused.error().diagnostics.front().where, "probabilities");
  EXPECT_THAT(refused.error().diagnostics.front().found, HasSubstr("operator softmax has no int16 kernel"));
}

TEST(Int16, UnknownNamesAreUsageErrors) {
  const Network network = three_layers();
  QuantizerOptions options;
  options.int16 = {"secnd"};
  const auto refused = quantize(network.graph, network.ranges(), options);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::Usage);
  EXPECT_THAT(refused.error().diagnostics.front().hint, HasSubstr("second"));
}

TEST(Int16, OperatorsThatTheModelDoesNotHaveAreUsageErrors) {
  Network network = three_layers();
  network.graph.outputs = {network.append("sum", "add", {network.graph.outputs[0], network.graph.outputs[0]})};
  QuantizerOptions options;
  options.int16 = {"all:conv2d"};
  const auto refused = quantize(network.graph, network.ranges(), options);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::Usage);
  EXPECT_EQ(to_string(refused.error()),
            "error: --int16: 'all:conv2d': the model has no operator 'conv2d'; those of the model with int16 kernels: "
            "add, linear");
  options.int16 = {"all:linaer"};
  EXPECT_EQ(quantize(network.graph, network.ranges(), options).error().diagnostics.front().hint,
            "did you mean 'linear'?");
}

TEST(Int16, AllNodesOfAnOperator) {
  const ir::Graph graph = three_layers().quantized({"all:linear"});
  EXPECT_THAT(node_names(graph), ElementsAre("first", "second", "third"));
}

TEST(Int16, ViewsAreAsWideAsWhatTheySee) {
  Network network({1, 8}, -1.0F, 1.0F);
  const auto first = network.linear("first", network.x, 6);
  ir::Attributes attributes;
  attributes.set("shape", std::vector<std::int64_t>{3, 2});
  const auto view = network.append("view", "reshape", {first}, std::move(attributes));
  network.graph.outputs = {network.linear("last", view, 2)};
  const ir::Graph graph = network.quantized({"first"});
  EXPECT_THAT(node_names(graph), ElementsAre("first", "view", "last"));
  EXPECT_EQ(result_of(graph, "view").quant, result_of(graph, "first").quant);

  std::vector<std::string> candidates;
  for (const Int16Candidate& candidate : int16_candidates(network.graph, {})) candidates.push_back(candidate.name);
  EXPECT_THAT(candidates, ElementsAre("x", "first", "last"));
}

Network mean_of_a_layer() {
  Network network({4, 8}, -1.0F, 1.0F);
  const auto first = network.linear("first", network.x, 6);
  ir::Attributes attributes;
  attributes.set("dims", std::vector<std::int64_t>{0});
  network.graph.outputs = {network.append("mean", "mean", {first}, std::move(attributes))};
  return network;
}

TEST(Int16, AMeanIsComputedInTheScaleOfItsOperand) {
  const ir::Graph narrowed = mean_of_a_layer().quantized({"first"});
  EXPECT_THAT(node_names(narrowed), ElementsAre("first", "mean", "mean_int8"));
  const ir::Graph wide = mean_of_a_layer().quantized({"first", "mean"});
  EXPECT_THAT(node_names(wide), ElementsAre("first", "mean", "mean_own"));
  EXPECT_EQ(result_of(wide, "mean").quant, result_of(wide, "first").quant);
  EXPECT_EQ(result_of(wide, "mean_own").type.dtype, ir::DType::Int16);
  EXPECT_LT(result_of(wide, "mean_own").quant->scale(), result_of(wide, "first").quant->scale());
  const ir::Graph alone = mean_of_a_layer().quantized({"mean"});
  EXPECT_THAT(node_names(alone), ElementsAre("first", "first_int16", "mean", "mean_own"));
}

TEST(Int16, AnOperandOfTwoSumsIsWidenedOnce) {
  Network network({1, 6}, -1.0F, 1.0F);
  const auto first = network.linear("first", network.x, 6);
  const auto sum = network.append("sum", "add", {first, network.x});
  network.graph.outputs = {sum, network.append("product", "mul", {first, network.x})};
  const ir::Graph graph = network.quantized({"first"});
  EXPECT_THAT(node_names(graph), ElementsAre("first", "x_int16", "sum", "sum_int8", "product", "product_int8"));
}

TEST(Int16, ConstantOperandsGetCodesOfTheirOwn) {
  Network network({1, 4}, -1.0F, 1.0F);
  const auto offset = network.graph.add_constant_f32("offset", {4}, std::vector<float>{0.5F, -2.0F, 1.0F, 0.25F});
  network.graph.outputs = {network.append("sum", "add", {network.x, offset})};
  const ir::Graph graph = network.quantized({"sum"});
  const ir::Value& constant = graph.value(*graph.nodes().back().inputs[1]);
  EXPECT_EQ(constant.type.dtype, ir::DType::Int16);
  EXPECT_THAT(constant.data<std::int16_t>(), ElementsAre(8192, -32767, 16384, 4096));
}

TEST(Int16, StatesStayInt8) {
  Network network({1, 4}, -1.0F, 1.0F);
  const ir::ValueId state =
      network.graph.add_state("state", {ir::DType::Float32, {1, 4}}, std::vector<std::byte>(4 * sizeof(float)));
  const auto sum = network.append("sum", "add", {network.x, state});
  network.graph.states.front().after = sum;
  network.graph.outputs = {sum};
  EXPECT_THAT(why_not_int16(network.graph, sum, {}), HasSubstr("kept from run to run"));
  EXPECT_THAT(int16_candidates(network.graph, {}), testing::SizeIs(1));  // the input
}

TEST(Int8Noise, IsThatOfOneValueAlone) {
  const Network network = three_layers();
  const Ranges ranges = network.ranges();
  const std::vector<Sample> samples = network.samples(3);
  std::vector<ir::ValueId> values;
  for (const Int16Candidate& candidate : int16_candidates(network.graph, {})) values.push_back(candidate.value);
  const auto noise = measure_int8_noise(network.graph, ranges, values, samples);
  ASSERT_TRUE(noise.ok());
  ASSERT_EQ(noise->noise.size(), 4U);
  // The last value is the output itself: its noise is that of rounding it.
  const ops::FloatExecutor executor(network.graph);
  const ir::QuantParams& params = *ranges.params[ir::index_of(network.graph.outputs.front())];
  double expected = 0, signal = 0;
  for (const Sample& sample : samples) {
    const auto outputs = executor.run(sample);
    ASSERT_TRUE(outputs.ok());
    for (const float element : outputs->front().data()) {
      const double code = std::nearbyint(static_cast<double>(element) / params.scale()) + params.zero_point;
      const double back = (std::clamp(code, -128.0, 127.0) - params.zero_point) * params.scale();
      expected += (element - back) * (element - back);
      signal += static_cast<double>(element) * element;
    }
  }
  EXPECT_NEAR(noise->noise.back(), expected, 1e-4 * expected);  // its numbers are floats
  EXPECT_NEAR(noise->signal, signal, 1e-6 * signal);
  for (const double one : noise->noise) EXPECT_GT(one, 0.0);
}

/// The outputs of `program`'s last buffer, as numbers, and the float network's; noise over signal.
double relative_noise(const Network& network, const std::vector<std::string>& int16, WeightRounding rounding) {
  QuantizerOptions options;
  options.int16 = int16;
  const std::vector<Sample> samples = network.samples(8);
  const auto ranges = calibrate(network.graph, samples, options);
  const auto graph = quantize(network.graph, *ranges, options);
  EXPECT_TRUE(graph.ok()) << to_string(graph.error());
  auto program = lowering::lower(*graph, targets::make_target("cortex-m4", "").value());
  EXPECT_TRUE(program.ok()) << to_string(program.error());
  const Status status = correct_biases(*program, network.graph, *ranges, samples,
                                       {.biases = BiasCorrection::Sequential, .weights = rounding});
  EXPECT_TRUE(status.ok()) << to_string(status.error());
  const ops::FloatExecutor executor(network.graph);
  double noise = 0, signal = 0;
  for (const Sample& sample : network.samples(20, 500)) {
    std::vector<std::vector<std::byte>> memory(program->buffers.size());
    const auto address = [&](program::BufferId id) -> void* {
      const program::Buffer& buffer = program->buffer(id);
      if (buffer.data) return const_cast<std::byte*>(buffer.data->data());
      memory[program::index_of(id)].resize(buffer.bytes());
      return memory[program::index_of(id)].data();
    };
    const program::Buffer& input = program->buffer(program->inputs.front().buffer);
    const bool is_wide = input.type == program::ElementType::Int16;
    ir::QuantParams params = ir::per_tensor(input.quantization->scale, input.quantization->zero_point);
    if (is_wide) params.quant_min = INT16_MIN, params.quant_max = INT16_MAX;
    const std::vector<std::byte> codes = quantize_data(sample.front().data(), params);
    std::memcpy(address(input.id), codes.data(), codes.size());
    for (const program::KernelCall& call : program->calls) {
      ops::find_kernel(call.kernel)->run(call.parameters, [&](std::string_view name) -> void* {
        const program::Operand* operand = call.find_operand(name);
        return operand != nullptr ? address(operand->buffer) : nullptr;
      });
    }
    const program::Buffer& output = program->buffer(program->outputs.front().buffer);
    const auto expected = executor.run(sample);
    for (std::size_t i = 0; i < expected->front().data().size(); ++i) {
      double code = 0;
      if (output.type == program::ElementType::Int16) {
        std::int16_t wide = 0;
        std::memcpy(&wide, memory[program::index_of(output.id)].data() + i * sizeof(wide), sizeof(wide));
        code = wide;
      } else {
        code = std::to_integer<std::int8_t>(memory[program::index_of(output.id)][i]);
      }
      const double actual = (code - output.quantization->zero_point) * output.quantization->scale;
      const double wanted = expected->front().data()[i];
      noise += (actual - wanted) * (actual - wanted);
      signal += wanted * wanted;
    }
  }
  return noise / signal;
}

TEST(Int16, KernelsGiveWhat16BitsPromise) {
  const Network network = three_layers();
  for (const WeightRounding rounding : {WeightRounding::Nearest, WeightRounding::Adaptive}) {
    const double narrow = relative_noise(network, {}, rounding);
    const double mixed = relative_noise(network, {"first", "second", "third"}, rounding);
    EXPECT_LT(narrow, 0.01);
    EXPECT_LT(mixed, 0.7 * narrow);
    // The input, too: only the weights are left to round.
    EXPECT_LT(relative_noise(network, {"x", "first", "second", "third"}, rounding), 0.9 * mixed);
  }
}

TEST(Int16, MeansOf16BitsAreMoreAccurate) {
  const Network network = mean_of_a_layer();
  const double narrow = relative_noise(network, {}, WeightRounding::Nearest);
  EXPECT_LT(relative_noise(network, {"first", "mean"}, WeightRounding::Nearest), 0.7 * narrow);
}

}  // namespace
}  // namespace pudu::quantizer
