// Where the C++ puts arena and constants when the user has named several memories: an array per RAM region, and a macro
// per region that puts its variables into the linker's section. docs/memory.md describes both.
#pragma once

#include <string>

#include "program/memory_map.hpp"
#include "program/program.hpp"

namespace pudu::emitters {

/// The macro of a region: PUDU_IN_DTCM.
std::string region_macro(const program::PlacedRegion& region);

/// Definitions of the macros of all regions; empty for a model without.
std::string region_macros(const program::MemoryMap& memory);

/// `arena`, to which an offset is added: an array, or what chooses among an array per region.
std::string arena_definition(const program::MemoryMap& memory);

/// `definition` of a constant with the macro of its region.
std::string in_region(const program::MemoryMap& memory, program::BufferId constant, std::string definition);

}  // namespace pudu::emitters
