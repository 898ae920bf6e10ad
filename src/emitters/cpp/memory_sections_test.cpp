// The text for several memories; tests/qemu/qemu_memories_test.cpp builds and runs it.
#include "emitters/cpp/memory_sections.hpp"

#include <gmock/gmock.h>

namespace pudu::emitters {
namespace {

using ::testing::HasSubstr;

program::MemoryMap divided_map() {
  program::MemoryMap memory;
  memory.arena_bytes = 112;
  memory.ram_regions = {{"dtcm", ".bss.dtcm", 64, 0, 40, {}},
                        {"unused", ".bss.unused", 64, 48, 0, {}},
                        {"sram", ".sram", 512, 48, 64, {}}};
  memory.flash_regions = {{"ospi", ".rodata.ospi", 4096, 0, 16, {program::BufferId{3}}}};
  return memory;
}

TEST(MemorySections, DefineAMacroForEachRegion) {
  EXPECT_EQ(region_macros({}), "");
  const std::string text = region_macros(divided_map());
  EXPECT_THAT(text, HasSubstr("#ifndef PUDU_IN_DTCM\n"
                              "#define PUDU_IN_DTCM __attribute__((section(\".bss.dtcm\")))\n"
                              "#endif\n"));
  EXPECT_THAT(text, HasSubstr("#define PUDU_IN_SRAM __attribute__((section(\".sram\")))\n"));
  EXPECT_THAT(text, HasSubstr("#define PUDU_IN_OSPI __attribute__((section(\".rodata.ospi\")))\n"));
}

TEST(MemorySections, MakeAnArrayForEachRegionInUse) {
  const std::string text = arena_definition(divided_map());
  EXPECT_THAT(text, HasSubstr("alignas(16) PUDU_IN_DTCM std::uint8_t arena_dtcm[40];\n"
                              "alignas(16) PUDU_IN_SRAM std::uint8_t arena_sram[64];\n"));
  EXPECT_THAT(text, HasSubstr("return offset < 48 ? arena_dtcm + (offset - 0) : arena_sram + (offset - 48);\n"));
  EXPECT_THAT(text, ::testing::Not(HasSubstr("unused[")));
}

TEST(MemorySections, LeaveOneMemoryAsItIs) {
  EXPECT_EQ(arena_definition({}),
            "[[maybe_unused]] alignas(16) std::uint8_t arena[arena_bytes > 0 ? arena_bytes : 1];\n\n");
  EXPECT_EQ(in_region({}, program::BufferId{3}, "alignas(16) constexpr int x[1] = {1};"),
            "alignas(16) constexpr int x[1] = {1};");
}

TEST(MemorySections, PlaceConstants) {
  EXPECT_EQ(in_region(divided_map(), program::BufferId{3}, "alignas(16) constexpr int x[1] = {1};"),
            "alignas(16) PUDU_IN_OSPI constexpr int x[1] = {1};");
  EXPECT_EQ(in_region(divided_map(), program::BufferId{4}, "alignas(16) constexpr int x[1] = {1};"),
            "alignas(16) constexpr int x[1] = {1};");
}

}  // namespace
}  // namespace pudu::emitters
