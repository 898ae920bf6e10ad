// States of a program: text, what the verifier refuses, and their places in the state block.
#include <gmock/gmock.h>

#include "program/memory_map.hpp"

namespace pudu::program {
namespace {

using ::testing::HasSubstr;

/// y = copy of x; history becomes x.
struct Streaming {
  Program program;
  BufferId x, weights, history, other, y;

  Streaming() {
    program.name = "streaming";
    program.target = {targets::Cpu::M4, targets::Isa::Dsp};
    x = add("x", BufferKind::Input, 5);
    weights = add("weights", BufferKind::Constant, 4);
    history = add("history", BufferKind::State, 5);
    other = add("other", BufferKind::State, 40);
    y = add("y", BufferKind::Activation, 5);
    program.calls.push_back(
        {.name = "y", .op = "copy", .kernel = "copy_s8", .operands = {{"input", history}, {"output", y}}});
    program.calls.push_back(
        {.name = "history.keep", .op = "keep", .kernel = "copy_s8", .operands = {{"input", x}, {"output", history}}});
    program.inputs = {{"x", x, {5}}};
    program.outputs = {{"y", y, {5}}};
  }
  BufferId add(const char* name, BufferKind kind, std::int64_t bytes) {
    Buffer buffer{.name = name, .kind = kind, .type = ElementType::Int8, .shape = {bytes}};
    if (kind == BufferKind::Constant || kind == BufferKind::State) {
      buffer.data = std::make_shared<const std::vector<std::byte>>(buffer.bytes(), std::byte{9});
    }
    return program.add_buffer(std::move(buffer));
  }
  MemoryMap map() const {
    MemoryMap map;
    map.lifetimes = lifetimes(program);
    map.offsets.resize(program.buffers.size());
    map.offsets[index_of(x)] = 0;
    map.offsets[index_of(y)] = 16;
    map.arena_bytes = 32;
    place_states(program, map);
    return map;
  }
};

TEST(ProgramStates, TextAndItsInverse) {
  const Streaming model;
  const ProgramText printed = print(model.program);
  EXPECT_THAT(printed.text, HasSubstr("  state %history : i8[5] = @4+5\n"));
  const Result<Program> parsed = parse(printed.text, printed.constants);
  ASSERT_TRUE(parsed) << to_string(parsed.error());
  EXPECT_EQ(print(*parsed).text, printed.text);
  EXPECT_EQ(print(*parsed).constants, printed.constants);
}

TEST(ProgramStates, AreReadBeforeAnyCallWritesThemAndAreNoPorts) {
  Streaming model;
  EXPECT_TRUE(verify(model.program));
  model.program.outputs[0].buffer = model.history;
  const Status as_output = verify(model.program);
  ASSERT_FALSE(as_output);
  EXPECT_THAT(to_string(as_output.error()), HasSubstr("output 'y': buffer 'history'; one that a call writes"));

  Streaming without;
  without.program.buffer(without.history).data = nullptr;
  const Status no_data = verify(without.program);
  ASSERT_FALSE(no_data);
  EXPECT_THAT(to_string(no_data.error()), HasSubstr("buffer 'history': no data; constants and states have data"));

  Streaming constant;
  constant.program.calls[1].operands[1].buffer = constant.weights;
  const Status written = verify(constant.program);
  ASSERT_FALSE(written);
  EXPECT_THAT(to_string(written.error()), HasSubstr("calls write activations and states only"));
}

TEST(ProgramStates, LieInABlockOfTheirOwnForever) {
  const Streaming model;
  const MemoryMap map = model.map();
  EXPECT_EQ(map.lifetimes[index_of(model.history)].has_value(), false);
  EXPECT_EQ(map.offset(model.history), 0U);
  EXPECT_EQ(map.offset(model.other), 16U);
  EXPECT_EQ(map.state_bytes, 56U);
  EXPECT_TRUE(check_map(model.program, map));
}

TEST(ProgramStates, MapsThatLetThemMeetAreRefused) {
  const Streaming model;
  for (const std::size_t offset : {std::size_t{0}, std::size_t{20}, std::size_t{32}, SIZE_MAX - 15}) {
    MemoryMap map = model.map();
    map.offsets[index_of(model.other)] = offset;
    const Status status = check_map(model.program, map);
    ASSERT_FALSE(status) << offset;
    EXPECT_THAT(to_string(status.error()), HasSubstr("other: the memory plan has no room for this state"));
  }
  MemoryMap without = model.map();
  without.offsets[index_of(model.history)].reset();
  EXPECT_FALSE(check_map(model.program, without));
}

TEST(ProgramStates, OnlyPairsOfStateOperandsShareABuffer) {
  EXPECT_EQ(updated_operand("state"), "output_state");
  EXPECT_EQ(updated_operand("cell"), "output_cell");
  EXPECT_EQ(updated_operand("input"), "");
  EXPECT_TRUE(is_written("output_cell"));
}

}  // namespace
}  // namespace pudu::program
