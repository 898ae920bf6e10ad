// States through the lowering: in which order they lie, when they are copied and when a call writes them itself, and
// that every read sees what the run began with. Programs are run by the simulator of a few lines below.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <map>

#include "lowering/lowering.hpp"
#include "ops/registry.hpp"

namespace pudu::lowering {
namespace {

using ::testing::ElementsAre;
using Bytes = std::vector<std::byte>;
using Codes = std::vector<int>;

ir::Attributes with(const std::string& name, ir::AttributeValue value) {
  ir::Attributes attributes;
  attributes.set(name, std::move(value));
  return attributes;
}

/// Quantized graphs in which every value is int8 with scale 0.5 and zero point 0.
class StreamingGraph {
 public:
  StreamingGraph() { graph.name = "streaming"; }

  ir::ValueId input(ir::Shape shape) {
    const ir::ValueId id = graph.add_value("x", {ir::DType::Int8, std::move(shape)});
    graph.value(id).quant = ir::per_tensor(0.5F, 0);
    graph.inputs.push_back(id);
    return id;
  }
  ir::ValueId state(const std::string& name, ir::Shape shape, int initial) {
    const ir::TensorType type{ir::DType::Int8, std::move(shape)};
    const ir::ValueId id = graph.add_state(name, type, Bytes(type.bytes(), static_cast<std::byte>(initial)));
    graph.value(id).quant = ir::per_tensor(0.5F, 0);
    return id;
  }
  void keep(ir::ValueId state, ir::ValueId after) {
    for (ir::State& each : graph.states) {
      if (each.before == state) each.after = after;
    }
  }
  ir::ValueId node(const std::string& name, std::string_view op, std::vector<std::optional<ir::ValueId>> inputs,
                   ir::Attributes attributes = {}) {
    auto appended = ops::append_node(graph, name, op, std::move(inputs), std::move(attributes));
    EXPECT_TRUE(appended.ok()) << to_string(appended.error());
    const ir::ValueId output = graph.nodes()[ir::index_of(*appended)].outputs.front();
    graph.value(output).type.dtype = ir::DType::Int8;
    graph.value(output).quant = ir::per_tensor(0.5F, 0);
    return output;
  }
  program::Program lowered() {
    const Status verified = ir::verify(graph);
    EXPECT_TRUE(verified) << to_string(verified.error());
    auto program = lower(graph, targets::make_target("cortex-m4", "").value());
    EXPECT_TRUE(program.ok()) << to_string(program.error());
    return std::move(program).value();
  }

  ir::Graph graph;
};

/// Runs a program on one sample after the other, each buffer in memory of its own.
class Runs {
 public:
  explicit Runs(program::Program program) : program_(std::move(program)) {
    for (const program::Buffer& buffer : program_.buffers) {
      memory_.push_back(buffer.data ? *buffer.data : Bytes(buffer.bytes(), std::byte{0x77}));
    }
  }

  /// The first output.
  Codes run(const Codes& input) {
    Bytes& port = memory_of(program_.inputs.front().buffer);
    for (std::size_t i = 0; i < input.size(); ++i) port[i] = static_cast<std::byte>(input[i]);
    for (const program::KernelCall& call : program_.calls) {
      ops::find_kernel(call.kernel)->run(call.parameters, [&](std::string_view name) -> void* {
        const program::Operand* operand = call.find_operand(name);
        return operand == nullptr ? nullptr : memory_of(operand->buffer).data();
      });
    }
    Codes output;
    for (const std::byte byte : memory_of(program_.outputs.front().buffer)) {
      output.push_back(static_cast<std::int8_t>(byte));
    }
    return output;
  }

 private:
  Bytes& memory_of(program::BufferId id) { return memory_[program::index_of(id)]; }

  program::Program program_;
  std::vector<Bytes> memory_;
};

std::vector<std::string> kernels(const program::Program& program) {
  std::vector<std::string> names;
  for (const program::KernelCall& call : program.calls) names.push_back(call.kernel);
  return names;
}

TEST(LoweredStates, AreWrittenByTheCallThatComputesThem) {
  StreamingGraph model;
  const ir::ValueId x = model.input({1, 4});
  const ir::ValueId sum = model.state("sum", {1, 4}, 3);
  const ir::ValueId next = model.node("next", "add", {sum, x});
  model.keep(sum, next);
  model.graph.outputs = {model.node("twice", "add", {next, next})};
  const program::Program program = model.lowered();
  EXPECT_THAT(kernels(program), ElementsAre("add_s8", "add_s8"));
  Runs runs(program);
  EXPECT_EQ(runs.run({1, 2, 3, 4}), (Codes{8, 10, 12, 14}));
  EXPECT_EQ(runs.run({1, 1, 1, 1}), (Codes{10, 12, 14, 16}));
}

TEST(LoweredStates, AreCopiedWhileSomethingStillReadsThem) {
  StreamingGraph model;
  const ir::ValueId x = model.input({1, 4});
  const ir::ValueId sum = model.state("sum", {1, 4}, 0);
  const ir::ValueId next = model.node("next", "add", {sum, x});
  model.keep(sum, next);
  model.graph.outputs = {model.node("old_and_new", "add", {next, sum})};  // reads `sum` when `next` is known
  const program::Program program = model.lowered();
  EXPECT_THAT(kernels(program), ElementsAre("add_s8", "add_s8", "copy_s8"));
  Runs runs(program);
  EXPECT_EQ(runs.run({1, 2, 3, 4}), (Codes{1, 2, 3, 4}));
  EXPECT_EQ(runs.run({1, 1, 1, 1}), (Codes{3, 5, 7, 9}));
}

TEST(LoweredStates, TheCallThatMakesAnOutputIsNotMoved) {
  StreamingGraph model;
  const ir::ValueId x = model.input({1, 4});
  const ir::ValueId sum = model.state("sum", {1, 4}, 0);
  const ir::ValueId next = model.node("next", "add", {sum, x});
  model.keep(sum, next);
  model.graph.outputs = {next};
  const program::Program program = model.lowered();
  EXPECT_THAT(kernels(program), ElementsAre("add_s8", "copy_s8"));
  Runs runs(program);
  runs.run({1, 2, 3, 4});
  EXPECT_EQ(runs.run({1, 1, 1, 1}), (Codes{2, 3, 4, 5}));
}

TEST(LoweredStates, OutputsShowWhatARunBeganWith) {
  StreamingGraph model;
  const ir::ValueId x = model.input({1, 4});
  const ir::ValueId last = model.state("last", {1, 4}, 9);
  model.keep(last, x);
  model.graph.outputs = {last};
  Runs runs(model.lowered());
  EXPECT_EQ(runs.run({1, 2, 3, 4}), (Codes{9, 9, 9, 9}));
  EXPECT_EQ(runs.run({5, 6, 7, 8}), (Codes{1, 2, 3, 4}));
  EXPECT_EQ(runs.run({0, 0, 0, 0}), (Codes{5, 6, 7, 8}));
}

TEST(LoweredStates, ChangeAllAtOnce) {
  StreamingGraph model;
  const ir::ValueId x = model.input({1, 2});
  const ir::ValueId a = model.state("a", {1, 2}, 10);
  const ir::ValueId b = model.state("b", {1, 2}, 20);
  const ir::ValueId c = model.state("c", {1, 2}, 30);
  model.keep(a, b);  // a and b change places, c follows a
  model.keep(b, a);
  model.keep(c, a);
  model.graph.outputs = {model.node("all", "concat", {a, b, c, x}, with("dim", ir::AttributeValue(std::int64_t{1})))};
  Runs runs(model.lowered());
  EXPECT_EQ(runs.run({1, 2}), (Codes{10, 10, 20, 20, 30, 30, 1, 2}));
  EXPECT_EQ(runs.run({1, 2}), (Codes{20, 20, 10, 10, 10, 10, 1, 2}));
  EXPECT_EQ(runs.run({1, 2}), (Codes{10, 10, 20, 20, 20, 20, 1, 2}));
}

TEST(LoweredStates, AShiftRegisterIsJoinedWhereItLies) {
  StreamingGraph model;
  const ir::ValueId x = model.input({1, 2});
  const ir::ValueId history = model.state("history", {3, 2}, 0);
  ir::Attributes range = with("dim", ir::AttributeValue(std::int64_t{0}));
  range.set("start", std::int64_t{1});
  range.set("end", std::int64_t{3});
  range.set("step", std::int64_t{1});
  const ir::ValueId kept = model.node("kept", "slice", {history}, range);
  const ir::ValueId next = model.node("next", "concat", {kept, x}, with("dim", ir::AttributeValue(std::int64_t{0})));
  model.keep(history, next);
  model.graph.outputs = {model.node("twice", "add", {next, next})};
  const program::Program program = model.lowered();
  EXPECT_THAT(kernels(program), ElementsAre("strided_slice_s8", "concat_s8", "add_s8"));
  Runs runs(program);
  EXPECT_EQ(runs.run({1, 2}), (Codes{0, 0, 0, 0, 2, 4}));
  EXPECT_EQ(runs.run({3, 4}), (Codes{0, 0, 2, 4, 6, 8}));
  EXPECT_EQ(runs.run({5, 6}), (Codes{2, 4, 6, 8, 10, 12}));
  EXPECT_EQ(runs.run({7, 8}), (Codes{6, 8, 10, 12, 14, 16}));
}

TEST(LoweredStates, ImagesLieAsTheirLayersComputeThem) {
  StreamingGraph model;
  const ir::ValueId x = model.input({1, 2, 4, 4});
  const ir::ValueId before = model.state("before", {1, 2, 2, 2}, 0);
  ir::Attributes pool = with("kernel", ir::AttributeValue(std::vector<std::int64_t>{2, 2}));
  pool.set("stride", std::vector<std::int64_t>{2, 2});
  const ir::ValueId smaller = model.node("smaller", "max_pool2d", {x}, pool);
  model.keep(before, smaller);
  const ir::ValueId sum = model.node("sum", "add", {smaller, before});
  model.graph.outputs = {model.node("flat", "reshape", {sum}, with("shape", std::vector<std::int64_t>{1, 8}))};
  const program::Program program = model.lowered();
  // One transpose of the input, one of the result; none of the state.
  EXPECT_THAT(kernels(program), ElementsAre("transpose_s8", "max_pool2d_s8", "add_s8", "transpose_s8", "copy_s8"));
  Codes image(32);
  for (int i = 0; i < 32; ++i) image[static_cast<std::size_t>(i)] = i;
  Runs runs(program);
  EXPECT_EQ(runs.run(image), (Codes{5, 7, 13, 15, 21, 23, 29, 31}));
  EXPECT_EQ(runs.run(Codes(32, 1)), (Codes{6, 8, 14, 16, 22, 24, 30, 32}));
}

}  // namespace
}  // namespace pudu::lowering
