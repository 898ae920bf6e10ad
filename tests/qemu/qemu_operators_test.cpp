// Every kernel that no network of the fixtures calls: a probe with it gives the bytes of the simulator on a core
// without long multiplications, one with a DSP and one with MVE.
#include <algorithm>
#include <ostream>

#include "qemu/board_runs.hpp"
#include "support/probe.hpp"

namespace pudu {
namespace {

struct OperatorCase {
  std::string probe;
  std::string cpu;
};

void PrintTo(const OperatorCase& test, std::ostream* out) {
  *out << test.probe << " on " << test.cpu;
}

class OperatorOnBoards : public ::testing::TestWithParam<OperatorCase> {};

TEST_P(OperatorOnBoards, GivesTheBytesOfTheSimulator) {
  const testing::Probe probe(GetParam().probe);
  base::SilentProgress progress;
  driver::CompileOptions options = probe.compile_options();
  options.target = targets::make_target(GetParam().cpu, "").value();
  auto model = driver::compile(options, progress);
  ASSERT_TRUE(model.ok()) << to_string(model.error());
  const auto folder = base::TempDirectory::create("pudu-test").value();
  const auto report = driver::emit(*model, folder.path() / "model", progress);
  ASSERT_TRUE(report.ok()) << to_string(report.error());
  const driver::Artifact artifact = driver::read_artifact(folder.path() / "model").value();

  const driver::Samples samples = testing::samples_of(artifact.program, probe.input_file());
  const auto on_host = driver::run_on_host(artifact, samples, progress);
  const auto on_board = driver::run_on_board(artifact, samples, {"", folder.path() / "work"}, progress);
  ASSERT_TRUE(on_host.ok()) << to_string(on_host.error());
  ASSERT_TRUE(on_board.ok()) << to_string(on_board.error());
  EXPECT_EQ(on_board->outputs, on_host->outputs);
}

std::vector<OperatorCase> cases() {
  std::vector<OperatorCase> result;
  for (const char* probe :
       {"operators/argmax_channels", "operators/attention", "operators/bilinear_scale_1_6",
        "operators/conv_transpose_1d", "operators/divide", "operators/embedding_positions", "operators/expand_channels",
        "operators/gru_bidirectional", "operators/layer_norm", "operators/log_softmax_channels",
        "operators/lstm_state_in_out", "operators/minimum_maximum", "operators/nearest_scale_1_7", "operators/rms_norm",
        "operators/rnn_relu_2_layers_state", "operators/sum_spatial", "operators/where_tensors", "probes/groupnorm",
        "reader/act_prelu_channels"}) {
    for (const char* cpu : {"cortex-m55", "cortex-m4", "cortex-m0"}) result.push_back({probe, cpu});
  }
  return result;
}

INSTANTIATE_TEST_SUITE_P(Probes, OperatorOnBoards, ::testing::ValuesIn(cases()), [](const auto& suite) {
  std::string name = suite.param.probe + "_" + suite.param.cpu;
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c == '/' || c == '-'; }, '_');
  return name;
});

}  // namespace
}  // namespace pudu
