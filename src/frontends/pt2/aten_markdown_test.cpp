// docs/operators.md names every ATen operator that the reader translates, and popular networks need no other.
#include "frontends/pt2/aten_markdown.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "frontends/pt2/assertions.hpp"
#include "frontends/pt2/aten_table.hpp"
#include "frontends/pt2/subgraphs.hpp"

namespace pudu::frontends {
namespace {

constexpr char document[] = PUDU_SOURCE_DIR "/docs/operators.md";

std::string read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(OperatorsDocument, EndsWithTheReadersTable) {
  const std::string text = read(document);
  const std::size_t start = text.find(std::string("\n") + aten_heading);
  const std::string before = text.substr(0, start) + (start == std::string::npos ? "" : "\n");
  if (const char* bless = std::getenv("PUDU_BLESS"); bless != nullptr && std::string(bless) == "1") {
    std::ofstream(document, std::ios::binary) << text.substr(0, start) << "\n" << aten_markdown();
  }
  EXPECT_EQ(read(document), before + aten_markdown()) << "run this test with PUDU_BLESS=1 and commit docs/operators.md";
}

/// Operators of popular small networks (tests/data/README.md), of which none may be without an answer.
TEST(OperatorsDocument, HasARowForEveryOperatorOfPopularNetworks) {
  std::ifstream file(PUDU_SOURCE_DIR "/tests/data/op_frequency.tsv");
  std::string line;
  ASSERT_TRUE(std::getline(file, line)) << "no header";
  const std::string text = aten_markdown();
  std::size_t count = 0;
  while (std::getline(file, line)) {
    const std::string name = line.substr(0, line.find('\t'));
    const std::string target = name.starts_with("aten.") ? "torch.ops." + name : "torch.ops.higher_order." + name;
    const auto is_target = [&](std::string_view other) { return other == target; };
    const auto is_prefix = [&](std::string_view prefix) { return target.starts_with(prefix); };
    const AtenMatch match = find_aten_operator(target);
    if (match.row != nullptr) {
      EXPECT_THAT(text, ::testing::HasSubstr("| `" + std::string(match.row->name) + "` |")) << name;
    } else {
      EXPECT_TRUE(std::ranges::any_of(inlined_operators(), is_target) ||
                  std::ranges::any_of(assertion_prefixes(), is_prefix))
          << name << " is not in the reader's table";
    }
    ++count;
  }
  EXPECT_EQ(count, 82U);
}

}  // namespace
}  // namespace pudu::frontends
