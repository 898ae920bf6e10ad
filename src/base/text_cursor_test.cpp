#include "base/text_cursor.hpp"

#include <gmock/gmock.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>

#include "base/constant_pool.hpp"
#include "base/text_format.hpp"

namespace pudu::base {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(TextFormat, NamesAreBareWhereTheyReadAsOneWord) {
  EXPECT_EQ(format_name("conv2d_3.output-1"), "conv2d_3.output-1");
  EXPECT_EQ(format_name("_"), "_");
  EXPECT_EQ(format_name(""), "\"\"");
  EXPECT_EQ(format_name("3x"), "\"3x\"");
  EXPECT_EQ(format_name("a b"), "\"a b\"");
}

TEST(TextFormat, QuotedTextIsPrintableAsciiAndReadsBack) {
  std::string every_byte;
  for (int byte = 0; byte < 256; ++byte) every_byte += static_cast<char>(byte);
  const std::string quoted = quote(every_byte);
  for (const char character : quoted) {
    EXPECT_TRUE(character >= 0x20 && character < 0x7f) << static_cast<int>(character);
  }
  TextCursor cursor(quoted);
  const auto read = cursor.quoted("a text");
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(*read, every_byte);
  EXPECT_TRUE(cursor.at_end());
}

TEST(TextFormat, RealsAreShortAndNeverReadAsIntegers) {
  EXPECT_EQ(format_real(0.1F), "0.1");
  EXPECT_EQ(format_real(3.0), "3.0");
  EXPECT_EQ(format_real(-0.0), "-0.0");
  EXPECT_EQ(format_real(1e30), "1e+30");
  EXPECT_EQ(format_real(-std::numeric_limits<double>::infinity()), "-inf");
  EXPECT_EQ(format_real(std::numeric_limits<float>::quiet_NaN()), "nan");
  EXPECT_EQ(format_real(std::copysign(std::numeric_limits<double>::quiet_NaN(), -1.0)), "-nan");
}

TEST(TextFormat, EveryFloatReadsBackExactly) {
  std::mt19937 random(1);
  std::vector<std::uint32_t> patterns = {0,           0x80000000U, 1,           0x007fffffU, 0x00800000U,
                                         0x7f7fffffU, 0x7f800000U, 0xff800000U, 0x3dcccccdU};
  for (int i = 0; i < 20000; ++i) patterns.push_back(static_cast<std::uint32_t>(random()));
  for (const std::uint32_t bits : patterns) {
    const auto value = std::bit_cast<float>(bits);
    if (std::isnan(value)) continue;
    const std::string text = format_real(value);
    TextCursor cursor(text);
    const auto read = cursor.real32("a real");
    ASSERT_TRUE(read.ok()) << text;
    EXPECT_EQ(std::bit_cast<std::uint32_t>(*read), bits) << text;
  }
}

TEST(TextFormat, EveryDoubleReadsBackExactlyAndAsAReal) {
  std::mt19937_64 random(2);
  std::vector<std::uint64_t> patterns = {0, 1, 0x000fffffffffffffU, 0x7fefffffffffffffU, 0x7ff0000000000000U};
  for (int i = 0; i < 20000; ++i) patterns.push_back(random());
  for (const std::uint64_t bits : patterns) {
    const auto value = std::bit_cast<double>(bits);
    if (std::isnan(value)) continue;
    const std::string text = format_real(value);
    TextCursor cursor(text);
    const auto read = cursor.number("a number");
    ASSERT_TRUE(read.ok()) << text;
    EXPECT_EQ(read->kind, Number::Kind::Real) << text;
    EXPECT_EQ(std::bit_cast<std::uint64_t>(read->real), bits) << text;
  }
}

TEST(TextCursor, ReadsTokensAndCountsLines) {
  TextCursor cursor("\n  conv.1 = [1, -2,3]\n\n x\"two words\" @12+34 -inf");
  cursor.skip_blank_lines();
  EXPECT_EQ(cursor.line(), 2);
  EXPECT_EQ(*cursor.name("a name"), "conv.1");
  EXPECT_TRUE(cursor.expect("=").ok());
  EXPECT_THAT(*cursor.integers("a number"), ElementsAre(1, -2, 3));
  EXPECT_TRUE(cursor.expect_line_end().ok());
  EXPECT_EQ(cursor.line(), 4);
  EXPECT_EQ(*cursor.name("a name"), "x");
  EXPECT_EQ(*cursor.name("a name"), "two words");
  EXPECT_TRUE(cursor.accept("@"));
  EXPECT_EQ(*cursor.integer("an offset"), 12);
  EXPECT_TRUE(cursor.accept("+"));
  EXPECT_EQ(*cursor.integer("a count"), 34);
  EXPECT_EQ(*cursor.real("a real"), -std::numeric_limits<double>::infinity());
  EXPECT_TRUE(cursor.expect_line_end().ok());
  EXPECT_TRUE(cursor.at_end());
}

TEST(TextCursor, RangesAndListsAreChecked) {
  EXPECT_EQ(*TextCursor("-9223372036854775808").integer("a number"), INT64_MIN);
  EXPECT_THAT(*TextCursor("[]").integers("a number"), IsEmpty());
  EXPECT_EQ(*TextCursor("4").real("a number"), 4.0);
}

struct ErrorCase {
  std::string_view text;
  Error (*read)(TextCursor&);
  std::string_view message;
};

template <auto Function>
Error read_with(TextCursor& cursor) {
  const auto result = (cursor.*Function)("a thing");
  EXPECT_FALSE(result.ok());
  return result.ok() ? Error{} : result.error();
}

Error read_size(TextCursor& cursor) {
  return cursor.integer("a size", 1, 8).error();
}
Error read_list(TextCursor& cursor) {
  return cursor.integers("a size", 1, 8).error();
}
Error read_line_end(TextCursor& cursor) {
  return cursor.expect_line_end().error();
}

TEST(TextCursor, ErrorsNameLineFoundAndExpected) {
  const ErrorCase cases[] = {
      {"", read_with<&TextCursor::name>, "error: line 1: found the end of the text; expected a thing"},
      {"\n", read_with<&TextCursor::name>, "error: line 1: found the end of the line; expected a thing"},
      {"12", read_with<&TextCursor::name>, "error: line 1: found '12'; expected a thing"},
      {"word", read_with<&TextCursor::quoted>, "error: line 1: found 'word'; expected a thing"},
      {"word", read_with<&TextCursor::number>, "error: line 1: found 'word'; expected a thing"},
      {"\"in\tfi\"", read_with<&TextCursor::number>, "error: line 1: found \"in\\x09fi\"; expected a thing"},
      {"\"open", read_with<&TextCursor::quoted>,
       "error: line 1: found a string without its closing '\"'; expected a thing"},
      {"\"open\\", read_with<&TextCursor::quoted>,
       "error: line 1: found a string with an escape other than \\\", \\\\, \\n and \\xHH; expected a thing"},
      {"\"\\x4g\"", read_with<&TextCursor::quoted>,
       "error: line 1: found a string with an escape other than \\\", \\\\, \\n and \\xHH; expected a thing"},
      {"9223372036854775808", read_with<&TextCursor::number>,
       "error: line 1: found '9223372036854775808'; expected a thing"},
      {"1e999", read_with<&TextCursor::real>, "error: line 1: found '1e999'; expected a thing"},
      {"1e99", read_with<&TextCursor::real32>, "error: line 1: found '1e99'; expected a thing"},
      {"1.2.3", read_with<&TextCursor::real>, "error: line 1: found '1.2.3'; expected a thing"},
      {"\xff", read_with<&TextCursor::name>, "error: line 1: found '\\xff'; expected a thing"},
      {"9", read_size, "error: line 1: found '9'; expected a size from 1 to 8"},
      {"1.0", read_size, "error: line 1: found '1.0'; expected a size"},
      {"[1 2]", read_list, "error: line 1: found '2'; expected ',' or ']'"},
      {"[1,]", read_list, "error: line 1: found ']'; expected a size"},
      {"x", read_line_end, "error: line 1: found 'x'; expected the end of the line"},
  };
  for (const ErrorCase& test : cases) {
    TextCursor cursor(test.text);
    const Error error = test.read(cursor);
    EXPECT_EQ(to_string(error), test.message) << test.text;
    EXPECT_EQ(error.kind, ErrorKind::InvalidInput);
  }
}

TEST(TextCursor, ShowsAtMostTheStartOfALongToken) {
  const std::string text(1000, 'x');
  TextCursor cursor(text);
  EXPECT_EQ(to_string(cursor.unexpected("a number")),
            "error: line 1: found '" + std::string(40, 'x') + "'; expected a number");
}

SharedBytes shared_bytes(std::size_t count, std::byte value) {
  return std::make_shared<const std::vector<std::byte>>(count, value);
}

TEST(ConstantPool, StoresSharedDataOnceAndSharesItAgain) {
  const SharedBytes first = shared_bytes(3, std::byte{1});
  const SharedBytes second = shared_bytes(2, std::byte{2});
  ConstantWriter writer;
  const std::string text = writer.add(first) + " " + writer.add(second) + " " + writer.add(first);
  EXPECT_EQ(text, "@0+3 @3+2 @0+3");
  const std::vector<std::byte> bytes = writer.take_bytes();
  ASSERT_EQ(bytes.size(), 5U);

  TextCursor cursor(text);
  ConstantReader reader(bytes);
  const auto a = reader.read(cursor);
  const auto b = reader.read(cursor);
  const auto c = reader.read(cursor);
  ASSERT_TRUE(a.ok() && b.ok() && c.ok());
  EXPECT_EQ(**a, *first);
  EXPECT_EQ(**b, *second);
  EXPECT_EQ(a->get(), c->get());
  EXPECT_TRUE(reader.expect_all_read().ok());
}

TEST(ConstantPool, RejectsPlacesOutsideOfTheBuffer) {
  const std::vector<std::byte> bytes(4);
  const auto message = [&](std::string_view text) {
    TextCursor cursor(text);
    ConstantReader reader(bytes);
    return to_string(reader.read(cursor).error());
  };
  EXPECT_EQ(message("@0+5"), "error: line 1: constant at @0+5; there are 4 bytes of constants");
  EXPECT_EQ(message("@1+2"),
            "error: line 1: constant at @1+2; the next one is at @0, or it is the place of an earlier one");
  EXPECT_EQ(message("@0+9223372036854775807"),
            "error: line 1: constant at @0+9223372036854775807; there are 4 bytes of constants");
  EXPECT_EQ(message("@-1+2"),
            "error: line 1: found '-1'; expected an offset into the constants from 0 to 9223372036854775807");
  ConstantReader reader(bytes);
  EXPECT_EQ(to_string(reader.expect_all_read().error()),
            "error: constants: 4 bytes; the text refers to the first 0 only");
}

}  // namespace
}  // namespace pudu::base
