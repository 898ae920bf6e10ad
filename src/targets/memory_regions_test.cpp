#include "targets/memory_regions.hpp"

#include <gmock/gmock.h>

namespace pudu::targets {
namespace {

using ::testing::ElementsAre;

TEST(MemoryRegions, ReadsAFile) {
  const auto regions = parse_memory_regions(
      "# an i.MX RT\n"
      "dtcm ram 128K\n"
      "\n"
      "sram ram 524288 read 2 write 3.5 section .ocram   # slower\r\n"
      "flash\tflash 1M read 4\n"
      "hyper flash 8M read 12 section .hyper");
  ASSERT_TRUE(regions) << to_string(regions.error());
  EXPECT_THAT(*regions, ElementsAre(MemoryRegion{"dtcm", RegionKind::Ram, 131072, 1, 1, ".bss.dtcm"},
                                    MemoryRegion{"sram", RegionKind::Ram, 524288, 2, 3.5, ".ocram"},
                                    MemoryRegion{"flash", RegionKind::Flash, 1 << 20, 4, 1, ".rodata.flash"},
                                    MemoryRegion{"hyper", RegionKind::Flash, 8 << 20, 12, 1, ".hyper"}));
}

struct Fault {
  const char* text;
  const char* message;
};

void PrintTo(const Fault& fault, std::ostream* out) {
  *out << fault.text;
}

class MemoryRegionsFault : public ::testing::TestWithParam<Fault> {};

TEST_P(MemoryRegionsFault, IsNamed) {
  const auto regions = parse_memory_regions(GetParam().text);
  ASSERT_FALSE(regions);
  EXPECT_EQ(regions.error().kind, ErrorKind::InvalidInput);
  EXPECT_EQ(to_string(regions.error()), "error: " + std::string(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Memories, MemoryRegionsFault,
    ::testing::Values(
        Fault{"", "no region; lines of the form NAME ram|flash SIZE [read COST] [write COST] [section NAME]"},
        Fault{"\n\ndtcm ram", "line 3: 2 words; NAME ram|flash SIZE [read COST] [write COST] [section NAME]"},
        Fault{"1st ram 1K", "line 1: the name '1st'; letters, digits and _, at most 32, no digit first"},
        Fault{"a rom 1K", "line 1: 'rom'; ram or flash"},
        Fault{"a ram 0", "line 1: the size '0'; bytes from 1 up to 4 GiB, such as 65536, 128K or 8M"},
        Fault{"a ram 4096M", "line 1: the size '4096M'; bytes from 1 up to 4 GiB, such as 65536, 128K or 8M"},
        Fault{"a ram 12X", "line 1: the size '12X'; bytes from 1 up to 4 GiB, such as 65536, 128K or 8M"},
        Fault{"a ram -3", "line 1: the size '-3'; bytes from 1 up to 4 GiB, such as 65536, 128K or 8M"},
        Fault{"a ram 1K speed 3", "line 1: 'speed'; read, write or section"},
        Fault{"a ram 1K read",
              "line 1: 'read' without a value; NAME ram|flash SIZE [read COST] [write COST] [section "
              "NAME]"},
        Fault{"a ram 1K read 0", "line 1: the cost '0'; a number above 0, up to 1000000"},
        Fault{"a ram 1K read nan", "line 1: the cost 'nan'; a number above 0, up to 1000000"},
        Fault{"a flash 1K write 2", "line 1: a cost of writing for flash; constants are only read"},
        Fault{"a ram 1K section \"x\"", "line 1: the section '\"x\"'; letters, digits, . _ - and $, at most 64"},
        Fault{"a ram 1K\na flash 2K", "line 2: a second region 'a'; one each"}));

TEST(MemoryRegions, TakesSixteen) {
  std::string text;
  for (int i = 0; i < 16; ++i) text += "r" + std::to_string(i) + " ram 1K\n";
  EXPECT_TRUE(parse_memory_regions(text));
  EXPECT_FALSE(parse_memory_regions(text + "more ram 1K\n"));
}

TEST(MemoryRegions, NeedsTheFile) {
  EXPECT_FALSE(read_memory_regions("no/such/file"));
}

}  // namespace
}  // namespace pudu::targets
