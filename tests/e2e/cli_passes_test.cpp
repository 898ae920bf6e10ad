// The list of passes at the command line: --print-passes, --stop-after, --disable-pass, the times and the texts of
// passes, and every message that these options can give.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <regex>

#include "e2e/cli_workspace.hpp"
#include "ir/graph.hpp"
#include "program/program.hpp"
#include "support/models.hpp"

namespace pudu {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::read_text;

const std::vector<std::string>& all_passes() {
  static const std::vector<std::string> names = {"eliminate_dead_code",
                                                 "drop_identities",
                                                 "fold_constants",
                                                 "recognize_activations",
                                                 "matmul_to_linear",
                                                 "simplify_pooling",
                                                 "simplify_data_movement",
                                                 "fuse_pad",
                                                 "fold_batch_norm",
                                                 "fold_affine",
                                                 "fuse_activations",
                                                 "simplify_data_movement_again",
                                                 "permute_linear_weights",
                                                 "separate_fixed_inputs",
                                                 "calibrate",
                                                 "quantize",
                                                 "lower",
                                                 "correct_biases",
                                                 "remove_dead_channels",
                                                 "reorder",
                                                 "prepare",
                                                 "plan"};
  return names;
}

/// A workspace with a network and its calibration data.
class CliPasses : public ::testing::Test {
 protected:
  void SetUp() override {
    const testing::ModelFiles files = testing::model_files("tiny_cnn");
    work_.copy(files.model, "tiny.pt2");
    work_.copy(files.calibration, "calib.npy");
  }

  /// Exit code and standard error of a command that prints no result and leaves no file.
  std::string failure(const std::string& arguments) const {
    const auto before = testing::tree_of(work_.path());
    const base::ProcessResult result = work_.pudu(arguments);
    EXPECT_EQ(result.standard_output, "") << arguments;
    EXPECT_TRUE(testing::tree_of(work_.path()) == before) << arguments;
    return std::to_string(result.code) + " " + result.standard_error;
  }

  json json_of(const std::string& arguments) const { return json::parse(work_.pudu_ok(arguments + " --json")); }

  std::vector<std::string> names_in(const json& list) const {
    std::vector<std::string> names;
    for (const json& item : list) names.push_back(item.at("name"));
    return names;
  }

  testing::CliWorkspace work_;
};

TEST_F(CliPasses, PrintsTheListWithoutAModel) {
  for (const std::string command : {"compile", "analyze"}) {
    const std::string text = work_.pudu_ok(command + " --print-passes");
    std::istringstream lines(text);
    std::vector<std::string> first_words;
    for (std::string line; std::getline(lines, line);) first_words.push_back(line.substr(0, line.find(' ')));
    ASSERT_FALSE(first_words.empty());
    EXPECT_EQ(first_words.front(), "pass");
    first_words.erase(first_words.begin());
    EXPECT_EQ(first_words, all_passes());
    EXPECT_THAT(text, HasSubstr("\nfold_batch_norm               graph                yes       before the activation "
                                "behind it is fused: bounds hold for the normalized value\n"));
    EXPECT_THAT(text, HasSubstr("\nlower                         graph, target        no        makes kernel calls of "
                                "operators; scratch buffers get the target's size\n"));
    EXPECT_EQ(work_.pudu_ok(command + " --print-passes --quiet"), "");
  }
}

TEST_F(CliPasses, PrintsTheListAsJson) {
  const json list = json_of("compile --print-passes");
  EXPECT_EQ(names_in(list), all_passes());
  EXPECT_EQ(list.at(14), (json{{"name", "calibrate"},
                               {"needs", {"graph", "calibration"}},
                               {"reason", "when the float graph is final: it measures the ranges of its values"},
                               {"required", "'quantize' needs it: scales and zero points come from measured ranges"}}));
  EXPECT_TRUE(list.at(0).at("required").is_null());
}

TEST_F(CliPasses, PrintsWhatWouldRun) {
  EXPECT_THAT(names_in(json_of("compile --print-passes --stop-after fold_constants --disable-pass drop_identities")),
              ElementsAre("eliminate_dead_code", "fold_constants"));
  std::vector<std::string> expected = all_passes();
  std::erase(expected, "correct_biases");
  EXPECT_EQ(names_in(json_of("analyze --print-passes --bias-correction off")), expected);
}

TEST_F(CliPasses, StopsAndPrintsTheGraph) {
  const std::string text = work_.pudu_ok("compile tiny.pt2 --stop-after fold_batch_norm");
  EXPECT_TRUE(text.starts_with("graph tiny {\n")) << text;
  EXPECT_EQ(text.find("batch_norm"), std::string::npos);
  EXPECT_THAT(text, HasSubstr("\"clamp\"")) << "the activations are fused later";
  const std::string earlier = work_.pudu_ok("analyze tiny.pt2 --stop-after fuse_pad");
  EXPECT_THAT(earlier, HasSubstr("batch_norm("));
  EXPECT_EQ(work_.pudu_ok("compile tiny.pt2 --stop-after fuse_pad --quiet"), "");
}

TEST_F(CliPasses, StopsAndPrintsTheProgram) {
  const std::string lowered =
      work_.pudu_ok("compile tiny.pt2 --calibration calib.npy --target m4 --stop-after lower -o out");
  EXPECT_TRUE(lowered.starts_with("program tiny {\n  target cortex-m4 dsp\n")) << lowered;
  EXPECT_FALSE(fs::exists(work_.path("out"))) << "nothing was compiled";
  EXPECT_TRUE(work_.pudu_ok("analyze tiny.pt2 --stop-after plan").starts_with("program tiny {\n"));
}

TEST_F(CliPasses, StopsAndPrintsJson) {
  const json stopped = json_of("compile tiny.pt2 --stop-after drop_identities");
  EXPECT_EQ(stopped.at("stopped_after"), "drop_identities");
  EXPECT_EQ(stopped.at("form"), "graph");
  EXPECT_EQ(stopped.at("text"), work_.pudu_ok("compile tiny.pt2 --stop-after drop_identities"));
  EXPECT_THAT(names_in(stopped.at("stages")), ElementsAre("read", "eliminate_dead_code", "drop_identities"));
  for (const json& stage : stopped.at("stages")) {
    EXPECT_GE(stage.at("seconds").get<double>(), 0.0);
    EXPECT_GT(stage.at("peak_memory_bytes").get<std::size_t>(), 0U);
  }
}

TEST_F(CliPasses, StopsAndWritesTheTextOfEveryPass) {
  EXPECT_EQ(work_.pudu_ok("analyze tiny.pt2 --stop-after lower --intermediates texts --disable-pass fuse_pad"),
            "stopped after lower; the program is in texts\n");
  std::vector<std::string> expected = {"01-read.ir"};
  for (const std::string& pass : all_passes()) {
    if (pass == "fuse_pad") continue;
    const std::string number = std::to_string(expected.size() + 1);
    expected.push_back((number.size() < 2 ? "0" : "") + number + "-" + pass + (pass == "lower" ? ".program" : ".ir"));
    if (pass == "lower") break;
  }
  std::vector<std::string> found;
  for (const auto& [name, content] : testing::tree_of(work_.path("texts"))) {
    if (!name.ends_with(".constants")) found.push_back(name);
  }
  EXPECT_EQ(found, expected);
  EXPECT_EQ(read_text(work_.path("texts/17-lower.program")),
            work_.pudu_ok("analyze tiny.pt2 --stop-after lower --disable-pass fuse_pad"));
}

TEST_F(CliPasses, TimesEveryPassOfAReport) {
  work_.pudu_ok("compile tiny.pt2 --calibration calib.npy -o out --disable-pass fuse_pad --disable-pass fold_affine");
  const json report = json::parse(read_text(work_.path("out/report.json")));
  std::vector<std::string> expected = {"read"};
  for (const std::string& pass : all_passes()) {
    if (pass != "fuse_pad" && pass != "fold_affine") expected.push_back(pass);
  }
  expected.emplace_back("emit");
  EXPECT_EQ(names_in(report.at("stages")), expected);
}

TEST_F(CliPasses, ShowsTheTimeOfEveryPassWhenVerbose) {
  const base::ProcessResult result = work_.pudu("analyze tiny.pt2 --stop-after quantize --verbose");
  EXPECT_TRUE(result.succeeded());
  EXPECT_TRUE(std::regex_search(result.standard_error, std::regex("  fold_affine +\\d+\\.\\d\\d m?s\n")))
      << result.standard_error;
}

TEST_F(CliPasses, CompilesWithoutAPassWhatRunsTheSame) {
  work_.pudu_ok("compile tiny.pt2 --calibration calib.npy -o all");
  work_.pudu_ok("compile tiny.pt2 --calibration calib.npy -o less --disable-pass fuse_activations");
  const auto calls = [&](const std::string& folder) {
    return json::parse(read_text(work_.path(folder + "/report.json"))).at("layers").size();
  };
  EXPECT_GT(calls("less"), calls("all")) << "activations that are not fused are kernel calls";
  work_.copy(testing::model_files("tiny_cnn").input, "input.npy");
  work_.pudu_ok("run less --input input.npy --output scores.npy");
  EXPECT_TRUE(fs::exists(work_.path("scores.npy")));
}

TEST_F(CliPasses, NamesAreExact) {
  std::string names;
  for (const std::string& name : all_passes()) names += (names.empty() ? "" : ", ") + name;
  EXPECT_EQ(
      failure("compile tiny.pt2 --calibration calib.npy -o out --disable-pass fold_batchnorm"),
      "1 error: --disable-pass: unknown pass 'fold_batchnorm'; " + names + "\nhint: did you mean 'fold_batch_norm'?\n");
  EXPECT_EQ(failure("analyze tiny.pt2 --stop-after lowering"),
            "1 error: --stop-after: unknown pass 'lowering'; " + names + "\n");
  EXPECT_EQ(failure("analyze --print-passes --stop-after plam"),
            "1 error: --stop-after: unknown pass 'plam'; " + names + "\nhint: did you mean 'plan'?\n");
}

TEST_F(CliPasses, RequiredPassesStay) {
  const std::string start = "1 error: --disable-pass: ";
  EXPECT_EQ(failure("analyze tiny.pt2 --disable-pass calibrate"),
            start +
                "'calibrate' cannot be left out; 'quantize' needs it: scales and zero points come from measured "
                "ranges\n");
  EXPECT_EQ(failure("analyze tiny.pt2 --disable-pass quantize"),
            start + "'quantize' cannot be left out; 'lower' needs it: kernels compute on int8 data\n");
  EXPECT_EQ(failure("compile tiny.pt2 --calibration calib.npy -o out --disable-pass lower"),
            start + "'lower' cannot be left out; 'correct_biases' needs it: it runs the kernels of the program\n");
  EXPECT_EQ(
      failure("analyze tiny.pt2 --disable-pass lower --disable-pass correct_biases"),
      start +
          "'lower' cannot be left out; 'remove_dead_channels' needs it: it looks at the integers of kernel calls\n");
  EXPECT_EQ(failure("analyze tiny.pt2 --disable-pass plan"),
            start + "'plan' cannot be left out; a compiled model must know where its buffers lie\n");
  EXPECT_EQ(failure("analyze tiny.pt2 --stop-after fuse_pad --disable-pass fuse_pad"),
            "1 error: --stop-after: 'fuse_pad' is disabled; a pass that runs\n");
  EXPECT_EQ(failure("analyze tiny.pt2 --stop-after correct_biases --bias-correction off"),
            "1 error: --stop-after: 'correct_biases' is disabled; a pass that runs\n");
}

TEST_F(CliPasses, WhatIsLeftOverIsUnsupported) {
  const std::string text = failure("analyze tiny.pt2 --disable-pass fold_batch_norm");
  EXPECT_THAT(text,
              HasSubstr("3 error: tiny.pt2: batch_norm: batch_norm has no kernel; the pass fold_batch_norm puts it "
                        "into a neighbour or makes it a depthwise convolution\nhint: at zoo.py:26"));
}

TEST_F(CliPasses, AsksForWhatIsNecessaryOnly) {
  const std::string no_data =
      "1 error: --calibration: no calibration data; a few typical inputs, preprocessed as in training\n"
      "hint: numpy.save(\"samples.npy\", inputs) with samples on the first axis; `pudu analyze` needs none\n";
  EXPECT_EQ(failure("compile tiny.pt2 --stop-after calibrate"), no_data);
  EXPECT_EQ(failure("compile tiny.pt2 -o out"), no_data);
  EXPECT_TRUE(work_.pudu("compile tiny.pt2 --stop-after separate_fixed_inputs").succeeded());
  EXPECT_EQ(failure("compile --stop-after calibrate"),
            "1 error: compile: MODEL is required\nhint: see `pudu compile --help`\n");
  EXPECT_EQ(failure("analyze"), "1 error: analyze: MODEL is required\nhint: see `pudu analyze --help`\n");
  EXPECT_EQ(failure("compile tiny.pt2 --disable-pass fuse_pad"),
            "1 error: compile: --output is required\nhint: see `pudu compile --help`\n");
}

TEST_F(CliPasses, HelpAndDocumentationNameThem) {
  for (const std::string command : {"compile", "analyze"}) {
    const std::string help = work_.pudu_ok(command + " --help");
    for (const char* option : {"--print-passes", "--stop-after", "--disable-pass"}) {
      EXPECT_THAT(help, HasSubstr(option));
    }
  }
  const std::string documentation = read_text(PUDU_SOURCE_DIR "/docs/passes.md");
  for (const std::string& pass : all_passes()) {
    EXPECT_NE(documentation.find("\n| `" + pass + "` | "), std::string::npos) << "docs/passes.md lacks " << pass;
  }
}

}  // namespace
}  // namespace pudu
