// The memory counters: scratch in the arena against a pool of its own, and what a linked image adds.
#include "driver/memory_log.hpp"

#include <gtest/gtest.h>

#include "driver/compile.hpp"

namespace pudu::driver {
namespace {

using program::BufferId;
using program::BufferKind;

/// A chain of calls: each reads what the one before wrote, and may take scratch. Every size in bytes.
class Chain {
 public:
  explicit Chain(std::int64_t input_bytes) {
    program_.name = "chain";
    value_ = add("x", BufferKind::Input, input_bytes);
    program_.inputs = {{"x", value_, {input_bytes}}};
    weights_ = add("w", BufferKind::Constant, 100);
    program_.buffer(weights_).data = std::make_shared<const std::vector<std::byte>>(100);
  }

  Chain& call(std::int64_t output_bytes, std::vector<std::int64_t> scratch_bytes = {}) {
    const std::string name = "call" + std::to_string(program_.calls.size());
    const BufferId result = add(name + ".output", BufferKind::Activation, output_bytes);
    program::KernelCall call{.name = name, .op = "f", .kernel = "f"};
    call.operands = {{"input", value_}, {"weights", weights_}, {"output", result}};
    for (const std::int64_t bytes : scratch_bytes) {
      const std::string scratch = name + ".scratch" + std::to_string(call.operands.size());
      call.operands.push_back({"scratch", add(scratch, BufferKind::Scratch, bytes)});
    }
    program_.calls.push_back(std::move(call));
    program_.outputs = {{"y", result, {output_bytes}}};
    value_ = result;
    return *this;
  }

  const program::Program& program() const { return program_; }

 private:
  BufferId add(const std::string& name, BufferKind kind, std::int64_t bytes) {
    return program_.add_buffer({.name = name, .kind = kind, .shape = {bytes}});
  }

  program::Program program_;
  BufferId value_{}, weights_{};
};

MemoryLog in_arena(const program::Program& program) {
  return memory_log(program, plan_program(program).value());
}
MemoryLog in_pool(const program::Program& program) {
  return memory_log_with_scratch_pool(program).value();
}

TEST(MemoryLog, ScratchBesideThePeakIsFreeInTheArena) {
  // Live bytes: 64 + 96 + 80, 96 + 256 (the peak), 256 + 32 + 48.
  const Chain chain = Chain(64).call(96, {80}).call(256).call(32, {48});
  const MemoryLog arena = in_arena(chain.program());
  const MemoryLog pool = in_pool(chain.program());
  EXPECT_EQ(arena.planned_bytes, 352U);
  EXPECT_EQ(arena.temp_bytes, 0U);
  EXPECT_EQ(arena.ram_bytes(), 352U);
  EXPECT_EQ(pool.planned_bytes, arena.planned_bytes);
  EXPECT_EQ(pool.temp_bytes, 80U) << "the larger of the two, since they never live at once";
  EXPECT_EQ(pool.ram_bytes(), 432U);
}

TEST(MemoryLog, ScratchAtThePeakCostsItsSizeInBothPlaces) {
  const Chain chain = Chain(64).call(256, {40}).call(16);
  EXPECT_EQ(in_arena(chain.program()).planned_bytes, 64U + 256U + 48U) << "40 rounded up to the grain of 16";
  EXPECT_EQ(in_pool(chain.program()).planned_bytes, 64U + 256U);
  EXPECT_EQ(in_pool(chain.program()).temp_bytes, 48U);
}

TEST(MemoryLog, ThePoolHoldsAllScratchOfACall) {
  const Chain chain = Chain(16).call(16, {32, 20}).call(16, {60});
  EXPECT_EQ(in_pool(chain.program()).temp_bytes, 64U);
  const Chain two_larger = Chain(16).call(16, {32, 36}).call(16, {60});
  EXPECT_EQ(in_pool(two_larger.program()).temp_bytes, 32U + 48U);
}

TEST(MemoryLog, WithoutScratchTheTwoAreEqual) {
  const Chain chain = Chain(20).call(40).call(10);
  EXPECT_EQ(in_arena(chain.program()), in_pool(chain.program()));
  EXPECT_EQ(in_pool(chain.program()).temp_bytes, 0U);
}

TEST(MemoryLog, CountersHaveTheRunnersNamesAndOrder) {
  const MemoryLog log{.program_bytes = 1,
                      .loaded_program_bytes = 2,
                      .planned_bytes = 3,
                      .loaded_method_bytes = 4,
                      .input_bytes = 5,
                      .executor_bytes = 6,
                      .temp_bytes = 7};
  const char* const names[] = {"model_pte_program_size",  "model_pte_loaded_size",  "method_allocator_planned",
                               "method_allocator_loaded", "method_allocator_input", "method_allocator_executor",
                               "temp_allocator"};
  std::size_t index = 0;
  for (const MemoryCounter& counter : log.counters()) {
    ASSERT_LT(index, std::size(names));
    EXPECT_EQ(counter.name, names[index]);
    EXPECT_EQ(counter.bytes, ++index) << counter.name;
  }
  EXPECT_EQ(log.ram_bytes(), 3U + 4U + 5U + 6U + 7U);
}

TEST(MemoryLog, TheExecutorsBytesAreWhatTheImageHasBesideTheArena) {
  const Chain chain = Chain(16).call(16);
  const program::MemoryMap memory = plan_program(chain.program()).value();
  const MemoryLog computed = memory_log(chain.program(), memory);
  EXPECT_EQ(computed.program_bytes, 100U);
  EXPECT_EQ(computed.loaded_program_bytes, 100U);
  EXPECT_EQ(computed.executor_bytes, 0U);
}

}  // namespace
}  // namespace pudu::driver
