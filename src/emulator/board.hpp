// The emulated boards. A board is a machine of qemu-system-arm with one or more linker scripts under boards/NAME/.
#pragma once

#include <span>
#include <string_view>

#include "base/result.hpp"

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

}  // namespace pudu::emulator
