// The memory counters of `pudu analyze` and `pudu run` on three stacked convolutions: exact bytes, with scratch in the
// arena and in a pool of its own, on the host and in the linked image.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <string>

#include "e2e/cli_workspace.hpp"
#include "support/models.hpp"

namespace pudu {
namespace {

using nlohmann::json;
using testing::CliWorkspace;
using ::testing::HasSubstr;
using ::testing::Not;

class CliMemory : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const std::string name : {"three_convs", "digits_cnn"}) {
      for (const std::string& file : {name + ".pt2", name + ".in0.npy"}) {
        work_.copy(testing::test_data("models/" + file), file);
      }
    }
    work_.copy(testing::test_data("models/three_convs.calib0.npy"), "calib.npy");
  }

  json memory(const std::string& arguments) const {
    return json::parse(work_.pudu_ok("analyze " + arguments + " --json")).at("memory");
  }

  CliWorkspace work_;
};

json counters(int program, int planned, int temp) {
  return {{"model_pte_program_size", program},
          {"model_pte_loaded_size", program},
          {"method_allocator_planned", planned},
          {"method_allocator_loaded", 0},
          {"method_allocator_input", 0},
          {"method_allocator_executor", 0},
          {"temp_allocator", temp}};
}

// With the kernels of the dialect, which need less scratch than prepared ones.
TEST_F(CliMemory, ScratchInTheArenaNeedsNoMoreThanInAPool) {
  const std::string out = work_.pudu_ok("analyze three_convs.pt2 --target cortex-m0 --disable-pass prepare");
  EXPECT_TRUE(
      out.ends_with("\n  memory in bytes            scratch in arena in a pool of its own\n"
                    "  model_pte_program_size                3,208                3,208\n"
                    "  model_pte_loaded_size                 3,208                3,208\n"
                    "  method_allocator_planned              8,768                8,208\n"
                    "  method_allocator_loaded                   0                    0\n"
                    "  method_allocator_input                    0                    0\n"
                    "  method_allocator_executor                 0                    0\n"
                    "  temp_allocator                            0                  576\n"
                    "  RAM in all, without stack             8,768                8,784\n"))
      << out;
  const json expected = {{"scratch_in_arena", counters(3208, 8768, 0)}, {"scratch_in_pool", counters(3208, 8208, 576)}};
  EXPECT_EQ(memory("three_convs.pt2 --target cortex-m0 --disable-pass prepare"), expected);
}

// The third convolution takes 4 * 288 bytes.
TEST_F(CliMemory, CmsisNnsScratchIsFreeInTheArenaToo) {
  for (const std::string target : {"cortex-m55", "cortex-m0", "any"}) {
    const json expected = {{"scratch_in_arena", counters(3208, 10240, 0)},
                           {"scratch_in_pool", counters(3208, 10240, 1152)}};
    EXPECT_EQ(memory("three_convs.pt2 --kernels cmsis-nn --target " + target), expected) << target;
  }
}

TEST_F(CliMemory, ScratchAtThePeakIsPlannedWithIt) {
  const json expected = {{"scratch_in_arena", counters(19848, 2464, 0)},
                         {"scratch_in_pool", counters(19848, 2176, 576)}};
  EXPECT_EQ(memory("digits_cnn.pt2 --target cortex-m0 --disable-pass prepare"), expected);
}

// Kernels that are prepared for the vector unit hold a few words of scratch in every call, at the peak, too.
TEST_F(CliMemory, ScratchOfPreparedKernelsIsPlannedWithThem) {
  const json expected = {{"scratch_in_arena", counters(3712, 9840, 0)},
                         {"scratch_in_pool", counters(3712, 8240, 1632)}};
  EXPECT_EQ(memory("three_convs.pt2 --target cortex-m55"), expected);
}

class CliPeak : public CliMemory {
 protected:
  void SetUp() override {
    for (const std::string file : {"ds_cnn.pt2", "mobilenet_v1_025.pt2"}) {
      work_.copy(testing::test_data("models/" + file), file);
    }
    work_.copy(testing::test_data("models/mobilenet_v1_025.calib0.npy"), "calib.npy");
  }
};

// Of plans whose steps are not the calls, too.
TEST_F(CliPeak, IsTheSameInTheMessageAndInTheTable) {
  for (const std::string options :
       {"--memory layerwise", "--memory streamed", "--memory layerwise --disable-pass prepare"}) {
    const base::ProcessResult result = work_.pudu("analyze ds_cnn.pt2 " + options + " --ram 1K");
    EXPECT_EQ(result.code, 4);
    std::smatch marked;
    ASSERT_TRUE(std::regex_search(result.standard_output, marked, std::regex("\n  (\\S+) .*<- peak"))) << options;
    EXPECT_THAT(result.standard_error, HasSubstr("error: ds_cnn.pt2: " + marked[1].str() + ": the arena needs "))
        << options;
  }
}

TEST_F(CliPeak, OfATransposedImageIsLessWithTheOtherLayout) {
  const json report = json::parse(work_.pudu_ok("analyze mobilenet_v1_025.pt2 --json"));
  std::map<std::string, std::size_t> others;
  for (const json& other : report.at("alternatives")) others[other.at("option")] = other.at("arena_bytes");
  for (const std::string option :
       {"--input-layout nhwc", "--input-layout nhwc --memory streamed", "--input-layout nhwc --feed rows"}) {
    ASSERT_TRUE(others.contains(option)) << option;
    const json with = json::parse(work_.pudu_ok("analyze mobilenet_v1_025.pt2 --json " + option));
    EXPECT_EQ(with.at("arena_bytes"), others[option]) << option;
    EXPECT_LT(others[option], report.at("arena_bytes")) << option;
  }
  const base::ProcessResult refused = work_.pudu("analyze mobilenet_v1_025.pt2 --ram 48K");
  EXPECT_THAT(refused.standard_error, HasSubstr("; --input-layout nhwc fits: it needs "));
  const base::ProcessResult compiled =
      work_.pudu("compile mobilenet_v1_025.pt2 --calibration calib.npy --ram 48K -o out");
  EXPECT_EQ(compiled.code, 4);
  EXPECT_THAT(compiled.standard_error,
              HasSubstr(": x.to_nhwc: the arena needs 55296 bytes; --ram allows 49152 bytes\n"));
  EXPECT_THAT(compiled.standard_error, HasSubstr("; the input comes in the order of the exported model; "
                                                 "--input-layout nhwc saves it\n"));
}

TEST_F(CliPeak, WorkOfPlanningByRowsIsCounted) {
  const auto planning = [&](const std::string& options) {
    return json::parse(work_.pudu_ok("analyze ds_cnn.pt2 --plan-time 0.1 --json " + options)).at("planning");
  };
  const json nothing = {{"traced_steps", 0}, {"packed_arenas", 0}, {"packing_work", 0}};
  EXPECT_EQ(planning("--memory layerwise"), nothing);
  const json rows = planning("--memory streamed");
  for (const auto& [name, count] : rows.items()) EXPECT_GT(count.get<std::int64_t>(), 0) << name;
  EXPECT_EQ(planning("--memory streamed"), rows) << "on every machine and in every run";
  // Also where whole layers turn out to need less.
  const json transposed =
      json::parse(work_.pudu_ok("analyze mobilenet_v1_025.pt2 --memory streamed --plan-time 0.1 --json"));
  EXPECT_TRUE(transposed.at("layerwise").is_null());
  EXPECT_GT(transposed.at("planning").at("traced_steps").get<std::int64_t>(), 0);
  const json program =
      json::parse(work_.pudu_ok("compile mobilenet_v1_025.pt2 --calibration calib.npy --memory streamed "
                                "--plan-time 0.1 --json -o model.pte"));
  EXPECT_GT(program.at("planning").at("traced_steps").get<std::int64_t>(), 0);
}

TEST_F(CliMemory, ARunTellsTheSizesOfItsArtifact) {
  work_.pudu_ok(
      "compile three_convs.pt2 --target cortex-m0 --calibration calib.npy --disable-pass prepare -o out --quiet");
  EXPECT_EQ(work_.pudu_ok("run out --input three_convs.in0.npy"),
            "1 sample\n"
            "  arena         8,768 bytes of RAM\n"
            "  weights       3,208 bytes of flash\n");
  const json host = json::parse(work_.pudu_ok("run out --input three_convs.in0.npy --json"));
  EXPECT_EQ(host, (json{{"samples", 1}, {"arena_bytes", 8768}, {"constants_bytes", 3208}}));
  // Measured: the image has no static RAM besides the arena.
  const json board = json::parse(work_.pudu_ok("run out --input three_convs.in0.npy --on qemu --json"));
  EXPECT_EQ(board.at("static_ram_bytes"), 8768);
  EXPECT_EQ(board.at("arena_bytes"), 8768);
  EXPECT_FALSE(board.contains("memory")) << "counters of ExecuTorch's runner";
  const std::string text = work_.pudu_ok("run out --input three_convs.in0.npy --on qemu");
  EXPECT_THAT(text, HasSubstr("  RAM           8,768 bytes static, "));
  EXPECT_THAT(text, Not(HasSubstr("allocator")));
  // The float network is no artifact.
  EXPECT_EQ(json::parse(work_.pudu_ok("run three_convs.pt2 --input three_convs.in0.npy --json")),
            (json{{"samples", 1}}));
}

}  // namespace
}  // namespace pudu
