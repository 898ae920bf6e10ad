#include "program/plan_text.hpp"

#include <gmock/gmock.h>

namespace pudu::program {
namespace {

Program chain() {
  Program program;
  program.name = "chain";
  program.target = {targets::Cpu::M4, targets::Isa::Dsp};
  for (const char* name : {"x", "rows of x", "y"}) {
    Buffer buffer;
    buffer.name = name;
    buffer.kind = program.buffers.empty() ? BufferKind::Input : BufferKind::Activation;
    buffer.shape = {1, 8, 4, 4};
    program.add_buffer(std::move(buffer));
  }
  for (std::uint32_t i = 0; i < 2; ++i) {
    KernelCall call;
    call.name = "call" + std::to_string(i);
    call.op = "copy", call.kernel = "copy_s8";
    call.operands = {{"input", BufferId{i}}, {"output", BufferId{i + 1}}};
    program.calls.push_back(std::move(call));
  }
  return program;
}

MemoryMap plan() {
  MemoryMap map;
  map.arena_bytes = 160, map.lower_bound_bytes = 144, map.strategy = "by \"hand\"";
  map.offsets = {0, 128, 0};
  Schedule schedule;
  schedule.window_rows = {0, 2, 0};
  schedule.shared = {std::nullopt, std::nullopt, SharedStorage{BufferId{0}, 0}};
  schedule.steps = {{StepKind::Rows, 0, {}, {0, 2}},
                    {StepKind::Slide, 0, BufferId{1}, {1, 2}},
                    {StepKind::Slide, 0, BufferId{1}, {1, 2}, 7},
                    {StepKind::Feed, 0, BufferId{1}, {2, 3}},
                    {.kind = StepKind::Whole, .call = 1}};
  map.schedule = schedule;
  return map;
}

TEST(PlanText, ReadsAsItIsWritten) {
  const Program program = chain();
  const MemoryMap map = plan();
  const std::string text = print_plan(program, map);
  const auto read = parse_plan(program, text);
  ASSERT_TRUE(read) << to_string(read.error());
  EXPECT_EQ(read->schedule, map.schedule);
  EXPECT_EQ(read->offsets, map.offsets);
  EXPECT_EQ(read->arena_bytes, 160U);
  EXPECT_EQ(read->lower_bound_bytes, 144U);
  EXPECT_EQ(read->strategy, "by \"hand\"");
  EXPECT_EQ(print_plan(program, *read), text);
}

TEST(PlanText, EveryCutIsAnError) {
  const Program program = chain();
  const std::string text = print_plan(program, plan());
  for (std::size_t size = 0; size + 1 < text.size(); ++size) {
    if (size + 1 == text.size() - 1 && text[size] == '}') continue;
    EXPECT_FALSE(parse_plan(program, text.substr(0, size))) << size;
  }
}

TEST(PlanText, EveryChangedCharacterIsReadOrRefused) {
  const Program program = chain();
  const std::string text = print_plan(program, plan());
  for (std::size_t i = 0; i < text.size(); ++i) {
    for (const char other : {'0', '9', '}', '%', '\n', ' '}) {
      std::string changed = text;
      changed[i] = other;
      const auto read = parse_plan(program, changed);
      if (!read) {
        EXPECT_EQ(read.error().kind, ErrorKind::InvalidInput);
      }
    }
  }
}

TEST(PlanText, NamesWhatItDoesNotKnow) {
  const Program program = chain();
  std::string text = print_plan(program, plan());
  text.replace(text.find("whole call1"), 11, "whole call9");
  const auto read = parse_plan(program, text);
  ASSERT_FALSE(read);
  EXPECT_THAT(to_string(read.error()), ::testing::HasSubstr("a call of the program"));
}

}  // namespace
}  // namespace pudu::program
