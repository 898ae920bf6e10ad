// The memory of a compiled model in the counters that ExecuTorch's runner for Arm logs after a run, so that the two can
// be laid side by side. docs/memory.md says what each counter means for the C++ output.
//
// Limits: nothing here is measured; stack, code and the firmware's static RAM are pudu bench's.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "base/result.hpp"
#include "program/memory_map.hpp"
#include "program/program.hpp"

namespace pudu::driver {

struct MemoryCounter {
  std::string_view name;  ///< as the runner prints it
  std::size_t bytes = 0;
};

/// All in bytes.
struct MemoryLog {
  std::size_t program_bytes = 0;         ///< constants in flash
  std::size_t loaded_program_bytes = 0;  ///< the program with all that is bundled with it: nothing
  std::size_t planned_bytes = 0;         ///< the arena
  std::size_t loaded_method_bytes = 0;   ///< structures built when a model is loaded: none
  std::size_t input_bytes = 0;           ///< copies of inputs outside of the arena: none
  std::size_t executor_bytes = 0;        ///< static RAM besides the arena
  std::size_t temp_bytes = 0;            ///< memory that kernels take during a run, beside what is planned

  /// Everything that is RAM; the stack comes on top.
  std::size_t ram_bytes() const {
    return planned_bytes + loaded_method_bytes + input_bytes + executor_bytes + temp_bytes;
  }
  std::array<MemoryCounter, 7> counters() const;

  friend bool operator==(const MemoryLog&, const MemoryLog&) = default;
};

/// Of the C++ output as it is: scratch lies in the arena, and the emitted code has no static RAM beside it.
MemoryLog memory_log(const program::Program& program, const program::MemoryMap& memory);

/// Of the same program if scratch lay in a pool of its own, as with a temp allocator that is reset after every call:
/// the arena holds the rest, and the pool is as large as the call that takes most. Internal when the plan does not
/// validate.
Result<MemoryLog> memory_log_with_scratch_pool(const program::Program& program);

}  // namespace pudu::driver
