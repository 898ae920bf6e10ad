// Random models of one operator: what Pudu computes is what LiteRT's interpreter computes, byte for byte. Where LiteRT
// rounds in another way than TensorFlow Lite Micro (rounding/numerics/requantize.hpp), every element that depends on it
// must be what one of the ways gives. A failure names the seed and writes the model next to the test.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include "base/files.hpp"
#include "base/progress.hpp"
#include "base/temp_directory.hpp"
#include "driver/compile.hpp"
#include "numerics/requantize.hpp"
#include "simulator/simulator.hpp"
#include "tflite/case_builder.hpp"
#include "tflite/litert.hpp"

namespace pudu::testing {
namespace {

using Bytes = std::vector<std::byte>;
using Outputs = std::vector<Bytes>;
using numerics::Rounding;

constexpr std::uint32_t cases_of_family = 60;

struct NamedCase {
  const Family* family;
  std::uint32_t seed;
};

/// The same on every host, and another one for each case of a family.
std::uint32_t seed_of(const std::string& family, std::uint32_t index) {
  std::uint32_t hash = 0;
  for (const char letter : family) hash = hash * 31 + static_cast<unsigned char>(letter);
  return hash % 100'000 * 1000 + index;
}

Result<driver::CompiledModel> compile(const std::filesystem::path& folder, const Case& entry) {
  const std::filesystem::path file = folder / "model.tflite";
  PUDU_TRY(base::write_file(file, entry.model));
  driver::CompileOptions options;
  options.model = file;
  PUDU_TRY_ASSIGN(options.target, targets::make_target("any", ""));
  base::SilentProgress progress;
  return driver::compile(options, progress);
}

/// Compiles as well, since tables are rounded then.
Result<Outputs> run_pudu(const std::filesystem::path& folder, const Case& entry, Rounding rounding) {
  numerics::selected_rounding = rounding;
  PUDU_TRY_ASSIGN(const driver::CompiledModel model, compile(folder, entry));
  PUDU_TRY_ASSIGN(auto simulator,
                  simulator::Simulator::create(model.program, model.memory, simulator::FreeMemory::Poisoned));
  return simulator.run(entry.inputs);
}

bool same_sizes(const Outputs& a, const Outputs& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const Bytes& x, const Bytes& y) { return x.size() == y.size(); });
}

/// Is every byte of `expected` the one of some way to round?
bool explained(const std::vector<Outputs>& ways, const Outputs& expected) {
  for (std::size_t i = 0; i < expected.size(); ++i) {
    for (std::size_t j = 0; j < expected[i].size(); ++j) {
      const auto gives = [&](const Outputs& way) { return way[i][j] == expected[i][j]; };
      if (std::none_of(ways.begin(), ways.end(), gives)) return false;
    }
  }
  return true;
}

std::string first_difference(const Outputs& actual, const Outputs& expected) {
  for (std::size_t i = 0; i < expected.size(); ++i) {
    for (std::size_t j = 0; j < expected[i].size(); ++j) {
      if (actual[i][j] == expected[i][j]) continue;
      return "output " + std::to_string(i) + ", byte " + std::to_string(j) + ": " +
             std::to_string(static_cast<std::int8_t>(actual[i][j])) + ", LiteRT has " +
             std::to_string(static_cast<std::int8_t>(expected[i][j]));
    }
  }
  return "none";
}

enum class Verdict { Equal, OtherRounding, Wrong };

/// Fails the test when it is Wrong.
Verdict judge(const std::filesystem::path& folder, const Case& entry, const Answer& answer) {
  std::vector<Outputs> ways;
  for (const Rounding rounding : {Rounding::Twice, Rounding::Once, Rounding::TwiceTiesUp}) {
    Result<Outputs> outputs = run_pudu(folder, entry, rounding);
    if (!outputs) {
      ADD_FAILURE() << to_string(outputs.error());
      return Verdict::Wrong;
    }
    if (!same_sizes(*outputs, answer.outputs)) {
      ADD_FAILURE() << "outputs of other sizes";
      return Verdict::Wrong;
    }
    ways.push_back(std::move(*outputs));
    if (ways.size() == 1 && ways[0] == answer.outputs) return Verdict::Equal;
  }
  if (explained(ways, answer.outputs)) return Verdict::OtherRounding;
  ADD_FAILURE() << first_difference(ways[0], answer.outputs);
  return Verdict::Wrong;
}

std::string keep(const NamedCase& name, const Case& entry) {
  std::string file = "oracle_" + name.family->name + "_" + std::to_string(name.seed) + ".tflite";
  std::replace(file.begin(), file.end(), ' ', '_');
  const std::filesystem::path path = std::filesystem::current_path() / file;
  return base::write_file(path, entry.model) ? path.string() : "(not written)";
}

/// What became of the cases that nothing is wrong with.
struct Tally {
  std::size_t equal = 0;
  std::size_t other_rounding = 0;

  std::size_t all() const { return equal + other_rounding; }
};

Tally judge_all(const std::vector<Family>& families) {
  std::vector<NamedCase> names;
  std::vector<Case> cases;
  for (const Family& family : families) {
    for (std::uint32_t i = 0; i < cases_of_family; ++i) {
      const std::uint32_t seed = seed_of(family.name, i);
      Random random(seed);
      CaseBuilder builder(random);
      family.build(builder);
      names.push_back({&family, seed});
      cases.push_back(builder.finish());
    }
  }
  Tally tally;
  const auto answers = ask_litert(cases);
  if (!answers) {
    ADD_FAILURE() << to_string(answers.error());
    return tally;
  }
  const auto folder = base::TempDirectory::create("pudu-oracle");
  if (!folder) {
    ADD_FAILURE() << to_string(folder.error());
    return tally;
  }
  for (std::size_t i = 0; i < cases.size(); ++i) {
    SCOPED_TRACE(names[i].family->name + ", seed " + std::to_string(names[i].seed));
    if (!(*answers)[i].error.empty()) {
      ADD_FAILURE() << "LiteRT refuses the model: " << (*answers)[i].error;
      continue;
    }
    const Verdict verdict = judge(folder->path(), cases[i], (*answers)[i]);
    if (verdict == Verdict::Wrong) ADD_FAILURE() << "the model is " << keep(names[i], cases[i]);
    if (verdict == Verdict::Equal) ++tally.equal;
    if (verdict == Verdict::OtherRounding) {
      ++tally.other_rounding;
      std::cout << names[i].family->name << ", seed " << names[i].seed << ": another rounding\n";
    }
  }
  ::testing::Test::RecordProperty("equal", static_cast<int>(tally.equal));
  ::testing::Test::RecordProperty("other_rounding", static_cast<int>(tally.other_rounding));
  std::cout << tally.equal << " equal, " << tally.other_rounding << " with another rounding\n";
  return tally;
}

// Four processes, so that they can run next to each other. The numbers below are fewer than what they find: together
// more than 2,000 cases whose outputs do not depend on the way of rounding at all.

TEST(LiteRt, GivesTheBytesOfConvolutions) {
  const Tally tally = judge_all(convolution_families());
  EXPECT_EQ(tally.all(), convolution_families().size() * cases_of_family);
  EXPECT_GE(tally.equal, 300U);
}

TEST(LiteRt, GivesTheBytesOfElementwiseOperators) {
  const Tally tally = judge_all(elementwise_families());
  EXPECT_EQ(tally.all(), elementwise_families().size() * cases_of_family);
  EXPECT_GE(tally.equal, 1000U);
}

TEST(LiteRt, GivesTheBytesOfReductions) {
  const Tally tally = judge_all(reduction_families());
  EXPECT_EQ(tally.all(), reduction_families().size() * cases_of_family);
  EXPECT_GE(tally.equal, 300U);
}

/// Nothing is rounded here.
TEST(LiteRt, GivesTheBytesOfDataMovement) {
  const Tally tally = judge_all(movement_families());
  EXPECT_EQ(tally.equal, movement_families().size() * cases_of_family);
}

}  // namespace
}  // namespace pudu::testing
