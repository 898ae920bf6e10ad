#include "schedule/call_overlaps.hpp"

#include <gmock/gmock.h>

#include "schedule/testing/image_program.hpp"
#include "simulator/simulator.hpp"

namespace pudu::schedule {
namespace {

using program::BufferId;
using testing::ImageProgram;
using Bytes = std::vector<std::byte>;

std::vector<Bytes> outputs_of(const program::Program& program, const program::MemoryMap& map, const Bytes& input) {
  auto simulator = simulator::Simulator::create(program, map, simulator::FreeMemory::Poisoned);
  return simulator.value().run({{input}}).value();
}

/// Two layers, the last of which reads an image that it can write over.
ImageProgram two_layers() {
  ImageProgram net;
  const BufferId x = net.convolution(net.input(8, 8, 4), 8, {1});
  net.output(net.convolution(x, 8, {1}));
  return net;
}

TEST(CallOverlaps, TheLastCallWritesOverItsInput) {
  const ImageProgram net = two_layers();
  EXPECT_LT(plan_layerwise(net.program).value().arena_bytes, 2U * 8 * 8 * 8);
}

TEST(CallOverlaps, NoCallWritesOverAnOutputOfTheProgram) {
  ImageProgram net = two_layers();
  net.output(net.program.calls[0].find_operand("output")->buffer);
  const Bytes input = net.random_bytes(8 * 8 * 4);
  const auto plan = plan_layerwise(net.program);
  ASSERT_TRUE(plan) << to_string(plan.error());
  EXPECT_GE(plan->arena_bytes, 2U * 8 * 8 * 8);
  const auto apart = plan_schedule(net.program, program::layerwise_schedule(net.program));
  ASSERT_TRUE(apart);
  EXPECT_EQ(outputs_of(net.program, *plan, input), outputs_of(net.program, *apart, input));
}

}  // namespace
}  // namespace pudu::schedule
