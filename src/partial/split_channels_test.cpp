// Parts of a layer's channels give the bytes of the whole layer, in less memory.
#include "partial/split_channels.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "partial/testing/wide_head.hpp"
#include "program/memory_map.hpp"
#include "simulator/simulator.hpp"

namespace pudu::partial {
namespace {

using ::testing::ElementsAre;
using testing::Head;
using ::testing::IsEmpty;
using testing::WideHead;
using Bytes = std::vector<std::byte>;

/// Every buffer in memory of its own, one behind the other.
program::MemoryMap map_of(const program::Program& program) {
  program::MemoryMap map;
  map.lifetimes = program::lifetimes(program);
  map.offsets.resize(program.buffers.size());
  for (const program::Buffer& buffer : program.buffers) {
    if (buffer.kind == program::BufferKind::Constant) continue;
    map.offsets[program::index_of(buffer.id)] = map.arena_bytes;
    map.arena_bytes += (buffer.bytes() + 15) / 16 * 16;
  }
  return map;
}

Bytes run(const program::Program& program, const Bytes& input) {
  const Status status = program::verify(program);
  if (!status.ok()) throw std::runtime_error(to_string(status.error()));
  const program::MemoryMap map = map_of(program);
  auto simulator = simulator::Simulator::create(program, map, simulator::FreeMemory::Poisoned);
  if (!simulator) throw std::runtime_error(to_string(simulator.error()));
  return simulator->run({{input}}).value().front();
}

std::size_t peak_bytes(const program::Program& program) {
  const auto lifetimes = program::lifetimes(program);
  std::size_t most = 0;
  for (int step = 0; step < static_cast<int>(program.calls.size()); ++step) {
    std::size_t bytes = 0;
    for (const program::Buffer& buffer : program.buffers) {
      const auto& life = lifetimes[program::index_of(buffer.id)];
      if (life && life->begin_step <= step && step < life->end_step) bytes += buffer.bytes();
    }
    most = std::max(most, bytes);
  }
  return most;
}

TEST(ChannelChains, GoFromTheConvolutionToThePool) {
  const WideHead net(5, 4, 64, Head::AveragePool);
  const std::vector<ChannelChain> chains = channel_chains(net.program);
  ASSERT_EQ(chains.size(), 1U);
  EXPECT_THAT(chains[0].calls, ElementsAre(0, 1, 2, 3));
  EXPECT_EQ(chains[0].channels, 64);
}

TEST(ChannelChains, KeepWhatOthersNeed) {
  WideHead returned(5, 4, 64, Head::AveragePool);
  returned.program.outputs.push_back({"image", returned.image, {1, 5, 4, 64}});
  EXPECT_THAT(channel_chains(returned.program), IsEmpty());

  WideHead read_twice(5, 4, 64, Head::AveragePool);
  program::KernelCall again = read_twice.program.calls.back();
  again.name = "again";
  program::Buffer copy = read_twice.program.buffer(read_twice.output);
  copy.name = "again.output";
  again.operands.back().buffer = read_twice.program.add_buffer(copy);
  read_twice.program.calls.push_back(again);
  EXPECT_THAT(channel_chains(read_twice.program), IsEmpty());

  EXPECT_THAT(channel_chains(WideHead(5, 4, 24, Head::AveragePool).program), IsEmpty()) << "too few channels";
}

using Case = std::tuple<Head, std::int32_t, std::int32_t>;

class SplitChannels : public ::testing::TestWithParam<Case> {};

TEST_P(SplitChannels, GiveTheSameBytes) {
  const auto& [head, channels, parts] = GetParam();
  for (std::uint32_t seed = 1; seed < 4; ++seed) {
    WideHead net(5, 4, channels, head, seed);
    const Bytes input = net.random_input();
    const program::Program split = split_channels(net.program, channel_chains(net.program).at(0), parts);
    EXPECT_EQ(run(split, input), run(net.program, input));
    EXPECT_LT(peak_bytes(split), peak_bytes(net.program));
    std::int64_t constants = 0, whole_constants = 0;
    for (const program::Buffer& buffer : split.buffers) constants += buffer.data ? buffer.data->size() : 0;
    for (const program::Buffer& buffer : net.program.buffers) whole_constants += buffer.data ? buffer.data->size() : 0;
    EXPECT_EQ(constants, whole_constants);
  }
}

INSTANTIATE_TEST_SUITE_P(All, SplitChannels,
                         ::testing::Combine(::testing::Values(Head::AveragePool, Head::MaxPool, Head::Sum),
                                            ::testing::Values(32, 40, 330), ::testing::Values(2, 3)));

TEST(SplitChannels, TakesAsManyPartsAsThereAreSteps) {
  WideHead net(3, 3, 250, Head::AveragePool);
  const program::Program split = split_channels(net.program, channel_chains(net.program).at(0), most_parts);
  EXPECT_EQ(split.calls.size(), 16U * 4 + 1);
  const Bytes input = net.random_input();
  EXPECT_EQ(run(split, input), run(net.program, input));
}

TEST(SplitWideLayers, SplitWhereThePeakIs) {
  WideHead net(6, 6, 256, Head::AveragePool);
  const PartialProgram partial = split_wide_layers(net.program);
  ASSERT_EQ(partial.splits.size(), 1U);
  EXPECT_EQ(partial.splits[0].first, "wide");
  EXPECT_EQ(partial.splits[0].last, "end");
  EXPECT_EQ(partial.splits[0].channels, 256);
  EXPECT_LT(4 * peak_bytes(partial.program), peak_bytes(net.program));
  const Bytes input = net.random_input();
  EXPECT_EQ(run(partial.program, input), run(net.program, input));
}

TEST(SplitWideLayers, LeaveAloneWhatIsEnough) {
  const WideHead net(6, 6, 256, Head::AveragePool);
  EXPECT_THAT(split_wide_layers(net.program, peak_bytes(net.program)).splits, IsEmpty());
  const PartialProgram halves = split_wide_layers(net.program, peak_bytes(net.program) - 1);
  ASSERT_EQ(halves.splits.size(), 1U);
  EXPECT_EQ(halves.splits[0].parts, 2);
}

}  // namespace
}  // namespace pudu::partial
