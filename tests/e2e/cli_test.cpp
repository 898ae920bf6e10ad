// `pudu` doing what it is asked, through the real binary: every command with its options; run and bench are in
// cli_run_test.cpp.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>

#include "base/npy.hpp"
#include "e2e/cli_network.hpp"
#include "ir/graph.hpp"
#include "program/program.hpp"
#include "support/models.hpp"

namespace pudu {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::Cli;
using testing::read_text;
using testing::value_of;
using testing::write_text;

using CliCompile = Cli;

TEST_F(CliCompile, SaysWhatCameOutAndWhere) {
  const std::string out = work_.pudu_ok("compile net.pt2 --calibration calib.npy --target m4 -o some/where/out");
  EXPECT_TRUE(std::regex_match(out, std::regex("net\\.pt2 for cortex-m4 \\(ISA dsp\\)\n"
                                               "  arena +[\\d,]+ bytes \\(lower bound [\\d,]+\\)\n"
                                               "  weights +[\\d,]+ bytes\n"
                                               "  work +[\\d,]+ multiply-accumulates in \\d+ kernel calls\n"
                                               "  note +1 transpose\\(s\\) remain:\n"
                                               "( {13}\\S.*\n)+"
                                               "  written  some/where/out/model.hpp, model.cpp, CMakeLists.txt, "
                                               "report.html, report.json\n")))
      << out;
  for (const char* file : {"model.hpp", "model.cpp", "model.pudu", "CMakeLists.txt", "report.html", "report.json"}) {
    EXPECT_TRUE(fs::is_regular_file(work_.path("some/where/out") / file)) << file;
  }
}

TEST_F(CliCompile, PrintsTheReportAsJson) {
  const std::string out = work_.pudu_ok("compile net.pt2 --calibration calib.npy -o out --json");
  EXPECT_EQ(out, text("out/report.json"));
  const json report = json::parse(out);
  EXPECT_EQ(report.at("model"), "net.pt2");
  EXPECT_EQ(report.at("target"),
            (json{{"cpu", "cortex-m55"}, {"isa", "mve"}, {"kernels", "builtin"}, {"optimize", "balanced"}}));
  EXPECT_GE(report.at("arena_bytes").get<int>(), report.at("lower_bound_bytes").get<int>());
  EXPECT_TRUE(report.at("code_bytes").is_null());
  EXPECT_EQ(report.at("io").at(0).at("shape"), (json{1, 4, 8, 8}));
  std::vector<std::string> stages;
  for (const json& stage : report.at("stages")) stages.push_back(stage.at("name"));
  EXPECT_EQ(stages.front(), "read");
  EXPECT_EQ(stages.back(), "emit");
}

TEST_F(CliCompile, IsSilentWhenAskedToBe) {
  const base::ProcessResult result = work_.pudu("compile net.pt2 --calibration calib.npy -o out --quiet");
  EXPECT_TRUE(result.succeeded());
  EXPECT_EQ(result.standard_output + result.standard_error, "");
}

TEST_F(CliCompile, TellsEveryStepWhenVerbose) {
  const base::ProcessResult result = work_.pudu("compile net.pt2 --calibration calib.npy -o out --verbose");
  EXPECT_TRUE(result.succeeded());
  for (const char* stage : {"read", "fold_batch_norm", "calibrate", "quantize", "lower", "plan", "emit"}) {
    EXPECT_NE(result.standard_error.find(std::string("  ") + stage + " "), std::string::npos) << stage;
  }
}

TEST_F(CliCompile, WritesIntermediatesThatReadBack) {
  compile("-o out --intermediates stages");
  std::set<std::string> kinds;
  for (const fs::directory_entry& entry : fs::directory_iterator(work_.path("stages"))) {
    const fs::path& file = entry.path();
    if (file.extension() == ".constants") continue;
    kinds.insert(file.extension().string());
    const std::string content = read_text(file);
    const std::string constants = read_text(fs::path(file).replace_extension(".constants"));
    const auto bytes = std::as_bytes(std::span(constants.data(), constants.size()));
    if (file.extension() == ".ir") {
      EXPECT_EQ(ir::print(value_of(ir::parse(content, bytes))).text, content) << file;
    } else {
      EXPECT_EQ(program::print(value_of(program::parse(content, bytes))).text, content) << file;
    }
  }
  EXPECT_EQ(kinds, (std::set<std::string>{".ir", ".program"}));
  for (const char* stage : {"01-read.ir", "02-eliminate_dead_code.ir", "10-fold_batch_norm.ir", "17-quantize.ir",
                            "18-lower.program", "21-reorder.program", "22-prepare.program", "23-plan.program"}) {
    EXPECT_TRUE(fs::exists(work_.path("stages") / stage)) << stage;
  }
}

/// A folder's files; of the reports without the time and memory that each stage took.
std::map<std::string, std::string> repeatable_files(const fs::path& folder) {
  std::map<std::string, std::string> files = testing::tree_of(folder);
  json report = json::parse(files.at("report.json"));
  report.erase("stages");
  files["report.json"] = report.dump();
  std::string& html = files.at("report.html");
  const std::size_t begin = html.find("<tr><th scope=\"row\">read</th>");
  const std::size_t end = html.find("</tfoot>", begin);
  EXPECT_NE(end, std::string::npos);
  html.erase(begin, end - begin);
  return files;
}

TEST_F(CliCompile, GivesTheSameBytesTwice) {
  compile("-o first");
  compile("-o second");
  const auto first = repeatable_files(work_.path("first"));
  const auto second = repeatable_files(work_.path("second"));
  for (const auto& [name, content] : first) EXPECT_TRUE(content == second.at(name)) << name;
  EXPECT_EQ(first.size(), second.size());
}

TEST_F(CliCompile, GivesTheSameBytesWithAnyNumberOfThreads) {
  compile("-o one --jobs 1");
  compile("-o five --jobs 5");
  const auto one = repeatable_files(work_.path("one"));
  const auto five = repeatable_files(work_.path("five"));
  for (const auto& [name, content] : one) EXPECT_TRUE(content == five.at(name)) << name;
  EXPECT_EQ(one.size(), five.size());
}

TEST_F(CliCompile, LeavesForeignFilesOfTheFolderAlone) {
  write_text(work_.path("out/main.cpp"), "this is no C++\n");
  compile();
  compile();
  EXPECT_EQ(text("out/main.cpp"), "this is no C++\n");
  for (const auto& [name, content] : testing::tree_of(work_.path("out"))) {
    EXPECT_EQ(name.find(".new"), std::string::npos) << name;
    EXPECT_EQ(name.find(".partial"), std::string::npos) << name;
  }
}

TEST_F(CliCompile, TakesFloatsAndGivesTheSameResults) {
  compile("-o int8");
  compile("-o float --io float32");
  work_.pudu_ok("run int8 --input calib.npy --output a.npy");
  work_.pudu_ok("run float --input calib.npy --output b.npy");
  EXPECT_EQ(array("a.npy"), array("b.npy"));
  EXPECT_NE(text("float/model.hpp").find("pudu::Span<const float>"), std::string::npos);
  EXPECT_NE(text("int8/model.hpp").find("pudu::Span<const std::int8_t>"), std::string::npos);
}

/// [N, C, H, W] -> [N, H, W, C], or [N, C, L] -> [N, L, C].
base::Array channels_last(const base::Array& channels_first) {
  std::vector<std::int64_t> s = channels_first.shape;
  const bool is_sequence = s.size() == 3;
  if (is_sequence) s.push_back(1);
  base::Array result{
      channels_first.dtype, {s[0], s[2], s[3], s[1]}, std::vector<std::byte>(channels_first.bytes.size())};
  if (is_sequence) result.shape = {s[0], s[2], s[1]};
  auto* target = reinterpret_cast<float*>(result.bytes.data());
  const std::span<const float> source = channels_first.data<float>();
  for (std::int64_t n = 0; n < s[0]; ++n) {
    for (std::int64_t c = 0; c < s[1]; ++c) {
      for (std::int64_t i = 0; i < s[2] * s[3]; ++i) {
        target[(n * s[2] * s[3] + i) * s[1] + c] = source[static_cast<std::size_t>((n * s[1] + c) * s[2] * s[3] + i)];
      }
    }
  }
  return result;
}

TEST_F(CliCompile, TakesChannelsLastAndGivesTheSameResultsWithoutTranspose) {
  compile("-o nchw --input-layout nchw");
  write("calib_nhwc.npy", channels_last(array("calib.npy")));
  work_.pudu_ok("compile net.pt2 --calibration calib_nhwc.npy --input-layout nhwc -o nhwc");
  work_.pudu_ok("run nchw --input calib.npy --output a.npy");
  work_.pudu_ok("run nhwc --input calib_nhwc.npy --output b.npy");
  EXPECT_EQ(array("a.npy"), array("b.npy"));
  EXPECT_EQ(json::parse(text("nchw/report.json")).at("transposes").size(), 1U);
  EXPECT_EQ(json::parse(text("nhwc/report.json")).at("transposes").size(), 0U);
}

TEST_F(CliCompile, TakesSequencesSampleBySample) {
  for (const std::string name : {"tcn.pt2", "tcn.calib0.npy"}) work_.copy(testing::test_data("models/" + name), name);
  write("samples.npy", channels_last(array("tcn.calib0.npy")));
  work_.pudu_ok("compile tcn.pt2 --calibration tcn.calib0.npy -o first");
  const std::string last = "compile tcn.pt2 --calibration samples.npy --input-layout nhwc -o ";
  work_.pudu_ok(last + "last");
  work_.pudu_ok(last + "fed --memory streamed --feed rows");
  work_.pudu_ok(last + "program.pte");
  work_.pudu_ok("run first --input tcn.calib0.npy --output a.npy");
  for (const std::string artifact : {"last", "fed", "program.pte"}) {
    work_.pudu_ok("run " + artifact + " --input samples.npy --output b.npy");
    EXPECT_EQ(array("a.npy"), array("b.npy")) << artifact;
  }
  EXPECT_EQ(json::parse(text("first/report.json")).at("transposes").size(), 1U);
  EXPECT_EQ(json::parse(text("last/report.json")).at("transposes").size(), 0U);
}

TEST_F(CliCompile, TakesASmallerIsa) {
  compile("-o out --target Cortex-M55 --isa scalar");
  EXPECT_EQ(json::parse(text("out/report.json")).at("target").at("isa"), "scalar");
  EXPECT_NE(text("out/model.cpp").find("Isa::Scalar"), std::string::npos);
}

TEST_F(CliCompile, ChoosesRangesAsTold) {
  compile("-o a --ranges minmax");
  compile("-o b --ranges histogram");
  EXPECT_NE(text("a/model.pudu"), text("b/model.pudu"));
}

TEST_F(CliCompile, TakesABatchSize) {
  work_.copy(testing::test_data("models/tiny_cnn_dynbatch.pt2"), "dynamic.pt2");
  work_.copy(testing::test_data("models/tiny_cnn.calib0.npy"), "images.npy");
  work_.pudu_ok("compile dynamic.pt2 --calibration images.npy --batch 2 -o out");
  EXPECT_EQ(json::parse(text("out/report.json")).at("io").at(0).at("shape"), (json{2, 1, 28, 28}));
}

TEST_F(CliCompile, SaysWhichBatchNobodyHasChosen) {
  work_.copy(testing::test_data("models/tiny_cnn_dynbatch.pt2"), "dynamic.pt2");
  work_.copy(testing::test_data("models/tiny_cnn.calib0.npy"), "images.npy");
  const std::string note =
      "  note     a batch of 4, as the example with which the model was exported; --batch 1 is for one sample\n";
  const std::string tail = "dynamic.pt2 --calibration images.npy ";
  EXPECT_THAT(work_.pudu_ok("compile " + tail + "-o four"), ::testing::HasSubstr(note));
  EXPECT_THAT(work_.pudu_ok("compile " + tail + "-o one --batch 1"),
              ::testing::Not(::testing::HasSubstr("a batch of")));
  EXPECT_THAT(work_.pudu_ok("compile " + tail + "-o same --batch 4"),
              ::testing::Not(::testing::HasSubstr("a batch of")));
  EXPECT_THAT(work_.pudu_ok("analyze dynamic.pt2"), ::testing::HasSubstr(note));
}

using CliAnalyze = Cli;

TEST_F(CliAnalyze, NeedsNoCalibrationAndFindsTheSizesOfACompilation) {
  compile("-o out --target cortex-m4");
  const json compiled = json::parse(text("out/report.json"));
  const json analyzed = json::parse(work_.pudu_ok("analyze net.pt2 --target cortex-m4 --json"));
  for (const char* field : {"arena_bytes", "weights_bytes", "macs", "parameters"}) {
    EXPECT_EQ(analyzed.at(field), compiled.at(field)) << field;
  }
  const json plain = json::parse(work_.pudu_ok("analyze net.pt2 --target cortex-m4 --disable-pass prepare --json"));
  EXPECT_EQ(analyzed.at("parameters"), plain.at("parameters")) << "whatever form the weights are stored in";
  for (const json& other : analyzed.at("alternatives")) {
    EXPECT_LT(other.at("arena_bytes"), analyzed.at("arena_bytes")) << other;
  }
  const std::string table = work_.pudu_ok("analyze net.pt2 --target cortex-m4");
  EXPECT_EQ(table.substr(0, table.find('\n')), "net.pt2 on cortex-m4 (ISA dsp)");
  for (const json& layer : compiled.at("layers")) {
    EXPECT_NE(table.find("\n  " + layer.at("name").get<std::string>() + " "), std::string::npos) << table;
  }
  EXPECT_EQ(std::count(table.begin(), table.end(), '<'), 1) << "one peak\n" << table;
  // Its largest buffer stands in the line behind.
  EXPECT_TRUE(
      std::regex_search(table, std::regex("\n  alive at the peak, \\S+\n +[0-9,]+ bytes  (input|activation|scratch)")))
      << table;
}

TEST_F(CliAnalyze, SaysWhetherItFits) {
  const std::string fits = work_.pudu_ok("analyze net.pt2 --ram 64K --flash 1MB");
  EXPECT_TRUE(fits.ends_with("\n  it fits\n")) << fits;
  const base::ProcessResult result = work_.pudu("analyze net.pt2 --ram 100");
  EXPECT_EQ(result.code, 4);
  EXPECT_NE(result.standard_output.find("<- peak"), std::string::npos) << "the table says why";
  EXPECT_EQ(work_.pudu("analyze net.pt2 --ram 100 --output why").code, 4);
  EXPECT_TRUE(std::filesystem::exists(work_.path("why/report.html"))) << "so does the report";
  EXPECT_TRUE(std::regex_match(result.standard_error,
                               std::regex("error: net.pt2: \\S+: the arena needs \\d+ bytes; --ram allows 100 bytes\n"
                                          "hint: .*\n")))
      << result.standard_error;
  const base::ProcessResult prepared = work_.pudu("analyze net.pt2 --target m4 --ram 1K --memory layerwise");
  EXPECT_EQ(prepared.code, 4);
  EXPECT_NE(
      prepared.standard_error.find("--disable-pass prepare (slower kernels with less scratch) fits: it needs 512"),
      std::string::npos)
      << prepared.standard_error;
  EXPECT_TRUE(work_.pudu("analyze net.pt2 --target m4 --ram 1K --disable-pass prepare").succeeded());
  EXPECT_TRUE(work_.pudu("analyze net.pt2 --target m4 --ram 1K").succeeded()) << "left to itself, it finds that";
  const std::string quiet = work_.pudu_ok("analyze net.pt2 --ram 64K --quiet");
  EXPECT_EQ(quiet, "");
}

using CliInspect = Cli;

TEST_F(CliInspect, ShowsAModelFile) {
  const std::string out = work_.pudu_ok("inspect net.pt2");
  EXPECT_NE(out.find("  input     "), std::string::npos) << out;
  EXPECT_NE(out.find("f32[1, 4, 8, 8]"), std::string::npos) << out;
  EXPECT_NE(out.find(" x conv2d\n"), std::string::npos) << out;
  EXPECT_NE(work_.pudu_ok("inspect net.pt2 --text").find(" = conv2d("), std::string::npos);
  const json object = json::parse(work_.pudu_ok("inspect net.pt2 --json"));
  EXPECT_GT(object.at("parameters").get<int>(), 0);
  EXPECT_GT(object.at("operators").at("conv2d").get<int>(), 0);
  EXPECT_EQ(object.at("inputs").at(0).at("shape"), (json{1, 4, 8, 8}));
  EXPECT_EQ(object.at("outputs").at(0).at("shape"), (json{1, 5}));
}

TEST_F(CliInspect, ShowsACompiledFolder) {
  compile();
  const std::string out = work_.pudu_ok("inspect out");
  EXPECT_NE(out.find(" for cortex-m55 (ISA mve): "), std::string::npos) << out;
  EXPECT_NE(out.find("conv2d_s8\n"), std::string::npos) << out;
  // What the firmware needs to know of its input: the numbers that model.hpp has.
  const json input = json::parse(text("out/report.json")).at("io").at(0);
  EXPECT_NE(out.find("  input     inputs_0 i8[1, 4, 8, 8] with scale "), std::string::npos) << out;
  EXPECT_NE(out.find(", zero point " + std::to_string(input.at("zero_point").get<int>()) + "\n"), std::string::npos)
      << out;
  EXPECT_NE(out.find("  output    "), std::string::npos) << out;
  EXPECT_EQ(work_.pudu_ok("inspect out --text").substr(0, 8), "program ");
  EXPECT_EQ(work_.pudu_ok("inspect out --json"), text("out/report.json"));
}

TEST_F(Cli, ListsTargets) {
  const json rows = json::parse(work_.pudu_ok("targets --json"));
  std::set<std::string> names;
  for (const json& row : rows) names.insert(row.at("name").get<std::string>());
  for (const char* cpu : {"cortex-m0", "cortex-m4", "cortex-m33", "cortex-m55"}) EXPECT_EQ(names.count(cpu), 1U) << cpu;
  for (const json& row : rows) EXPECT_EQ(row.at("isas").back(), row.at("default_isa"));
  const std::string table = work_.pudu_ok("targets");
  EXPECT_EQ(static_cast<std::size_t>(std::count(table.begin(), table.end(), '\n')), rows.size() + 2);
  EXPECT_NE(table.find("\nany  "), std::string::npos) << table;
  EXPECT_EQ(work_.pudu_ok("targets --markdown"), read_text(fs::path(PUDU_SOURCE_DIR) / "docs/targets.md"));
}

TEST_F(Cli, HelpBeginsWithExamples) {
  const std::string version = work_.pudu_ok("--version");
  EXPECT_TRUE(std::regex_match(version, std::regex("pudu \\d+\\.\\d+\\.\\d+\n"))) << version;
  for (const std::string command : {"", "compile ", "run ", "analyze ", "bench ", "inspect ", "scratch ", "targets "}) {
    const std::string help = work_.pudu_ok(command + "--help");
    const std::size_t example = help.find("\n  pudu " + command);
    EXPECT_NE(example, std::string::npos) << help;
    EXPECT_LT(example, help.find("Usage: pudu ")) << help;
    EXPECT_EQ(help.find("\n\n\n"), std::string::npos) << help;
  }
  const std::string overview = work_.pudu_ok("--help");
  EXPECT_TRUE(std::regex_search(overview, std::regex("\n  targets +List every CPU[^\n]*\n"))) << overview;
}

}  // namespace
}  // namespace pudu
