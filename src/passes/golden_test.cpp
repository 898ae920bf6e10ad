// Every pass on the graphs of testdata/<pass>.ir: the text of the result, what ops::verify says about it, whether it
// computes the same floats, and whether the pass leaves its own result alone.
//
// A file holds cases. A case is a line `=== what it shows`, the graph before, a line `---` and the graph after. The
// data of a graph's constants stands behind it, one line `@offset+bytes: 1 2 3` (float32) for each. PUDU_BLESS=1 in the
// environment writes what the passes do now into the files.
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "ops/registry.hpp"
#include "passes/pipeline.hpp"
#include "passes/testing/same_results.hpp"

namespace pudu::passes {

/// For GoogleTest's messages.
void PrintTo(const Pass& pass, std::ostream* stream) {
  *stream << pass.name;
}

namespace {

const std::filesystem::path testdata = std::filesystem::path(PUDU_SOURCE_DIR) / "src/passes/testdata";

struct Case {
  std::string title;
  std::string before;
  std::string after;
};

std::string read_text(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

std::vector<Case> read_cases(const std::filesystem::path& file) {
  std::vector<Case> cases;
  std::istringstream lines(read_text(file));
  bool is_after = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("=== ", 0) == 0) {
      cases.push_back({line.substr(4), "", ""});
      is_after = false;
    } else if (line == "---") {
      is_after = true;
    } else if (!cases.empty()) {
      (is_after ? cases.back().after : cases.back().before) += line + "\n";
    }
  }
  return cases;
}

void write_cases(const std::filesystem::path& file, const std::vector<Case>& cases) {
  std::ofstream stream(file, std::ios::binary);
  for (const Case& each : cases) stream << "=== " << each.title << "\n" << each.before << "---\n" << each.after;
}

/// Splits the text of a graph from the data behind it.
Result<ir::Graph> parse_with_data(const std::string& text) {
  ir::GraphText graph;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind('@', 0) != 0) {
      graph.text += line + "\n";
      continue;
    }
    std::istringstream numbers(line.substr(line.find(':') + 1));
    for (float number = 0; numbers >> number;) {
      const auto* bytes = reinterpret_cast<const std::byte*>(&number);
      graph.constants.insert(graph.constants.end(), bytes, bytes + sizeof(number));
    }
  }
  return ir::parse(graph.text, graph.constants);
}

std::string print_with_data(const ir::Graph& graph) {
  const ir::GraphText printed = ir::print(graph);
  std::ostringstream text;
  text << printed.text;
  static const std::regex place("@([0-9]+)\\+([0-9]+)");
  std::set<std::string> seen;
  for (std::sregex_iterator match(printed.text.begin(), printed.text.end(), place), end; match != end; ++match) {
    if (!seen.insert(match->str()).second) continue;
    const std::size_t offset = std::stoul(match->str(1));
    const std::size_t bytes = std::stoul(match->str(2));
    text << match->str() << ":";
    for (std::size_t i = offset; i < offset + bytes; i += sizeof(float)) {
      float number = 0;
      std::memcpy(&number, &printed.constants[i], sizeof(number));
      text << " " << number;
    }
    text << "\n";
  }
  return text.str();
}

/// Every pass but those that do again what another does.
std::vector<Pass> all_passes() {
  std::vector<Pass> passes;
  for (const Pass& pass : canonicalization_pipeline()) {
    if (!pass.name.ends_with("_again")) passes.push_back(pass);
  }
  return passes;
}

class GoldenTest : public ::testing::TestWithParam<Pass> {};

/// What the pass makes of the graph, checked for all but its text.
std::string check_pass(const Pass& pass, const ir::Graph& before) {
  ir::Graph graph = before;
  const Status done = pass.run({.graph = &graph});
  EXPECT_TRUE(done) << to_string(done.error());
  const Status verified = ops::verify(graph);
  EXPECT_TRUE(verified) << to_string(verified.error());
  if (!done || !verified) return "";
  EXPECT_TRUE(testing::have_same_results(before, graph));
  std::string after = print_with_data(graph);
  EXPECT_TRUE(pass.run({.graph = &graph}));
  EXPECT_EQ(after, print_with_data(graph)) << "the pass changes its own result";
  return after;
}

TEST_P(GoldenTest, ChangesGraphsAsWritten) {
  const Pass& pass = GetParam();
  const std::filesystem::path file = testdata / (std::string(pass.name) + ".ir");
  std::vector<Case> cases = read_cases(file);
  ASSERT_FALSE(cases.empty()) << file << " holds no case";
  for (Case& each : cases) {
    SCOPED_TRACE(each.title);
    const Result<ir::Graph> before = parse_with_data(each.before);
    ASSERT_TRUE(before) << to_string(before.error());
    const Status verified = ops::verify(*before);
    ASSERT_TRUE(verified) << to_string(verified.error());
    const std::string after = check_pass(pass, *before);
    if (std::getenv("PUDU_BLESS") != nullptr) {
      each.after = after;
    } else {
      EXPECT_EQ(each.after, after);
    }
  }
  if (std::getenv("PUDU_BLESS") != nullptr) write_cases(file, cases);
}

INSTANTIATE_TEST_SUITE_P(Passes, GoldenTest, ::testing::ValuesIn(all_passes()),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(Goldens, BelongToPasses) {
  std::set<std::string> passes;
  for (const Pass& pass : canonicalization_pipeline()) passes.insert(std::string(pass.name));
  for (const auto& entry : std::filesystem::directory_iterator(testdata)) {
    EXPECT_EQ(passes.count(entry.path().stem().string()), 1U) << entry.path() << " is the golden of no pass";
  }
}

}  // namespace
}  // namespace pudu::passes
