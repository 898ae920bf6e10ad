// The memory counters of driver/memory_log.hpp as text and as JSON.
#pragma once

#include <span>
#include <string>

#include "driver/memory_log.hpp"

namespace pudu::tools {

/// "{"model_pte_program_size": 3208, ...}", on one line.
std::string memory_json(std::span<const driver::MemoryCounter> counters);
inline std::string memory_json(const driver::MemoryLog& log) {
  return memory_json(log.counters());
}

/// A line per counter, indented; no newline at the end.
std::string memory_lines(std::span<const driver::MemoryCounter> counters);
inline std::string memory_lines(const driver::MemoryLog& log) {
  return memory_lines(log.counters());
}

/// The same with the two placements of scratch side by side, under a heading, and the sum of all RAM.
std::string memory_table(const driver::MemoryLog& in_arena, const driver::MemoryLog& in_pool);

}  // namespace pudu::tools
