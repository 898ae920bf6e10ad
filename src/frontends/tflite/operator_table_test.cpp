// The table of operators: names that TensorFlow Lite has, each once, all of them in docs/tflite.md.
#include "frontends/tflite/operator_table.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>

#include "frontends/tflite/operator_markdown.hpp"

namespace pudu::frontends::tflite {
namespace {

constexpr char document[] = PUDU_SOURCE_DIR "/docs/tflite.md";
constexpr std::string_view heading = "## Operators\n\n";

constexpr std::array builtin_names = {
#define PUDU_BUILTIN(code, name) std::string_view(#name),
#include "frontends/tflite/builtin_operators.def"
#undef PUDU_BUILTIN
};

std::string read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(OperatorTable, HasOperatorsOfTensorFlowLiteOnceEach) {
  std::string_view previous;
  for (const OperatorRow* row : all_operator_rows()) {
    EXPECT_LT(previous, row->name);
    EXPECT_NE(std::find(builtin_names.begin(), builtin_names.end(), row->name), builtin_names.end()) << row->name;
    EXPECT_EQ(find_operator_row(row->name), row);
    EXPECT_NE(row->import, nullptr) << row->name;
    EXPECT_GE(row->newest_version, 1) << row->name;
    previous = row->name;
  }
  EXPECT_EQ(find_operator_row("WHILE"), nullptr);
  EXPECT_EQ(find_operator_row(""), nullptr);
  EXPECT_EQ(find_operator_row("ZZZ"), nullptr);
}

TEST(OperatorTable, IsTheOneOfTheDocument) {
  const std::string text = read(document);
  const std::size_t begin = text.find(heading) + heading.size();
  const std::size_t end = text.find("\n\n", begin) + 1;
  ASSERT_LT(begin, end);
  const std::string expected = text.substr(0, begin) + operator_markdown() + text.substr(end);
  if (const char* bless = std::getenv("PUDU_BLESS"); bless != nullptr && std::string(bless) == "1") {
    std::ofstream(document, std::ios::binary) << expected;
  }
  EXPECT_EQ(read(document), expected) << "run this test with PUDU_BLESS=1 and commit docs/tflite.md";
}

}  // namespace
}  // namespace pudu::frontends::tflite
