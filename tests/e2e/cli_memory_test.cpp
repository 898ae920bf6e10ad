// The memory counters of `pudu analyze` and `pudu run` on three stacked convolutions: exact bytes, with scratch in the
// arena and in a pool of its own, on the host and in the linked image.
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
