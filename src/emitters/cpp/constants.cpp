#include "emitters/cpp/constants.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <limits>

namespace pudu::emitters {
namespace {

constexpr std::size_t bytes_per_line = 96;
constexpr std::size_t numbers_per_line = 12;
constexpr const char* infinity = "std::numeric_limits<float>::infinity()";

/// Printable ASCII but for what has a meaning in a literal; question marks could make a trigraph.
bool stands_for_itself(unsigned char byte) {
  return byte >= 0x20 && byte < 0x7F && byte != '"' && byte != '\\' && byte != '?';
}

/// Octal escapes have at most three digits, so whatever follows cannot become part of one.
void append_escaped(std::string& text, unsigned char byte) {
  if (stands_for_itself(byte)) {
    text += static_cast<char>(byte);
    return;
  }
  text += '\\';
  text += static_cast<char>('0' + (byte >> 6));
  text += static_cast<char>('0' + ((byte >> 3) & 7));
  text += static_cast<char>('0' + (byte & 7));
}

std::string bytes_literal(const std::vector<std::byte>& data) {
  std::string text;
  text.reserve(data.size() * 4 + data.size() / bytes_per_line * 8);
  for (std::size_t i = 0; i < data.size(); ++i) {
    if (i % bytes_per_line == 0) text += i == 0 ? "\n    \"" : "\"\n    \"";
    append_escaped(text, static_cast<unsigned char>(data[i]));
  }
  return text + '"';
}

template <class T>
std::string number(T value) {
  if constexpr (std::is_same_v<T, float>) {
    return float_literal(value);
  } else if (value == std::numeric_limits<T>::min()) {
    return fmt::format("{} - 1", value + 1);  // the literal without its sign would not fit the type
  } else {
    return fmt::format("{}", value);
  }
}

template <class T>
std::string number_list(const std::vector<std::byte>& data) {
  std::string text = "{";
  for (std::size_t i = 0; i < data.size() / sizeof(T); ++i) {
    T value;
    std::memcpy(&value, data.data() + i * sizeof(T), sizeof(T));
    if (i > 0) text += i % numbers_per_line == 0 ? ",\n    " : ", ";
    text += number(value);
  }
  return text + "}";
}

}  // namespace

std::string string_literal(std::string_view text) {
  std::string literal = "\"";
  for (const char character : text) append_escaped(literal, static_cast<unsigned char>(character));
  return literal + '"';
}

std::string float_literal(float value) {
  if (std::isnan(value)) return "std::numeric_limits<float>::quiet_NaN()";
  if (std::isinf(value)) return value > 0 ? infinity : "-" + std::string(infinity);
  return fmt::format("{:a}F", value);
}

std::string element_type_name(program::ElementType type) {
  switch (type) {
    case program::ElementType::Int8:
      return "std::int8_t";
    case program::ElementType::UInt8:
      return "std::uint8_t";
    case program::ElementType::Int16:
      return "std::int16_t";
    case program::ElementType::Int32:
      return "std::int32_t";
    case program::ElementType::Float32:
      break;
  }
  return "float";
}

std::string constant_definition(const std::string& identifier, const program::Buffer& buffer) {
  const std::vector<std::byte>& data = *buffer.data;
  const std::size_t count = data.size() / program::size_in_bytes(buffer.type);
  std::string values;
  std::size_t array_size = count;
  switch (buffer.type) {
    case program::ElementType::Int8:
    case program::ElementType::UInt8:
      values = bytes_literal(data);
      array_size = count + 1;
      break;
    case program::ElementType::Int16:
      values = number_list<std::int16_t>(data);
      break;
    case program::ElementType::Int32:
      values = number_list<std::int32_t>(data);
      break;
    case program::ElementType::Float32:
      values = number_list<float>(data);
      break;
  }
  return fmt::format("alignas(16) constexpr {} {}[{}] = {};\n", element_type_name(buffer.type), identifier, array_size,
                     values);
}

}  // namespace pudu::emitters
