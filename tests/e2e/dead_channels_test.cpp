// Removal of dead channels on every network of the repository: as it is, and after a third of the rows of each of its
// convolutions and linear layers became zero, which training and quantization do to real ones. Planned and simulated
// as any compiled model; no bit of any output changes, also not on memory that is poisoned when it dies.
#include <gtest/gtest.h>

#include <random>

#include "driver/compile.hpp"
#include "passes/remove_dead_channels.hpp"
#include "simulator/simulator.hpp"
#include "support/models.hpp"

namespace pudu {
namespace {

using Bytes = std::vector<std::byte>;

/// A model for any CPU keeps the dialect's kernel calls, which the pass works on.
constexpr const char* any_cpu = "any";

std::vector<std::vector<Bytes>> outputs_of(const program::Program& program) {
  auto map = driver::plan_program(program);
  EXPECT_TRUE(map.ok()) << to_string(map.error());
  auto simulator = simulator::Simulator::create(program, *map, simulator::FreeMemory::Poisoned);
  EXPECT_TRUE(simulator.ok()) << to_string(simulator.error());
  std::mt19937 random(3);
  std::vector<std::vector<Bytes>> outputs;
  for (int sample = 0; sample < 2; ++sample) {
    std::vector<Bytes> inputs;
    for (const program::Port& port : program.inputs) {
      Bytes& bytes = inputs.emplace_back(program.buffer(port.buffer).bytes());
      for (std::byte& byte : bytes) byte = static_cast<std::byte>(random() & 0xff);
    }
    auto result = simulator->run(inputs);
    EXPECT_TRUE(result.ok()) << to_string(result.error());
    outputs.push_back(std::move(result).value());
  }
  return outputs;
}

/// Weights lie [output][...] in convolutions and linear layers, [tap][output] in depthwise ones.
void zero_rows(program::Program& program, unsigned seed) {
  std::mt19937 random(seed);
  for (program::KernelCall& call : program.calls) {
    const bool is_depthwise = call.kernel == "depthwise_conv2d_s8";
    if (!is_depthwise && call.kernel != "conv2d_s8" && call.kernel != "linear_s8") continue;
    program::Buffer& weights = program.buffer(call.find_operand("weights")->buffer);
    const std::size_t outputs = program.buffer(call.find_operand("bias")->buffer).bytes() / sizeof(std::int32_t);
    Bytes data = *weights.data;
    const std::size_t row = data.size() / outputs;
    for (std::size_t output = 0; output < outputs; ++output) {
      if (random() % 3 != 0) continue;
      for (std::size_t i = 0; i < row; ++i) {
        data[is_depthwise ? i * outputs + output : output * row + i] = std::byte{0};
      }
    }
    weights.data = std::make_shared<const Bytes>(std::move(data));
  }
}

class DeadChannels : public ::testing::TestWithParam<std::string> {};

TEST_P(DeadChannels, ANetworkKeepsEveryBit) {
  const driver::CompiledModel model = testing::compile_model(testing::model_files(GetParam()), any_cpu);
  const program::Program& whole = model.program;
  program::Program again = whole;
  const auto second = passes::remove_dead_channels(again);
  ASSERT_TRUE(second.ok()) << to_string(second.error());
  EXPECT_TRUE(second->layers.empty()) << "compiling left dead channels";

  program::Program sparse = whole;
  zero_rows(sparse, 11);
  program::Program live = sparse;
  const auto report = passes::remove_dead_channels(live);
  ASSERT_TRUE(report.ok()) << to_string(report.error());
  EXPECT_EQ(outputs_of(live), outputs_of(sparse));
  std::int64_t macs_before = 0;
  std::int64_t macs_after = 0;
  for (const program::KernelCall& call : sparse.calls) macs_before += call.macs;
  for (const program::KernelCall& call : live.calls) macs_after += call.macs;
  EXPECT_EQ(macs_before - macs_after, report->macs);
  std::cout << GetParam() << ": " << report->channels() << " channels, " << report->macs << " of " << macs_before
            << " multiply-accumulates\n";
}

INSTANTIATE_TEST_SUITE_P(Models, DeadChannels, ::testing::ValuesIn(testing::all_models()),
                         [](const auto& test) { return test.param; });

TEST(DeadChannels, MobileNetLosesADepthwiseChainsWork) {
  const driver::CompiledModel model = testing::compile_model(testing::model_files("mobilenet_v1_025"), any_cpu);
  program::Program sparse = model.program;
  zero_rows(sparse, 5);
  const auto report = passes::remove_dead_channels(sparse);
  ASSERT_TRUE(report.ok());
  EXPECT_GT(report->channels(), 100);
  EXPECT_GT(report->macs, 500'000);
  EXPECT_GT(report->constant_bytes, 10'000);
  EXPECT_GT(report->activation_bytes, 1'000);
}

}  // namespace
}  // namespace pudu
