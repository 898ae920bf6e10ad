// Walks ops.def: every operator has its reference, document, tests and kernels, and docs/operators.md is up to date.
// Set PUDU_BLESS=1 to rewrite the latter.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "ops/markdown.hpp"
#include "ops/registry.hpp"

namespace pudu::ops {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::StartsWith;

const fs::path source_root = fs::path(PUDU_SOURCE_DIR);

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

class EveryOperator : public ::testing::TestWithParam<const OpDefinition*> {
 protected:
  const OpDefinition& op() const { return *GetParam(); }
  std::string name() const { return std::string(op().name); }
  fs::path folder() const { return source_root / "src/ops" / name(); }
};

TEST_P(EveryOperator, IsDefinedWhole) {
  EXPECT_NE(op().infer, nullptr);
  EXPECT_NE(op().reference, nullptr);
  EXPECT_NE(op().lower, nullptr);
  EXPECT_FALSE(op().summary.empty());
  EXPECT_FALSE(op().inputs.empty());
  for (const OperandSpec& operand : op().inputs) EXPECT_FALSE(operand.meaning.empty()) << operand.name;
  for (const AttributeSpec& attribute : op().attributes) {
    EXPECT_FALSE(attribute.meaning.empty()) << attribute.name;
    if (attribute.default_value) {
      EXPECT_EQ(attribute.default_value->index(), static_cast<std::size_t>(attribute.type)) << attribute.name;
    }
  }
}

TEST_P(EveryOperator, HasADocumentOfItsOperandsAndAttributes) {
  const std::string document = read(folder() / (name() + ".md"));
  ASSERT_THAT(document, StartsWith("# " + name() + "\n"));
  for (const OperandSpec& operand : op().inputs)
    EXPECT_THAT(document, HasSubstr("`" + std::string(operand.name) + "`"));
  for (const AttributeSpec& attribute : op().attributes) {
    EXPECT_THAT(document, HasSubstr("`" + std::string(attribute.name) + "`"));
  }
  for (const KernelBinding* kernel : op().kernels) {
    EXPECT_THAT(document, HasSubstr("`" + std::string(kernel->name) + "`"));
  }
}

TEST_P(EveryOperator, HasTests) {
  EXPECT_THAT(read(folder() / (name() + "_test.cpp")), HasSubstr("TEST"));
}

TEST_P(EveryOperator, HasKernelsWithHeaderAndTest) {
  for (const KernelBinding* kernel : op().kernels) {
    const fs::path header = source_root / "src" / kernel->header;
    EXPECT_TRUE(fs::exists(header)) << header;
    EXPECT_TRUE(fs::exists(header.parent_path() / "scalar.cpp")) << kernel->name;
    EXPECT_TRUE(fs::exists(header.parent_path() / (std::string(kernel->name) + "_test.cpp"))) << kernel->name;
    EXPECT_THAT(read(header), HasSubstr("struct " + std::string(kernel->type) + " ")) << kernel->name;
    EXPECT_EQ(find_kernel(kernel->name)->header, kernel->header);
  }
}

INSTANTIATE_TEST_SUITE_P(Ops, EveryOperator, ::testing::ValuesIn(all_operators().begin(), all_operators().end()),
                         [](const auto& test) { return std::string(test.param->name); });

TEST(OperatorsFolder, HoldsOnlyOperatorsOfTheList) {
  for (const fs::directory_entry& entry : fs::directory_iterator(source_root / "src/ops")) {
    const std::string name = entry.path().filename().string();
    if (!entry.is_directory() || name == "testing") continue;
    EXPECT_NE(find_operator(name), nullptr) << "src/ops/" << name << " stands in no line of ops.def";
  }
}

/// Behind this heading, the document belongs to the reader of .pt2 files (frontends/pt2/aten_markdown_test.cpp).
constexpr std::string_view reader_heading = "\n## ATen operators\n";

TEST(OperatorsDocument, IsUpToDate) {
  const fs::path path = source_root / "docs/operators.md";
  const std::string text = read(path);
  const std::size_t end = std::min(text.find(reader_heading), text.size());
  if (const char* bless = std::getenv("PUDU_BLESS"); bless != nullptr && std::string(bless) == "1") {
    std::ofstream(path, std::ios::binary) << operators_markdown() << text.substr(end);
  }
  EXPECT_EQ(read(path).substr(0, operators_markdown().size() + 1), operators_markdown() + "\n")
      << "run this test with PUDU_BLESS=1 and commit docs/operators.md";
}

}  // namespace
}  // namespace pudu::ops
