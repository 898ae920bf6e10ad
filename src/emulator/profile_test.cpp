#include "emulator/profile.hpp"

#include <gmock/gmock.h>

#include <string>

#include "emulator/testing/test_model.hpp"

namespace pudu::emulator {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// push {r4, lr}; bl . and, in a layer, ldr; b; movs; bne.
constexpr char text[] =
    "begin\n"
    "code 7 100 10b5fff7feff\n"
    "run 7 1 1\n"
    "part 200\n"
    "code 9 202 0168fee70020fed1\n"
    "part 200\n"
    "run 9 10 9\n"
    "part 300\n"
    "run 7 2 2\n"
    "end 46\n";

TEST(Profile, SharesRunsOutAmongLayers) {
  const Result<Profile> profile = parse_profile(text, {{0x200, 1}, {0x300, 2}}, 2, CycleModel::M4);
  ASSERT_TRUE(profile) << to_string(profile.error());
  ASSERT_EQ(profile->layers.size(), 2U);
  EXPECT_EQ(profile->layers[0], ExecutionCounts{});
  const ExecutionCounts& layer = profile->layers[1];
  EXPECT_EQ(layer.instructions, 40U);
  EXPECT_THAT(layer.by_class, ElementsAre(10, 0, 0, 0, 20, 10));
  EXPECT_EQ(layer.of(InstructionClass::Load), 10U);
  EXPECT_EQ(layer.branches_taken, 9U);
  EXPECT_EQ(layer.branches_not_taken, 1U);
  // Glue: push and call once in front of the first marker and twice behind index 2.
  EXPECT_EQ(profile->glue.instructions, 6U);
  EXPECT_THAT(profile->glue.by_class, ElementsAre(0, 3, 0, 0, 3, 0));
  EXPECT_EQ(profile->glue.cycles.estimate, 3U * (3 + 3));
  EXPECT_EQ(profile->whole().instructions, 46U);
}

TEST(Profile, RefusesWhatTheCounterDoesNotWrite) {
  const auto error_of = [](const std::string& changed) {
    const Result<Profile> profile = parse_profile(changed, {{0x200, 1}, {0x300, 2}}, 2, {});
    return profile ? std::string() : to_string(profile.error());
  };
  const std::string whole = text;
  EXPECT_EQ(error_of(whole), "");
  const auto replaced = [&whole](const std::string& from, const std::string& to) {
    std::string changed = whole;
    return changed.replace(changed.find(from), from.size(), to);
  };
  EXPECT_THAT(error_of(replaced("end 46\n", "")), HasSubstr("its end: no whole measurement"));
  EXPECT_THAT(error_of(replaced("end 46", "end 47")), HasSubstr("line 10: end 47"));
  EXPECT_THAT(error_of(replaced("run 9 10 9", "run 8 10 9")), HasSubstr("line 7: run 8 10 9"));
  EXPECT_THAT(error_of(replaced("run 9 10 9", "run 9 10 11")), HasSubstr("line 7"));
  EXPECT_THAT(error_of(replaced("run 9 10 9", "run 9 ten 9")), HasSubstr("line 7"));
  EXPECT_THAT(error_of(replaced("10b5fff7feff", "10b5fff7")), HasSubstr("line 2"));
  EXPECT_THAT(error_of(replaced("10b5fff7feff", "10b5fff7fe")), HasSubstr("line 2"));
  EXPECT_THAT(error_of(replaced("part 300", "part 400")), HasSubstr("line 8: part 400"));
  EXPECT_THAT(error_of("nothing\n"), HasSubstr("line 1: nothing"));
  EXPECT_THAT(error_of(""), HasSubstr("no whole measurement"));
}

// Two layers and glue, each of a known length, on a core of each architecture.
class ProfileOnBoard : public testing::TestWithParam<const char*> {};

TEST_P(ProfileOnBoard, CountsLayersOfKnownLength) {
  const std::string cpu = GetParam();
  const std::string marker = "mov r9, r9\n.pushsection .pudu_layers, \"\", %progbits\n";
  const TestModel model(assembly_model(R"(
      push {r4, lr}
    10:
      )" + marker + R"(.4byte 10b, 0
      .popsection
      movs r1, #10
      ldr r2, =_ZN10test_modelL5arenaE
    1:
      ldrb r3, [r2]
      muls r3, r1
      subs r1, r1, #1
      bne 1b
    11:
      )" + marker + R"(.4byte 11b, 1
      .popsection
      strb r3, [r2]
      bl 2f
    12:
      )" + marker + R"(.4byte 12b, 2
      .popsection
      movs r0, #0
      pop {r4, pc}
      .thumb_func
    2:
      bx lr
      .ltorg)"));
  const Result<Board> board = board_for_cpu(cpu);
  ASSERT_TRUE(board);
  const Result<Firmware> firmware = model.build(std::string(board->name), flags_of(cpu));
  ASSERT_TRUE(firmware) << to_string(firmware.error());
  QemuOptions options;
  options.measurement = Measurement::Profile;
  options.layer_count = 2;
  options.cycle_model = cycle_model_for(cpu);
  const Result<QemuRun> run = run_on_qemu(*firmware, {test_sample(1), test_sample(2)}, options);
  ASSERT_TRUE(run) << to_string(run.error());
  ASSERT_TRUE(run->profile);
  const Profile& profile = *run->profile;
  EXPECT_THAT(profile.layers[0].by_class, ElementsAre(11, 0, 10, 0, 10, 11));
  EXPECT_EQ(profile.layers[0].branches_taken, 9U);
  EXPECT_EQ(profile.layers[0].branches_not_taken, 1U);
  EXPECT_THAT(profile.layers[1].by_class, ElementsAre(0, 1, 0, 0, 2, 0));
  EXPECT_EQ(profile.layers[1].branches_taken, 2U);
  // The call of run(), push, movs and pop.
  EXPECT_THAT(profile.glue.by_class, ElementsAre(1, 1, 0, 0, 1, 1));
  EXPECT_EQ(profile.glue.branches_taken, 2U);
  EXPECT_EQ(profile.whole().instructions, run->instructions[0]);
  if (cpu != "cortex-m0" && cpu != "cortex-m4") return;
  // On the Cortex-M4 the first ldrb follows ldr directly.
  const std::uint64_t saved = cpu == "cortex-m4" ? 1 : 0;
  EXPECT_EQ(profile.layers[0].cycles.estimate, 1U + 2 + 10 * (2 + 1 + 1 + 1) + 9 * 2 - saved);
}

INSTANTIATE_TEST_SUITE_P(Cpus, ProfileOnBoard,
                         testing::Values("cortex-m0", "cortex-m3", "cortex-m4", "cortex-m7", "cortex-m33",
                                         "cortex-m55"),
                         [](const auto& test) { return std::string(test.param).substr(7); });

TEST(ProfileOnBoard, ALowOverheadLoopIsLeftOncePerTurnButTheLast) {
  const TestModel model(assembly_model(R"(
      push {r4, lr}
      mov r1, #500
      dls lr, r1
    1:
      nop.w
      nop
      le lr, 1b
      movs r0, #0
      pop {r4, pc})"));
  const Result<Firmware> firmware = model.build("mps3-an547", flags_of("cortex-m55"));
  ASSERT_TRUE(firmware) << to_string(firmware.error());
  QemuOptions options;
  options.measurement = Measurement::Profile;
  const Result<QemuRun> run = run_on_qemu(*firmware, {test_sample(0)}, options);
  ASSERT_TRUE(run) << to_string(run.error());
  EXPECT_EQ(run->profile->glue.instructions, run->instructions[0]);
  EXPECT_EQ(run->profile->glue.of(InstructionClass::Branch), 1U + 1 + 500);
  EXPECT_EQ(run->profile->glue.branches_taken, 1U + 499 + 1) << "call, loop, return";
}

}  // namespace
}  // namespace pudu::emulator
