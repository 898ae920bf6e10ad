#include "pte/metadata.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>

namespace pudu::pte {
namespace {

constexpr std::string_view crc_key = "crc32=";
constexpr std::size_t crc_digits = 8;

constexpr std::array<std::uint32_t, 256> make_crc_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value & 1U) != 0 ? 0xedb88320U ^ (value >> 1U) : value >> 1U;
    table[i] = value;
  }
  return table;
}
constexpr auto crc_table = make_crc_table();

std::uint32_t update(std::uint32_t crc, std::byte byte) {
  return crc_table[(crc ^ static_cast<std::uint32_t>(byte)) & 0xffU] ^ (crc >> 8U);
}

template <class T>
bool parse_number(std::string_view text, T& value, int base) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  return error == std::errc() && end == text.data() + text.size();
}

Error bad_field(std::string_view field, std::string_view allowed) {
  return invalid_input({.where = "metadata", .found = fmt::format("'{}'", field), .allowed = std::string(allowed)});
}

/// The field of `metadata` that `key` names; null for the two numbers and for unknown keys.
std::string* text_field(Metadata& metadata, std::string_view key) {
  if (key == "pudu") return &metadata.pudu_version;
  if (key == "target") return &metadata.target;
  if (key == "isa") return &metadata.isa;
  if (key == "kernels") return &metadata.kernels;
  return nullptr;
}

Status set_field(Metadata& metadata, std::string_view field) {
  const std::size_t equals = field.find('=');
  if (equals == std::string_view::npos) return bad_field(field, "fields are key=value");
  const std::string_view key = field.substr(0, equals);
  const std::string_view value = field.substr(equals + 1);
  if (std::string* text = text_field(metadata, key)) {
    if (!text->empty() || value.empty()) return bad_field(field, "each field has one value");
    *text = value;
  } else if (key == "scratch") {
    if (metadata.scratch_formula_version != 0 || !parse_number(value, metadata.scratch_formula_version, 10) ||
        metadata.scratch_formula_version < 1) {
      return bad_field(field, "the version of the scratch formulas is a positive number");
    }
  } else if (key == "crc32") {
    if (value.size() != crc_digits || !parse_number(value, metadata.crc32, 16)) {
      return bad_field(field, "a CRC has eight hexadecimal digits");
    }
  } else {
    return bad_field(field, "pudu, target, isa, kernels, scratch, crc32");
  }
  return {};
}

}  // namespace

std::string encode(const Metadata& metadata) {
  return fmt::format("pudu={} target={} isa={} kernels={} scratch={} crc32={:08x}", metadata.pudu_version,
                     metadata.target, metadata.isa, metadata.kernels, metadata.scratch_formula_version, metadata.crc32);
}

Result<Metadata> decode(std::string_view text) {
  Metadata metadata{.scratch_formula_version = 0};
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t end = std::min(rest.find(' '), rest.size());
    PUDU_TRY(set_field(metadata, rest.substr(0, end)));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  // Written back it must be the same text: no field is missing, none comes twice, the order is ours.
  if (encode(metadata) != text) {
    return bad_field(text, "pudu=VERSION target=CPU isa=ISA kernels=LIBRARY scratch=NUMBER crc32=DIGITS");
  }
  return metadata;
}

std::uint32_t sealed_crc32(std::span<const std::byte> file, std::size_t text_offset, std::string_view metadata_text) {
  const std::size_t digits_begin = text_offset + metadata_text.rfind(crc_key) + crc_key.size();
  std::uint32_t crc = 0xffffffffU;
  for (std::size_t i = 0; i < file.size(); ++i) {
    const bool is_digit = i >= digits_begin && i < digits_begin + crc_digits;
    crc = update(crc, is_digit ? std::byte{'0'} : file[i]);
  }
  return ~crc;
}

Status seal(std::span<std::byte> file, std::string_view metadata_text) {
  const std::string_view text(reinterpret_cast<const char*>(file.data()), file.size());
  const std::size_t at = text.find(metadata_text);
  const std::size_t key = metadata_text.rfind(crc_key);
  const bool ends_with_crc = key != std::string_view::npos && key + crc_key.size() + crc_digits == metadata_text.size();
  if (!ends_with_crc || at == std::string_view::npos || text.find(metadata_text, at + 1) != std::string_view::npos) {
    return internal_error({.where = "metadata of a .pte",
                           .found = fmt::format("'{}' is not exactly once in the file", metadata_text),
                           .allowed = "one String value of the plan 'pudu'"});
  }
  const std::string digits = fmt::format("{:08x}", sealed_crc32(file, at, metadata_text));
  std::transform(digits.begin(), digits.end(), file.begin() + static_cast<std::ptrdiff_t>(at + key + crc_key.size()),
                 [](char digit) { return static_cast<std::byte>(digit); });
  return {};
}

}  // namespace pudu::pte
