// docs/coverage.md: what becomes of every probe of tests/data. The table is computed here and compared with the
// document; PUDU_BLESS=1 writes it.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <map>
#include <set>
#include <sstream>

#include "base/progress.hpp"
#include "driver/pte_artifact.hpp"
#include "support/models.hpp"
#include "support/probe.hpp"

namespace pudu {
namespace {

constexpr char document[] = PUDU_SOURCE_DIR "/docs/coverage.md";

constexpr char introduction[] = R"(# Coverage
Computed by `tests/e2e/coverage_test.cpp`; do not edit. Run `e2e_coverage_test` with `PUDU_BLESS=1` to write it anew.

Each row is a module of `tests/data/`, one operator or idea, exported by torch 2.13 and compiled for cortex-m55 with its own calibration
samples and its input. *SQNR* compares the int8 result with torch's float result of that input, the least of all outputs. *Float parts* are operators
that are computed in float. *.pte* tells whether `-o NAME.pte` writes a program for a stock ExecuTorch 1.5.1 runtime, or one that
needs Pudu's own operators (`integrations/executorch`).

)";

/// Why a module has less than 30 dB.
const std::map<std::string, std::string>& reasons_of_low_sqnr() {
  static const std::map<std::string, std::string> reasons = {
      {"probes/where_gt",
       "returns x or -x by the sign of a convolution: where that is rounded to 0, or its rounded input turns its sign, "
       "the other one is returned, and no scale of the result can mend it"},
      {"operators/where_number",
       "chooses by a comparison, too: elements next to the bound are taken for the other side"},
      {"operators/argmax_channels",
       "returns positions, not numbers: of elements that are equal once rounded, another one may be the first"},
  };
  return reasons;
}

std::string low_section(const std::map<std::string, double>& low) {
  std::string text = "## Below 30 dB\n| module | SQNR | why |\n|---|---|---|\n";
  for (const auto& [name, sqnr] : low) {
    const auto reason = reasons_of_low_sqnr().find(name);
    EXPECT_NE(reason, reasons_of_low_sqnr().end()) << name << " has only " << sqnr << " dB";
    if (reason != reasons_of_low_sqnr().end())
      text += fmt::format("| {} | {:.1f} dB | {} |\n", name, sqnr, reason->second);
  }
  EXPECT_EQ(low.size(), reasons_of_low_sqnr().size()) << "a reason for a module that reaches 30 dB";
  return text;
}

std::string read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

/// In one cell of a table: no line breaks, no bars.
std::string cell(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  std::replace(text.begin(), text.end(), '|', '/');
  return text;
}

std::string reason_of(const Error& error) {
  const Diagnostic& first = error.diagnostics.front();
  const std::string where = first.where.empty() ? "" : first.where + ": ";
  const std::string more =
      error.diagnostics.size() > 1 ? fmt::format(" and {} more", error.diagnostics.size() - 1) : "";
  return cell(where + first.found + more);
}

std::string float_parts(const program::Program& program) {
  std::set<std::string> names;
  for (const program::KernelCall& call : program.calls) {
    const auto is_float = [&](const program::Operand& operand) {
      return program.buffer(operand.buffer).type == program::ElementType::Float32;
    };
    if (std::any_of(call.operands.begin(), call.operands.end(), is_float)) names.insert(call.op);
  }
  return names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "));
}

double least_sqnr(const testing::Probe& probe, const driver::Artifact& artifact) {
  const std::vector<base::Array> outputs = probe.run(artifact);
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t port = 0; port < outputs.size(); ++port) {
    least = std::min(least,
                     testing::sqnr_db(base::to_float32(probe.expected_output(port)), base::to_float32(outputs[port])));
  }
  return least;
}

std::string sqnr_text(double sqnr) {
  return std::isinf(sqnr) ? "exact" : fmt::format("{:.1f} dB", sqnr);
}

std::string pte_text(const driver::CompiledModel& model) {
  base::SilentProgress progress;
  auto pte = driver::make_pte(model, emitters::PteOperators::Nhwc, progress);
  if (!pte) return "no: " + reason_of(pte.error());
  if (pte->own_operators.empty()) return "yes";
  return "with " + fmt::format("{}", fmt::join(pte->own_operators, ", "));
}

std::string row_of(const std::string& name, std::map<std::string, double>& low) {
  const testing::Probe probe(name);
  base::SilentProgress progress;
  auto model = driver::compile(probe.compile_options(), progress);
  if (!model) return fmt::format("| {} | refused: {} | | | |\n", name, reason_of(model.error()));
  const std::string pte = pte_text(*model);
  const std::string parts = float_parts(model->program);
  const std::size_t calls = model->program.calls.size();
  const double sqnr = least_sqnr(probe, testing::simulated(std::move(model).value()));
  if (sqnr < 30.0) low.emplace(name, sqnr);
  return fmt::format("| {} | yes, {} kernel calls | {} | {} | {} |\n", name, calls, parts, sqnr_text(sqnr), pte);
}

std::string section(const std::string& heading, const std::string& folder, std::map<std::string, double>& low) {
  std::string text = "## " + heading + "\n| module | compiled | float parts | SQNR | .pte |\n|---|---|---|---|---|\n";
  for (const std::string& name : testing::probe_names()) {
    if (name.starts_with(folder + "/")) text += row_of(name, low);
  }
  return text;
}

TEST(Coverage, IsAsTheDocumentSays) {
  std::map<std::string, double> low;
  std::string text = introduction;
  text += section("One operator or idea each", "probes", low) + "\n";
  text += section("Other operators, and other forms of them", "operators", low) + "\n";
  text += section("What a .pt2 file can hold", "reader", low) + "\n";
  text += low_section(low);
  if (const char* bless = std::getenv("PUDU_BLESS"); bless != nullptr && std::string(bless) == "1") {
    std::ofstream(document, std::ios::binary) << text;
  }
  EXPECT_EQ(read(document), text) << "run this test with PUDU_BLESS=1 and commit docs/coverage.md";
}

}  // namespace
}  // namespace pudu
