// Every kernel that no network of the fixtures calls: a probe with it gives the bytes of the simulator on a core
// without long multiplications, one with a DSP and one with MVE.
#include <algorithm>
#include <ostream>

#include "ops/registry.hpp"
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

/// Compiles for the board, runs there and on the simulator.
void expect_bytes_of_simulator(const testing::Probe& probe, const driver::CompileOptions& options) {
  base::SilentProgress progress;
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

driver::CompileOptions options_of(const testing::Probe& probe, const std::string& cpu) {
  driver::CompileOptions options = probe.compile_options();
  options.target = targets::make_target(cpu, "").value();
  return options;
}

TEST_P(OperatorOnBoards, GivesTheBytesOfTheSimulator) {
  const testing::Probe probe(GetParam().probe);
  expect_bytes_of_simulator(probe, options_of(probe, GetParam().cpu));
}

/// The same model with every operator in float32 that can be.
class FloatIslandOnBoards : public ::testing::TestWithParam<OperatorCase> {};

TEST_P(FloatIslandOnBoards, GivesTheBytesOfTheSimulator) {
  const testing::Probe probe(GetParam().probe);
  driver::CompileOptions options = options_of(probe, GetParam().cpu);
  base::SilentProgress progress;
  const auto model = driver::compile(options, progress);
  ASSERT_TRUE(model.ok()) << to_string(model.error());
  for (const program::KernelCall& call : model->program.calls) {
    const ops::OpDefinition* definition = ops::find_operator(call.op);
    if (definition != nullptr && definition->float_kernels) options.quantizer.keep_float.push_back(call.op);
  }
  ASSERT_FALSE(options.quantizer.keep_float.empty());
  options.quantizer.io = quantizer::IoType::Float32;
  expect_bytes_of_simulator(probe, options);
}

std::vector<OperatorCase> on_all_cores(const std::vector<std::string>& probes) {
  std::vector<OperatorCase> result;
  for (const std::string& probe : probes) {
    for (const char* cpu : {"cortex-m55", "cortex-m4", "cortex-m0"}) result.push_back({probe, cpu});
  }
  return result;
}

/// Each float kernel at least once.
std::vector<OperatorCase> float_cases() {
  return on_all_cores({"operators/attention",
                       "operators/conv_transpose_1d",
                       "operators/divide",
                       "operators/expand_channels",
                       "operators/gru_bidirectional",
                       "operators/layer_norm",
                       "operators/log_softmax_channels",
                       "operators/lstm_state_in_out",
                       "operators/minimum_maximum",
                       "operators/nearest_scale_1_7",
                       "operators/rnn_relu_2_layers_state",
                       "operators/sum_spatial",
                       "operators/where_tensors",
                       "probes/avgpool_ceil",
                       "probes/cat",
                       "probes/conv_gelu",
                       "probes/dw_mult2",
                       "probes/groupnorm",
                       "probes/linear_sigmoid",
                       "probes/maxpool_dil",
                       "probes/pad_reflect"});
}

std::vector<OperatorCase> cases() {
  std::vector<OperatorCase> result = on_all_cores({"operators/argmax_channels",
                                                   "operators/attention",
                                                   "operators/bilinear_scale_1_6",
                                                   "operators/conv_transpose_1d",
                                                   "operators/divide",
                                                   "operators/embedding_positions",
                                                   "operators/expand_channels",
                                                   "operators/gru_bidirectional",
                                                   "operators/gru_cell",
                                                   "operators/layer_norm",
                                                   "operators/log_softmax_channels",
                                                   "operators/lstm_cell",
                                                   "operators/lstm_state_in_out",
                                                   "operators/minimum_maximum",
                                                   "operators/nearest_scale_1_7",
                                                   "operators/rms_norm",
                                                   "operators/rnn_relu_2_layers_state",
                                                   "operators/sum_spatial",
                                                   "operators/where_tensors",
                                                   "probes/groupnorm",
                                                   "reader/act_prelu_channels"});
  result.push_back({"operators/silero_vad", "cortex-m55"});  // its weights are too large for the others
  return result;
}

std::string name_of(const ::testing::TestParamInfo<OperatorCase>& suite) {
  std::string name = suite.param.probe + "_" + suite.param.cpu;
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c == '/' || c == '-'; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Probes, OperatorOnBoards, ::testing::ValuesIn(cases()), name_of);
INSTANTIATE_TEST_SUITE_P(Probes, FloatIslandOnBoards, ::testing::ValuesIn(float_cases()), name_of);

}  // namespace
}  // namespace pudu
