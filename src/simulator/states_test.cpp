// States in the simulator: kept from run to run, given back by reset(), out of reach of what poisons the arena,
// guarded.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "simulator/simulator.hpp"

namespace pudu::simulator {
namespace {

using Bytes = std::vector<std::byte>;

Bytes bytes_of(std::initializer_list<int> values) {
  Bytes bytes;
  for (const int value : values) bytes.push_back(static_cast<std::byte>(value));
  return bytes;
}

/// y = history; history = x.
constexpr std::string_view delay = R"(program delay {
  target cortex-m4 dsp
  input %x : i8[3]
  state %history : i8[3] = @0+3
  state %untouched : i8[2] = @3+2
  activation %y : i8[3]
  call y = copy copy_s8(input = %history, output = %y) {bytes = 3}
  call history.keep = copy copy_s8(input = %x, output = %history) {bytes = BYTES}
  take "x" = %x [3]
  return "y" = %y [3]
}
)";

class SimulatedDelay {
 public:
  explicit SimulatedDelay(const std::string& kept_bytes = "3") {
    std::string text(delay);
    text.replace(text.find("BYTES"), 5, kept_bytes);
    auto parsed = program::parse(text, bytes_of({7, 8, 9, 5, 5}));
    EXPECT_TRUE(parsed) << to_string(parsed.error());
    program_ = std::move(parsed).value();
    map_.lifetimes = program::lifetimes(program_);
    map_.offsets = {0, std::nullopt, std::nullopt, 16};
    map_.arena_bytes = 19;
    program::place_states(program_, map_);
  }

  Result<Simulator> simulator(FreeMemory free_memory = FreeMemory::Untouched) const {
    return Simulator::create(program_, map_, free_memory);
  }

 private:
  program::Program program_;
  program::MemoryMap map_;
};

TEST(SimulatedStates, AreKeptUntilReset) {
  for (const FreeMemory free_memory : {FreeMemory::Untouched, FreeMemory::Poisoned}) {
    const SimulatedDelay model;
    auto simulator = model.simulator(free_memory);
    ASSERT_TRUE(simulator) << to_string(simulator.error());
    EXPECT_EQ(simulator->run(std::vector<Bytes>{bytes_of({1, 2, 3})}).value()[0], bytes_of({7, 8, 9}));
    EXPECT_EQ(simulator->run(std::vector<Bytes>{bytes_of({4, 5, 6})}).value()[0], bytes_of({1, 2, 3}));
    simulator->reset();
    EXPECT_EQ(simulator->run(std::vector<Bytes>{bytes_of({1, 2, 3})}).value()[0], bytes_of({7, 8, 9}));
  }
}

TEST(SimulatedStates, BelongToOneSimulatorEach) {
  const SimulatedDelay model;
  auto first = model.simulator();
  auto second = model.simulator();
  ASSERT_TRUE(first && second);
  ASSERT_TRUE(first->run(std::vector<Bytes>{bytes_of({1, 2, 3})}));
  EXPECT_EQ(second->run(std::vector<Bytes>{bytes_of({4, 5, 6})}).value()[0], bytes_of({7, 8, 9}));
  Simulator moved = std::move(*first);
  EXPECT_EQ(moved.run(std::vector<Bytes>{bytes_of({4, 5, 6})}).value()[0], bytes_of({1, 2, 3}));
}

TEST(SimulatedStates, AKernelThatWritesBehindThemIsFound) {
  const SimulatedDelay model("19");  // reads the arena to its end, writes one byte behind the last state
  auto simulator = model.simulator();
  ASSERT_TRUE(simulator);
  const auto outputs = simulator->run(std::vector<Bytes>{bytes_of({1, 2, 3})});
  ASSERT_FALSE(outputs);
  EXPECT_THAT(to_string(outputs.error()), ::testing::HasSubstr("a kernel wrote outside of the states"));
}

}  // namespace
}  // namespace pudu::simulator
