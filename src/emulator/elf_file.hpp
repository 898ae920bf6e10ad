// Sections of a linked firmware image: 32-bit little-endian ELF, as arm-none-eabi writes it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace pudu::emulator {

struct ElfSection {
  std::string name;
  std::uint32_t address = 0;
  std::uint32_t file_offset = 0;
  std::uint32_t bytes = 0;
  bool allocated = false;  ///< occupies memory of the device
  bool in_file = false;    ///< has content in the image; .bss has none
};

/// A file that is not such an ELF file, or whose tables point outside it: InvalidInput.
Result<std::vector<ElfSection>> read_elf_sections(const std::filesystem::path& path);

/// The content of the section of that name, empty where there is none. Errors as read_elf_sections.
Result<std::string> read_elf_section(const std::filesystem::path& path, std::string_view name);

}  // namespace pudu::emulator
