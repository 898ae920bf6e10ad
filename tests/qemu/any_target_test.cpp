// One compiled folder for any CPU: the same model source, built for cores of all three ISAs, gives equal bytes.
#include "emulator/board.hpp"
#include "qemu/board_runs.hpp"

namespace pudu {
namespace {

using testing::CompiledFolder;

class AnyTarget : public ::testing::TestWithParam<std::string> {};

TEST_P(AnyTarget, TheSameSourceGivesEqualBytesOnEveryIsa) {
  const testing::ModelFiles files = testing::model_files(GetParam());
  const CompiledFolder compiled(files, "any");
  const driver::Samples samples = testing::first_samples(compiled.artifact(), files.input, 2);
  base::SilentProgress progress;
  const auto on_host = driver::run_on_host(compiled.artifact(), samples, progress);
  ASSERT_TRUE(on_host.ok()) << to_string(on_host.error());
  for (const char* cpu : {"cortex-m0", "cortex-m4", "cortex-m55"}) {
    const auto on_board = driver::run_on_board(compiled.artifact(), samples,
                                               {.board = "", .work_dir = compiled.work_dir(), .cpu = cpu}, progress);
    ASSERT_TRUE(on_board.ok()) << to_string(on_board.error());
    EXPECT_EQ(on_board->outputs, on_host->outputs) << cpu;
    EXPECT_EQ(on_board->device->cpu, cpu);
  }
}

INSTANTIATE_TEST_SUITE_P(Models, AnyTarget, ::testing::Values("mnist", "tiny_cnn", "ds_cnn"),
                         [](const auto& test) { return test.param; });

TEST(AnyTargetDevice, IsTheCortexM55UnlessABoardSaysOtherwise) {
  const testing::ModelFiles files = testing::model_files("tiny_cnn");
  const CompiledFolder compiled(files, "any");
  const driver::Samples samples = testing::first_samples(compiled.artifact(), files.input, 1);
  base::SilentProgress progress;
  for (const auto& [board, cpu] : {std::pair("", "cortex-m55"), std::pair("mps2-an500", "cortex-m7")}) {
    const auto outcome = driver::run_on_board(compiled.artifact(), samples,
                                              {.board = board, .work_dir = compiled.work_dir(), .cpu = ""}, progress);
    ASSERT_TRUE(outcome.ok()) << to_string(outcome.error());
    EXPECT_EQ(outcome->device->cpu, cpu);
  }
}

/// With an ISA below the CPU's own the code is built for a core without more, so that the model's check accepts it.
TEST(IsaOverride, RunsOnTheBoardOfTheCpu) {
  const testing::ModelFiles files = testing::model_files("tiny_cnn");
  base::SilentProgress progress;
  for (const auto& [cpu, isa] : {std::pair("cortex-m55", targets::Isa::Scalar),
                                 {"cortex-m55", targets::Isa::Dsp},
                                 {"cortex-m4", targets::Isa::Scalar}}) {
    driver::CompiledModel model = testing::compile_model(files, cpu);
    model.program.target.isa = isa;
    const auto folder = base::TempDirectory::create("pudu-test");
    ASSERT_TRUE(driver::emit(model, folder->path() / "model", progress).ok());
    const auto artifact = driver::read_artifact(folder->path() / "model");
    ASSERT_TRUE(artifact.ok()) << to_string(artifact.error());
    const driver::Samples samples = testing::first_samples(*artifact, files.input, 1);
    const auto on_host = driver::run_on_host(*artifact, samples, progress);
    const auto on_board = driver::run_on_board(*artifact, samples, {}, progress);
    ASSERT_TRUE(on_board.ok()) << cpu << " " << targets::to_string(isa) << ": " << to_string(on_board.error());
    EXPECT_EQ(on_board->outputs, on_host->outputs);
  }
}

}  // namespace
}  // namespace pudu
