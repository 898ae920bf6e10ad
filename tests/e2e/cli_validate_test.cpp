// `pudu validate` on trained networks: its figures are those of what `pudu compile` and `pudu run` give, its layers and
// suggestions are true, and what cannot be validated is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <span>

#include "base/npy.hpp"
#include "e2e/cli_workspace.hpp"
#include "support/models.hpp"

namespace pudu {
namespace {

using nlohmann::json;
using testing::CliWorkspace;
using ::testing::HasSubstr;

base::Array read_array(const std::filesystem::path& file) {
  auto array = base::read_npy(file);
  EXPECT_TRUE(array.ok()) << file;
  return std::move(array).value();
}

void write_array(const std::filesystem::path& file, const base::Array& array) {
  ASSERT_TRUE(base::write_npy(file, array).ok());
}

class CliValidate : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const std::string name :
         {"digits_cnn.pt2", "digits_ds.pt2", "digits_calib.npy", "digits_test_inputs.npy", "digits_test_labels.npy",
          "digits_cnn.test_float_out.npy", "tiny_cnn.pt2", "tiny_cnn.calib0.npy", "tiny_cnn.in0.npy"}) {
      work_.copy(testing::test_data("models/" + std::string(name)), name);
    }
  }

  json validate(const std::string& arguments) const {
    return json::parse(work_.pudu_ok("validate " + arguments + " --json"));
  }

  CliWorkspace work_;
};

const char* const digits =
    "digits_cnn.pt2 --target cortex-m4 --calibration digits_calib.npy --input digits_test_inputs.npy "
    "--labels digits_test_labels.npy --no-suggestions";

TEST_F(CliValidate, ItsFiguresAreThoseOfTheCompiledModel) {
  const json validation = validate(digits);
  work_.pudu_ok("compile digits_cnn.pt2 --target cortex-m4 --calibration digits_calib.npy -o out");
  const json run = json::parse(work_.pudu_ok(
      "run out --input digits_test_inputs.npy --labels digits_test_labels.npy --output scores.npy --json"));
  const double sqnr = testing::sqnr_db(testing::read_values(work_.path("digits_cnn.test_float_out.npy")),
                                       testing::read_values(work_.path("scores.npy")));
  EXPECT_EQ(validation["samples"], 450);
  EXPECT_NEAR(validation["sqnr_db"].get<double>(), sqnr, 0.002);
  EXPECT_EQ(validation["sample_sqnr_db"].size(), 450U);
  EXPECT_LE(validation["worst_sample_sqnr_db"], validation["median_sample_sqnr_db"]);
  const json& classes = validation["classification"];
  EXPECT_EQ(classes["correct"], run["correct"]);
  EXPECT_EQ(classes["classes"], 10);
  EXPECT_GE(classes["agreement"], 445);
  EXPECT_GE(classes["top5"], classes["correct"]);
  std::size_t counted = 0, on_diagonal = 0;
  for (const json& cell : classes["confusion"]) {
    counted += cell[2].get<std::size_t>();
    if (cell[0] == cell[1]) on_diagonal += cell[2].get<std::size_t>();
  }
  EXPECT_EQ(counted, 450U);
  EXPECT_EQ(on_diagonal, classes["correct"].get<std::size_t>());
  EXPECT_TRUE(validation["warnings"].empty()) << validation["warnings"];
}

TEST_F(CliValidate, ComparesEveryLayerAndSortsTheWorstFirst) {
  const json layers = validate(std::string(digits) + " --limit 50")["layers"];
  ASSERT_GE(layers.size(), 5U);
  std::size_t convolutions = 0;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const json& layer = layers[i];
    SCOPED_TRACE(layer["name"].get<std::string>());
    EXPECT_GT(layer["sqnr_db"], 20.0);
    EXPECT_GT(layer["cosine"], 0.99);
    EXPECT_GT(layer["range_used_percent"], 20.0);
    EXPECT_LE(layer["range_used_percent"], 100.0);
    EXPECT_LT(layer["saturated_percent"], 1.0);
    convolutions += layer["operator"] == "conv2d" ? 1 : 0;
    if (layer["isolated_sqnr_db"].is_null()) continue;
    // Alone, a layer has no errors but its own.
    EXPECT_GT(layer["isolated_sqnr_db"].get<double>(), layer["sqnr_db"].get<double>() - 1.0);
    if (i > 0) {
      EXPECT_GE(layer["isolated_sqnr_db"], layers[i - 1]["isolated_sqnr_db"]);
    }
  }
  EXPECT_GE(convolutions, 2U);
}

TEST_F(CliValidate, PrintsATableForPeople) {
  const std::string text = work_.pudu_ok(std::string("validate ") + digits + " --limit 20");
  EXPECT_THAT(text, HasSubstr("20 samples\n  outputs "));
  EXPECT_THAT(text, HasSubstr("  accuracy      int8 "));
  EXPECT_THAT(text, HasSubstr("label \\ int8"));
  EXPECT_THAT(text, HasSubstr("alone, dB"));
  EXPECT_THAT(work_.pudu_ok(std::string("validate ") + digits + " --limit 20 --quiet"), "");
}

TEST_F(CliValidate, SuggestsWhatGains) {
  const std::string data =
      "digits_cnn.pt2 --calibration digits_calib.npy --input digits_test_inputs.npy --limit 16 --linear-weights "
      "per-tensor ";
  const std::string given = "--bias-correction off";
  const json validation = validate(data + given);
  const double now = validation["sqnr_db"];
  ASSERT_FALSE(validation["suggestions"].empty());
  double last = 100;
  for (const json& suggestion : validation["suggestions"]) {
    const auto options = suggestion["options"].get<std::string>();
    SCOPED_TRACE(options);
    const double gain = suggestion["gain_db"];
    EXPECT_GE(gain, 0.5);
    EXPECT_LE(gain, last);
    EXPECT_NEAR(suggestion["sqnr_db"].get<double>(), now + gain, 0.01);
    last = gain;
    if (options.find("--linear-weights") != std::string::npos) continue;
    // What is suggested does what it says.
    const bool replaces = options.find("--bias-correction") != std::string::npos;
    std::string arguments = data;
    if (!replaces) arguments.append(given).append(" ");
    const json followed = validate(arguments.append(options).append(" --no-suggestions"));
    EXPECT_NEAR(followed["sqnr_db"].get<double>(), now + gain, 0.01);
  }
}

TEST_F(CliValidate, WarnsOfSamplesThatAreNotPreparedAsCalibrationWas) {
  base::Array inputs = read_array(work_.path("digits_test_inputs.npy"));
  std::vector<float> values = base::to_float32(inputs);
  for (float& value : values) value *= 255.0F;
  write_array(work_.path("pixels.npy"), base::make_array(inputs.shape, values));
  const json validation =
      validate("digits_cnn.pt2 --calibration digits_calib.npy --input pixels.npy --limit 10 --no-suggestions");
  ASSERT_EQ(validation["warnings"].size(), 1U);
  const auto warning = validation["warnings"][0].get<std::string>();
  EXPECT_THAT(warning,
              HasSubstr("are outside of what calibration saw: they go from -255 to 255, codes from -1 to 1.0"));
  EXPECT_THAT(warning, HasSubstr("are both prepared as in training?"));
}

/// One broken recording among 64 must not take all codes for itself, whatever the effort.
TEST_F(CliValidate, ASampleOfHugeValuesIsLeftOutOfCalibration) {
  base::Array samples = read_array(work_.path("digits_calib.npy"));
  std::vector<float> values = base::to_float32(samples);
  values[200] = 1e30F;
  write_array(work_.path("spoilt.npy"), base::make_array(samples.shape, values));
  for (const std::string effort : {"fast", "default", "max"}) {
    const json validation = validate(
        "digits_cnn.pt2 --calibration spoilt.npy --input digits_test_inputs.npy --no-suggestions --effort " + effort);
    EXPECT_GT(validation["sqnr_db"], 36.0) << effort;
    ASSERT_EQ(validation["warnings"].size(), 1U) << effort;
    EXPECT_THAT(validation["warnings"][0].get<std::string>(), HasSubstr("goes up to 1e+30, others usually to 1"));
  }
}

TEST_F(CliValidate, CompileWarnsOfSamplesWithoutContent) {
  const base::Array samples = read_array(work_.path("digits_calib.npy"));
  const std::vector<float> zeros(static_cast<std::size_t>(samples.elements()), 0.0F);
  write_array(work_.path("zeros.npy"), base::make_array(samples.shape, zeros));
  const std::string command = "compile digits_cnn.pt2 --calibration zeros.npy -o out";
  const base::ProcessResult result = work_.pudu(command);
  EXPECT_EQ(result.code, 0);
  EXPECT_THAT(result.standard_error,
              HasSubstr("warning: calibration: every value of input 'x' is 0: ranges measured on it mean nothing\n"));
  EXPECT_THAT(work_.pudu(command + " --quiet").standard_error, "");
}

TEST_F(CliValidate, AnNhwcInputGivesTheFiguresOfAnNchwOne) {
  const base::Array nchw = read_array(work_.path("tiny_cnn.in0.npy"));
  ASSERT_EQ(nchw.shape.size(), 4U);
  const auto to_nhwc = [&](const std::string& from, const std::string& to) {
    const base::Array array = read_array(work_.path(from));
    const std::vector<float> data = base::to_float32(array);
    const auto channels = static_cast<std::size_t>(nchw.shape[1]);
    const auto plane = static_cast<std::size_t>(nchw.shape[2] * nchw.shape[3]);
    std::vector<float> moved(data.size());
    for (std::size_t i = 0; i < data.size(); ++i) {
      const std::size_t image = i / (channels * plane);
      moved[(image * plane + i % plane) * channels + i / plane % channels] = data[i];
    }
    const auto images = static_cast<std::int64_t>(data.size() / (channels * plane));
    write_array(work_.path(to), base::make_array({images, nchw.shape[2], nchw.shape[3], nchw.shape[1]}, moved));
  };
  to_nhwc("tiny_cnn.in0.npy", "in_nhwc.npy");
  to_nhwc("tiny_cnn.calib0.npy", "calib_nhwc.npy");
  const json as_exported =
      validate("tiny_cnn.pt2 --calibration tiny_cnn.calib0.npy --input tiny_cnn.in0.npy --no-suggestions");
  const json moved =
      validate("tiny_cnn.pt2 --calibration calib_nhwc.npy --input in_nhwc.npy --input-layout nhwc --no-suggestions");
  EXPECT_GT(as_exported["sqnr_db"], 30.0);
  EXPECT_EQ(moved["sqnr_db"], as_exported["sqnr_db"]);
}

/// Codes of one of MLPerf Tiny's inputs, as the file of the benchmark has them.
base::Array codes_of(const std::string& file, const std::vector<std::int64_t>& shape) {
  const std::string text = testing::read_text(testing::test_data("mlperf_tiny/" + file));
  const auto* begin = reinterpret_cast<const std::byte*>(text.data());
  return {base::ArrayType::Int8, shape, {begin, begin + text.size()}};
}

TEST_F(CliValidate, FilesThatAreInt8AlreadyAreComparedWithTheirOwnNumbers) {
  work_.copy(testing::test_data("mlperf_tiny/ic.tflite"), "ic.tflite");
  base::Array codes = codes_of("ic_in0.bin", {2, 32, 32, 3});
  const base::Array more = codes_of("ic_in1.bin", {1, 32, 32, 3});
  codes.bytes.insert(codes.bytes.end(), more.bytes.begin(), more.bytes.end());
  write_array(work_.path("codes.npy"), codes);
  work_.pudu_ok("compile ic.tflite --target cortex-m4 -o out");
  const json port = json::parse(testing::read_text(work_.path("out/report.json"))).at("io").at(0);
  std::vector<float> numbers;
  for (const std::int8_t code : codes.data<std::int8_t>()) {
    numbers.push_back(port.at("scale").get<float>() * static_cast<float>(code - port.at("zero_point").get<int>()));
  }
  write_array(work_.path("numbers.npy"), base::make_array(codes.shape, numbers));
  const json run = json::parse(work_.pudu_ok("run out --input codes.npy --output scores.npy --json"));
  const base::Array scores = read_array(work_.path("scores.npy"));
  std::vector<std::int64_t> labels;
  for (std::size_t i = 0; i < 2; ++i) {
    const std::span<const float> of_sample = scores.data<float>().subspan(10 * i, 10);
    labels.push_back(std::max_element(of_sample.begin(), of_sample.end()) - of_sample.begin());
  }
  const auto* begin = reinterpret_cast<const std::byte*>(labels.data());
  write_array(work_.path("labels.npy"), {base::ArrayType::Int64, {2}, {begin, begin + 2 * sizeof(std::int64_t)}});

  const json validation = validate("ic.tflite --target cortex-m4 --input codes.npy --labels labels.npy");
  EXPECT_EQ(validation["reference"], "own numbers");
  EXPECT_EQ(validation["samples"], run["samples"]);
  EXPECT_EQ(validation["suggestions"], json::array());
  EXPECT_GT(validation["sqnr_db"], 40.0);
  EXPECT_LT(validation["sqnr_db"], 70.0) << "nothing is rounded: it is compared with itself";
  EXPECT_EQ(validation["classification"]["correct"], 2);
  EXPECT_EQ(validation["classification"]["agreement"], 2);
  EXPECT_GE(validation["layers"].size(), 10U);
  for (const json& layer : validation["layers"]) {
    // The samples of the benchmark are noise, which the last layer's range was not made for.
    EXPECT_GT(layer["isolated_sqnr_db"], layer["operator"] == "conv2d" ? 25.0 : 10.0) << layer["name"];
  }
  const json of_numbers = validate("ic.tflite --target cortex-m4 --input numbers.npy --labels labels.npy");
  EXPECT_EQ(of_numbers["sqnr_db"], validation["sqnr_db"]) << "codes stand for numbers";
  EXPECT_THAT(work_.pudu_ok("validate ic.tflite --input codes.npy"),
              HasSubstr("\n  float         what the file's integers stand for, computed without rounding\n"));
}

TEST_F(CliValidate, RefusesWhatItCannotCompare) {
  work_.copy(testing::test_data("mlperf_tiny/ad.tflite"), "ad.tflite");
  const base::ProcessResult quantized = work_.pudu("validate ad.tflite --calibration x.npy --input digits_calib.npy");
  EXPECT_EQ(quantized.code, 1);
  EXPECT_EQ(quantized.standard_error,
            "error: --calibration: given for 'ad.tflite', which is int8 already; float models\n");
  EXPECT_EQ(work_.pudu("validate digits_cnn.pt2 --input digits_calib.npy").code, 1);
  EXPECT_EQ(work_.pudu("validate digits_cnn.pt2 --calibration digits_calib.npy").code, 1);
  const base::ProcessResult labels = work_.pudu(
      "validate digits_cnn.pt2 --calibration digits_calib.npy --input digits_calib.npy --labels "
      "digits_test_labels.npy");
  EXPECT_EQ(labels.code, 2);
  EXPECT_THAT(labels.standard_error, HasSubstr("450 labels; one for each of the 64 samples"));
}

TEST_F(CliValidate, TheReportOfACompiledFolderGetsTheFigures) {
  work_.pudu_ok("compile digits_cnn.pt2 --target cortex-m4 --calibration digits_calib.npy -o out");
  const json before = json::parse(testing::read_text(work_.path("out/report.json")));
  EXPECT_TRUE(before["validation"].is_null());
  const json printed = validate(std::string(digits) + " --limit 60 --report out");
  const json report = json::parse(testing::read_text(work_.path("out/report.json")));
  const json& validation = report["validation"];
  EXPECT_EQ(validation["samples"], 60);
  EXPECT_NEAR(validation["sqnr_db"].get<double>(), printed["sqnr_db"].get<double>(), 0.01);
  EXPECT_EQ(validation["classification"]["correct"], printed["classification"]["correct"]);
  EXPECT_EQ(validation["layers"].size(), printed["layers"].size());
  std::size_t elements = 0;
  for (const json& count : validation["errors"]["counts"]) elements += count.get<std::size_t>();
  EXPECT_EQ(elements, 600U) << "ten scores of sixty samples";
  EXPECT_EQ(validation["points"].size(), 600U);
  std::size_t known = 0;
  for (const json& layer : report["layers"]) known += layer["sqnr_db"].is_null() ? 0 : 1;
  EXPECT_GE(known, 4U);
  EXPECT_EQ(report["arena_bytes"], before["arena_bytes"]);
  EXPECT_THAT(testing::read_text(work_.path("out/report.html")), HasSubstr("id=\"plot-confusion\""));
  // What is measured later keeps it.
  work_.pudu_ok(
      "validate digits_cnn.pt2 --target cortex-m4 --calibration digits_calib.npy --input digits_test_inputs.npy "
      "--no-suggestions --limit 5 --report page.html --quiet");
  const std::string page = testing::read_text(work_.path("page.html"));
  EXPECT_THAT(page, HasSubstr("Pudu validation"));
  EXPECT_THAT(page, ::testing::Not(HasSubstr("plot-confusion\"")));
  EXPECT_THAT(page, ::testing::Not(HasSubstr("http://")));
}

TEST_F(CliValidate, AReportNeedsItsPlace) {
  const std::string command =
      "validate digits_cnn.pt2 --calibration digits_calib.npy --input digits_calib.npy --report ";
  const base::ProcessResult absent = work_.pudu(command + "absent");
  EXPECT_EQ(absent.code, 2);
  EXPECT_EQ(absent.standard_error,
            "error: absent: --report: no report.json in it; a folder that `pudu compile` wrote, or a name with the "
            "ending .html\n");
  work_.pudu_ok("compile tiny_cnn.pt2 --calibration tiny_cnn.calib0.npy -o tiny");
  EXPECT_THAT(work_.pudu(command + "tiny").standard_error,
              HasSubstr("compiled from 'tiny_cnn.pt2'; a folder compiled from 'digits_cnn.pt2'"));
}

}  // namespace
}  // namespace pudu
