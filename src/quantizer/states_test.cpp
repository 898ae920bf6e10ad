// Graphs with states: calibration follows the sequence, a state and what it becomes share their parameters, prescribed
// ones do not bind what reads a state, and biases stay what they are.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lowering/lowering.hpp"
#include "ops/registry.hpp"
#include "quantizer/bias_correction.hpp"
#include "quantizer/quantize.hpp"
#include "quantizer/sharing.hpp"

namespace pudu::quantizer {
namespace {

const ir::TensorType pair{ir::DType::Float32, {1, 2}, ir::Layout::Contiguous};

class Streaming {
 public:
  Streaming() {
    graph.name = "streaming";
    x = graph.add_value("x", pair);
    graph.inputs = {x};
  }
  ir::ValueId state(const std::string& name, float initial) {
    const std::vector<float> values = {initial, initial};
    const auto bytes = std::as_bytes(std::span(values));
    return graph.add_state(name, pair, {bytes.begin(), bytes.end()});
  }
  ir::ValueId node(const std::string& name, std::string_view op, std::vector<std::optional<ir::ValueId>> inputs,
                   const ir::Attributes& attributes = {}) {
    auto appended = ops::append_node(graph, name, op, std::move(inputs), attributes);
    EXPECT_TRUE(appended.ok()) << to_string(appended.error());
    return graph.nodes()[ir::index_of(*appended)].outputs.front();
  }
  Ranges calibrated(const std::vector<Sample>& samples) const {
    auto ranges = calibrate(graph, samples, {.range_method = RangeMethod::MinMax});
    EXPECT_TRUE(ranges) << to_string(ranges.error());
    return std::move(ranges).value();
  }
  const ir::QuantParams& params(const Ranges& ranges, ir::ValueId id) const { return *ranges.params[ir::index_of(id)]; }

  ir::Graph graph;
  ir::ValueId x{};
};

std::vector<Sample> ones(int count) {
  std::vector<Sample> samples;
  for (int i = 0; i < count; ++i) samples.push_back({ops::Tensor({1, 2}, {1.0F, 0.5F})});
  return samples;
}

/// sum' = sum + x, shown with x beside it.
struct Sum : Streaming {
  ir::ValueId sum = state("sum", 0.25F);
  ir::ValueId next = node("next", "add", {sum, x});

  Sum() {
    graph.states[0].after = next;
    graph.outputs = {node("shown", "mul", {next, x})};
  }
};

TEST(QuantizedStates, RangesAreThoseOfTheWholeSequence) {
  const Sum model;
  const Ranges ranges = model.calibrated(ones(10));
  // After ten samples the sum is 10.25; with each sample alone it would be 1.25.
  EXPECT_FLOAT_EQ(model.params(ranges, model.sum).scale(), 10.25F / 255);
  EXPECT_EQ(model.params(ranges, model.sum), model.params(ranges, model.next));
}

TEST(QuantizedStates, BeginWithCodes) {
  const Sum model;
  const auto quantized = quantize(model.graph, model.calibrated(ones(10)), {});
  ASSERT_TRUE(quantized) << to_string(quantized.error());
  ASSERT_EQ(quantized->states.size(), 1U);
  const ir::State& state = quantized->states[0];
  const ir::QuantParams& params = *quantized->value(state.before).quant;
  EXPECT_EQ(quantized->value(state.before).type.dtype, ir::DType::Int8);
  EXPECT_EQ(quantized->value(state.after).quant, params);
  ASSERT_EQ(state.initial->size(), 2U);
  const double first = (static_cast<std::int8_t>((*state.initial)[0]) - params.zero_point) * double{params.scale()};
  EXPECT_NEAR(first, 0.25, double{params.scale()} / 2);
}

TEST(QuantizedStates, PrescribedParametersStayWithTheirValue) {
  Streaming model;
  const ir::ValueId last = model.state("last", 0.0F);
  ir::Attributes dim;
  dim.set("dim", std::int64_t{1});
  const ir::ValueId scores = model.node("scores", "softmax", {model.x}, dim);
  model.graph.states[0].after = scores;
  model.graph.outputs = {model.node("both", "concat", {last, model.x}, dim)};
  ASSERT_TRUE(separate_fixed_inputs(model.graph));
  ASSERT_TRUE(ops::verify(model.graph));
  const ir::ValueId kept = model.graph.states[0].after;
  EXPECT_NE(kept, scores);
  EXPECT_EQ(model.graph.producer(kept)->op, "unary");
  std::vector<Sample> samples = ones(2);
  samples[0][0] = ops::Tensor({1, 2}, {-8.0F, 8.0F});
  const Ranges ranges = model.calibrated(samples);
  EXPECT_FLOAT_EQ(model.params(ranges, scores).scale(), 1.0F / 256);
  // x, what is kept and their join have one range, which holds x.
  EXPECT_GT(model.params(ranges, last).scale(), 15.0F / 255);
  EXPECT_EQ(model.params(ranges, last), model.params(ranges, model.x));
  const std::size_t nodes = model.graph.nodes().size();
  ASSERT_TRUE(separate_fixed_inputs(model.graph));
  EXPECT_EQ(model.graph.nodes().size(), nodes) << "the second time there is nothing to do";
}

TEST(QuantizedStates, BiasesAreNotCorrected) {
  Streaming model;
  const ir::ValueId last = model.state("last", 0.0F);
  const std::vector<float> weights = {0.3F, -0.7F, 0.9F, 0.2F};
  const ir::ValueId weight = model.graph.add_constant_f32("weight", {2, 2}, weights);
  const std::vector<float> biases = {0.1F, 0.2F};
  const ir::ValueId bias = model.graph.add_constant_f32("bias", {2}, biases);
  const ir::ValueId sum = model.node("sum", "add", {last, model.x});
  const ir::ValueId layer = model.node("layer", "linear", {sum, weight, bias});
  model.graph.states[0].after = layer;
  model.graph.outputs = {model.node("shown", "mul", {layer, model.x})};
  const std::vector<Sample> samples = ones(4);
  const Ranges ranges = model.calibrated(samples);
  const auto quantized = quantize(model.graph, ranges, {});
  ASSERT_TRUE(quantized) << to_string(quantized.error());
  auto program = lowering::lower(*quantized, {targets::Cpu::M4, targets::Isa::Dsp});
  ASSERT_TRUE(program) << to_string(program.error());
  const std::string before = program::serialize(*program);
  const Status status = correct_biases(*program, model.graph, ranges, samples, {});
  ASSERT_TRUE(status) << to_string(status.error());
  EXPECT_EQ(program::serialize(*program), before);
}

}  // namespace
}  // namespace pudu::quantizer
