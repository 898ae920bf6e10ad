// The ladder's upper rungs: the compiled C++ on emulated cores gives the bytes of the host simulator, for every network
// of the fixtures and every kind of core.
#include "qemu/board_runs.hpp"

namespace pudu {
namespace {

using testing::CompiledFolder;

/// Runs the first `count` samples on host and board and compares every output byte.
driver::DeviceFigures expect_same_bytes(const CompiledFolder& compiled, const std::filesystem::path& input,
                                        std::size_t count, const std::string& board = "") {
  const driver::Samples samples = testing::first_samples(compiled.artifact(), input, count);
  base::SilentProgress progress;
  auto on_host = driver::run_on_host(compiled.artifact(), samples, progress);
  auto on_board = driver::run_on_board(compiled.artifact(), samples, {board, compiled.work_dir()}, progress);
  EXPECT_TRUE(on_host.ok());
  EXPECT_TRUE(on_board.ok()) << to_string(on_board.error());
  if (!on_host.ok() || !on_board.ok()) return {};
  EXPECT_EQ(on_board->outputs, on_host->outputs);
  EXPECT_EQ(on_board->device->instructions.size(), samples.size());
  for (const std::uint64_t instructions : on_board->device->instructions) EXPECT_GT(instructions, 1000U);
  EXPECT_GT(on_board->device->stack_bytes, 0U);
  return *on_board->device;
}

struct BoardCase {
  std::string model;
  std::string cpu;
};

void PrintTo(const BoardCase& test, std::ostream* out) {
  *out << test.model << " on " << test.cpu;
}

class EveryModelOnBoards : public ::testing::TestWithParam<BoardCase> {};

TEST_P(EveryModelOnBoards, GivesTheBytesOfTheSimulator) {
  const testing::ModelFiles files = testing::model_files(GetParam().model);
  const CompiledFolder compiled(files, GetParam().cpu);
  expect_same_bytes(compiled, files.input, 2);
}

std::vector<BoardCase> every_model_on_three_cores() {
  std::vector<BoardCase> cases;
  for (const std::string& model : testing::all_models()) {
    if (model == "mnist") continue;  // has tests of its own
    for (const char* cpu : {"cortex-m55", "cortex-m4", "cortex-m0"}) cases.push_back({model, cpu});
  }
  return cases;
}

std::string case_name(const ::testing::TestParamInfo<BoardCase>& info) {
  std::string name = info.param.model + "_" + info.param.cpu;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Models, EveryModelOnBoards, ::testing::ValuesIn(every_model_on_three_cores()), case_name);

struct MnistCase {
  std::string cpu;
  std::size_t images;
};

void PrintTo(const MnistCase& test, std::ostream* out) {
  *out << test.images << " images on " << test.cpu;
}

class MnistOnBoards : public ::testing::TestWithParam<MnistCase> {};

TEST_P(MnistOnBoards, GivesTheBytesOfTheSimulatorForEveryImage) {
  const testing::ModelFiles files = testing::model_files("mnist");
  const CompiledFolder compiled(files, GetParam().cpu);
  const driver::DeviceFigures device = expect_same_bytes(compiled, files.input, GetParam().images);
  RecordProperty("instructions", std::to_string(device.instructions.front()));
}

INSTANTIATE_TEST_SUITE_P(Cpus, MnistOnBoards,
                         ::testing::Values(MnistCase{"cortex-m55", 100}, MnistCase{"cortex-m4", 100},
                                           MnistCase{"cortex-m3", 100}, MnistCase{"cortex-m7", 100},
                                           MnistCase{"cortex-m33", 100}, MnistCase{"cortex-m0", 10}),
                         [](const auto& test) { return test.param.cpu.substr(7); });

TEST(Microbit, RunsANetworkThatFits) {
  const testing::ModelFiles files = testing::model_files("digits_ds");
  const CompiledFolder compiled(files, "cortex-m0");
  expect_same_bytes(compiled, files.input, 1, "microbit");
}

TEST(Microbit, RefusesANetworkThatDoesNotFit) {
  const testing::ModelFiles files = testing::model_files("mobilenet_v1_025");
  const CompiledFolder compiled(files, "cortex-m0");
  base::SilentProgress progress;
  const auto samples = testing::first_samples(compiled.artifact(), files.input, 1);
  const auto outcome = driver::run_on_board(compiled.artifact(), samples, {"microbit", compiled.work_dir()}, progress);
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().kind, ErrorKind::LimitExceeded);
}

}  // namespace
}  // namespace pudu
