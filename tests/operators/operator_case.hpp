// One configuration of an operator: what it is called with, and what must come of it. run_case goes the whole way, from
// a .pt2 file through the driver to the simulator, and wants the same bytes for an MVE, a DSP and a scalar core, as an
// ExecuTorch program, and with images whose channels are innermost.
#pragma once

#include <cstdint>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "operators/aten_model.hpp"

namespace pudu::testing {

using Shape = std::vector<std::int64_t>;

/// Evenly spaced numbers from `low` to `high`, in memory order.
NamedTensor ramp(std::string name, Shape shape, float low, float high);
/// Uniformly distributed numbers, the same in every run for the same name and shape.
NamedTensor uniform(std::string name, Shape shape, float low = -1.0F, float high = 1.0F);
NamedTensor filled(std::string name, Shape shape, float value);
NamedTensor numbers(std::string name, Shape shape, const std::vector<float>& elements);
NamedTensor integers(std::string name, Shape shape, std::vector<std::int64_t> elements);

struct OperatorCase {
  std::string name;
  std::vector<NamedTensor> inputs;
  std::vector<NamedTensor> constants;
  std::string calls;  ///< see aten_model.hpp
  /// Largest difference between an output's codes and the float reference of the dequantized inputs, rounded to codes:
  /// 0 for operators that only move or choose codes, 1 for those that round twice. Empty: not compared, as for layers,
  /// whose weights are rounded, too.
  std::optional<int> most_codes = {};
  double least_sqnr_db = 30.0;  ///< against the float reference of the float inputs
  std::string refusal = {};     ///< the whole message, without the file's name; empty: it compiles, all of it int8
};

/// Tests print as their names.
inline void PrintTo(const OperatorCase& test, std::ostream* stream) {
  *stream << test.name;
}

void run_case(const OperatorCase& test);

/// Name of a parameterized test.
template <class Info>
std::string case_name(const Info& info) {
  return info.param.name;
}

}  // namespace pudu::testing

/// A suite of cases with the name of the table.
#define PUDU_OPERATOR_CASES(suite, table)                                  \
  class suite : public ::testing::TestWithParam<testing::OperatorCase> {}; \
  TEST_P(suite, CompilesAndRuns) {                                         \
    testing::run_case(GetParam());                                         \
  }                                                                        \
  INSTANTIATE_TEST_SUITE_P(All, suite, ::testing::ValuesIn(table),         \
                           [](const auto& parameter) { return testing::case_name(parameter); })
