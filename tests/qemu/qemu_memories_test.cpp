// A network divided among several memories: each part lies where its linker section says, and every byte of the result
// is that of the network in one memory.
#include <gmock/gmock.h>

#include <map>

#include "driver/place_memories.hpp"
#include "emulator/elf_file.hpp"
#include "qemu/board_runs.hpp"

namespace pudu {
namespace {

constexpr std::uint32_t dtcm_begin = 0x30000000;
constexpr std::uint32_t sram_begin = 0x31000000;
constexpr std::uint32_t ddr_begin = 0x70000000;

std::map<std::string, emulator::ElfSection> sections_of_only_image(const std::filesystem::path& folder) {
  std::map<std::string, emulator::ElfSection> sections;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() != ".elf") continue;
    EXPECT_TRUE(sections.empty()) << "a second image";
    const auto read = emulator::read_elf_sections(entry.path());
    EXPECT_TRUE(read.ok());
    for (const emulator::ElfSection& section : *read) sections[section.name] = section;
  }
  return sections;
}

TEST(SeveralMemories, GiveTheBytesOfOneMemoryOnTheBoard) {
  const testing::ModelFiles files = testing::model_files("ds_cnn");
  const auto regions = targets::parse_memory_regions(
      "dtcm ram 9K read 1 write 1\n"
      "sram ram 1M read 3 write 3\n"
      "itcm flash 8K read 1\n"
      "ddr flash 16M read 9\n");
  ASSERT_TRUE(regions);
  driver::CompiledModel model = testing::compile_model(files, "cortex-m55");
  const std::size_t arena_before = model.memory.arena_bytes;
  ASSERT_GT(arena_before, 9U * 1024) << "the network fits the first memory";
  auto placed = driver::place_in_memories(model.program, model.memory, *regions);
  ASSERT_TRUE(placed) << to_string(placed.error());
  model.memory = *placed;

  // The simulator runs it where it lies, dead bytes poisoned.
  driver::Artifact one_memory = testing::simulated(testing::compile_model(files, "cortex-m55"));
  driver::Artifact divided = testing::simulated(model);
  divided.memory = model.memory;
  const driver::Samples samples = testing::first_samples(one_memory, files.input, 2);
  base::SilentProgress progress;
  const auto expected = driver::run_on_host(one_memory, samples, progress);
  const auto simulated = driver::run_on_host(divided, samples, progress);
  ASSERT_TRUE(expected.ok() && simulated.ok());
  EXPECT_EQ(simulated->outputs, expected->outputs);

  const base::TempDirectory folder = base::TempDirectory::create("pudu-test").value();
  const auto report = driver::emit(model, folder.path() / "model", progress);
  ASSERT_TRUE(report) << to_string(report.error());
  const driver::Artifact artifact = driver::read_artifact(folder.path() / "model").value();
  const auto on_board = driver::run_on_board(artifact, samples, {"", folder.path() / "work"}, progress);
  ASSERT_TRUE(on_board.ok()) << to_string(on_board.error());
  EXPECT_EQ(on_board->outputs, expected->outputs);

  auto sections = sections_of_only_image(folder.path() / "work");
  EXPECT_EQ(sections.at(".bss.dtcm").address, dtcm_begin);
  EXPECT_EQ(sections.at(".bss.dtcm").bytes, model.memory.ram_regions[0].bytes);
  EXPECT_GT(sections.at(".bss.dtcm").bytes, 1000U);
  EXPECT_LE(sections.at(".bss.dtcm").bytes, 9U * 1024);
  EXPECT_GE(sections.at(".bss").address, sram_begin);
  EXPECT_GE(sections.at(".bss").bytes, model.memory.ram_regions[1].bytes);
  EXPECT_EQ(sections.at(".rodata.ddr").address, ddr_begin);
  EXPECT_NEAR(sections.at(".rodata.ddr").bytes, model.memory.flash_regions[1].bytes, 16);
  ASSERT_EQ(report->regions.size(), 4U);
  EXPECT_GT(report->regions[0].contents.size(), 1U);
}

}  // namespace
}  // namespace pudu
