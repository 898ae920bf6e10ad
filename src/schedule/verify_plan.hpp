// Is a plan with a schedule, read from a file, one that this program can run?
#pragma once

#include "base/result.hpp"
#include "program/memory_map.hpp"
#include "program/program.hpp"

namespace pudu::schedule {

/// Fills the lifetimes of a map that program::parse_plan() has read. InvalidInput, naming a step or buffer, when rows
/// are out of range, memory is shared with a buffer that has none or is smaller, something lies outside of the arena,
/// or a step reads what is not there (check_schedule.hpp).
Status verify_plan(const program::Program& program, program::MemoryMap& map);

}  // namespace pudu::schedule
