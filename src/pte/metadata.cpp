#include "pte/metadata.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
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

using Ports = std::vector<std::optional<PortQuantization>>;

template <class T, class... Base>
bool parse_number(std::string_view text, T& value, Base... base) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base...);
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

/// " inputs=0.025:-9,-"; empty when no port is quantized.
std::string encode_ports(std::string_view key, const Ports& ports) {
  const auto is_quantized = [](const auto& port) { return port.has_value(); };
  if (std::none_of(ports.begin(), ports.end(), is_quantized)) return {};
  std::string text;
  for (const std::optional<PortQuantization>& port : ports) {
    text += text.empty() ? fmt::format(" {}=", key) : ",";
    text += port ? fmt::format("{:.9g}:{}", port->scale, port->zero_point) : "-";
  }
  return text;
}

/// Empty for a text that encode_ports() does not write.
Ports decode_ports(std::string_view text) {
  Ports ports;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    const std::string_view port = text.substr(begin, end - begin);
    begin = end + 1;
    ports.emplace_back();
    if (port == "-") continue;
    const std::size_t colon = port.find(':');
    PortQuantization& quantization = ports.back().emplace();
    if (colon == std::string_view::npos || !parse_number(port.substr(0, colon), quantization.scale) ||
        !parse_number(port.substr(colon + 1), quantization.zero_point) || !std::isfinite(quantization.scale) ||
        quantization.scale <= 0 || quantization.zero_point < -128 || quantization.zero_point > 127) {
      return {};
    }
  }
  return ports;
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
  } else if (key == "inputs" || key == "outputs") {
    Ports& ports = key == "inputs" ? metadata.inputs : metadata.outputs;
    ports = decode_ports(value);
    if (ports.empty()) return bad_field(field, "scale:zero_point of each port, or -");
  } else if (key == "crc32") {
    if (value.size() != crc_digits || !parse_number(value, metadata.crc32, 16)) {
      return bad_field(field, "a CRC has eight hexadecimal digits");
    }
  } else {
    return bad_field(field, "pudu, target, isa, kernels, scratch, inputs, outputs, crc32");
  }
  return {};
}

}  // namespace

std::string encode(const Metadata& metadata) {
  return fmt::format("pudu={} target={} isa={} kernels={} scratch={}{}{} crc32={:08x}", metadata.pudu_version,
                     metadata.target, metadata.isa, metadata.kernels, metadata.scratch_formula_version,
                     encode_ports("inputs", metadata.inputs), encode_ports("outputs", metadata.outputs),
                     metadata.crc32);
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
    return bad_field(text,
                     "pudu=VERSION target=CPU isa=ISA kernels=LIBRARY scratch=NUMBER [inputs=PORTS] [outputs=PORTS] "
                     "crc32=DIGITS");
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
