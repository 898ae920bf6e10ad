// The table of boards. Memory sizes are in the linker scripts only.
#include "emulator/board.hpp"

#include <algorithm>
#include <iterator>
#include <string>

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

/// From the smallest to the largest: code for one runs on those behind it, as far as compilers make use of them.
constexpr std::string_view architectures[] = {"armv6-m",  "armv8-m.base", "armv7-m",
                                              "armv7e-m", "armv8-m.main", "armv8.1-m.main"};

bool runs_code_for(const targets::CpuInfo& core, const targets::CpuInfo& cpu) {
  const auto rank = [](const targets::CpuInfo& info) {
    return std::find(std::begin(architectures), std::end(architectures), info.architecture);
  };
  if (rank(core) < rank(cpu) || core.default_isa < cpu.default_isa || core.has_fpu < cpu.has_fpu) return false;
  // Of one architecture, the later core has the larger floating-point unit.
  return rank(core) > rank(cpu) || core.cpu >= cpu.cpu;
}

/// With an ISA below the CPU's own: the flags of the largest CPU that has no more than that ISA and whose code this one
/// runs, since compilers cannot be told to leave instructions of a CPU alone.
std::string_view compiler_flags(const targets::CpuInfo& cpu, targets::Isa isa) {
  if (isa == cpu.default_isa) return cpu.compiler_flags;
  const targets::CpuInfo* largest = nullptr;
  for (const targets::CpuInfo& candidate : targets::all_cpus()) {
    if (candidate.default_isa != isa || !runs_code_for(cpu, candidate)) continue;
    if (largest == nullptr || runs_code_for(candidate, *largest)) largest = &candidate;
  }
  return largest != nullptr ? largest->compiler_flags : cpu.compiler_flags;
}

/// The CPU that the model is to run on, by the rules of choose_device.
Result<targets::TargetConfig> choose_cpu(const targets::TargetConfig& target, std::string_view cpu_name,
                                         std::string_view board_name) {
  if (cpu_name.empty()) {
    if (!target.is_any()) return target;
    if (board_name.empty()) return targets::TargetConfig{default_cpu, info(default_cpu).default_isa, target.kernels};
    PUDU_TRY_ASSIGN(const Board board, find_board(board_name));
    return targets::make_target(board.core, "", target.kernels);
  }
  PUDU_TRY_ASSIGN(const targets::TargetConfig asked, targets::make_target(cpu_name, "", target.kernels));
  if (asked.is_any()) {
    return unsupported({.file = {},
                        .where = "--target",
                        .found = "'any', where one CPU is emulated",
                        .allowed = "one CPU, such as " + std::string(info(default_cpu).name),
                        .hint = {}});
  }
  if (target.is_any()) return asked;
  if (asked.cpu == target.cpu) return target;
  return unsupported({.file = {},
                      .where = "--target",
                      .found = std::string(asked.cpu_name()) + ", but the model is compiled for " +
                               std::string(target.cpu_name()) + " (" + std::string(target.isa_name()) + ")",
                      .allowed = std::string(target.cpu_name()),
                      .hint = "a model compiled with --target any runs on every CPU"});
}

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

Result<Board> board_that_runs(std::string_view name, std::string_view cpu_name) {
  PUDU_TRY_ASSIGN(const Board board, find_board(name));
  PUDU_TRY_ASSIGN(const targets::TargetConfig target, targets::make_target(cpu_name, ""));
  PUDU_TRY_ASSIGN(const targets::TargetConfig core, targets::make_target(board.core, ""));
  const targets::CpuInfo& cpu = target.cpu_info();
  if (cpu.board == board.name || runs_code_for(core.cpu_info(), cpu)) return board;
  return unsupported({.file = {},
                      .where = "board",
                      .found = std::string(name) + " has a " + std::string(board.core) +
                               ", which does not run code for " + std::string(cpu.name),
                      .allowed = "such as " + std::string(cpu.board),
                      .hint = {}});
}

Result<Device> choose_device(const targets::TargetConfig& target, std::string_view cpu_name,
                             std::string_view board_name) {
  PUDU_TRY_ASSIGN(const targets::TargetConfig chosen, choose_cpu(target, cpu_name, board_name));
  const targets::CpuInfo& cpu = chosen.cpu_info();
  PUDU_TRY_ASSIGN(const Board board,
                  board_name.empty() ? board_for_cpu(cpu.name) : board_that_runs(board_name, cpu.name));
  return Device{&cpu, compiler_flags(cpu, chosen.isa), board};
}

}  // namespace pudu::emulator
