// Estimated cycles from executed instructions and published timings, for a core with memory without wait states.
//
// Not a measurement, and no pipeline is simulated: docs/boards.md states each model, where its numbers come from and
// what it leaves out. Cores without published timings have none.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "emulator/thumb.hpp"

namespace pudu::emulator {

/// Where a table gives a range, or a pipeline may or may not help: the least, what is taken as likely, and the most.
struct CycleRange {
  std::uint64_t low = 0;
  std::uint64_t estimate = 0;
  std::uint64_t high = 0;

  CycleRange& operator+=(const CycleRange& other);
  friend CycleRange operator*(CycleRange range, std::uint64_t times) {
    return {range.low * times, range.estimate * times, range.high * times};
  }
  friend bool operator==(const CycleRange&, const CycleRange&) = default;
};

enum class CycleModel : std::uint8_t { M0, M0Plus, M3, M4, DualBeat };

/// "cortex-m4"; nothing for a CPU whose timings are not published. The Cortex-M55's are those of a dual-beat core.
std::optional<CycleModel> cycle_model_for(std::string_view cpu);

/// Instructions that follow each other without a branch between, executed `times` times; `left` times something else
/// followed than what stands behind them.
CycleRange cycles_of(CycleModel model, std::span<const Instruction> instructions, std::uint64_t times,
                     std::uint64_t left);

}  // namespace pudu::emulator
