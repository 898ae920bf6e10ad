// The command line that a user of ExecuTorch's aot_arm_compiler types, and what it leaves behind.
#include <gmock/gmock.h>

#include "e2e/cli_workspace.hpp"

namespace pudu::testing {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

const std::filesystem::path models = std::filesystem::path(PUDU_SOURCE_DIR) / "tests/data/models";

class PteCommand : public ::testing::Test {
 protected:
  void SetUp() override {
    workspace_.copy(models / "tiny_cnn.pt2", "tiny.pt2");
    workspace_.copy(models / "tiny_cnn.calib0.npy", "calib.npy");
    workspace_.copy(models / "tiny_cnn.in0.npy", "in.npy");
  }

  std::vector<std::string> names() const {
    std::vector<std::string> result;
    for (const auto& [name, content] : tree_of(workspace_.path())) result.push_back(name);
    return result;
  }

  CliWorkspace workspace_;
};

TEST_F(PteCommand, OfAotArmCompilerIsAccepted) {
  const auto result =
      workspace_.pudu("compile tiny.pt2 --target=cortex-m55 --quantize --intermediates=build --output=tiny.pte");
  EXPECT_TRUE(result.succeeded()) << result.standard_error;
  EXPECT_THAT(result.standard_error, HasSubstr("warning: --quantize without --calibration"));
  EXPECT_THAT(result.standard_output, HasSubstr("written  tiny.pte"));
  EXPECT_THAT(names(), Contains("tiny.pte"));
  EXPECT_THAT(names(), Contains("build/"));
  workspace_.pudu_ok("inspect tiny.pte");
}

TEST_F(PteCommand, WithSamplesHasNothingToWarnOf) {
  const auto result = workspace_.pudu("compile tiny.pt2 --quantize --calibration calib.npy --io float32 -o tiny.pte");
  EXPECT_TRUE(result.succeeded()) << result.standard_error;
  EXPECT_THAT(result.standard_error, Not(HasSubstr("warning")));
  // Beside the program, nothing.
  EXPECT_THAT(names(), ::testing::UnorderedElementsAre("calib.npy", "in.npy", "tiny.pt2", "tiny.pte"));
  workspace_.pudu_ok("run tiny.pte --input in.npy --output out.npy");
}

TEST_F(PteCommand, WithoutSamplesOrQuantizeSaysWhatToGive) {
  const auto result = workspace_.pudu("compile tiny.pt2 -o tiny.pte");
  EXPECT_EQ(result.code, 1);
  EXPECT_THAT(result.standard_error, HasSubstr("--calibration"));
  EXPECT_THAT(names(), Not(Contains("tiny.pte")));
}

TEST_F(PteCommand, IntoAFolderWritesBothForms) {
  workspace_.pudu_ok("compile tiny.pt2 --calibration calib.npy --emit cpp,pte --io float32 -o out");
  workspace_.pudu_ok("run out --input in.npy --output host.npy --raw");
  workspace_.pudu_ok("run out/model.pte --input in.npy --output executorch.npy --raw");
  EXPECT_EQ(read_text(workspace_.path("host.npy")), read_text(workspace_.path("executorch.npy")));
  EXPECT_THAT(names(), Contains("out/model.cpp"));
}

// An int8 program says nowhere in its instructions what its codes stand for: Pudu records it.
TEST_F(PteCommand, OfInt8RunsOnFloatSamplesAndGivesFloats) {
  workspace_.pudu_ok("compile tiny.pt2 --calibration calib.npy --emit cpp,pte -o out");
  workspace_.pudu_ok("run out --input in.npy --output host.npy");
  workspace_.pudu_ok("run out/model.pte --input in.npy --output executorch.npy");
  EXPECT_EQ(read_text(workspace_.path("host.npy")), read_text(workspace_.path("executorch.npy")));
  workspace_.pudu_ok("run out --input in.npy --output host_codes.npy --raw");
  workspace_.pudu_ok("run out/model.pte --input in.npy --output executorch_codes.npy --raw");
  EXPECT_EQ(read_text(workspace_.path("host_codes.npy")), read_text(workspace_.path("executorch_codes.npy")));
  EXPECT_THAT(workspace_.pudu_ok("inspect out/model.pte"), HasSubstr("int8[1, 1, 28, 28] with scale 0.0"));
}

TEST_F(PteCommand, OfInt16PortsRunsOnFloatSamplesAndGivesFloats) {
  workspace_.copy(models / "digits_cnn.pt2", "digits.pt2");
  workspace_.copy(models / "digits_calib.npy", "digits_calib.npy");
  workspace_.copy(models / "digits_test_inputs.npy", "digits.npy");
  workspace_.pudu_ok("compile digits.pt2 --calibration digits_calib.npy --int16 x,linear_1 --emit cpp,pte -o out");
  for (const std::string raw : {"", " --raw"}) {
    const std::string arguments = " --input digits.npy --limit 20" + raw + " --output ";
    workspace_.pudu_ok("run out" + arguments + "host.npy");
    workspace_.pudu_ok("run out/model.pte" + arguments + "executorch.npy");
    EXPECT_EQ(read_text(workspace_.path("host.npy")), read_text(workspace_.path("executorch.npy"))) << raw;
  }
  EXPECT_THAT(workspace_.pudu_ok("inspect out/model.pte"), HasSubstr("int16[1, 1, 8, 8] with scale "));
}

TEST_F(PteCommand, WritesTheSameFileTwice) {
  workspace_.pudu_ok("compile tiny.pt2 --calibration calib.npy -o first.pte");
  workspace_.pudu_ok("compile tiny.pt2 --calibration calib.npy --emit pte -o second");
  EXPECT_EQ(read_text(workspace_.path("first.pte")), read_text(workspace_.path("second/model.pte")));
}

TEST_F(PteCommand, RefusesWhatExecutorchCannotComputeAndWritesNothing) {
  workspace_.copy(models.parent_path() / "reader/buffer_mutation.pt2", "counter.pt2");
  const auto result = workspace_.pudu("compile counter.pt2 --quantize --emit cpp,pte -o out");
  EXPECT_EQ(result.code, 3);
  EXPECT_THAT(result.standard_error, HasSubstr("error: counter.pt2: calls: a state of 1 bytes"));
  EXPECT_THAT(result.standard_error, HasSubstr("hint: write C++: an output that is a folder"));
  EXPECT_THAT(names(), Not(Contains("out/")));
}

TEST_F(PteCommand, KeepsToTheLimits) {
  const auto result = workspace_.pudu("compile tiny.pt2 --calibration calib.npy --ram 1K -o tiny.pte");
  EXPECT_EQ(result.code, 4);
  EXPECT_THAT(names(), Not(Contains("tiny.pte")));
}

TEST_F(PteCommand, LeavesTheOldFileWhereItCannotWriteTheNew) {
  write_text(workspace_.path("tiny.pte") / "in the way", "");
  const auto result = workspace_.pudu("compile tiny.pt2 --calibration calib.npy -o tiny.pte");
  EXPECT_EQ(result.code, 2);
  EXPECT_THAT(result.standard_error, HasSubstr("error: tiny.pte: is no name of a file"));
}

}  // namespace
}  // namespace pudu::testing
