// `--target any` through the real binary: what compile, analyze, inspect, run, bench and the report say about a model
// for every CPU, and the CPUs it runs on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <regex>

#include "e2e/cli_workspace.hpp"
#include "support/models.hpp"

namespace pudu {
namespace {

using nlohmann::json;
using testing::CliWorkspace;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::read_text;

/// ds_cnn has depthwise convolutions, whose scratch in CMSIS-NN differs most between the ISAs.
class CliAny : public ::testing::Test {
 protected:
  void SetUp() override {
    const testing::ModelFiles files = testing::model_files("ds_cnn");
    work_.copy(files.model, "net.pt2");
    work_.copy(files.calibration, "calib.npy");
    work_.copy(files.input, "input.npy");
  }

  json compile(const std::string& more) const {
    return json::parse(work_.pudu_ok("compile net.pt2 --calibration calib.npy --json " + more));
  }

  CliWorkspace work_;
};

TEST_F(CliAny, TheReportComparesWithEveryExactTarget) {
  const json any = compile("--target any --kernels cmsis-nn -o any");
  EXPECT_EQ(any.at("target"), (json{{"cpu", "any"}, {"isa", "any"}, {"kernels", "cmsis-nn"}, {"optimize", ""}}));
  std::size_t largest = 0;
  ASSERT_EQ(any.at("exact_targets").size(), 3U);
  const std::pair<const char*, const char*> cpus[] = {
      {"scalar", "cortex-m0"}, {"dsp", "cortex-m4"}, {"mve", "cortex-m55"}};
  for (std::size_t i = 0; i < std::size(cpus); ++i) {
    const json& cost = any.at("exact_targets").at(i);
    const json exact = compile(std::string("--kernels cmsis-nn -o exact --target ") + cpus[i].second);
    EXPECT_EQ(cost.at("isa"), cpus[i].first);
    EXPECT_EQ(cost.at("arena_bytes"), exact.at("arena_bytes")) << cpus[i].second;
    EXPECT_TRUE(exact.at("exact_targets").empty());
    std::size_t scratch = 0;
    for (const json& layer : exact.at("layers"))
      scratch = std::max(scratch, layer.at("scratch_bytes").get<std::size_t>());
    EXPECT_EQ(cost.at("scratch_bytes").get<std::size_t>(), scratch) << cpus[i].second;
    largest = std::max(largest, exact.at("arena_bytes").get<std::size_t>());
  }
  EXPECT_GE(any.at("arena_bytes").get<std::size_t>(), largest);
  EXPECT_LT(any.at("exact_targets").at(0).at("arena_bytes"), any.at("arena_bytes"))
      << "MVE's depthwise convolutions take scratch that a scalar core does without";
  EXPECT_THAT(read_text(work_.path("any/report.html")), HasSubstr("Cost of running everywhere"));
  EXPECT_THAT(read_text(work_.path("exact/report.html")), Not(HasSubstr("Cost of running everywhere")));
}

TEST_F(CliAny, EveryCommandKnowsIt) {
  const std::string compiled = work_.pudu_ok("compile net.pt2 --calibration calib.npy --target any -o any");
  const std::string table =
      "  compiled for +arena, bytes +largest scratch +any costs more\n  scalar only +[\\d,]+ +[\\d,]+ +[\\d,]+\n"
      "  dsp only +[\\d,]+ +[\\d,]+ +[\\d,]+\n  mve only +[\\d,]+ +[\\d,]+ +[\\d,]+\n  any +[\\d,]+ +[\\d,]+\n";
  EXPECT_TRUE(std::regex_search(compiled, std::regex(table))) << compiled;
  const std::string analyzed = work_.pudu_ok("analyze net.pt2 --target any");
  EXPECT_TRUE(std::regex_search(analyzed, std::regex(table))) << analyzed;
  EXPECT_FALSE(std::regex_search(work_.pudu_ok("analyze net.pt2"), std::regex("any costs more")));
  const std::string inspected = work_.pudu_ok("inspect any");
  EXPECT_TRUE(std::regex_search(inspected, std::regex("for any \\(ISA any\\).*\n  compiled by Pudu [\\d.]+, kernel ABI "
                                                      "\\d+, builtin kernels\n")))
      << inspected;
  work_.pudu_ok("run any --input input.npy --raw --output host.npy");
}

TEST_F(CliAny, RunsOnTheChosenCpuWithTheSameBytes) {
  compile("--target any -o any");
  work_.pudu_ok("run any --input input.npy --limit 1 --raw --output host.npy");
  for (const char* cpu : {"cortex-m0", "M4", "cortex-m55", ""}) {
    const std::string target = *cpu != '\0' ? std::string(" --target ") + cpu : "";
    const json result = json::parse(
        work_.pudu_ok("run any --input input.npy --limit 1 --raw --output board.npy --on qemu --json" + target));
    EXPECT_EQ(read_text(work_.path("board.npy")), read_text(work_.path("host.npy"))) << cpu;
    if (target.empty()) {
      EXPECT_EQ(result.at("cpu"), "cortex-m55");
    }
  }
}

TEST_F(CliAny, BenchTellsTheCpu) {
  EXPECT_TRUE(compile("--target any -o any").at("measured_on").is_null());
  const std::string words = work_.pudu_ok("bench any --target cortex-m4");
  EXPECT_THAT(words, HasSubstr("net.pt2 for any CPU, on cortex-m4, mps2-an386 in QEMU\n"));
  EXPECT_EQ(json::parse(read_text(work_.path("any/report.json"))).at("measured_on"), "cortex-m4");
}

}  // namespace
}  // namespace pudu
