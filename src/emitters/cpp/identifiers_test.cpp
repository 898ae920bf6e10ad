// Any name becomes an identifier of its own.
#include "emitters/cpp/identifiers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cctype>

namespace pudu::emitters {
namespace {

std::string made(std::string_view name) {
  IdentifierPool pool;
  return pool.make(name);
}

TEST(Identifiers, KeepWhatIsAnIdentifier) {
  for (const char* name : {"x", "conv1", "layer_4_weight", "CamelCase", "x2"}) EXPECT_EQ(made(name), name);
}

TEST(Identifiers, ReplaceWhatIsNone) {
  EXPECT_EQ(made("features.0.weight"), "features_0_weight");
  EXPECT_EQ(made("a--b  c"), "a_b_c");
  EXPECT_EQ(made("_leading"), "leading");
  EXPECT_EQ(made("__a__b__"), "a_b");
  EXPECT_EQ(made("trailing."), "trailing");
  EXPECT_EQ(made("3x3"), "n3x3");
  EXPECT_EQ(made("0"), "n0");
  EXPECT_EQ(made(""), "n");
  EXPECT_EQ(made("..."), "n");
  EXPECT_EQ(made("gr\xc3\xb6\xc3\x9f"
                 "e"),
            "gr_e");
  EXPECT_EQ(made("\xe5\xb1\x82"), "n");
  EXPECT_EQ(made(std::string_view("a\0b\n\"", 5)), "a_b");
}

TEST(Identifiers, AvoidReservedWords) {
  for (const char* word : {"int", "class", "co_await", "xor_eq", "std", "pudu", "arena", "status", "run", "linux",
                           "INPUT", "B101", "PI", "USART_1"}) {
    EXPECT_TRUE(is_reserved_word(word)) << word;
    EXPECT_EQ(made(word), std::string(word) + "_v1");
  }
  EXPECT_EQ(made("int."), "int_v1");
  for (const char* word : {"", "in", "t", "ints", "xor eq", "alignas alignof", "X", "X1a", "1X"}) {
    EXPECT_FALSE(is_reserved_word(word)) << word;
  }
}

TEST(Identifiers, KnowArduinosCores) {
  for (const char* name : {"byte", "tone", "word", "loop", "map"}) EXPECT_TRUE(is_library_name(name)) << name;
}

TEST(Identifiers, KnowTheCLibrary) {
  for (const char* name : {"memcpy", "index", "y0", "size_t", "time"}) EXPECT_TRUE(is_library_name(name)) << name;
  for (const char* name : {"tiny", "resnet8", ""}) EXPECT_FALSE(is_library_name(name)) << name;
}

TEST(Identifiers, NeverRepeat) {
  IdentifierPool pool;
  std::set<std::string> made_names;
  for (int round = 0; round < 3; ++round) {
    for (const char* name : {"a", "a_v2", "a.v2", "a_v2_v2", "int", "int_v1", "int_v2", "", "n", "3", "n3", "\xff"}) {
      const std::string identifier = pool.make(name);
      EXPECT_TRUE(made_names.insert(identifier).second) << name << " -> " << identifier;
      EXPECT_EQ(identifier.find("__"), std::string::npos) << identifier;
      EXPECT_FALSE(is_reserved_word(identifier));
    }
  }
  EXPECT_TRUE(made_names.contains("a"));
  EXPECT_TRUE(made_names.contains("a_v2"));
}

TEST(Identifiers, AreValidForEveryByte) {
  for (int first = 0; first < 256; ++first) {
    for (const char second : {'\0', 'a', '7', '_', '?', '\xC3'}) {
      const std::string identifier = made(std::string{static_cast<char>(first), second});
      ASSERT_FALSE(identifier.empty());
      EXPECT_TRUE(std::isalpha(static_cast<unsigned char>(identifier[0]))) << identifier;
      for (const char character : identifier) {
        EXPECT_TRUE(std::isalnum(static_cast<unsigned char>(character)) || character == '_') << identifier;
      }
    }
  }
}

}  // namespace
}  // namespace pudu::emitters
