// The table of boards. Memory sizes are in the linker scripts only.
#include "emulator/board.hpp"

#include <string>

#include "targets/target.hpp"

namespace pudu::emulator {
namespace {

constexpr std::string_view an547_layouts[] = {"itcm.ld", "ddr.ld", "ddr_data.ld"};
constexpr std::string_view mps2_layouts[] = {"ssram.ld", "psram.ld"};
constexpr std::string_view an505_layouts[] = {"ssram.ld"};
constexpr std::string_view microbit_layouts[] = {"flash.ld"};

constexpr Board boards[] = {
    {"mps3-an547", "mps3-an547", "cortex-m55", an547_layouts}, {"mps2-an386", "mps2-an386", "cortex-m4", mps2_layouts},
    {"mps2-an385", "mps2-an385", "cortex-m3", mps2_layouts},   {"mps2-an500", "mps2-an500", "cortex-m7", mps2_layouts},
    {"mps2-an505", "mps2-an505", "cortex-m33", an505_layouts}, {"microbit", "microbit", "cortex-m0", microbit_layouts},
};

}  // namespace

std::span<const Board> all_boards() {
  return boards;
}

Result<Board> find_board(std::string_view name) {
  std::string names;
  for (const Board& board : boards) {
    if (board.name == name) return board;
    names += (names.empty() ? "" : ", ") + std::string(board.name);
  }
  return unsupported({.file = {},
                      .where = "board",
                      .found = "unknown board '" + std::string(name) + "'",
                      .allowed = "one of " + names,
                      .hint = {}});
}

Result<Board> board_for_cpu(std::string_view cpu_name) {
  PUDU_TRY_ASSIGN(const targets::TargetConfig target, targets::make_target(cpu_name, ""));
  const targets::CpuInfo& cpu = target.cpu_info();
  if (cpu.board.empty()) {
    return unsupported({.file = {},
                        .where = "target",
                        .found = std::string(cpu.name) + " has no emulated board",
                        .allowed = {},
                        .hint = "run the model on the host simulator instead"});
  }
  return find_board(cpu.board);
}

}  // namespace pudu::emulator
