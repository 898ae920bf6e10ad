// Several memories: a small text file names the regions that a device's arena and constants are divided among, with
// their sizes, what a byte costs there, and the linker's section. docs/memory.md describes the format.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace pudu::targets {

enum class RegionKind : std::uint8_t {
  Ram,    ///< holds the arena: activations and scratch
  Flash,  ///< holds constants; only read
};

/// One memory. Costs are relative: only their ratios count.
struct MemoryRegion {
  std::string name;  ///< a C identifier
  RegionKind kind = RegionKind::Ram;
  std::size_t bytes = 0;
  double read_cost = 1;   ///< of a byte
  double write_cost = 1;  ///< of a byte; of flash unused
  std::string section;    ///< ".bss.NAME" or ".rodata.NAME" unless the file says otherwise
  friend bool operator==(const MemoryRegion&, const MemoryRegion&) = default;
};

/// The regions in the order of the file, at least one. InvalidInput, naming the line, for anything else.
Result<std::vector<MemoryRegion>> parse_memory_regions(std::string_view text);

/// The same of a file.
Result<std::vector<MemoryRegion>> read_memory_regions(const std::filesystem::path& file);

}  // namespace pudu::targets
