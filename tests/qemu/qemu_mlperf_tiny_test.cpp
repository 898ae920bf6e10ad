// The networks of MLPerf Tiny on emulated cores: the compiled C++ gives the bytes of TensorFlow Lite Micro. (`make
// bench` compares instructions.)
#include "qemu/board_runs.hpp"
#include "support/mlperf_tiny.hpp"

namespace pudu::testing {
namespace {

struct BoardCase {
  std::string network;
  std::string cpu;
};

void PrintTo(const BoardCase& test, std::ostream* out) {
  *out << test.network << " on " << test.cpu;
}

class MlperfTinyOnBoards : public ::testing::TestWithParam<BoardCase> {};

TEST_P(MlperfTinyOnBoards, GivesTheRecordedBytes) {
  const CompiledFolder compiled(mlperf_tiny_files(GetParam().network), GetParam().cpu);
  const program::Program& program = compiled.artifact().program;
  base::SilentProgress progress;
  const driver::Samples inputs = mlperf_tiny_inputs(GetParam().network, program);
  auto outcome = driver::run_on_board(compiled.artifact(), inputs, {"", compiled.work_dir()}, progress);
  ASSERT_TRUE(outcome.ok()) << to_string(outcome.error());
  EXPECT_EQ(outcome->outputs, mlperf_tiny_outputs(GetParam().network, program));
  const std::uint64_t instructions = outcome->device->instructions.front();
  RecordProperty("instructions", std::to_string(instructions));
  EXPECT_GT(instructions, 1000U);
}

std::vector<BoardCase> every_network_on_three_cores() {
  std::vector<BoardCase> cases;
  for (const std::string& network : mlperf_tiny_networks()) {
    for (const char* cpu : {"cortex-m55", "cortex-m4", "cortex-m0"}) cases.push_back({network, cpu});
  }
  return cases;
}

INSTANTIATE_TEST_SUITE_P(Networks, MlperfTinyOnBoards, ::testing::ValuesIn(every_network_on_three_cores()),
                         [](const auto& test) { return test.param.network + "_" + test.param.cpu.substr(7); });

}  // namespace
}  // namespace pudu::testing
