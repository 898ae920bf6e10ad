// Text form of planning problems, in which the corpus is kept (corpus/*.txt):
//
//   best_known 4096
//   buffer conv.output bytes 2304 steps [0, 2] alignment 16
//   buffer rows bytes 64 steps [0, 9] alignment 16
//   extent steps [0, 2] bytes [0, 32]
//   extent steps [1, 9] bytes [32, 64]
//
// Extents belong to the buffer above them.
// `steps [begin, end]` is the half-open interval [begin, end); `best_known` the smallest arena found so far.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "planner/problem.hpp"

namespace pudu::planner {

struct CorpusEntry {
  std::size_t best_known_bytes = 0;
  PlanProblem problem;
};

std::string print(const CorpusEntry& entry);
/// Fails with InvalidInput, naming the line.
Result<CorpusEntry> parse_corpus_entry(std::string_view text);

}  // namespace pudu::planner
