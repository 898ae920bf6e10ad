// `pudu estimate` with plans by rows: sizes are those that `pudu compile` plans with the same options, instructions are
// near those that QEMU counts.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "e2e/cli_workspace.hpp"
#include "support/models.hpp"

namespace pudu {
namespace {

using nlohmann::json;
using testing::CliWorkspace;
using ::testing::HasSubstr;

class CliEstimate : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const std::string file : {"mlperf_tiny/kws.tflite", "models/tiny_cnn.pt2", "models/tiny_cnn.calib0.npy",
                                   "models/digits_cnn.pt2", "models/digits_calib.npy"}) {
      work_.copy(testing::test_data(file), std::filesystem::path(file).filename().string());
    }
  }

  json estimate(const std::string& arguments) const {
    return json::parse(work_.pudu_ok("estimate " + arguments + " --json")).at(0);
  }

  /// The report of a compilation with the same options.
  json compile(const std::string& arguments) const {
    work_.pudu_ok("compile " + arguments + " -o out");
    return json::parse(testing::read_text(work_.path("out/report.json")));
  }

  CliWorkspace work_;
};

constexpr const char* plans[] = {"",         "--memory layerwise", "--memory streamed", "--memory streamed --ram 6K",
                                 "--ram 8K", "--ram 64K",          "--feed rows",       "--feed rows --ram 5K"};

TEST_F(CliEstimate, SizesAreThoseOfTheCompiledModel) {
  for (const std::string target : {"cortex-m0", "cortex-m4", "cortex-m55"}) {
    for (const char* const plan : plans) {
      const std::string options = "--target " + target + " " + plan;
      const json compiled = compile("kws.tflite " + options), estimated = estimate("kws.tflite " + options);
      EXPECT_EQ(estimated.at("arena_bytes"), compiled.at("arena_bytes")) << options;
      EXPECT_EQ(estimated.at("constants_bytes"), compiled.at("weights_bytes")) << options;
    }
  }
}

// Ranges from noise change scales and with them some kernels' price, but no size of a plan without a limit.
TEST_F(CliEstimate, SizesOfFloatNetworksNeedNoCalibration) {
  const std::pair<const char*, const char*> networks[] = {{"tiny_cnn.pt2", "tiny_cnn.calib0.npy"},
                                                          {"digits_cnn.pt2", "digits_calib.npy"}};
  for (const auto& [model, calibration] : networks) {
    for (const char* const plan : {"--memory layerwise", "--memory streamed"}) {
      const std::string options = std::string(model) + " --target cortex-m55 " + plan;
      const json compiled = compile(options + " --calibration " + calibration);
      EXPECT_EQ(estimate(options).at("arena_bytes"), compiled.at("arena_bytes")) << options;
    }
  }
}

TEST_F(CliEstimate, ValuesOf16BitsHaveKernelsOfTheirOwn) {
  for (const char* const values : {"all:conv2d,linear", "conv2d_1"}) {
    const std::string options = std::string("digits_cnn.pt2 --target cortex-m4 --int16 ") + values;
    const json compiled = compile(options + " --calibration digits_calib.npy"), estimated = estimate(options);
    EXPECT_EQ(estimated.at("arena_bytes"), compiled.at("arena_bytes")) << options;
    const json counted = json::parse(work_.pudu_ok("bench out --json"));
    EXPECT_NEAR(estimated.at("instructions").get<double>() / counted.at("instructions").get<double>(), 1.0, 0.15)
        << options;
    EXPECT_EQ(estimated.at("guessed_layers"), 0) << options;
  }
  const auto refused = work_.pudu("estimate digits_cnn.pt2 --target cortex-m4 --int16 auto");
  EXPECT_EQ(refused.code, 1);
  EXPECT_THAT(refused.standard_error, HasSubstr("--int16 auto: given without --calibration"));
}

TEST_F(CliEstimate, InputsMayArriveChannelsLast) {
  const std::string options = "tiny_cnn.pt2 --target cortex-m55 --input-layout nhwc --feed rows";
  const json analyzed = json::parse(work_.pudu_ok("analyze " + options + " --json"));
  EXPECT_EQ(estimate(options).at("arena_bytes"), analyzed.at("arena_bytes"));
  EXPECT_LT(estimate(options).at("arena_bytes"), estimate("tiny_cnn.pt2 --target cortex-m55").at("arena_bytes"));
}

TEST_F(CliEstimate, SaysWhetherCallsRunByRows) {
  EXPECT_FALSE(estimate("kws.tflite --target cortex-m4").at("streamed"));
  EXPECT_FALSE(estimate("kws.tflite --target cortex-m4 --ram 64K").at("streamed"));
  const json streamed = estimate("kws.tflite --target cortex-m4 --memory streamed");
  EXPECT_TRUE(streamed.at("streamed"));
  const json fed = estimate("kws.tflite --target cortex-m4 --feed rows");
  EXPECT_LT(fed.at("arena_bytes"), streamed.at("arena_bytes"));
  EXPECT_THAT(work_.pudu_ok("estimate kws.tflite --target cortex-m4 --feed rows"), HasSubstr(" ms  by rows\n"));
  const auto refused = work_.pudu("estimate kws.tflite --target cortex-m4 --feed rows --memory layerwise");
  EXPECT_EQ(refused.code, 1);
  EXPECT_THAT(refused.standard_error, HasSubstr("error: --feed: 'rows' with --memory layerwise"));
}

class CliEstimateOnBoards : public CliEstimate, public ::testing::WithParamInterface<const char*> {};

TEST_P(CliEstimateOnBoards, InstructionsOfRowsAreNearThoseCounted) {
  const std::string target = GetParam();
  for (const char* const plan : {"--memory layerwise", "--memory streamed", "--feed rows"}) {
    const std::string options = "kws.tflite --target " + target + " " + plan;
    work_.pudu_ok("compile " + options + " -o out");
    const json counted = json::parse(work_.pudu_ok("bench out --json"));
    const json estimated = estimate(options);
    EXPECT_NEAR(estimated.at("instructions").get<double>() / counted.at("instructions").get<double>(), 1.0, 0.2)
        << options;
  }
}

INSTANTIATE_TEST_SUITE_P(Cores, CliEstimateOnBoards, ::testing::Values("cortex-m0", "cortex-m4", "cortex-m55"),
                         [](const auto& test) { return std::string(test.param).substr(7); });

}  // namespace
}  // namespace pudu
