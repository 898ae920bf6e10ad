// Field offsets are those of Elf32_Ehdr and Elf32_Shdr in the System V ABI.
#include "emulator/elf_file.hpp"

#include <cstddef>
#include <optional>
#include <string_view>

#include "emulator/file_io.hpp"

namespace pudu::emulator {
namespace {

constexpr std::size_t section_header_bytes = 40;

// Unsigned little-endian fields of a byte string; reads outside it give 0 and mark the reader as broken.
class FieldReader {
 public:
  explicit FieldReader(std::string_view bytes) : bytes_(bytes) {}

  std::uint32_t read(std::size_t offset, std::size_t width) {
    if (offset > bytes_.size() || bytes_.size() - offset < width) {
      broken_ = true;
      return 0;
    }
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < width; ++i) {
      value |= static_cast<std::uint32_t>(static_cast<unsigned char>(bytes_[offset + i])) << (8 * i);
    }
    return value;
  }

  std::string text(std::size_t offset) {
    const std::size_t end = bytes_.find('\0', offset);
    if (offset > bytes_.size() || end == std::string_view::npos) {
      broken_ = true;
      return {};
    }
    return std::string(bytes_.substr(offset, end - offset));
  }

  bool broken() const { return broken_; }

 private:
  std::string_view bytes_;
  bool broken_ = false;
};

std::optional<std::vector<ElfSection>> parse_sections(std::string_view bytes) {
  if (!bytes.starts_with("\x7f"
                         "ELF\x01\x01")) {
    return std::nullopt;
  }
  FieldReader reader(bytes);
  const std::size_t table = reader.read(32, 4);
  const std::size_t count = reader.read(48, 2);
  const std::size_t name_section = reader.read(50, 2);
  if (reader.read(46, 2) != section_header_bytes) return std::nullopt;
  if (bytes.size() < table + count * section_header_bytes) return std::nullopt;
  const std::size_t names = reader.read(table + name_section * section_header_bytes + 16, 4);

  constexpr std::uint32_t no_content = 8;  // SHT_NOBITS
  constexpr std::uint32_t allocate = 2;    // SHF_ALLOC
  std::vector<ElfSection> sections;
  for (std::size_t i = 0; i < count && !reader.broken(); ++i) {
    const std::size_t header = table + i * section_header_bytes;
    ElfSection section;
    section.name = reader.text(names + reader.read(header, 4));
    section.in_file = reader.read(header + 4, 4) != no_content;
    section.allocated = (reader.read(header + 8, 4) & allocate) != 0;
    section.address = reader.read(header + 12, 4);
    section.file_offset = reader.read(header + 16, 4);
    section.bytes = reader.read(header + 20, 4);
    sections.push_back(std::move(section));
  }
  if (reader.broken()) return std::nullopt;
  return sections;
}

Error not_an_image(const std::filesystem::path& path) {
  return invalid_input({.file = path.string(),
                        .where = {},
                        .found = "not a whole 32-bit little-endian ELF file",
                        .allowed = {},
                        .hint = {}});
}

}  // namespace

Result<std::vector<ElfSection>> read_elf_sections(const std::filesystem::path& path) {
  PUDU_TRY_ASSIGN(const std::string bytes, read_text(path));
  std::optional<std::vector<ElfSection>> sections = parse_sections(bytes);
  if (!sections) return not_an_image(path);
  return std::move(*sections);
}

Result<std::string> read_elf_section(const std::filesystem::path& path, std::string_view name) {
  PUDU_TRY_ASSIGN(const std::string bytes, read_text(path));
  const std::optional<std::vector<ElfSection>> sections = parse_sections(bytes);
  if (!sections) return not_an_image(path);
  for (const ElfSection& section : *sections) {
    if (section.name != name || !section.in_file) continue;
    if (section.file_offset > bytes.size() || bytes.size() - section.file_offset < section.bytes) {
      return not_an_image(path);
    }
    return bytes.substr(section.file_offset, section.bytes);
  }
  return std::string();
}

}  // namespace pudu::emulator
