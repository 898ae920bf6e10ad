#include "emulator/board.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <span>
#include <string>

#include "base/embedded_file.hpp"
#include "targets/target.hpp"

namespace pudu::base {
std::span<const EmbeddedFile> board_files();
}

namespace pudu::emulator {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

TEST(Board, UnknownNameListsTheBoards) {
  const Result<Board> board = find_board("stm32");
  ASSERT_FALSE(board);
  EXPECT_EQ(board.error().kind, ErrorKind::Unsupported);
  EXPECT_THAT(to_string(board.error()), HasSubstr("unknown board 'stm32'; one of mps3-an547, mps2-an386, "));
}

TEST(Board, EveryBoardOfACpuExists) {
  for (const targets::CpuInfo& cpu : targets::all_cpus()) {
    const Result<Board> board = board_for_cpu(cpu.name);
    if (cpu.board.empty()) {
      ASSERT_FALSE(board) << cpu.name;
      EXPECT_THAT(to_string(board.error()), HasSubstr(std::string(cpu.name) + " has no emulated board"));
    } else {
      ASSERT_TRUE(board) << to_string(board.error());
      EXPECT_EQ(board->name, cpu.board);
    }
  }
  EXPECT_FALSE(board_for_cpu("cortex-a53"));
}

TEST(Board, RunsCodeForItsOwnAndSmallerCores) {
  for (const auto& [board, cpu] : {std::pair("mps3-an547", "cortex-m4"),
                                   {"mps2-an500", "cortex-m4"},
                                   {"mps2-an386", "cortex-m0"},
                                   {"mps3-an547", "cortex-m85"},
                                   {"microbit", "cortex-m0"}}) {
    EXPECT_TRUE(board_that_runs(board, cpu)) << board << " " << cpu;
  }
  for (const auto& [board, cpu] : {std::pair("mps2-an385", "cortex-m4"),
                                   {"mps2-an386", "cortex-m7"},
                                   {"mps2-an505", "cortex-m55"},
                                   {"microbit", "cortex-m3"}}) {
    EXPECT_FALSE(board_that_runs(board, cpu)) << board << " " << cpu;
  }
  EXPECT_EQ(to_string(board_that_runs("mps2-an385", "cortex-m4").error()),
            "error: board: mps2-an385 has a cortex-m3, which does not run code for cortex-m4; such as mps2-an386");
}

/// "cortex-m4 on mps2-an386", or the error.
std::string chosen(std::string_view target, std::string_view isa, std::string_view cpu, std::string_view board) {
  const Result<Device> device = choose_device(targets::make_target(target, isa).value(), cpu, board);
  if (!device) return to_string(device.error());
  return std::string(device->cpu->name) + " on " + std::string(device->board.name);
}

TEST(ChooseDevice, AModelForOneCpuRunsOnThatOne) {
  EXPECT_EQ(chosen("cortex-m4", "", "", ""), "cortex-m4 on mps2-an386");
  EXPECT_EQ(chosen("cortex-m4", "", "M4", ""), "cortex-m4 on mps2-an386");
  EXPECT_EQ(chosen("cortex-m4", "", "", "mps3-an547"), "cortex-m4 on mps3-an547");
  EXPECT_EQ(chosen("cortex-m55", "dsp", "cortex-m55", ""), "cortex-m55 on mps3-an547");
  EXPECT_EQ(chosen("cortex-m55", "", "cortex-m4", ""),
            "error: --target: cortex-m4, but the model is compiled for cortex-m55 (mve); cortex-m55\n"
            "hint: a model compiled with --target any runs on every CPU");
  EXPECT_EQ(chosen("cortex-m4", "", "cortex-m7", ""),
            "error: --target: cortex-m7, but the model is compiled for cortex-m4 (dsp); cortex-m4\n"
            "hint: a model compiled with --target any runs on every CPU");
}

TEST(ChooseDevice, AModelForAnyCpuRunsWhereItIsAskedTo) {
  EXPECT_EQ(chosen("any", "", "", ""), "cortex-m55 on mps3-an547");
  EXPECT_EQ(chosen("any", "", "cortex-m0", ""), "cortex-m0 on mps2-an385");
  EXPECT_EQ(chosen("any", "", "m0", "microbit"), "cortex-m0 on microbit");
  EXPECT_EQ(chosen("any", "", "", "mps2-an500"), "cortex-m7 on mps2-an500");
  EXPECT_EQ(chosen("any", "", "cortex-m55", "mps2-an386"),
            "error: board: mps2-an386 has a cortex-m4, which does not run code for cortex-m55; such as mps3-an547");
  EXPECT_EQ(chosen("any", "", "any", ""),
            "error: --target: 'any', where one CPU is emulated; one CPU, such as cortex-m55");
  EXPECT_THAT(chosen("any", "", "cortex-m9", ""), HasSubstr("unknown CPU 'cortex-m9'"));
  EXPECT_THAT(chosen("any", "", "", "pico"), HasSubstr("unknown board 'pico'"));
}

/// A compiler builds for the ISA of its flags, so flags of the CPU itself would not do for a smaller one.
TEST(ChooseDevice, FlagsAreThoseOfTheIsa) {
  const auto flags = [](std::string_view cpu, std::string_view isa) {
    return choose_device(targets::make_target(cpu, isa).value(), "", "")->compiler_flags;
  };
  EXPECT_THAT(std::string(flags("cortex-m55", "")), HasSubstr("-mcpu=cortex-m55"));
  EXPECT_THAT(std::string(flags("cortex-m55", "dsp")), HasSubstr("-mcpu=cortex-m35p"));
  EXPECT_THAT(std::string(flags("cortex-m55", "scalar")), HasSubstr("-mcpu=cortex-m3 "));
  EXPECT_THAT(std::string(flags("cortex-m4", "scalar")), HasSubstr("-mcpu=cortex-m3 "));
  for (const targets::CpuInfo& cpu : targets::all_cpus()) {
    for (const targets::Isa isa : targets::supported_isas(cpu.cpu)) {
      const std::string_view chosen_flags = flags(cpu.name, targets::to_string(isa));
      const auto like =
          std::find_if(targets::all_cpus().begin(), targets::all_cpus().end(),
                       [&](const targets::CpuInfo& other) { return other.compiler_flags == chosen_flags; });
      ASSERT_NE(like, targets::all_cpus().end());
      EXPECT_EQ(like->default_isa, isa) << cpu.name;
    }
  }
}

TEST(Board, EveryLayoutIsAnEmbeddedScriptAndEveryFolderABoard) {
  std::set<std::string> scripts;
  for (const base::EmbeddedFile& file : base::board_files()) {
    if (file.path.ends_with(".ld") && file.path != "boards/common/sections.ld") scripts.emplace(file.path);
  }
  std::set<std::string> layouts;
  for (const Board& board : all_boards()) {
    for (const std::string_view layout : board.layouts) {
      layouts.insert("boards/" + std::string(board.name) + "/" + std::string(layout));
    }
  }
  EXPECT_EQ(scripts, layouts);
}

TEST(Board, EmbeddedFilesAreTheFilesOfTheProject) {
  const std::span<const base::EmbeddedFile> files = base::board_files();
  EXPECT_GE(files.size(), 14U);
  for (const base::EmbeddedFile& file : files) {
    std::ifstream stream(fs::path(PUDU_SOURCE_DIR) / file.path, std::ios::binary);
    const std::string content{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
    EXPECT_FALSE(content.empty()) << file.path;
    EXPECT_EQ(file.content, content) << file.path;
  }
}

}  // namespace
}  // namespace pudu::emulator
