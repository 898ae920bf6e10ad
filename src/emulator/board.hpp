// The emulated boards. A board is a machine of qemu-system-arm with one or more linker scripts under boards/NAME/.
#pragma once

#include <span>
#include <string_view>

#include "base/result.hpp"
#include "targets/target.hpp"

namespace pudu::emulator {

struct Board {
  std::string_view name;  ///< also the folder under boards/
  std::string_view qemu_machine;
  std::string_view core;  ///< the CPU that QEMU emulates
  /// Linker scripts in boards/NAME/, from the fastest memories to the largest: an image gets the first that it fits.
  std::span<const std::string_view> layouts;
};

std::span<const Board> all_boards();

/// Unknown name: Unsupported, listing the boards.
Result<Board> find_board(std::string_view name);

/// The board that cpus.def names for a CPU, which may emulate a larger core of the same instruction set. A CPU that is
/// unknown or has no board: Unsupported.
Result<Board> board_for_cpu(std::string_view cpu_name);

/// A board by its name, which must run code compiled for the CPU. Unsupported when its core cannot.
Result<Board> board_that_runs(std::string_view name, std::string_view cpu_name);

/// Where a compiled model runs: the CPU it is built for, and the board that emulates it.
struct Device {
  const targets::CpuInfo* cpu;
  std::string_view compiler_flags;  ///< for the CPU and the ISA of the target
  Board board;
};

/// The CPU that emulates a model for any CPU when none is asked for: it has every ISA.
inline constexpr targets::Cpu default_cpu = targets::Cpu::M55;

/// The device for a model that is compiled for `target`. `cpu_name` is empty or the CPU asked for: a model for one CPU
/// runs on that one only; a model for any CPU runs on the one asked for, else on the core of the board asked for, else
/// on default_cpu. `board_name` is empty or the board asked for, which must run the CPU's code. Unsupported otherwise.
Result<Device> choose_device(const targets::TargetConfig& target, std::string_view cpu_name,
                             std::string_view board_name);

}  // namespace pudu::emulator
