// Constants as C++ text: the host compiler reads back every byte.
#include "emitters/cpp/constants.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "emitters/cpp/testing/host_compiler.hpp"

namespace pudu::emitters {
namespace {

using program::ElementType;
using ::testing::HasSubstr;

template <class T>
program::Buffer constant(ElementType type, const std::vector<T>& values) {
  std::vector<std::byte> bytes(values.size() * sizeof(T));
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return {.name = "c",
          .kind = program::BufferKind::Constant,
          .type = type,
          .shape = {static_cast<std::int64_t>(values.size())},
          .data = std::make_shared<const std::vector<std::byte>>(std::move(bytes))};
}

std::string text_of(const program::Buffer& buffer) {
  return {reinterpret_cast<const char*>(buffer.data->data()), buffer.data->size()};
}

/// What a program that writes the constant to its standard output writes.
std::string compiled(const program::Buffer& buffer) {
  const std::string source =
      "#include <cstdint>\n#include <cstdio>\n#include <limits>\n"
      "#pragma GCC diagnostic ignored \"-Woverlength-strings\"\n" +
      constant_definition("data", buffer) + "int main() { return std::fwrite(data, 1, " +
      std::to_string(buffer.bytes()) + ", stdout) == " + std::to_string(buffer.bytes()) + " ? 0 : 1; }\n";
  // Trigraphs are gone in C++17, but a project may ask for them.
  const testing::BuildOutcome outcome =
      testing::build_and_run({{"main.cpp", source}}, {"-trigraphs", "-Wno-trigraphs"});
  EXPECT_TRUE(outcome.compiled) << outcome.messages;
  return outcome.output;
}

/// Every byte followed by every byte: an octal escape never takes in the digit behind it.
template <class T>
std::vector<T> every_pair() {
  std::vector<T> values;
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      values.push_back(static_cast<T>(first));
      values.push_back(static_cast<T>(second));
    }
  }
  return values;
}

TEST(Constants, EveryPairOfBytesComesBack) {
  const program::Buffer codes = constant(ElementType::Int8, every_pair<std::int8_t>());
  EXPECT_EQ(compiled(codes), text_of(codes));
  const program::Buffer bytes = constant(ElementType::UInt8, every_pair<std::uint8_t>());
  EXPECT_EQ(compiled(bytes), text_of(bytes));
}

TEST(Constants, TrigraphsComeBack) {
  const std::string text = "?\?/?\?=?\?(?\?)?\?'?\?<?\?!?\?>?\?-?\?/0";
  const program::Buffer buffer = constant(ElementType::Int8, std::vector<char>(text.begin(), text.end()));
  EXPECT_EQ(compiled(buffer), text);
}

TEST(Constants, OctalEscapesHaveThreeDigits) {
  const program::Buffer buffer = constant(ElementType::Int8, std::vector<char>{'\0', '7', '\x1f', '0', '\xff', '8'});
  EXPECT_EQ(constant_definition("c", buffer),
            "alignas(16) constexpr std::int8_t c[7] = \n    \"\\0007\\0370\\3778\";\n");
}

TEST(Constants, TextIsPrintableAscii) {
  const std::string text = constant_definition("c", constant(ElementType::Int8, every_pair<std::int8_t>()));
  for (const char character : text) EXPECT_TRUE((character >= 0x20 && character < 0x7F) || character == '\n');
}

TEST(Constants, IntegersComeBackToTheirEnds) {
  const program::Buffer words = constant(ElementType::Int32, std::vector<std::int32_t>{INT32_MIN, INT32_MIN + 1,
                                                                                       -1,        0,
                                                                                       1,         INT32_MAX,
                                                                                       7,         8,
                                                                                       9,         10,
                                                                                       11,        12,
                                                                                       13,        14,
                                                                                       15,        16,
                                                                                       17,        18,
                                                                                       19,        20,
                                                                                       21,        22,
                                                                                       23,        24,
                                                                                       25});
  EXPECT_EQ(compiled(words), text_of(words));
  const program::Buffer halves =
      constant(ElementType::Int16, std::vector<std::int16_t>{INT16_MIN, INT16_MIN + 1, -1, 0, 1, INT16_MAX});
  EXPECT_EQ(compiled(halves), text_of(halves));
  EXPECT_THAT(constant_definition("c", words), HasSubstr("{-2147483647 - 1, -2147483647, -1, 0, 1, 2147483647"));
}

TEST(Constants, FloatsComeBackBitForBit) {
  using Limits = std::numeric_limits<float>;
  const program::Buffer buffer =
      constant(ElementType::Float32,
               std::vector<float>{0.0F, -0.0F, 1.0F, -1.0F, 0.1F, 1.0F / 3.0F, 16777217.0F, Limits::max(),
                                  -Limits::max(), Limits::min(), Limits::denorm_min(), -Limits::denorm_min(),
                                  Limits::epsilon(), Limits::infinity(), -Limits::infinity(), Limits::quiet_NaN()});
  EXPECT_EQ(compiled(buffer), text_of(buffer));
}

TEST(FloatLiteral, IsHexadecimal) {
  EXPECT_EQ(float_literal(0.5F), "0x1p-1F");
  EXPECT_EQ(float_literal(-3.0F), "-0x1.8p+1F");
  EXPECT_EQ(float_literal(std::numeric_limits<float>::infinity()), "std::numeric_limits<float>::infinity()");
}

TEST(StringLiteral, EscapesAllButPlainText) {
  EXPECT_EQ(string_literal("scores 1"), "\"scores 1\"");
  EXPECT_EQ(string_literal("a\"b\\c\n?"), R"("a\042b\134c\012\077")");
  EXPECT_EQ(string_literal("\xc3\xb6"
                           "1"),
            R"("\303\2661")");
  EXPECT_EQ(string_literal(""), "\"\"");
}

TEST(ElementTypeName, IsThatOfTheDevice) {
  EXPECT_EQ(element_type_name(ElementType::Int8), "std::int8_t");
  EXPECT_EQ(element_type_name(ElementType::UInt8), "std::uint8_t");
  EXPECT_EQ(element_type_name(ElementType::Int16), "std::int16_t");
  EXPECT_EQ(element_type_name(ElementType::Int32), "std::int32_t");
  EXPECT_EQ(element_type_name(ElementType::Float32), "float");
}

}  // namespace
}  // namespace pudu::emitters
