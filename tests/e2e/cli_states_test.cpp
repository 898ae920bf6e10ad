// A model with state through the real binary: what is said about it, and that its samples are one sequence unless they
// are to be reset.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/npy.hpp"
#include "e2e/cli_workspace.hpp"
#include "frontends/numpy/npz.hpp"
#include "support/models.hpp"

namespace pudu {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

class CliStates : public ::testing::Test {
 protected:
  void SetUp() override {
    work_.copy(testing::test_data("states/streaming.pt2"), "net.pt2");
    const auto arrays = frontends::read_npz(testing::test_data("states/streaming.npz")).value();
    ASSERT_TRUE(base::write_npy(work_.path("calib.npy"), arrays.at("calib0")));
    ASSERT_TRUE(base::write_npy(work_.path("frames.npy"), arrays.at("in0")));
  }

  base::Array output(const std::string& arguments) const {
    work_.pudu_ok("run " + arguments + " --input frames.npy --output scores.npy");
    return base::read_npy(work_.path("scores.npy")).value();
  }

  testing::CliWorkspace work_;
};

TEST_F(CliStates, SamplesAreOneSequenceUnlessReset) {
  work_.pudu_ok("compile net.pt2 --calibration calib.npy --target cortex-m4 -o out");
  EXPECT_THAT(work_.pudu_ok("run out --input frames.npy"),
              HasSubstr("  state         22 bytes, kept from sample to sample: they are one sequence\n"));
  EXPECT_THAT(work_.pudu_ok("run out --input frames.npy --reset-each-sample"),
              HasSubstr("  state         22 bytes, reset before each sample\n"));
  EXPECT_EQ(json::parse(work_.pudu_ok("run out --input frames.npy --json")).at("state_bytes"), 22);
  const base::Array kept = output("out");
  EXPECT_EQ(output("out"), kept) << "every run of the command is a new sequence";
  EXPECT_NE(output("out --reset-each-sample"), kept);
  EXPECT_EQ(output("out --on qemu"), kept);
  EXPECT_EQ(output("out --on qemu --reset-each-sample"), output("out --reset-each-sample"));
}

TEST_F(CliStates, SizesAreReported) {
  EXPECT_THAT(work_.pudu_ok("analyze net.pt2 --target cortex-m4"),
              HasSubstr("  state                 22 bytes of RAM beside the arena, kept from run to run\n"));
  const json report = json::parse(work_.pudu_ok("analyze net.pt2 --target cortex-m4 --json"));
  EXPECT_EQ(report.at("persistent_bytes"), 22);
  const auto arena = report.at("arena_bytes").get<std::size_t>();
  const base::ProcessResult result =
      work_.pudu("analyze net.pt2 --target cortex-m4 --ram " + std::to_string(arena + 21));
  EXPECT_EQ(result.code, 4);
  EXPECT_THAT(result.standard_error, HasSubstr(" bytes, and the states 22 bytes; --ram allows "));
}

TEST_F(CliStates, InspectListsThem) {
  EXPECT_THAT(work_.pudu_ok("inspect net.pt2"), HasSubstr("  state     frames f32[1, 4, 2]\n"));
  const json inspected = json::parse(work_.pudu_ok("inspect net.pt2 --json"));
  ASSERT_EQ(inspected.at("states").size(), 2U);
  EXPECT_EQ(inspected.at("states")[1], (json{{"name", "hidden"}, {"dtype", "f32"}, {"shape", {1, 6}}}));
  work_.pudu_ok("compile net.pt2 --calibration calib.npy --target cortex-m4 -o out");
  EXPECT_THAT(work_.pudu_ok("inspect out"), HasSubstr("  keeps 22 bytes of state from run to run\n"));
}

TEST_F(CliStates, APteIsRefusedWithEveryState) {
  const base::ProcessResult result =
      work_.pudu("compile net.pt2 --calibration calib.npy --target cortex-m4 -o net.pte");
  EXPECT_EQ(result.code, 3);
  EXPECT_THAT(result.standard_error, HasSubstr("frames: a state of 8 bytes that the model keeps from run to run"));
  EXPECT_THAT(result.standard_error, HasSubstr("hidden: a state of 6 bytes that the model keeps from run to run"));
}

TEST_F(CliStates, AnExecutorchProgramHasNothingToReset) {
  work_.copy(testing::test_data("pte/pudu/cat.pte"), "net.pte");
  const base::ProcessResult result = work_.pudu("run net.pte --input frames.npy --reset-each-sample");
  EXPECT_EQ(result.code, 1);
  EXPECT_EQ(result.standard_error,
            "error: --reset-each-sample: given for a run on executorch; models in C++: a .pte has no state\n");
}

TEST_F(CliStates, FloatPortsTakeAndGiveTheSequence) {
  work_.pudu_ok("compile net.pt2 --calibration calib.npy --target cortex-m4 --io float32 -o out");
  work_.pudu_ok("compile net.pt2 --calibration calib.npy --target cortex-m4 -o codes");
  EXPECT_EQ(output("out"), output("codes"));
}

}  // namespace
}  // namespace pudu
