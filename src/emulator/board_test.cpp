#include "emulator/board.hpp"

#include <gmock/gmock.h>

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
