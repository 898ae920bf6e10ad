// Schedules that run row by row give the bytes of the layers one after the other, whatever lies in the bytes that hold
// nothing; a schedule that lets a row die too early does not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ops/testing/row_chain.hpp"
#include "simulator/simulator.hpp"

namespace pudu::simulator {
namespace {

using ops::testing::ChainInput;
using ops::testing::RowChain;
using Bytes = std::vector<std::byte>;

Result<Bytes> run(const RowChain& chain, const program::MemoryMap& map, const Bytes& input, FreeMemory free_memory) {
  PUDU_TRY_ASSIGN(Simulator simulator, Simulator::create(chain.program, map, free_memory));
  PUDU_TRY_ASSIGN(std::vector<Bytes> outputs, simulator.run({{input}}));
  return outputs.front();
}

TEST(ScheduleRuns, RowsGiveTheBytesOfLayers) {
  for (std::uint32_t seed = 1; seed < 20; ++seed) {
    RowChain chain(seed);
    const Bytes input = chain.random_input();
    const auto layers = run(chain, chain.layerwise(), input, FreeMemory::Poisoned);
    ASSERT_TRUE(layers) << to_string(layers.error());
    for (const ChainInput form : {ChainInput::Whole, ChainInput::Fed}) {
      const program::MemoryMap map = chain.streamed(form);
      for (const FreeMemory free_memory : {FreeMemory::Untouched, FreeMemory::Poisoned}) {
        const auto rows = run(chain, map, input, free_memory);
        ASSERT_TRUE(rows) << to_string(rows.error());
        EXPECT_EQ(*rows, *layers);
      }
    }
  }
}

TEST(ScheduleRuns, WindowsTakeLessMemory) {
  RowChain chain;
  const std::size_t layers = chain.layerwise().arena_bytes;
  EXPECT_LT(chain.streamed().arena_bytes, layers);
  EXPECT_LT(chain.streamed(ChainInput::Fed).arena_bytes, chain.streamed().arena_bytes);
}

/// Two windows at one place: a row is overwritten before it is read.
TEST(ScheduleRuns, OverlappingWindowsChangeTheBytes) {
  RowChain chain;
  const Bytes input = chain.random_input();
  program::MemoryMap map = chain.streamed();
  const auto right = run(chain, map, input, FreeMemory::Poisoned);
  map.offsets[program::index_of(chain.second)] = map.offset(chain.first) + 24;
  const auto wrong = run(chain, map, input, FreeMemory::Poisoned);
  ASSERT_TRUE(right && wrong);
  EXPECT_NE(*wrong, *right);
}

/// Liveness is worked out to the byte.
TEST(ScheduleRuns, EveryByteOfTheInputDiesOnce) {
  RowChain chain;
  program::MemoryMap map = chain.streamed();
  const std::vector<PreparedStep> steps = prepare_steps(chain.program, map);
  const std::vector<std::vector<ByteRange>> dying = bytes_dying(chain.program, map, steps);
  // Rows of the input that no later step reads: of eight rows of 18 bytes, all die in the end, none twice.
  std::size_t input_bytes = 0;
  for (const std::vector<ByteRange>& ranges : dying) {
    for (const ByteRange& range : ranges) {
      if (range.begin < 144) input_bytes += range.end - range.begin;
    }
  }
  EXPECT_EQ(input_bytes, 144U);
  EXPECT_EQ(map.offset(chain.input), 0U);
}

TEST(ScheduleRuns, ASequenceOfRunsIsTheSameEachTime) {
  RowChain chain;
  const program::MemoryMap map = chain.streamed(ChainInput::Fed);
  auto simulator = Simulator::create(chain.program, map, FreeMemory::Poisoned);
  ASSERT_TRUE(simulator);
  const Bytes input = chain.random_input();
  const auto first = simulator->run({{input}});
  const auto second = simulator->run({{input}});
  ASSERT_TRUE(first && second);
  EXPECT_EQ(*first, *second);
}

TEST(ScheduleRuns, RefusesASchedulesOfAnotherProgram) {
  RowChain chain;
  program::MemoryMap map = chain.streamed();
  map.schedule->window_rows.pop_back();
  EXPECT_EQ(Simulator::create(chain.program, map).error().kind, ErrorKind::Internal);
  map = chain.streamed();
  map.schedule->steps.front().call = 7;
  EXPECT_EQ(Simulator::create(chain.program, map).error().kind, ErrorKind::Internal);
}

}  // namespace
}  // namespace pudu::simulator
