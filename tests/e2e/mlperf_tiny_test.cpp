// The networks of MLPerf Tiny as .tflite files: the simulator gives the bytes of TensorFlow Lite and TensorFlow Lite
// Micro, in less memory than the latter takes.
#include <gtest/gtest.h>

#include <map>

#include "base/progress.hpp"
#include "support/mlperf_tiny.hpp"

namespace pudu::testing {
namespace {

class MlperfTiny : public ::testing::TestWithParam<std::string> {};

TEST_P(MlperfTiny, GivesTheRecordedBytesForEveryTarget) {
  for (const char* cpu : {"cortex-m55", "cortex-m4", "cortex-m0", "any"}) {
    const driver::Artifact artifact = simulated(compile_model(mlperf_tiny_files(GetParam()), cpu));
    base::SilentProgress progress;
    auto outcome = driver::run_on_host(artifact, mlperf_tiny_inputs(GetParam(), artifact.program), progress);
    ASSERT_TRUE(outcome.ok()) << to_string(outcome.error());
    EXPECT_EQ(outcome->outputs, mlperf_tiny_outputs(GetParam(), artifact.program)) << cpu;
  }
}

/// Arena of TensorFlow Lite Micro with CMSIS-NN.
struct ArenaBytes {
  std::size_t m4;
  std::size_t m55;
};

TEST_P(MlperfTiny, NeedsLessMemoryThanTensorFlowLiteMicro) {
  const std::map<std::string, ArenaBytes> baselines = {{"kws", {22'820, 27'348}},
                                                       {"ic", {54'996, 55'028}},
                                                       {"vww", {100'708, 100'772}},
                                                       {"ad", {2'580, 9'268}},
                                                       {"sww", {16'596, 19'956}}};
  const ArenaBytes& baseline = baselines.at(GetParam());
  EXPECT_LT(compile_model(mlperf_tiny_files(GetParam()), "cortex-m4").memory.arena_bytes, baseline.m4);
  EXPECT_LT(compile_model(mlperf_tiny_files(GetParam()), "cortex-m55").memory.arena_bytes, baseline.m55);
}

TEST_P(MlperfTiny, MovesNoData) {
  const driver::CompiledModel model = compile_model(mlperf_tiny_files(GetParam()), "cortex-m55");
  for (const program::KernelCall& call : model.program.calls) {
    EXPECT_NE(call.op, "transpose") << call.name;
    EXPECT_NE(call.op, "copy") << call.name;
  }
}

TEST_P(MlperfTiny, TakesFloatsWhenAskedTo) {
  const driver::CompiledModel model =
      compile_model(mlperf_tiny_files(GetParam()), "cortex-m55", {.io = quantizer::IoType::Float32});
  const auto type_of = [&](program::BufferId buffer) { return model.program.buffer(buffer).type; };
  EXPECT_EQ(type_of(model.program.inputs.front().buffer), program::ElementType::Float32);
  EXPECT_EQ(type_of(model.program.outputs.front().buffer), program::ElementType::Float32);
}

INSTANTIATE_TEST_SUITE_P(Networks, MlperfTiny, ::testing::ValuesIn(mlperf_tiny_networks()),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace pudu::testing
