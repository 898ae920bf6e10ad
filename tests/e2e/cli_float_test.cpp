// `--keep-float` through the real binary: what stays float32 is named, counted and the same on a board.
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
using testing::read_text;

class CliFloat : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    files_ = testing::model_files(GetParam());
    work_.copy(files_.model, "net.pt2");
    work_.copy(files_.calibration, "calib.npy");
    work_.copy(files_.input, "input.npy");
  }

  double sqnr_db(const std::string& output) const {
    return testing::sqnr_db(testing::read_values(files_.float_output), testing::read_values(work_.path(output)));
  }

  testing::ModelFiles files_;
  CliWorkspace work_;
};

TEST_P(CliFloat, OneLayerIsNamedAndCounted) {
  const std::string text = work_.pudu_ok("compile net.pt2 --calibration calib.npy --keep-float linear -o out");
  EXPECT_THAT(text, HasSubstr("  float    1 operator(s) stay float32: "));
  EXPECT_THAT(text, HasSubstr("linear (linear): --keep-float names it\n"));
  const json report = json::parse(read_text(work_.path("out/report.json")));
  ASSERT_EQ(report.at("float_parts").size(), 1U);
  const json& part = report.at("float_parts").at(0);
  EXPECT_EQ(part.at("operator"), "linear");
  EXPECT_EQ(part.at("reason"), "--keep-float names it");
  EXPECT_GT(part.at("macs"), 0);
  EXPECT_GT(part.at("weights_bytes"), 0);
  EXPECT_EQ(report.at("float_operators"), json::array({part.at("name")}));
  EXPECT_THAT(read_text(work_.path("out/report.html")), HasSubstr("<b>1 operator</b> stays float32"));
}

TEST_P(CliFloat, GivesTheSameBytesOnABoard) {
  work_.pudu_ok("compile net.pt2 --calibration calib.npy --keep-float linear --io float32 -o out --target cortex-m4");
  work_.pudu_ok("run out --input input.npy --output host.npy");
  work_.pudu_ok("run out --input input.npy --output board.npy --on qemu");
  EXPECT_EQ(read_text(work_.path("host.npy")), read_text(work_.path("board.npy")));
}

TEST_P(CliFloat, TheWholeNetworkInFloatIsTorchs) {
  std::string options = "compile net.pt2 --calibration calib.npy --io float32 -o out";
  for (const char* op : {"conv2d", "linear", "avg_pool2d"}) options += std::string(" --keep-float ") + op;
  if (std::string(GetParam()) == "resnet8") options += " --keep-float add";
  work_.pudu_ok(options);
  work_.pudu_ok("run out --input input.npy --output host.npy");
  EXPECT_GT(sqnr_db("host.npy"), 100.0);
}

INSTANTIATE_TEST_SUITE_P(Networks, CliFloat, ::testing::Values("ds_cnn", "resnet8"));

}  // namespace
}  // namespace pudu
