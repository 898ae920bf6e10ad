// Runs compiled models on emulated Cortex-M boards: board_for_cpu, build_firmware, run_on_qemu.
#pragma once

#include "emulator/board.hpp"     // IWYU pragma: export
#include "emulator/firmware.hpp"  // IWYU pragma: export
#include "emulator/qemu.hpp"      // IWYU pragma: export
