#include "emitters/report/html_text.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace pudu::emitters {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";

struct Character {
  std::string_view bytes;
  char32_t code_point;
  bool valid;
};

/// Splits off the first character of a text that is not empty. Overlong forms, surrogates and what lies beyond U+10FFFF
/// are invalid, as in every UTF-8 decoder.
Character next_character(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const Character invalid{text.substr(0, 1), 0, false};
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {text.substr(0, 1), lead, true};
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return invalid;
  char32_t code_point = lead & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80) return invalid;
    code_point = code_point << 6 | (byte(i) & 0x3FU);
  }
  constexpr std::array<char32_t, 5> smallest = {0, 0, 0x80, 0x800, 0x10000};
  const bool is_surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
  if (code_point < smallest[length] || code_point > 0x10FFFF || is_surrogate) return invalid;
  return {text.substr(0, length), code_point, true};
}

bool is_shown_as_it_is(const Character& character) {
  const char32_t c = character.code_point;
  if (!character.valid) return false;
  if (c < 0x20) return c == '\t' || c == '\n';
  const bool is_control = c >= 0x7F && c <= 0x9F;
  const bool turns_direction =
      c == 0x061C || c == 0x200E || c == 0x200F || (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
  const bool is_noncharacter = (c & 0xFFFE) == 0xFFFE || (c >= 0xFDD0 && c <= 0xFDEF);
  return !is_control && !turns_direction && !is_noncharacter;
}

std::string_view escaped(const Character& character) {
  if (!is_shown_as_it_is(character)) return replacement;
  switch (character.code_point) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\'':
      return "&#39;";
    default:
      return character.bytes;
  }
}

struct Unit {
  double size;
  const char* name;
  int decimals;
};

}  // namespace

std::string escape_html(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const Character character = next_character(text);
    result += escaped(character);
    text.remove_prefix(character.bytes.size());
  }
  return result;
}

std::string shown_text(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const Character character = next_character(text);
    result += is_shown_as_it_is(character) ? character.bytes : replacement;
    text.remove_prefix(character.bytes.size());
  }
  return result;
}

std::size_t count_characters(std::string_view text) {
  std::size_t count = 0;
  for (; !text.empty(); ++count) text.remove_prefix(next_character(text).bytes.size());
  return count;
}

std::string shorten(std::string_view text, std::size_t max_characters) {
  if (count_characters(text) <= max_characters) return std::string(text);
  std::string result;
  for (std::size_t i = 0; i + 1 < max_characters; ++i) {
    const Character character = next_character(text);
    result += character.bytes;
    text.remove_prefix(character.bytes.size());
  }
  return result + "\u2026";
}

std::string group_digits(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t position = digits.size(); position > 3;) {
    position -= 3;
    digits.insert(position, ",");
  }
  return digits;
}

std::string format_bytes(std::size_t bytes) {
  const auto number = static_cast<double>(bytes);
  for (const Unit& unit : {Unit{1 << 30, "GiB", 2}, Unit{1 << 20, "MiB", 2}, Unit{1 << 10, "KiB", 1}}) {
    if (number >= unit.size) return fmt::format("{:.{}f} {}", number / unit.size, unit.decimals, unit.name);
  }
  return fmt::format("{} B", bytes);
}

std::string format_count(std::uint64_t count) {
  const auto number = static_cast<double>(count);
  for (const Unit& unit : {Unit{1e9, "G", 2}, Unit{1e6, "M", 1}, Unit{1e3, "k", 1}}) {
    if (number >= unit.size) return fmt::format("{:.{}f} {}", number / unit.size, unit.decimals, unit.name);
  }
  return std::to_string(count);
}

std::string format_shape(std::span<const std::int64_t> shape) {
  std::string text;
  for (const std::int64_t size : shape) text += (text.empty() ? "" : "\u00D7") + std::to_string(size);
  return shape.empty() ? "scalar" : text;
}

std::string format_percent(double part, double whole) {
  return fmt::format("{:.1f} %", whole > 0 ? 100 * part / whole : 0.0);
}

}  // namespace pudu::emitters
