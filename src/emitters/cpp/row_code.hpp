// Regions of calls that take turns row by row, as C++: the events as bytes, a switch with one case for each kind of
// event, and a struct of counters. A region whose input arrives by rows keeps its counters from row to row; the model
// then has begin() and feed_row().
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "emitters/cpp/row_regions.hpp"
#include "program/memory_map.hpp"
#include "program/program.hpp"

namespace pudu::emitters {

/// Names of a region's parts.
struct RegionNames {
  std::string events;    ///< the array
  std::string counters;  ///< the type of the counters
  std::string function;
  std::string state;  ///< the counters of a region that is fed
};

/// The argument of `at<T>()` for an operand that is taken by rows; empty for all others.
using RowAddress = std::function<std::string(std::string_view operand)>;

struct RegionContext {
  const program::Program& program;
  const program::MemoryMap& memory;
  /// The statements of a call, two spaces in.
  std::function<std::string(const CallEvent& event, const RowAddress& address)> call_statements;
};

/// The events, the counters, and the function that runs the region: to its end, or, of a region that is fed, to where
/// it needs rows of the input.
std::string region_definition(const RegionContext& context, const RegionNames& names, const RowRegion& region);

/// begin(), feed_row() and their constants, for model.hpp.
std::string feed_declarations(const program::Program& program, program::BufferId fed);

/// Their definitions. `before` are the statements before the region, `after` those behind it.
std::string feed_definitions(const RegionContext& context, const RegionNames& names, const RowRegion& region,
                             const std::string& before, const std::string& after);

}  // namespace pudu::emitters
