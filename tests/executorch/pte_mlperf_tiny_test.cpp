// The networks of MLPerf Tiny from .tflite files to ExecuTorch programs: in ExecuTorch's stock runtime, Pudu's
// operators give the bytes of TensorFlow Lite.
#include <gtest/gtest.h>

#include "executorch/pte_support.hpp"
#include "support/mlperf_tiny.hpp"

namespace pudu::testing {
namespace {

class PteMlperfTiny : public ::testing::TestWithParam<std::string> {};

TEST_P(PteMlperfTiny, GivesTheRecordedBytes) {
  const driver::CompiledModel model = compile_model(mlperf_tiny_files(GetParam()), "cortex-m55");
  const driver::Samples samples = mlperf_tiny_inputs(GetParam(), model.program);
  const auto expected = mlperf_tiny_outputs(GetParam(), model.program);
  for (const char* cpu : {"cortex-m55", "cortex-m4", "cortex-m0", "any"}) {
    EXPECT_EQ(run_executorch(pte_of(for_target(model, cpu)), samples), expected) << cpu;
  }
}

INSTANTIATE_TEST_SUITE_P(Networks, PteMlperfTiny, ::testing::ValuesIn(mlperf_tiny_networks()),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace pudu::testing
