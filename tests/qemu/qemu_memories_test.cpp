// A network divided among several memories: each part lies where its linker section says, and every byte of the result
// is that of the network in one memory.
#include <gmock/gmock.h>

#include <map>
#include <random>

#include "base/files.hpp"
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

/// A network that runs by rows.
struct StreamedCase {
  std::string name;
  std::string model;
  driver::Feed feed;
  std::size_t ram_bytes;  ///< what its plan is made to fit
  std::string memories;   ///< empty: those of the board
};

void PrintTo(const StreamedCase& test, std::ostream* out) {
  *out << test.name;
}

std::vector<targets::MemoryRegion> regions_of(const StreamedCase& test) {
  std::string text = test.memories;
  if (text.empty()) {
    const auto file =
        base::read_file(std::filesystem::path(PUDU_SOURCE_DIR) / "boards/mps3-an547/memories.txt").value();
    text.assign(reinterpret_cast<const char*>(file.data()), file.size());
  }
  return targets::parse_memory_regions(text).value();
}

/// As the command line does it; channels innermost, so that no transpose stands before the first layer.
driver::CompiledModel compiled(const StreamedCase& test, driver::MemoryMode memory,
                               std::vector<targets::MemoryRegion> regions) {
  driver::CompileOptions options;
  options.model = testing::model_files(test.model).model;
  options.target = targets::make_target("cortex-m55", "").value();
  options.input_layout = driver::InputLayout::Nhwc;
  options.plan.memory = memory;
  if (memory == driver::MemoryMode::Streamed) {
    options.plan.feed = test.feed;
    options.plan.ram_bytes = test.ram_bytes;
  }
  options.memories = std::move(regions);
  base::SilentProgress progress;
  auto model = driver::compile(options, progress);
  if (!model) throw std::runtime_error(to_string(model.error()));
  return std::move(*model);
}

driver::Samples random_samples(const program::Program& program, std::size_t count) {
  std::mt19937 random(5);
  driver::Samples samples;
  for (std::size_t i = 0; i < count; ++i) {
    base::Array array{base::ArrayType::Int8, program.inputs.front().shape, {}};
    array.bytes.resize(program.buffer(program.inputs.front().buffer).bytes());
    for (std::byte& each : array.bytes) each = static_cast<std::byte>(random() & 0xFFU);
    samples.push_back({array});
  }
  return samples;
}

class StreamedInSeveralMemories : public ::testing::TestWithParam<StreamedCase> {};

TEST_P(StreamedInSeveralMemories, GiveTheBytesOfLayersInOneMemory) {
  const std::vector<targets::MemoryRegion> regions = regions_of(GetParam());
  driver::CompiledModel model = compiled(GetParam(), driver::MemoryMode::Streamed, regions);
  ASSERT_TRUE(model.memory.schedule.has_value());
  ASSERT_EQ(model.memory.ram_regions.size(), 2U);

  driver::Artifact layers = testing::simulated(compiled(GetParam(), driver::MemoryMode::Layerwise, {}));
  const driver::Samples samples = random_samples(layers.program, 2);
  base::SilentProgress progress;
  const auto expected = driver::run_on_host(layers, samples, progress);
  ASSERT_TRUE(expected.ok()) << to_string(expected.error());

  const base::TempDirectory folder = base::TempDirectory::create("pudu-test").value();
  const auto report = driver::emit(model, folder.path() / "model", progress);
  ASSERT_TRUE(report) << to_string(report.error());
  const driver::Artifact artifact = driver::read_artifact(folder.path() / "model").value();
  const auto simulated = driver::run_on_host(artifact, samples, progress);
  ASSERT_TRUE(simulated.ok()) << to_string(simulated.error());
  EXPECT_EQ(simulated->outputs, expected->outputs);
  const auto on_board = driver::run_on_board(artifact, samples, {"", folder.path() / "work"}, progress);
  ASSERT_TRUE(on_board.ok()) << to_string(on_board.error());
  EXPECT_EQ(on_board->outputs, expected->outputs);

  auto sections = sections_of_only_image(folder.path() / "work");
  EXPECT_EQ(sections.at(".bss.dtcm").address, dtcm_begin);
  EXPECT_EQ(sections.at(".bss.dtcm").bytes, model.memory.ram_regions[0].bytes);
  EXPECT_GT(model.memory.ram_regions[0].bytes, 0U);
  EXPECT_LE(model.memory.ram_regions[0].bytes, regions[0].bytes);
  if (!GetParam().memories.empty()) {
    EXPECT_GT(model.memory.ram_regions[1].bytes, 0U) << "everything fits the first memory";
  }
}

constexpr const char* small_memories =
    "dtcm ram 4K read 1 write 1\n"
    "sram ram 1M read 3 write 3\n"
    "itcm flash 8K read 1\n"
    "ddr flash 16M read 9\n";

INSTANTIATE_TEST_SUITE_P(Networks, StreamedInSeveralMemories,
                         ::testing::Values(StreamedCase{"DsCnnOnTheBoard", "ds_cnn", driver::Feed::Whole, 6500, ""},
                                           StreamedCase{"DsCnn", "ds_cnn", driver::Feed::Whole, 6500, small_memories},
                                           StreamedCase{"DsCnnFed", "ds_cnn", driver::Feed::Rows, 6100, small_memories},
                                           StreamedCase{"MobilenetFed", "mobilenet_v1_025", driver::Feed::Rows, 15500,
                                                        small_memories}),
                         [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace pudu
