// `pudu run` and `pudu bench` through the real binary.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <regex>

#include "base/npy.hpp"
#include "e2e/cli_network.hpp"
#include "frontends/numpy/npz.hpp"
#include "support/models.hpp"

namespace pudu {
namespace {

using nlohmann::json;
using testing::Cli;
using testing::value_of;
using testing::write_text;

using CliRun = Cli;

/// A run's output without the sizes of the model, which cli_memory_test.cpp reads.
std::string without_memory(const std::string& output) {
  static const std::regex sizes("  arena +[\\d,]+ bytes of RAM\n  weights +[\\d,]+ bytes of flash\n");
  EXPECT_TRUE(std::regex_search(output, sizes)) << output;
  return std::regex_replace(output, sizes, "");
}

TEST_F(CliRun, IsCloseToTheFloatNetwork) {
  compile();
  EXPECT_EQ(without_memory(work_.pudu_ok("run out --input input.npy --output y.npy")),
            "1 sample\n  written       y.npy\n");
  EXPECT_EQ(array("y.npy").shape, array("expected.npy").shape);
  EXPECT_EQ(array("y.npy").dtype, base::ArrayType::Float32);
  const std::vector<float> expected = base::to_float32(array("expected.npy"));
  EXPECT_GE(testing::sqnr_db(expected, base::to_float32(array("y.npy"))), 25.0);

  work_.pudu_ok("run net.pt2 --input input.npy --output float.npy");
  EXPECT_GE(testing::sqnr_db(expected, base::to_float32(array("float.npy"))), 100.0);
}

TEST_F(CliRun, TakesSamplesWithAndWithoutTheModelsBatch) {
  compile();
  EXPECT_EQ(without_memory(work_.pudu_ok("run out --input calib.npy --output a.npy")),
            "4 samples\n  written       a.npy\n");
  work_.pudu_ok("run out --input calib5.npy --output b.npy");
  ASSERT_TRUE(frontends::write_npz(work_.path("calib.npz"), {{"in0", array("calib.npy")}}).ok());
  work_.pudu_ok("run out --input calib.npz --output c.npz");
  EXPECT_EQ(array("a.npy").shape, (std::vector<std::int64_t>{4, 5}));
  EXPECT_EQ(array("a.npy"), array("b.npy"));
  EXPECT_EQ(array("a.npy"), value_of(frontends::read_npz(work_.path("c.npz"))).at("out0"));
}

TEST_F(CliRun, MakesTheFolderOfItsOutput) {
  compile();
  work_.pudu_ok("run out --input calib.npy --output not/yet/there/y.npy");
  EXPECT_EQ(array("not/yet/there/y.npy").shape, (std::vector<std::int64_t>{4, 5}));
}

TEST_F(CliRun, WarnsOfSamplesThatAreUnlikeTheCalibrationData) {
  compile();
  const base::Array calibration = array("calib.npy");
  std::vector<float> scaled = base::to_float32(calibration);
  for (float& element : scaled) element *= 255;
  write("bytes.npy", base::make_array(calibration.shape, scaled));
  const base::ProcessResult unlike = work_.pudu("run out --input bytes.npy");
  EXPECT_EQ(unlike.code, 0);
  EXPECT_THAT(unlike.standard_error, ::testing::ContainsRegex("warning: .* of the values of input '.*' are outside of "
                                                              "what calibration saw: .*prepared as in training[?]"));
  EXPECT_THAT(work_.pudu("run out --input bytes.npy --quiet").standard_error, ::testing::IsEmpty());
  EXPECT_THAT(work_.pudu("run out --input calib.npy").standard_error, ::testing::Not(::testing::HasSubstr("warning")));
}

TEST_F(CliRun, TakesAndGivesCodes) {
  compile();
  const json report = json::parse(text("out/report.json"));
  const auto code = [](const json& port, float real) {
    const float scaled = std::nearbyint(real / port.at("scale").get<float>());
    return static_cast<std::int8_t>(std::clamp(scaled + port.at("zero_point").get<float>(), -128.0F, 127.0F));
  };
  const base::Array real = array("calib.npy");
  std::vector<std::int8_t> codes;
  for (const float element : real.data<float>()) codes.push_back(code(report.at("io").at(0), element));
  write("codes.npy", base::make_array(real.shape, std::span<const std::int8_t>(codes)));

  work_.pudu_ok("run out --input calib.npy --raw --output a.npy");
  work_.pudu_ok("run out --input codes.npy --raw --output b.npy");
  work_.pudu_ok("run out --input codes.npy --output reals.npy");
  EXPECT_EQ(array("a.npy").dtype, base::ArrayType::Int8);
  EXPECT_EQ(array("a.npy"), array("b.npy"));
  std::vector<std::int8_t> coded_reals;
  for (const float element : base::to_float32(array("reals.npy")))
    coded_reals.push_back(code(report.at("io").at(1), element));
  EXPECT_EQ(base::make_array({4, 5}, std::span<const std::int8_t>(coded_reals)), array("a.npy"));
}

TEST_F(CliRun, CountsCorrectLabelsOfTheSamplesThatRan) {
  compile();
  work_.pudu_ok("run out --input calib.npy --output y.npy");
  const base::Array scores = array("y.npy");
  base::Array labels{base::ArrayType::Int8, {4}, {}};
  for (std::size_t i = 0; i < 4; ++i) {
    const std::span<const float> row = scores.data<float>().subspan(i * 5, 5);
    const auto best = std::max_element(row.begin(), row.end()) - row.begin();
    labels.bytes.push_back(static_cast<std::byte>(i == 3 ? (best + 1) % 5 : best));  // the last one is wrong
  }
  write("labels.npy", labels);
  EXPECT_EQ(without_memory(work_.pudu_ok("run out --input calib.npy --labels labels.npy")),
            "4 samples\n  accuracy      75.00 % (3 of 4)\n");
  EXPECT_EQ(without_memory(work_.pudu_ok("run out --input calib.npy --labels labels.npy --limit 2")),
            "2 samples\n  accuracy      100.00 % (2 of 2)\n");
  json result = json::parse(work_.pudu_ok("run out --input calib.npy --labels labels.npy --json"));
  const json report = json::parse(text("out/report.json"));
  EXPECT_EQ(result, (json{{"samples", 4},
                          {"correct", 3},
                          {"arena_bytes", report.at("arena_bytes")},
                          {"constants_bytes", result.at("constants_bytes")}}));
  EXPECT_GT(result.at("constants_bytes"), 0);
}

TEST_F(CliRun, TakesSeveralInputsAndGivesSeveralOutputs) {
  const auto arrays = value_of(frontends::read_npz(testing::test_data("reader/two_inputs_two_outputs.npz")));
  work_.copy(testing::test_data("reader/two_inputs_two_outputs.pt2"), "two.pt2");
  write("a_calib.npy", arrays.at("calib0"));
  write("b_calib.npy", arrays.at("calib1"));
  write("a.npy", arrays.at("in0"));
  write("b.npy", arrays.at("in1"));
  ASSERT_TRUE(
      frontends::write_npz(work_.path("both.npz"), {{"in0", arrays.at("in0")}, {"in1", arrays.at("in1")}}).ok());
  // The model stands behind the data: an option takes one value each time.
  work_.pudu_ok("compile --calibration a_calib.npy --calibration b_calib.npy two.pt2 -o two");
  work_.pudu_ok("run two --input a.npy --input b.npy --output y.npz");
  work_.pudu_ok("run --input both.npz two --output z.npz");
  const auto y = value_of(frontends::read_npz(work_.path("y.npz")));
  EXPECT_EQ(y, value_of(frontends::read_npz(work_.path("z.npz"))));
  ASSERT_EQ(y.size(), 2U);
  for (const char* port : {"out0", "out1"}) {
    EXPECT_EQ(y.at(port).shape, arrays.at(port).shape);
    // Four samples do not cover the input's range, and what is beyond is cut off.
    EXPECT_GE(testing::sqnr_db(base::to_float32(arrays.at(port)), base::to_float32(y.at(port))), 15.0) << port;
  }
}

TEST_F(CliRun, GivesTheSameBytesOnTheEmulatedBoard) {
  write_text(work_.path("out/main.cpp"), "this is no C++\n");  // a foreign file is no part of the firmware
  compile();
  work_.pudu_ok("run out --input calib.npy --raw --output host.npy");
  const json result = json::parse(work_.pudu_ok("run out --input calib.npy --raw --output board.npy --on qemu --json"));
  EXPECT_EQ(array("host.npy"), array("board.npy"));
  EXPECT_EQ(result.at("board"), "mps3-an547");
  EXPECT_EQ(result.at("samples"), 4);
  EXPECT_EQ(result.at("instructions").size(), 4U);
  for (const char* field : {"code_bytes", "constants_bytes", "static_ram_bytes", "stack_bytes"}) {
    EXPECT_GT(result.at(field).get<int>(), 0) << field;
  }
}

using CliBench = Cli;

TEST_F(CliBench, AddsWhatItMeasuredToTheReport) {
  compile("-o out --target cortex-m4");
  const std::string out = work_.pudu_ok("bench out --json");
  EXPECT_EQ(out, text("out/report.json"));
  const json report = json::parse(out);
  for (const char* field : {"instructions", "code_bytes", "stack_bytes"}) {
    EXPECT_GT(report.at(field).get<int>(), 0) << field;
  }
  const std::string words = work_.pudu_ok("bench out --input input.npy");
  EXPECT_NE(words.find("net.pt2 on cortex-m4 (ISA dsp), mps2-an386 in QEMU\n"), std::string::npos) << words;
  EXPECT_NE(words.find("executed instructions, not cycles"), std::string::npos) << words;
}

TEST_F(CliBench, ShowsLayersThatAddUpAndTheirClasses) {
  compile("-o out --target cortex-m4");
  const json report = json::parse(work_.pudu_ok("bench out --json"));
  const char* classes[] = {"loads", "stores", "multiplies", "mve", "branches", "others"};
  const auto sum_of_classes = [&](const json& executed) {
    std::int64_t sum = 0;
    for (const char* name : classes) sum += executed.at(name).get<std::int64_t>();
    return sum;
  };
  std::int64_t in_layers = 0;
  for (const json& layer : report.at("layers")) {
    const auto instructions = layer.at("instructions").get<std::int64_t>();
    EXPECT_GT(instructions, 0) << layer.at("name");
    EXPECT_EQ(sum_of_classes(layer.at("executed")), instructions) << layer.at("name");
    EXPECT_GT(layer.at("executed").at("cycles").get<std::int64_t>(), instructions) << layer.at("name");
    in_layers += instructions;
  }
  const auto whole = report.at("instructions").get<std::int64_t>();
  EXPECT_EQ(sum_of_classes(report.at("executed")), whole);
  EXPECT_LT(in_layers, whole);
  EXPECT_GT(in_layers, whole - 300);

  const std::string words = work_.pudu_ok("bench out --verbose");
  for (const char* part :
       {"est. cycles", "(between the layers)", "estimated from published timings", "of these taken"}) {
    EXPECT_NE(words.find(part), std::string::npos) << part << "\n" << words;
  }
  for (const json& layer : report.at("layers")) {
    EXPECT_NE(words.find("\n  " + layer.at("name").get<std::string>() + " "), std::string::npos) << words;
  }
}

TEST_F(CliBench, ComparesTwoMeasurementsLayerByLayer) {
  compile("-o out --target cortex-m4");
  compile("-o other --target cortex-m0");
  const std::string before = work_.pudu_ok("bench other --json");
  write_text(work_.path("before.json"), before);
  const std::string words = work_.pudu_ok("bench out --compare other");
  EXPECT_NE(words.find("Against net.pt2 on cortex-m0:\n"), std::string::npos) << words;
  EXPECT_NE(words.find("\n  total "), std::string::npos) << words;
  const json comparison = json::parse(work_.pudu_ok("bench out --compare before.json --json"));
  EXPECT_EQ(comparison.at("measured_on"), "cortex-m4");
  EXPECT_EQ(comparison.at("other_measured_on"), "cortex-m0");
  const json other = json::parse(before);
  const json& total = comparison.at("layers").back();
  EXPECT_EQ(total.at("name"), "total");
  EXPECT_EQ(total.at("instructions"), json::parse(text("out/report.json")).at("instructions"));
  EXPECT_EQ(total.at("other_instructions"), other.at("instructions"));
  const json& first = comparison.at("layers").front();
  EXPECT_EQ(first.at("other_instructions"), other.at("layers")[0].at("instructions"));
  EXPECT_EQ(first.at("other_cycles"), other.at("layers")[0].at("executed").at("cycles"));
}

}  // namespace
}  // namespace pudu
