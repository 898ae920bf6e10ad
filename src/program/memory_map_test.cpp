// When buffers are alive: inputs, outputs, results that nothing reads, scratch, and programs without calls.
#include "program/memory_map.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pudu::program {

// For messages of failed tests.
bool operator==(const Lifetime& a, const Lifetime& b) {
  return a.begin_step == b.begin_step && a.end_step == b.end_step;
}
std::ostream& operator<<(std::ostream& stream, const Lifetime& lifetime) {
  return stream << '[' << lifetime.begin_step << ", " << lifetime.end_step << ')';
}

namespace {

struct Chain {
  Program program;

  Chain() {
    program.name = "chain";
    program.target = {targets::Cpu::M4, targets::Isa::Dsp};
  }
  BufferId buffer(const char* name, BufferKind kind) {
    return program.add_buffer({.name = name, .kind = kind, .type = ElementType::Int8, .shape = {4}});
  }
  BufferId input(const char* name) {
    const BufferId id = buffer(name, BufferKind::Input);
    program.inputs.push_back({name, id, {4}});
    return id;
  }
  BufferId call(const char* name, std::vector<Operand> operands) {
    const BufferId result = buffer(name, BufferKind::Activation);
    operands.push_back({"output", result});
    program.calls.push_back({.name = name, .op = "copy", .kernel = "copy_s8", .operands = std::move(operands)});
    return result;
  }
  void output(BufferId id) { program.outputs.push_back({program.buffer(id).name, id, {4}}); }

  std::optional<Lifetime> lifetime(BufferId id) const { return lifetimes(program)[index_of(id)]; }
};

using Life = std::optional<Lifetime>;

TEST(Lifetimes, ReachFromTheCallThatWritesToTheLastThatReads) {
  Chain chain;
  const BufferId x = chain.input("x");
  const BufferId a = chain.call("a", {{"input", x}});
  const BufferId b = chain.call("b", {{"input", a}});
  const BufferId c = chain.call("c", {{"input1", b}, {"input2", a}});
  chain.output(c);
  EXPECT_EQ(chain.lifetime(x), (Life{{0, 1}}));
  EXPECT_EQ(chain.lifetime(a), (Life{{0, 3}}));
  EXPECT_EQ(chain.lifetime(b), (Life{{1, 3}}));
  EXPECT_EQ(chain.lifetime(c), (Life{{2, 3}}));
}

TEST(Lifetimes, InputsLiveFromTheStartWhereverTheyAreRead) {
  Chain chain;
  const BufferId early = chain.input("early");
  const BufferId late = chain.input("late");
  const BufferId unused = chain.input("unused");
  const BufferId a = chain.call("a", {{"input", early}});
  chain.output(chain.call("b", {{"input1", a}, {"input2", late}}));
  EXPECT_EQ(chain.lifetime(early), (Life{{0, 1}}));
  EXPECT_EQ(chain.lifetime(late), (Life{{0, 2}}));
  EXPECT_EQ(chain.lifetime(unused), (Life{{0, 1}}));
}

TEST(Lifetimes, OutputsLiveToTheEndEvenWhenWrittenEarly) {
  Chain chain;
  const BufferId x = chain.input("x");
  const BufferId a = chain.call("a", {{"input", x}});
  const BufferId b = chain.call("b", {{"input", a}});
  const BufferId c = chain.call("c", {{"input", b}});
  chain.output(a);
  chain.output(c);
  chain.output(x);
  EXPECT_EQ(chain.lifetime(a), (Life{{0, 3}}));
  EXPECT_EQ(chain.lifetime(b), (Life{{1, 3}}));
  EXPECT_EQ(chain.lifetime(c), (Life{{2, 3}}));
  EXPECT_EQ(chain.lifetime(x), (Life{{0, 3}}));
}

TEST(Lifetimes, ResultsThatNothingReadsLiveDuringTheirCall) {
  Chain chain;
  const BufferId x = chain.input("x");
  chain.output(chain.call("a", {{"input", x}}));
  const BufferId unused = chain.call("unused", {{"input", x}});
  chain.call("last", {{"input", x}});
  EXPECT_EQ(chain.lifetime(unused), (Life{{1, 2}}));
}

TEST(Lifetimes, ScratchLivesDuringItsCall) {
  Chain chain;
  const BufferId x = chain.input("x");
  const BufferId scratch = chain.buffer("scratch", BufferKind::Scratch);
  const BufferId a = chain.call("a", {{"input", x}});
  chain.output(chain.call("b", {{"input", a}, {"scratch", scratch}}));
  EXPECT_EQ(chain.lifetime(scratch), (Life{{1, 2}}));
}

TEST(Lifetimes, ConstantsAndBuffersThatNothingUsesHaveNone) {
  Chain chain;
  const BufferId x = chain.input("x");
  const BufferId constant = chain.buffer("constant", BufferKind::Constant);
  const BufferId stray = chain.buffer("stray", BufferKind::Activation);
  chain.output(chain.call("a", {{"input", x}, {"weights", constant}}));
  EXPECT_EQ(chain.lifetime(constant), std::nullopt);
  EXPECT_EQ(chain.lifetime(stray), std::nullopt);
}

TEST(Lifetimes, AProgramWithoutCallsHasOneStep) {
  Chain chain;
  const BufferId x = chain.input("x");
  const BufferId y = chain.input("y");
  chain.output(x);
  EXPECT_EQ(chain.lifetime(x), (Life{{0, 1}}));
  EXPECT_EQ(chain.lifetime(y), (Life{{0, 1}}));
}

TEST(Lifetimes, AnEmptyProgramHasNone) {
  EXPECT_TRUE(lifetimes(Chain().program).empty());
}

}  // namespace
}  // namespace pudu::program
