// Buffers and constants of a program divided among memories: who gets the fast one, limits, and what is refused.
#include "driver/place_memories.hpp"

#include <gmock/gmock.h>

#include "driver/compile.hpp"
#include "emitters/report/testing/mobilenet.hpp"
#include "schedule/check_schedule.hpp"
#include "schedule/plan_streamed.hpp"
#include "schedule/testing/image_program.hpp"

namespace pudu::driver {
namespace {

using emitters::testing::make_mobilenet;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<targets::MemoryRegion> regions_of(std::string_view text) {
  auto regions = targets::parse_memory_regions(text);
  EXPECT_TRUE(regions);
  return *regions;
}

const program::PlacedRegion* region_at(const program::MemoryMap& memory, std::size_t offset) {
  for (const program::PlacedRegion& region : memory.ram_regions) {
    if (region.begin <= offset && offset < region.begin + region.bytes) return &region;
  }
  return nullptr;
}

TEST(PlaceInMemories, DividesAMobileNet) {
  const program::Program program = make_mobilenet();
  const program::MemoryMap whole = plan_program(program).value();
  const auto placed = place_in_memories(program, whole,
                                        regions_of("dtcm ram 128K read 1 write 1\nsram ram 512K read 4 write 4\n"
                                                   "flash flash 1M read 2\nslow flash 8M read 10\n"));
  ASSERT_TRUE(placed) << to_string(placed.error());
  EXPECT_TRUE(program::check_map(program, *placed));
  ASSERT_EQ(placed->ram_regions.size(), 2U);
  EXPECT_LE(placed->ram_regions[0].bytes, 128U * 1024);
  EXPECT_GT(placed->ram_regions[0].bytes, 100U * 1024) << "the fast memory is used";
  EXPECT_EQ(placed->arena_bytes, placed->ram_regions[1].begin + placed->ram_regions[1].bytes);
  for (const program::Buffer& buffer : program.buffers) {
    if (!placed->lifetimes[program::index_of(buffer.id)]) continue;
    const program::PlacedRegion* region = region_at(*placed, placed->offset(buffer.id));
    ASSERT_NE(region, nullptr) << buffer.name;
    EXPECT_LE(placed->offset(buffer.id) + buffer.bytes(), region->begin + region->bytes) << buffer.name;
  }
  ASSERT_EQ(placed->flash_regions.size(), 2U);
  std::size_t constants = 0;
  for (const program::PlacedRegion& region : placed->flash_regions) {
    EXPECT_LE(region.bytes, region.capacity_bytes);
    constants += region.constants.size();
  }
  EXPECT_EQ(constants, static_cast<std::size_t>(std::count_if(
                           program.buffers.begin(), program.buffers.end(),
                           [](const auto& buffer) { return buffer.kind == program::BufferKind::Constant; })));
}

TEST(PlaceInMemories, LeavesAKindWithoutRegionsAsItIs) {
  const program::Program program = make_mobilenet();
  const program::MemoryMap whole = plan_program(program).value();
  const auto placed = place_in_memories(program, whole, regions_of("flash flash 8M\n"));
  ASSERT_TRUE(placed);
  EXPECT_EQ(placed->arena_bytes, whole.arena_bytes);
  EXPECT_EQ(placed->offsets, whole.offsets);
  EXPECT_THAT(placed->ram_regions, IsEmpty());
}

TEST(PlaceInMemories, NamesWhatFitsNowhere) {
  const program::Program program = make_mobilenet();
  const program::MemoryMap whole = plan_program(program).value();
  const auto placed = place_in_memories(program, whole, regions_of("dtcm ram 128K\nsram ram 200K\n"));
  ASSERT_FALSE(placed);
  EXPECT_EQ(placed.error().kind, ErrorKind::LimitExceeded);
  EXPECT_THAT(to_string(placed.error()),
              HasSubstr(": 221184 bytes that fit nowhere beside what is alive at the same time; the RAM of --memories: "
                        "dtcm of 131072, sram of 204800 bytes\nhint: one region of " +
                        std::to_string(whole.arena_bytes) + " bytes would hold everything; several need more"));
}

TEST(PlaceInMemories, DividesPlansThatStream) {
  schedule::testing::ImageProgram net;
  const program::BufferId x = net.convolution(net.input(48, 48, 3), 8, {3, 2, 1});
  const program::BufferId branch = net.convolution(net.depthwise(net.convolution(x, 48, {1}), {3, 1, 1}), 8, {1});
  net.output(net.convolution(net.sum(branch, x), 16, {3, 2, 1}));
  const program::MemoryMap streamed = schedule::plan_streamed(net.program, {})->map;
  const std::size_t fast_bytes = streamed.arena_bytes / 3 / 16 * 16;
  const auto placed = place_in_memories(
      net.program, streamed,
      regions_of("dtcm ram " + std::to_string(fast_bytes) + "\nsram ram 512K read 4 write 4\nflash flash 8M\n"));
  ASSERT_TRUE(placed) << to_string(placed.error());
  EXPECT_EQ(placed->schedule, streamed.schedule);
  EXPECT_TRUE(schedule::check_schedule(net.program, *placed));
  ASSERT_EQ(placed->ram_regions.size(), 2U);
  EXPECT_LE(placed->ram_regions[0].bytes, fast_bytes);
  EXPECT_GT(placed->ram_regions[0].bytes, 0U) << "the fast memory is used";
  EXPECT_GT(placed->ram_regions[1].bytes, 0U);
  const auto tight = place_in_memories(net.program, streamed, regions_of("dtcm ram 64\n"));
  ASSERT_FALSE(tight);
  EXPECT_EQ(tight.error().kind, ErrorKind::LimitExceeded);
}

TEST(EstimateTraffic, CountsWhatKernelsReadAgain) {
  const program::Program program = make_mobilenet();
  const std::vector<Traffic> traffic = estimate_traffic(program);
  for (const program::KernelCall& call : program.calls) {
    for (const program::Operand& operand : call.operands) {
      const program::Buffer& buffer = program.buffer(operand.buffer);
      const Traffic& of = traffic[program::index_of(buffer.id)];
      const auto bytes = static_cast<double>(buffer.bytes());
      if (buffer.kind == program::BufferKind::Constant) {
        EXPECT_GE(of.read_bytes, bytes) << buffer.name;
        EXPECT_EQ(of.written_bytes, 0) << buffer.name;
      } else {
        EXPECT_GE(of.written_bytes, bytes) << buffer.name;
      }
      if (call.macs > 0 && operand.name == "weights") {
        EXPECT_GE(of.read_bytes, static_cast<double>(call.macs) / 2);
      }
    }
  }
}

}  // namespace
}  // namespace pudu::driver
