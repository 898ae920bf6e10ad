// docs/targets.md is what cpus.def says. PUDU_BLESS=1 in the environment rewrites it.
#include "targets/markdown.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace pudu::targets {
namespace {

const std::filesystem::path document = std::filesystem::path(PUDU_SOURCE_DIR) / "docs/targets.md";

TEST(TargetsDocument, IsUpToDate) {
  if (const char* bless = std::getenv("PUDU_BLESS"); bless != nullptr && std::string(bless) == "1") {
    std::ofstream(document, std::ios::binary) << targets_markdown();
  }
  std::ifstream stream(document, std::ios::binary);
  const std::string committed(std::istreambuf_iterator<char>(stream), {});
  EXPECT_EQ(committed, targets_markdown()) << "run this test with PUDU_BLESS=1 and commit docs/targets.md";
}

TEST(TargetsDocument, HasARowAndTheFlagsOfEveryCpu) {
  const std::string text = targets_markdown();
  for (const CpuInfo& cpu : all_cpus()) {
    const std::string name(cpu.name);
    EXPECT_NE(text.find("\n| " + name + " | `" + std::string(cpu.compiler_flags) + "` |\n"), std::string::npos) << name;
  }
  EXPECT_NE(text.find("\n| cortex-m33 | armv8-m.main | scalar, dsp | dsp | yes | mps2-an505 |\n"), std::string::npos);
  EXPECT_NE(text.find("\n| cortex-m0 | armv6-m | scalar | scalar | no | mps2-an385 |\n"), std::string::npos);
  EXPECT_EQ(isa_list(Cpu::M55), "scalar, dsp, mve");
}

}  // namespace
}  // namespace pudu::targets
