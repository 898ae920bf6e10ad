// `--int16` and `--accuracy` through the real binary: what gets 16 bits is named in the report, is more accurate, and
// is the same on boards with MVE, DSP and neither.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/npy.hpp"
#include "e2e/cli_workspace.hpp"
#include "support/models.hpp"

namespace pudu {
namespace {

using nlohmann::json;
using testing::CliWorkspace;
using ::testing::HasSubstr;
using testing::read_text;
using ::testing::SizeIs;

class CliInt16 : public ::testing::Test {
 protected:
  void use(const std::string& network) {
    files_ = testing::model_files(network);
    work_.copy(files_.model, "net.pt2");
    work_.copy(files_.calibration, "calib.npy");
    work_.copy(files_.input, "input.npy");
  }

  json compile(const std::string& options) {
    work_.pudu_ok("compile net.pt2 --calibration calib.npy -o out " + options);
    return json::parse(read_text(work_.path("out/report.json")));
  }

  double sqnr_db() {
    work_.pudu_ok("run out --input input.npy --output host.npy");
    return testing::sqnr_db(testing::read_values(files_.float_output), testing::read_values(work_.path("host.npy")));
  }

  testing::ModelFiles files_;
  CliWorkspace work_;
};

TEST_F(CliInt16, NamedValuesAreReportedAndTheOutputHas16Bits) {
  use("digits_cnn");
  const json report = compile("--int16 conv2d_1,linear_1 --int16 x");
  EXPECT_EQ(report.at("int16").at("values"), json::array({"conv2d_1", "linear_1", "x"}));
  EXPECT_EQ(report.at("io").at(0).at("dtype"), "int16");
  EXPECT_EQ(report.at("io").at(1).at("dtype"), "int16");
  EXPECT_THAT(read_text(work_.path("out/model.hpp")), HasSubstr("pudu::Span<const std::int16_t>"));
}

TEST_F(CliInt16, InputsTakeCodesAsTheyAre) {
  use("digits_cnn");
  const json port = compile("--int16 x").at("io").at(0);
  ASSERT_EQ(port.at("dtype"), "int16");
  const base::Array input = base::read_npy(work_.path("input.npy")).value();
  std::vector<std::int16_t> codes;
  for (const float value : base::to_float32(input)) {
    codes.push_back(static_cast<std::int16_t>(std::lround(value / port.at("scale").get<float>())));
  }
  const auto* begin = reinterpret_cast<const std::byte*>(codes.data());
  const base::Array array{base::ArrayType::Int16, input.shape, {begin, begin + codes.size() * sizeof(std::int16_t)}};
  ASSERT_TRUE(base::write_npy(work_.path("codes.npy"), array).ok());
  work_.pudu_ok("run out --input input.npy --output numbers_out.npy");
  work_.pudu_ok("run out --input codes.npy --output codes_out.npy");
  EXPECT_EQ(read_text(work_.path("codes_out.npy")), read_text(work_.path("numbers_out.npy")));
  work_.pudu_ok("run out --input codes.npy --output board_out.npy --on qemu");
  EXPECT_EQ(read_text(work_.path("board_out.npy")), read_text(work_.path("numbers_out.npy")));

  const std::vector<std::int8_t> narrow(codes.size());
  ASSERT_TRUE(base::write_npy(work_.path("narrow.npy"), base::make_array(input.shape, narrow)).ok());
  const auto refused = work_.pudu("run out --input narrow.npy");
  EXPECT_EQ(refused.code, 2);
  EXPECT_EQ(refused.standard_error,
            "error: narrow.npy: x: data type int8; float32, or int16 codes as they are\n"
            "hint: codes of 8 bits have another scale: give real numbers as float32\n");
}

TEST_F(CliInt16, EveryLayerIn16BitsIsFarMoreAccurate) {
  use("digits_cnn");
  compile("");
  const double narrow = sqnr_db();
  compile("--int16 x,all:conv2d,all:linear");
  EXPECT_GT(sqnr_db(), narrow + 3);
}

TEST_F(CliInt16, ChosenValuesAreMeasuredOnHeldOutSamples) {
  use("digits_cnn");
  const json report = compile("--int16 auto:2");
  const json& int16 = report.at("int16");
  EXPECT_THAT(int16.at("values"), SizeIs(2));
  EXPECT_GE(int16.at("held_out_samples"), 1);
  EXPECT_GT(int16.at("sqnr_db"), int16.at("int8_sqnr_db"));
}

TEST_F(CliInt16, AccuracyTakesAsManyAsItNeeds) {
  use("digits_cnn");
  const std::string text = work_.pudu_ok("compile net.pt2 --calibration calib.npy -o out --accuracy 20dB");
  EXPECT_THAT(text, HasSubstr("int16    none needed: "));
  const auto refused = work_.pudu("compile net.pt2 --calibration calib.npy -o out --accuracy 99");
  EXPECT_EQ(refused.code, 4);
  EXPECT_THAT(refused.standard_error, HasSubstr("--accuracy: "));
}

TEST_F(CliInt16, ValidateSuggestsIt) {
  use("digits_cnn");
  const std::string text = work_.pudu_ok("validate net.pt2 --calibration calib.npy --input calib.npy --limit 8");
  EXPECT_THAT(text, HasSubstr("--int16 "));
}

class CliInt16OnBoards : public CliInt16, public ::testing::WithParamInterface<const char*> {};

TEST_P(CliInt16OnBoards, GivesTheBytesOfTheSimulator) {
  use("digits_cnn");
  compile("--int16 conv2d_1,linear_1 --target " + std::string(GetParam()));
  work_.pudu_ok("run out --input input.npy --output host.npy");
  work_.pudu_ok("run out --input input.npy --output board.npy --on qemu");
  EXPECT_EQ(read_text(work_.path("host.npy")), read_text(work_.path("board.npy")));
}

TEST_P(CliInt16OnBoards, ResidualsAndFloatPortsToo) {
  use("resnet8");
  compile("--int16 add,all:conv2d --io float32 --target " + std::string(GetParam()));
  work_.pudu_ok("run out --input input.npy --output host.npy");
  work_.pudu_ok("run out --input input.npy --output board.npy --on qemu");
  EXPECT_EQ(read_text(work_.path("host.npy")), read_text(work_.path("board.npy")));
}

INSTANTIATE_TEST_SUITE_P(Cores, CliInt16OnBoards, ::testing::Values("cortex-m55", "cortex-m4", "cortex-m0"),
                         [](const auto& test) { return std::string(test.param).substr(7); });

}  // namespace
}  // namespace pudu
