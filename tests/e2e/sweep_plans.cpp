// sweep_plans: any model compiled in every way that leaves its numbers as they are (support/every_plan.hpp), for hunts
// with many models and seeds. Prints a line for each finding; exit code 70 with one, 1 for a wrong command line.
#include <charconv>
#include <iostream>
#include <optional>
#include <string_view>

#include "support/every_plan.hpp"

namespace pudu {
namespace {

constexpr std::string_view usage =
    "usage: sweep_plans MODEL SEED [int16=NAME]... [int4] [float=NAME]... [io]\n"
    "NAME is that of a node or, for float, of an operator; all:OPERATOR for int16. io: float32 inputs and outputs.\n";

bool apply(std::string_view word, quantizer::QuantizerOptions& options) {
  constexpr std::string_view int16 = "int16=", keep_float = "float=";
  if (word.starts_with(int16)) {
    options.int16.emplace_back(word.substr(int16.size()));
  } else if (word.starts_with(keep_float)) {
    options.keep_float.emplace_back(word.substr(keep_float.size()));
  } else if (word == "int4") {
    options.int4_weights.emplace();
  } else if (word == "io") {
    options.io = quantizer::IoType::Float32;
  } else {
    return false;
  }
  return true;
}

std::optional<testing::PlanSweep> parse(int count, char** words) {
  if (count < 3) return std::nullopt;
  testing::PlanSweep sweep{.model = words[1]};
  const std::string_view seed = words[2];
  const auto [end, fault] = std::from_chars(seed.data(), seed.data() + seed.size(), sweep.seed);
  if (fault != std::errc{} || end != seed.data() + seed.size()) return std::nullopt;
  for (int i = 3; i < count; ++i) {
    if (!apply(words[i], sweep.quantizer)) return std::nullopt;
  }
  return sweep;
}

}  // namespace
}  // namespace pudu

int main(int count, char** words) {
  const auto sweep = pudu::parse(count, words);
  if (!sweep) {
    std::cerr << pudu::usage;
    return 1;
  }
  const pudu::testing::SweepOutcome outcome = pudu::testing::sweep_plans(*sweep);
  for (const std::string& finding : outcome.findings) std::cout << finding << "\n";
  std::cout << outcome.compared_runs << " runs compared, " << outcome.refused << " variants without fed rows, "
            << outcome.findings.size() << " findings\n";
  return outcome.findings.empty() ? 0 : 70;
}
