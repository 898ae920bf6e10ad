#include "emulator/qemu.hpp"

#include <gmock/gmock.h>

#include <chrono>
#include <ostream>
#include <string>
#include <vector>

#include "emulator/testing/test_model.hpp"

namespace pudu::emulator {
namespace {

using testing::Each;
using testing::HasSubstr;

struct Core {
  const char* cpu;
  const char* board;
};

void PrintTo(const Core& test, std::ostream* out) {
  *out << test.cpu << " on " << test.board;
}

// Every emulated core, the armv6-m image on the Cortex-M3 among them.
constexpr Core cores[] = {{"cortex-m0", "microbit"},   {"cortex-m0", "mps2-an385"}, {"cortex-m3", "mps2-an385"},
                          {"cortex-m4", "mps2-an386"}, {"cortex-m7", "mps2-an500"}, {"cortex-m33", "mps2-an505"},
                          {"cortex-m55", "mps3-an547"}};

class QemuOnEveryBoard : public testing::TestWithParam<Core> {
 protected:
  Result<QemuRun> run(const std::string& model_cpp, const std::vector<SampleBytes>& samples,
                      const QemuOptions& options = {}) {
    const TestModel model(model_cpp);
    PUDU_TRY_ASSIGN(const Firmware firmware, model.build(GetParam().board, flags_of(GetParam().cpu)));
    return run_on_qemu(firmware, samples, options);
  }
};

TEST_P(QemuOnEveryBoard, ReturnsOutputsInstructionsAndStack) {
  std::vector<SampleBytes> samples;
  for (unsigned i = 0; i < 10; ++i) samples.push_back(test_sample(i));
  const Result<QemuRun> result = run(transforming_model(), samples);
  ASSERT_TRUE(result) << to_string(result.error());
  ASSERT_EQ(result->outputs.size(), samples.size());
  for (std::size_t i = 0; i < samples.size(); ++i) EXPECT_EQ(result->outputs[i], transformed(samples[i])) << i;
  EXPECT_THAT(result->statuses, Each(0));
  EXPECT_EQ(result->statuses.size(), samples.size());
  // The model has no branch that depends on its input, but for the library's division and floating point on a Cortex-M0
  // and M3, whose operands are the same in every sample.
  EXPECT_EQ(result->instructions, std::vector<std::uint64_t>(samples.size(), result->instructions[0]));
  EXPECT_GT(result->instructions[0], 8U * 5U);
  EXPECT_GT(result->peak_stack_bytes, 8U);
  EXPECT_LT(result->peak_stack_bytes, 256U);

  const Result<QemuRun> again = run(transforming_model(), samples);
  ASSERT_TRUE(again) << to_string(again.error());
  EXPECT_EQ(again->instructions, result->instructions);
  EXPECT_EQ(again->peak_stack_bytes, result->peak_stack_bytes);
}

// 1 call, 2 + 1 set-up, 1000 turns of 3 instructions, 3 on the way out. No sample changes it.
TEST_P(QemuOnEveryBoard, CountsALoopOfKnownLength) {
  const Result<QemuRun> result = run(assembly_model(R"(
      push {r4, lr}
      ldr r0, =1000
    1:
      nop
      subs r0, r0, #1
      bne 1b
      movs r0, #0
      pop {r4, pc}
      .ltorg)"),
                                     {test_sample(0), test_sample(1), test_sample(2)});
  ASSERT_TRUE(result) << to_string(result.error());
  EXPECT_THAT(result->instructions, testing::ElementsAre(3005, 3005, 3005));
  EXPECT_EQ(result->peak_stack_bytes, 8U);
}

TEST_P(QemuOnEveryBoard, MeasuresTheDeepestStackOfAllSamples) {
  // Recurses as deep as the first input byte says, with 16 bytes a level.
  const Result<QemuRun> result = run(assembly_model(R"(
      ldr r1, =_ZN10test_modelL5arenaE
      ldrb r0, [r1]
      b 1f
      .thumb_func
    1:
      push {r1, r2, r3, lr}
      subs r0, r0, #1
      beq 2f
      bl 1b
    2:
      movs r0, #0
      pop {r1, r2, r3, pc}
      .ltorg)"),
                                     {SampleBytes(16, 1), SampleBytes(16, 20), SampleBytes(16, 3)});
  ASSERT_TRUE(result) << to_string(result.error());
  EXPECT_EQ(result->peak_stack_bytes, 20U * 16U);
}

TEST_P(QemuOnEveryBoard, StopsAtAFault) {
  const Result<QemuRun> result = run(assembly_model("udf #0"), {test_sample(0)});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::Internal);
  EXPECT_THAT(to_string(result.error()), HasSubstr("the firmware stopped: fault: exception 0x00000003 pc 0x"));
}

TEST_P(QemuOnEveryBoard, StopsAtAnAccessOutsideMemory) {
  const Result<QemuRun> result =
      run(statement_model("*reinterpret_cast<volatile int*>(0x3f000000) = seven;"), {test_sample(0)});
  ASSERT_FALSE(result);
  EXPECT_THAT(to_string(result.error()), HasSubstr("the firmware stopped: fault: exception 0x0000000"));
}

TEST_P(QemuOnEveryBoard, StopsAtAStackOverflow) {
  const Result<QemuRun> result = run(assembly_model("1: push {r0-r7}\n b 1b"), {test_sample(0)});
  ASSERT_FALSE(result);
  EXPECT_THAT(to_string(result.error()), HasSubstr("stack overflow"));
}

TEST_P(QemuOnEveryBoard, ReportsTheStatusOfEverySample) {
  const Result<QemuRun> result = run(statement_model("if (arena[0] == 2) return pudu::RunStatus::WrongOutputSize;"),
                                     {SampleBytes(16, 1), SampleBytes(16, 2), SampleBytes(16, 3)});
  ASSERT_TRUE(result) << to_string(result.error());
  EXPECT_THAT(result->statuses, testing::ElementsAre(0, 2, 0));
}

INSTANTIATE_TEST_SUITE_P(, QemuOnEveryBoard, testing::ValuesIn(cores), [](const testing::TestParamInfo<Core>& core) {
  std::string name = std::string(core.param.cpu) + "_" + core.param.board;
  for (char& character : name) character = character == '-' ? '_' : character;
  return name;
});

Result<QemuRun> run_on(const std::string& cpu, const std::string& model_cpp, const std::vector<SampleBytes>& samples,
                       const QemuOptions& options = {}) {
  const TestModel model(model_cpp);
  PUDU_TRY_ASSIGN(const Board board, board_for_cpu(cpu));
  PUDU_TRY_ASSIGN(const Firmware firmware, model.build(std::string(board.name), flags_of(cpu)));
  return run_on_qemu(firmware, samples, options);
}

TEST(Qemu, RunsTheImageOfEveryCpuWithABoard) {
  for (const targets::CpuInfo& cpu : targets::all_cpus()) {
    if (cpu.board.empty()) continue;
    SCOPED_TRACE(cpu.name);
    const Result<QemuRun> result = run_on(std::string(cpu.name), transforming_model(), {test_sample(5)});
    ASSERT_TRUE(result) << to_string(result.error());
    EXPECT_EQ(result->outputs[0], transformed(test_sample(5)));
  }
}

// 1 call, 1 push, 1 mov, 1 dls, 500 turns of (nop.w, nop, le), 2 on the way out.
TEST(Qemu, CountsLowOverheadLoopsAndWideInstructions) {
  const Result<QemuRun> result = run_on("cortex-m55", assembly_model(R"(
      push {r4, lr}
      mov r1, #500
      dls lr, r1
    1:
      nop.w
      nop
      le lr, 1b
      movs r0, #0
      pop {r4, pc})"),
                                        {test_sample(0)});
  ASSERT_TRUE(result) << to_string(result.error());
  EXPECT_EQ(result->instructions[0], 1U + 3U + 500U * 3U + 2U);
}

// The tail-predicated loop runs ceil(100 / 16) = 7 times: wlstp, 7 turns of (load, store, letp). With LTPSIZE wrong the
// bytes beyond the input would be written, too.
TEST(Qemu, VectorUnitIsOn) {
  const Result<QemuRun> result = run_on("cortex-m55", statement_model(R"(
  asm volatile(
      "mov r0, %0\n add r1, r0, #16\n mov r2, #6\n"
      "wlstp.8 lr, r2, 2f\n"
      "1: vldrb.u8 q0, [r0], #16\n vstrb.8 q0, [r1], #16\n letp lr, 1b\n"
      "2:\n" ::"r"(arena) : "r0", "r1", "r2", "lr", "q0", "memory");)"),
                                        {test_sample(3)});
  ASSERT_TRUE(result) << to_string(result.error());
  SampleBytes expected = test_sample(3);
  expected.resize(6);
  expected.resize(8);
  EXPECT_EQ(result->outputs[0], expected);
}

// Both paths of an IT block count in full, as on the core: call, ldr, ldrb, cmp, ite, 2 conditional, movs, bx.
TEST(Qemu, CountsSkippedConditionalInstructions) {
  const Result<QemuRun> result = run_on("cortex-m4", assembly_model(R"(
      ldr r1, =_ZN10test_modelL5arenaE
      ldrb r0, [r1]
      cmp r0, #7
      ite eq
      moveq r2, #1
      movne r2, #2
      movs r0, #0
      bx lr
      .ltorg)"),
                                        {SampleBytes(16, 7), SampleBytes(16, 8)});
  ASSERT_TRUE(result) << to_string(result.error());
  EXPECT_THAT(result->instructions, testing::ElementsAre(9, 9));
}

// A Cortex-M3 would do the access; the armv6-m image must behave as on a Cortex-M0.
TEST(Qemu, UnalignedAccessesFaultInAnArmv6mImage) {
  const std::string model = assembly_model(R"(
      ldr r1, =_ZN10test_modelL5arenaE + 1
      ldr r0, [r1]
      movs r0, #0
      bx lr
      .ltorg)");
  EXPECT_TRUE(run_on("cortex-m3", model, {test_sample(0)}));
  const Result<QemuRun> result = run_on("cortex-m0", model, {test_sample(0)});
  ASSERT_FALSE(result);
  EXPECT_THAT(to_string(result.error()), HasSubstr("the firmware stopped: fault: exception"));
}

TEST(Qemu, StopsWhenTheTimeIsUp) {
  QemuOptions options;
  options.timeout = std::chrono::milliseconds(1500);
  const auto start = std::chrono::steady_clock::now();
  const Result<QemuRun> result = run_on("cortex-m4", assembly_model("1: b 1b"), {test_sample(0)}, options);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::LimitExceeded);
  EXPECT_THAT(to_string(result.error()), HasSubstr("the emulator did not finish within 1.5"));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(60));
}

TEST(Qemu, RefusesSamplesOfTheWrongSize) {
  const Result<QemuRun> wrong = run_on("cortex-m4", transforming_model(), {SampleBytes(15)});
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().kind, ErrorKind::InvalidInput);
  EXPECT_THAT(to_string(wrong.error()), HasSubstr("their size is not that of the model's inputs"));

  const Result<QemuRun> mixed = run_on("cortex-m4", transforming_model(), {SampleBytes(16), SampleBytes(17)});
  ASSERT_FALSE(mixed);
  EXPECT_EQ(mixed.error().kind, ErrorKind::InvalidInput);
  EXPECT_THAT(to_string(mixed.error()), HasSubstr("sample 1: 17 bytes; 16 bytes, as sample 0 has"));
}

}  // namespace
}  // namespace pudu::emulator
