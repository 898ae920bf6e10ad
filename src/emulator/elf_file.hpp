// Sections of a linked firmware image: 32-bit little-endian ELF, as arm-none-eabi writes it. Reads the section table
// only.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace pudu::emulator {

struct ElfSection {
  std::string name;
  std::uint32_t address = 0;
  std::uint32_t bytes = 0;
  bool allocated = false;  ///< occupies memory of the device
  bool in_file = false;    ///< has content in the image; .bss has none
};

/// A file that is not such an ELF file, or whose tables point outside it: InvalidInput.
Result<std::vector<ElfSection>> read_elf_sections(const std::filesystem::path& path);

}  // namespace pudu::emulator
