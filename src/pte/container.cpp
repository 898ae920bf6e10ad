#include "pte/container.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <numeric>
#include <optional>
#include <string_view>

namespace pudu::pte {
namespace {

static_assert(std::endian::native == std::endian::little, "the numbers of a .pte are read as they lie in memory");

// Where the header's fields are in the file.
constexpr std::size_t root_at = 0;
constexpr std::size_t identifier_at = 4;
constexpr std::size_t magic_at = 8;
constexpr std::size_t header_bytes_at = 12;
constexpr std::size_t program_bytes_at = 16;
constexpr std::size_t segment_base_at = 24;
constexpr std::size_t segment_bytes_at = 32;
constexpr std::string_view identifier = "ET12";
constexpr std::string_view magic = "eh00";
/// ExecuTorch reads so much before it looks at anything.
constexpr std::size_t least_file_bytes = 64;
/// A header without the segment_bytes field.
constexpr std::size_t least_header_bytes = 24;

template <class T>
T load(std::span<const std::byte> file, std::size_t at) {
  T value;
  std::memcpy(&value, file.data() + at, sizeof value);
  return value;
}

template <class T>
void store(std::span<std::byte> file, std::size_t at, T value) {
  std::memcpy(file.data() + at, &value, sizeof value);
}

std::string_view text_at(std::span<const std::byte> file, std::size_t at) {
  return {reinterpret_cast<const char*>(file.data()) + at, 4};
}

/// Four bytes as a quoted text, whatever they are.
std::string printable(std::string_view text) {
  std::string result = "'";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    result += byte >= 0x20 && byte < 0x7f ? std::string(1, c) : fmt::format("\\x{:02x}", byte);
  }
  return result + "'";
}

std::size_t round_up(std::size_t value, std::size_t alignment) {
  return (value + alignment - 1) / alignment * alignment;
}

std::optional<Diagnostic> fault_of_magics(std::span<const std::byte> file) {
  if (file.size() < least_file_bytes) {
    return Diagnostic{.where = "file",
                      .found = fmt::format("{} bytes", file.size()),
                      .allowed = fmt::format("an ExecuTorch program has at least {}", least_file_bytes)};
  }
  if (text_at(file, identifier_at) != identifier) {
    return Diagnostic{.where = "file identifier at byte 4",
                      .found = printable(text_at(file, identifier_at)),
                      .allowed = "'ET12' marks an ExecuTorch program"};
  }
  if (text_at(file, magic_at) != magic) {
    return Diagnostic{.where = "extended header at byte 8",
                      .found = "magic " + printable(text_at(file, magic_at)),
                      .allowed = "'eh00'",
                      .hint = "the file is damaged, or older than ExecuTorch 0.1; export it again"};
  }
  const auto header_bytes = load<std::uint32_t>(file, header_bytes_at);
  if (header_bytes < least_header_bytes || header_bytes > file.size() - magic_at) {
    return Diagnostic{.where = "extended header at byte 8",
                      .found = fmt::format("a length of {} bytes", header_bytes),
                      .allowed = fmt::format("{} to {}", least_header_bytes, file.size() - magic_at)};
  }
  return std::nullopt;
}

}  // namespace

Result<Container> split(std::span<const std::byte> file) {
  if (auto fault = fault_of_magics(file)) return invalid_input(*fault);
  const auto header_bytes = load<std::uint32_t>(file, header_bytes_at);
  const auto program_bytes = load<std::uint64_t>(file, program_bytes_at);
  const auto base = load<std::uint64_t>(file, segment_base_at);
  const auto has_segment_bytes = header_bytes >= extended_header_bytes;
  if (program_bytes > file.size() || program_bytes < magic_at + header_bytes + sizeof(std::uint32_t)) {
    return invalid_input({.where = "extended header, program size",
                          .found = fmt::format("{} bytes of {}", program_bytes, file.size()),
                          .allowed = "the file holds the whole program",
                          .hint = "the file is cut short or damaged"});
  }
  const auto root = load<std::uint32_t>(file, root_at);
  if (root < magic_at + header_bytes || root > program_bytes - sizeof(std::uint32_t)) {
    return invalid_input(
        {.where = "root table",
         .found = fmt::format("offset {}", root),
         .allowed = fmt::format("{} to {}", magic_at + header_bytes, program_bytes - sizeof(std::uint32_t))});
  }
  Container container{.program = file.first(program_bytes)};
  if (base == 0) {
    if (has_segment_bytes && load<std::uint64_t>(file, segment_bytes_at) != 0) {
      return invalid_input({.where = "extended header, segment base",
                            .found = "0, and a segment size that is not",
                            .allowed = "both are 0 or neither is"});
    }
    return container;
  }
  if (base < program_bytes || base > file.size()) {
    return invalid_input(
        {.where = "extended header, segment base",
         .found = fmt::format("offset {}", base),
         .allowed = fmt::format("{} (end of the program) to {} (end of the file)", program_bytes, file.size())});
  }
  const auto segment_bytes = has_segment_bytes ? load<std::uint64_t>(file, segment_bytes_at) : file.size() - base;
  if (segment_bytes > file.size() - base) {
    return invalid_input({.where = "extended header, segment size",
                          .found = fmt::format("{} bytes from offset {} of {}", segment_bytes, base, file.size()),
                          .allowed = "the file holds all segments",
                          .hint = "the file is cut short or damaged"});
  }
  container.segment_base_offset = base;
  container.segments = file.subspan(base, segment_bytes);
  return container;
}

std::vector<std::uint64_t> place_segments(std::span<const std::size_t> segment_bytes) {
  std::vector<std::uint64_t> offsets;
  std::size_t end = 0;
  for (const std::size_t bytes : segment_bytes) {
    offsets.push_back(round_up(end, segment_alignment));
    end = offsets.back() + bytes;
  }
  return offsets;
}

std::vector<std::byte> assemble(std::span<const std::byte> flatbuffer, std::span<const Segment> segments) {
  const std::size_t program_bytes = flatbuffer.size() + extended_header_bytes;
  const std::size_t base = segments.empty() ? 0 : round_up(program_bytes, segment_alignment);
  std::size_t segment_bytes = 0;
  for (const Segment& segment : segments) {
    segment_bytes = std::max<std::size_t>(segment_bytes, segment.offset + segment.bytes.size());
  }
  std::vector<std::byte> file(segments.empty() ? program_bytes : base + segment_bytes);
  const auto body = std::copy_n(flatbuffer.begin(), magic_at, file.begin()) + extended_header_bytes;
  std::copy(flatbuffer.begin() + magic_at, flatbuffer.end(), body);
  // Offsets within a flatbuffer are relative, but for that of the root, which now lies further from the first byte.
  store(std::span(file), root_at, load<std::uint32_t>(flatbuffer, root_at) + std::uint32_t{extended_header_bytes});
  std::memcpy(file.data() + magic_at, magic.data(), magic.size());
  store(std::span(file), header_bytes_at, std::uint32_t{extended_header_bytes});
  store(std::span(file), program_bytes_at, std::uint64_t{program_bytes});
  store(std::span(file), segment_base_at, std::uint64_t{base});
  store(std::span(file), segment_bytes_at, std::uint64_t{segment_bytes});
  for (const Segment& segment : segments) {
    std::copy(segment.bytes.begin(), segment.bytes.end(),
              file.begin() + static_cast<std::ptrdiff_t>(base + segment.offset));
  }
  return file;
}

}  // namespace pudu::pte
