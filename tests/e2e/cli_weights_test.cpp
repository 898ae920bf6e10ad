// `--weights int4`: pointwise and linear layers take half of their flash, on every instruction set with the same bytes;
// what it costs is said; where it cannot be, it is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "base/npy.hpp"
#include "e2e/cli_workspace.hpp"
#include "support/models.hpp"

namespace pudu {
namespace {

using nlohmann::json;
using testing::CliWorkspace;
using ::testing::HasSubstr;
using testing::read_text;

class CliWeights : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const std::string name : {"digits_ds.pt2", "digits_calib.npy", "digits_test_inputs.npy", "ds_cnn.pt2"}) {
      work_.copy(testing::test_data("models/" + name), name);
    }
  }

  static std::size_t count_kernels(const json& report, const std::string& kernel) {
    std::size_t count = 0;
    for (const json& layer : report["layers"]) count += layer["kernel"] == kernel ? 1 : 0;
    return count;
  }

  json compile(const std::string& arguments) const {
    return json::parse(work_.pudu_ok("compile digits_ds.pt2 --calibration digits_calib.npy --json " + arguments));
  }

  double sqnr(const std::string& arguments) const {
    return json::parse(
        work_.pudu_ok("validate digits_ds.pt2 --calibration digits_calib.npy --input "
                      "digits_test_inputs.npy --limit 150 --no-suggestions --json " +
                      arguments))["sqnr_db"];
  }

  CliWorkspace work_;
};

TEST_F(CliWeights, EveryInstructionSetGivesTheSameBytesInLessFlash) {
  std::set<std::string> outputs;
  for (const std::string target : {"cortex-m0", "cortex-m3", "cortex-m4", "cortex-m55"}) {
    const json int8 = compile("--target " + target + " -o int8");
    const json int4 = compile("--target " + target + " --weights int4 -o " + target);
    EXPECT_EQ(count_kernels(int8, "pointwise_s4"), 0U);
    EXPECT_GE(count_kernels(int4, "pointwise_s4"), 3U) << target;
    EXPECT_LT(int4["weights_bytes"], int8["weights_bytes"]);
    work_.pudu_ok("run " + target + " --input digits_test_inputs.npy --limit 20 --raw --output " + target + ".npy");
    outputs.insert(read_text(work_.path(target + ".npy")));
  }
  EXPECT_EQ(outputs.size(), 1U);
}

TEST_F(CliWeights, EmulatedCoresGiveTheBytesOfTheSimulator) {
  for (const std::string target : {"cortex-m0", "cortex-m4", "cortex-m55"}) {
    const json int4 = compile("--target " + target + " --weights int4 -o " + target);
    EXPECT_GE(count_kernels(int4, "pointwise_s4"), 3U) << target;
    const std::string run = "run " + target + " --input digits_test_inputs.npy --limit 2 --raw --output ";
    work_.pudu_ok(run + "host.npy");
    work_.pudu_ok(run + "board.npy --on qemu");
    EXPECT_EQ(read_text(work_.path("host.npy")), read_text(work_.path("board.npy"))) << target;
  }
}

TEST_F(CliWeights, AdaptiveRoundingTakesBackMuchOfTheLoss) {
  const double int8 = sqnr(""), nearest = sqnr("--weights int4"), adaptive = sqnr("--weights int4 --effort max");
  EXPECT_LT(nearest, int8 - 3);
  EXPECT_GT(adaptive, nearest + 1);
  EXPECT_GT(adaptive, 14.0);
}

TEST_F(CliWeights, LayersCanBeNamedAndTheCostIsSaid) {
  const json all = compile("--target cortex-m4 --weights int4 -o all");
  std::string name;
  for (const json& layer : all["layers"]) {
    if (layer["kernel"] == "pointwise_s4") name = layer["name"];
  }
  const json one = compile("--target cortex-m4 --weights int4:" + name + " -o one");
  EXPECT_EQ(count_kernels(one, "pointwise_s4"), 1U);
  const std::string text = work_.pudu_ok(
      "compile digits_ds.pt2 --calibration digits_calib.npy --target cortex-m4 --weights int4:" + name + " -o said");
  EXPECT_THAT(text, HasSubstr(" bytes less for the weights of 1 layer; outputs "));
  EXPECT_THAT(text, HasSubstr(" dB with int8, on 16 calibration samples"));
}

TEST_F(CliWeights, RowsStreamThroughThem) {
  const std::string command = "compile digits_ds.pt2 --calibration digits_calib.npy --target cortex-m4 --weights int4 ";
  work_.pudu_ok(command + "--memory streamed -o streamed");
  work_.pudu_ok(command + "--memory layerwise -o whole");
  for (const std::string folder : {"streamed", "whole"}) {
    work_.pudu_ok("run " + folder + " --input digits_test_inputs.npy --limit 20 --raw --output " + folder + ".npy");
  }
  EXPECT_EQ(read_text(work_.path("streamed.npy")), read_text(work_.path("whole.npy")));
}

TEST_F(CliWeights, WhereTheyCannotBeTheyAreRefused) {
  const std::string command = "compile digits_ds.pt2 --calibration digits_calib.npy -o out ";
  const auto error = [&](const std::string& arguments) { return work_.pudu(command + arguments).standard_error; };
  EXPECT_THAT(error("--weights int2"), HasSubstr("--weights: 'int2'; int8, int4 or int4:NAME,..."));
  EXPECT_THAT(error("--weights int4:"), HasSubstr("--weights: an empty name"));
  EXPECT_THAT(error("--weights int4:absent"), HasSubstr("--weights: no layer 'absent'"));
  EXPECT_THAT(error("--weights int4 --target any"), HasSubstr("--weights: 'int4' for any CPU"));
  EXPECT_THAT(error("--weights int4 --kernels cmsis-nn"), HasSubstr("'int4' with the kernels of CMSIS-NN"));
  const base::ProcessResult program =
      work_.pudu("compile digits_ds.pt2 --calibration digits_calib.npy -o out.pte --weights int4");
  EXPECT_EQ(program.code, 1);
  EXPECT_THAT(program.standard_error, HasSubstr("--weights: 'int4' for an ExecuTorch program; C++ output"));
}

}  // namespace
}  // namespace pudu
