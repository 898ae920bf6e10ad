#include "base/text_format.hpp"

#include <array>
#include <charconv>
#include <cmath>

#include "base/text_cursor.hpp"

namespace pudu::base {
namespace {

template <class Real>
std::string shortest(Real value) {
  const std::string sign = std::signbit(value) ? "-" : "";
  if (std::isnan(value)) return sign + "nan";
  if (std::isinf(value)) return sign + "inf";
  std::array<char, 64> buffer{};
  const auto written = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  std::string text(buffer.data(), written.ptr);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

}  // namespace

std::string quote(std::string_view text) {
  constexpr std::string_view hex = "0123456789abcdef";
  std::string quoted = "\"";
  for (const char character : text) {
    const auto byte = static_cast<unsigned char>(character);
    if (character == '"' || character == '\\') {
      quoted += '\\';
      quoted += character;
    } else if (character == '\n') {
      quoted += "\\n";
    } else if (byte < 0x20 || byte >= 0x7f) {
      quoted += "\\x";
      quoted += hex[byte >> 4];
      quoted += hex[byte & 0xf];
    } else {
      quoted += character;
    }
  }
  return quoted + '"';
}

std::string format_name(std::string_view name) {
  return is_word(name) ? std::string(name) : quote(name);
}

std::string format_real(double value) {
  return shortest(value);
}

std::string format_real(float value) {
  return shortest(value);
}

}  // namespace pudu::base
