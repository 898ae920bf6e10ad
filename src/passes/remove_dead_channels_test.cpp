// Networks with dead channels of every kind: what is removed, and that no bit of any output changes. Programs are run
// call by call with the device's kernels, each buffer in memory of its own.
#include "passes/remove_dead_channels.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <random>

#include "lowering/lowering.hpp"
#include "ops/call_check.hpp"
#include "ops/registry.hpp"
#include "passes/channel_flow.hpp"

namespace pudu::passes {
namespace {

using program::BufferId;
using program::BufferKind;
using program::Program;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Bytes = std::vector<std::byte>;

constexpr std::int32_t zero_point = -3;

/// Decides which weights are zero: by output and input channel.
using IsZero = std::function<bool(std::int64_t output, std::int64_t input)>;

struct LayerOptions {
  std::int64_t kernel = 1;
  std::int64_t stride = 1;
  std::int64_t padding = 0;
  IsZero is_zero = [](std::int64_t, std::int64_t) { return false; };
  /// Of the rows that are all zero; others get random ones.
  std::int32_t bias_of_zero_rows = 500;
  double activation_min = -1000;
};

/// Builds quantized graphs with random weights; every activation has scale 0.5 and zero point -3.
class Network {
 public:
  explicit Network(unsigned seed = 1) : random_(seed) { graph.name = "test"; }

  ir::ValueId input(ir::Shape shape) {
    const ir::ValueId id = graph.add_value("x", {ir::DType::Int8, std::move(shape), ir::Layout::ChannelsLast});
    graph.value(id).quant = ir::per_tensor(0.5F, zero_point);
    graph.inputs.push_back(id);
    return id;
  }
  void output(ir::ValueId id) { graph.outputs.push_back(id); }

  ir::ValueId node(std::string_view op, std::vector<std::optional<ir::ValueId>> inputs,
                   ir::Attributes attributes = {}) {
    const std::string name = graph.unique_node_name(op);
    auto appended = ops::append_node(graph, name, op, std::move(inputs), std::move(attributes));
    EXPECT_TRUE(appended.ok()) << to_string(appended.error());
    const ir::ValueId id = graph.nodes()[ir::index_of(*appended)].outputs.front();
    graph.value(id).type.dtype = ir::DType::Int8;
    graph.value(id).quant = ir::per_tensor(0.5F, zero_point);
    return id;
  }

  ir::ValueId conv(ir::ValueId x, std::int64_t outputs, const LayerOptions& options = {}) {
    return layer("conv2d", x, {outputs, channels(x), options.kernel, options.kernel}, window(options, 1), options);
  }
  ir::ValueId depthwise(ir::ValueId x, std::int64_t multiplier, const LayerOptions& options) {
    return layer("conv2d", x, {channels(x) * multiplier, 1, options.kernel, options.kernel},
                 window(options, channels(x)), options);
  }
  ir::ValueId linear(ir::ValueId x, std::int64_t outputs, const LayerOptions& options = {}) {
    return layer("linear", x, {outputs, graph.value(x).type.shape.back()}, {}, options);
  }
  ir::ValueId pool(std::string_view op, ir::ValueId x, std::int64_t kernel, std::int64_t padding) {
    ir::Attributes attributes;
    attributes.set("kernel", std::vector<std::int64_t>{kernel, kernel});
    attributes.set("stride", std::vector<std::int64_t>{kernel, kernel});
    attributes.set("padding", std::vector<std::int64_t>{padding, padding, padding, padding});
    return node(op, {x}, std::move(attributes));
  }
  ir::ValueId unary(ir::ValueId x, const char* function) {
    ir::Attributes attributes;
    attributes.set("function", std::string(function));
    return node("unary", {x}, std::move(attributes));
  }
  /// The features of a pixel stay together, as the compiler has it after permute_linear_weights.
  ir::ValueId flatten(ir::ValueId x) {
    ir::Attributes order;
    order.set("dims", std::vector<std::int64_t>{0, 2, 3, 1});
    const ir::ValueId pixels = node("permute", {x}, std::move(order));
    ir::Attributes shape;
    shape.set("shape", std::vector<std::int64_t>{1, graph.value(x).type.elements()});
    return node("reshape", {pixels}, std::move(shape));
  }
  ir::ValueId per_channel_constant(std::int64_t count) {
    Bytes data;
    for (std::int64_t i = 0; i < count; ++i) data.push_back(static_cast<std::byte>(pick(-100, 100)));
    const ir::ValueId id =
        graph.add_constant(graph.unique_value_name("c"), {ir::DType::Int8, {1, count, 1, 1}}, std::move(data));
    graph.value(id).quant = ir::per_tensor(0.25F, 5);
    return id;
  }

  Program lowered(const char* cpu = "cortex-m4") {
    auto program = lowering::lower(graph, targets::make_target(cpu, "").value());
    EXPECT_TRUE(program.ok()) << to_string(program.error());
    return std::move(program).value();
  }

  std::int64_t channels(ir::ValueId x) const { return graph.value(x).type.shape[1]; }
  int pick(int low, int high) { return std::uniform_int_distribution<int>(low, high)(random_); }

  ir::Graph graph;

 private:
  static ir::Attributes window(const LayerOptions& options, std::int64_t groups) {
    ir::Attributes attributes;
    attributes.set("padding", std::vector<std::int64_t>(4, options.padding));
    attributes.set("stride", std::vector<std::int64_t>(2, options.stride));
    attributes.set("groups", groups);
    return attributes;
  }

  ir::ValueId layer(std::string_view op, ir::ValueId x, ir::Shape shape, ir::Attributes attributes,
                    const LayerOptions& options) {
    const std::int64_t outputs = shape[0];
    const std::int64_t inputs = shape[1];
    const std::int64_t taps = ir::element_count(shape) / outputs / inputs;
    Bytes weights;
    std::vector<std::int32_t> bias;
    for (std::int64_t output = 0; output < outputs; ++output) {
      bool is_zero_row = true;
      for (std::int64_t i = 0; i < inputs * taps; ++i) {
        const bool is_zero = options.is_zero(output, i / taps);
        is_zero_row = is_zero_row && is_zero;
        weights.push_back(is_zero ? std::byte{0} : static_cast<std::byte>(pick(1, 120) * (pick(0, 1) * 2 - 1)));
      }
      bias.push_back(is_zero_row ? options.bias_of_zero_rows : pick(-3000, 3000));
    }
    const ir::ValueId weight =
        graph.add_constant(graph.unique_value_name("w"), {ir::DType::Int8, std::move(shape)}, std::move(weights));
    const std::vector<float> scales(static_cast<std::size_t>(outputs), 0.01F);
    graph.value(weight).quant = ir::QuantParams{.scales = scales, .axis = 0};
    const auto* bytes = reinterpret_cast<const std::byte*>(bias.data());
    const ir::ValueId bias_id = graph.add_constant(graph.unique_value_name("b"), {ir::DType::Int32, {outputs}},
                                                   {bytes, bytes + bias.size() * sizeof(std::int32_t)});
    graph.value(bias_id).quant = ir::QuantParams{.scales = std::vector<float>(scales.size(), 0.005F), .axis = 0};
    attributes.set("activation_min", options.activation_min);
    return node(op, {x, weight, bias_id}, std::move(attributes));
  }

  std::mt19937 random_;
};

std::vector<Bytes> run(const Program& program, const std::vector<Bytes>& inputs) {
  std::map<BufferId, Bytes> memory;
  for (std::size_t i = 0; i < inputs.size(); ++i) memory[program.inputs[i].buffer] = inputs[i];
  for (const program::KernelCall& call : program.calls) {
    ops::find_kernel(call.kernel)->run(call.parameters, [&](std::string_view name) -> void* {
      const program::Operand* operand = call.find_operand(name);
      if (operand == nullptr) return nullptr;
      const program::Buffer& buffer = program.buffer(operand->buffer);
      if (buffer.data) return const_cast<std::byte*>(buffer.data->data());
      Bytes& bytes = memory[operand->buffer];
      bytes.resize(buffer.bytes() + 16);  // room for the alignment of scratch
      return bytes.data();
    });
  }
  std::vector<Bytes> outputs;
  for (const program::Port& port : program.outputs) {
    outputs.push_back(memory[port.buffer]);
    outputs.back().resize(program.buffer(port.buffer).bytes());
  }
  return outputs;
}

/// Removes dead channels and checks what must always hold.
DeadChannelReport removed_from(Program& program) {
  const Program before = program;
  const Result<DeadChannelReport> report = remove_dead_channels(program);
  if (!report) {
    ADD_FAILURE() << to_string(report.error());
    return {};
  }
  const Status status = ops::check_calls(program);
  EXPECT_TRUE(status) << to_string(status.error());
  std::mt19937 random(7);
  for (int sample = 0; sample < 4; ++sample) {
    std::vector<Bytes> inputs;
    for (const program::Port& port : before.inputs) {
      Bytes& bytes = inputs.emplace_back(before.buffer(port.buffer).bytes());
      for (std::byte& byte : bytes) byte = static_cast<std::byte>(random() & 0xff);
      // The ends of the range, too.
      if (sample < 2) std::fill(bytes.begin(), bytes.end(), static_cast<std::byte>(sample == 0 ? -128 : 127));
    }
    EXPECT_EQ(run(program, inputs), run(before, inputs)) << "sample " << sample;
  }
  Program again = program;
  const Result<DeadChannelReport> second = remove_dead_channels(again);
  EXPECT_TRUE(second && second->layers.empty()) << "the second time changes something";
  EXPECT_EQ(program::print(again).text, program::print(program).text);
  return *report;
}

std::vector<std::int64_t> removed_by_layer(const DeadChannelReport& report) {
  std::vector<std::int64_t> removed;
  for (const DeadChannels& layer : report.layers) removed.push_back(layer.removed);
  return removed;
}

IsZero rows_from(std::int64_t first) {
  return [first](std::int64_t output, std::int64_t) { return output >= first; };
}

/// Acts on accumulators as zero: the code of a row of zeros with this bias is the zero point.
constexpr std::int32_t bias_of_zero_point = 0;

TEST(RemoveDeadChannels, LeavesALiveNetworkAlone) {
  Network network;
  ir::ValueId x = network.conv(network.input({1, 3, 5, 5}), 8, {.kernel = 3, .padding = 1});
  x = network.depthwise(x, 1, {.kernel = 3, .padding = 1});
  network.output(network.linear(network.flatten(network.conv(x, 4)), 5));
  Program program = network.lowered();
  const std::string before = program::print(program).text;
  const DeadChannelReport report = removed_from(program);
  EXPECT_THAT(report.layers, IsEmpty());
  EXPECT_EQ(report.macs + report.constant_bytes + report.activation_bytes, 0);
  EXPECT_EQ(program::print(program).text, before);
}

TEST(RemoveDeadChannels, FoldsRowsOfZerosIntoTheNextLayer) {
  Network network;
  const ir::ValueId x =
      network.conv(network.input({1, 3, 5, 5}), 16, {.kernel = 3, .padding = 1, .is_zero = rows_from(8)});
  network.output(network.conv(x, 4));
  Program program = network.lowered();
  const DeadChannelReport report = removed_from(program);
  EXPECT_THAT(removed_by_layer(report), ::testing::ElementsAre(8));
  EXPECT_EQ(report.layers[0].of, 16);
  EXPECT_EQ(report.channels(), 8);
  EXPECT_EQ(report.macs, 25 * 8 * 27 + 25 * 4 * 8);
  EXPECT_EQ(report.activation_bytes, 25 * 8);
  EXPECT_GE(report.constant_bytes, 8 * 27 + 4 * 8);
  EXPECT_EQ(program.calls[1].macs, 25 * 4 * 8);
}

TEST(RemoveDeadChannels, KeepsAConstantThatAPaddedBorderShows) {
  for (const bool is_zero_point : {false, true}) {
    Network network;
    const ir::ValueId x =
        network.conv(network.input({1, 3, 5, 5}), 8,
                     {.is_zero = rows_from(4), .bias_of_zero_rows = is_zero_point ? bias_of_zero_point : 900});
    network.output(network.conv(x, 4, {.kernel = 3, .padding = 1}));
    Program program = network.lowered();
    EXPECT_THAT(removed_from(program).layers, SizeIs(is_zero_point ? 1 : 0));
  }
}

TEST(RemoveDeadChannels, WindowsThatEndBeforeTheBorderNeedNoPadding) {
  Network network;
  const ir::ValueId x = network.conv(network.input({1, 3, 7, 7}), 8, {.is_zero = rows_from(4)});
  network.output(network.conv(x, 4, {.kernel = 3, .stride = 2}));
  Program program = network.lowered();
  EXPECT_THAT(removed_from(program).layers, SizeIs(1));
}

TEST(RemoveDeadChannels, RunsThroughDepthwiseLayersBothWays) {
  Network network;
  // The depthwise layer's last four channels are constant, so that nobody needs what they read.
  ir::ValueId x = network.conv(network.input({1, 3, 6, 6}), 8);
  x = network.depthwise(x, 1, {.kernel = 3, .padding = 1, .is_zero = rows_from(4)});
  // Here the first layer's are: the zero point, which the border does not show, so that the next layer's are, too.
  x = network.conv(x, 8, {.is_zero = rows_from(4), .bias_of_zero_rows = bias_of_zero_point});
  x = network.depthwise(x, 2, {.kernel = 3, .padding = 1});
  network.output(network.conv(x, 3));
  Program program = network.lowered();
  EXPECT_THAT(removed_by_layer(removed_from(program)), ::testing::ElementsAre(4, 4, 4, 8));
}

TEST(RemoveDeadChannels, FindsActivationsThatAlwaysClamp) {
  Network network;
  const ir::ValueId x = network.conv(network.input({1, 3, 4, 4}), 8, {.activation_min = 0});
  network.output(network.conv(x, 4, {.kernel = 3, .padding = 1}));
  Program program = network.lowered();
  // No input brings four of the channels above zero: 3 * 120 * 255 is less.
  std::vector<std::int32_t> bias(8, 0);
  std::fill(bias.begin() + 2, bias.begin() + 6, -100'000);
  const auto* bytes = reinterpret_cast<const std::byte*>(bias.data());
  program.buffer(program.calls[0].find_operand("bias")->buffer).data =
      std::make_shared<const Bytes>(bytes, bytes + bias.size() * sizeof(std::int32_t));
  const ChannelFlow flow(program);
  const BufferId first = program.calls[0].find_operand("output")->buffer;
  for (std::int64_t channel = 0; channel < 8; ++channel) {
    EXPECT_EQ(flow.codes(first, channel).low, zero_point);
    EXPECT_EQ(flow.codes(first, channel).is_constant(), channel >= 2 && channel < 6) << channel;
  }
  EXPECT_THAT(removed_by_layer(removed_from(program)), ::testing::ElementsAre(4));
}

TEST(RemoveDeadChannels, DropsWhatNobodyReads) {
  Network network;
  const ir::ValueId x = network.conv(network.input({1, 3, 5, 5}), 8);
  network.output(network.conv(x, 4, {.is_zero = [](std::int64_t, std::int64_t input) { return input % 2 == 0; }}));
  Program program = network.lowered();
  EXPECT_THAT(removed_by_layer(removed_from(program)), ::testing::ElementsAre(4));
}

TEST(RemoveDeadChannels, AChannelThatOneOfTwoReadersNeedsStays) {
  for (const bool both : {false, true}) {
    Network network;
    const IsZero columns = [](std::int64_t, std::int64_t input) { return input >= 4; };
    const ir::ValueId x = network.conv(network.input({1, 3, 5, 5}), 8);
    network.output(network.conv(x, 4, {.is_zero = columns}));
    network.output(network.conv(x, 4, both ? LayerOptions{.is_zero = columns} : LayerOptions{}));
    Program program = network.lowered();
    EXPECT_THAT(removed_from(program).layers, SizeIs(both ? 1 : 0));
  }
}

TEST(RemoveDeadChannels, OutputsOfTheModelStay) {
  Network network;
  const ir::ValueId x = network.conv(network.input({1, 3, 5, 5}), 8, {.is_zero = rows_from(4)});
  network.output(x);
  network.output(network.conv(x, 4));
  Program program = network.lowered();
  EXPECT_THAT(removed_from(program).layers, IsEmpty());
}

TEST(RemoveDeadChannels, SumsLoseChannelsThatAreDeadInBoth) {
  for (const std::int64_t second_live : {4, 8}) {
    Network network;
    const ir::ValueId x = network.input({1, 3, 5, 5});
    const ir::ValueId a = network.conv(x, 8, {.is_zero = rows_from(4)});
    const ir::ValueId b = network.conv(x, 8, {.is_zero = rows_from(second_live)});
    network.output(network.conv(network.node("add", {a, b}), 4));
    Program program = network.lowered();
    EXPECT_THAT(removed_from(program).layers, SizeIs(second_live == 4 ? 2 : 0));
  }
}

TEST(RemoveDeadChannels, RunsThroughTablesPoolsAndFactors) {
  Network network;
  ir::ValueId x = network.conv(network.input({1, 3, 8, 8}), 12, {.is_zero = rows_from(4)});
  x = network.unary(x, "sigmoid");
  x = network.node("mul", {x, network.per_channel_constant(12)});
  x = network.pool("max_pool2d", x, 2, 0);
  x = network.pool("avg_pool2d", x, 2, 0);
  network.output(network.linear(network.flatten(x), 3));
  Program program = network.lowered();
  const DeadChannelReport report = removed_from(program);
  EXPECT_THAT(removed_by_layer(report), ::testing::ElementsAre(8));
  for (const program::KernelCall& call : program.calls) {
    if (call.kernel != "linear_s8") continue;
    EXPECT_EQ(call.macs, 3 * 4 * 4);
  }
}

TEST(RemoveDeadChannels, ChannelsInFoursStayInFoursAndOneStaysAlways) {
  const auto live_of = [](std::int64_t channels, std::int64_t live) {
    Network network;
    const ir::ValueId x = network.conv(network.input({1, 3, 5, 5}), channels, {.is_zero = rows_from(live)});
    network.output(network.conv(x, 4));
    Program program = network.lowered();
    removed_from(program);
    return program.buffer(program.calls[0].find_operand("output")->buffer).shape.back();
  };
  EXPECT_EQ(live_of(16, 9), 12);
  EXPECT_EQ(live_of(16, 13), 16);
  EXPECT_EQ(live_of(16, 0), 4);
  EXPECT_EQ(live_of(7, 5), 5);
  EXPECT_EQ(live_of(7, 0), 1);
}

TEST(RemoveDeadChannels, KeepsEverythingWhereABiasWouldNotFit) {
  Network network;
  const ir::ValueId x = network.conv(network.input({1, 3, 5, 5}), 8, {.is_zero = rows_from(4)});
  network.output(network.conv(x, 4));
  Program program = network.lowered();
  program::Buffer& bias = program.buffer(program.calls[1].find_operand("bias")->buffer);
  for (const std::int32_t extreme :
       {std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max()}) {
    const std::vector<std::int32_t> values(4, extreme);
    const auto* bytes = reinterpret_cast<const std::byte*>(values.data());
    bias.data = std::make_shared<const Bytes>(bytes, bytes + 16);
    Program changed = program;
    const Result<DeadChannelReport> report = remove_dead_channels(changed);
    ASSERT_TRUE(report);
    if (report->layers.empty()) {
      EXPECT_EQ(program::print(changed).text, program::print(program).text);
      return;
    }
  }
  FAIL() << "both ends of the range take the folded constants";
}

/// A random network of layers, sums and pools with random rows and columns of zeros.
Program random_program(unsigned seed) {
  Network network(seed);
  ir::ValueId x = network.input({1, network.pick(1, 5), 9, 8});
  const auto sparse = [&network]() -> IsZero {
    const unsigned salt = static_cast<unsigned>(network.pick(0, 1 << 20));
    const unsigned rows = static_cast<unsigned>(network.pick(0, 4));
    const unsigned columns = static_cast<unsigned>(network.pick(0, 2));
    return [=](std::int64_t output, std::int64_t input) {
      return (static_cast<unsigned>(output) * 2654435761U + salt) % 6 < rows ||
             (static_cast<unsigned>(input) * 2246822519U + salt) % 6 < columns;
    };
  };
  const auto options = [&](std::int64_t kernel) {
    return LayerOptions{.kernel = kernel,
                        .stride = network.pick(1, 2),
                        .padding = kernel == 1 ? 0 : network.pick(0, 1),
                        .is_zero = sparse(),
                        .bias_of_zero_rows = network.pick(0, 2) == 0 ? network.pick(-20000, 20000) : 0,
                        .activation_min = network.pick(0, 1) == 0 ? -1000.0 : 0.0};
  };
  const int layers = network.pick(2, 7);
  for (int i = 0; i < layers; ++i) {
    const ir::Shape& shape = network.graph.value(x).type.shape;
    const bool has_room = shape[2] >= 3 && shape[3] >= 3;
    switch (network.pick(0, 7)) {
      case 0:
      case 1:
        if (network.channels(x) > 1) x = network.depthwise(x, network.pick(1, 2), options(has_room ? 3 : 1));
        break;
      case 2:
        if (has_room) x = network.conv(x, network.pick(1, 20), options(3));
        break;
      case 3: {
        LayerOptions same = options(1);
        same.stride = 1;
        const ir::ValueId other = network.conv(x, network.channels(x), same);
        x = network.node(network.pick(0, 1) == 0 ? "add" : "mul", {x, other});
        break;
      }
      case 4:
        if (shape[2] >= 2 && shape[3] >= 2) {
          x = network.pool(network.pick(0, 1) == 0 ? "max_pool2d" : "avg_pool2d", x, 2, network.pick(0, 1));
        }
        break;
      case 5:
        x = network.pick(0, 1) == 0 ? network.unary(x, "sigmoid")
                                    : network.node("add", {x, network.per_channel_constant(network.channels(x))});
        break;
      default:
        x = network.conv(x, network.pick(1, 6) * 4, options(1));
        break;
    }
    if (network.pick(0, 9) == 0) network.output(x);
  }
  network.output(network.linear(network.flatten(x), 6, {.is_zero = sparse()}));
  const char* cpus[] = {"cortex-m0", "cortex-m4", "cortex-m55"};
  return network.lowered(cpus[seed % 3]);
}

TEST(RemoveDeadChannels, RandomNetworksKeepEveryBit) {
  std::int64_t removed = 0;
  for (unsigned seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Program program = random_program(seed);
    removed += removed_from(program).channels();
    if (HasFailure()) return;
  }
  EXPECT_GT(removed, 1000) << "the networks have hardly a dead channel";
}

}  // namespace
}  // namespace pudu::passes
