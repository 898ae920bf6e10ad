// Tests only: random problems of the planner.
#pragma once

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <utility>

#include "planner/problem.hpp"

namespace pudu::planner::testing {

class ProblemMaker {
 public:
  explicit ProblemMaker(std::uint32_t seed) : random_(seed) {}

  std::size_t below(std::size_t limit) { return random_() % limit; }

  /// As make(), with extents: images that are written and read row by row, and any others.
  PlanProblem make_shapes(std::size_t max_buffers, std::size_t max_bytes, std::size_t steps) {
    PlanProblem problem = make(max_buffers, max_bytes, steps);
    for (PlanBuffer& buffer : problem.buffers) {
      if (buffer.bytes < 2 || below(3) == 0) continue;
      below(2) == 0 ? add_rows(buffer) : add_any_extents(buffer);
    }
    return problem;
  }

  /// Up to `max_buffers`, some without bytes, of alignments 1 to 64.
  PlanProblem make(std::size_t max_buffers, std::size_t max_bytes, std::size_t steps) {
    PlanProblem problem;
    const bool is_uniform = below(2) == 0;
    const std::size_t count = below(max_buffers + 1);
    for (std::size_t i = 0; i < count; ++i) {
      PlanBuffer buffer;
      buffer.name = "b" + std::to_string(i);
      buffer.bytes = below(8) == 0 ? 0 : below(max_bytes + 1);
      buffer.begin_step = static_cast<int>(below(steps));
      buffer.end_step = buffer.begin_step + 1 + static_cast<int>(below(1 + below(steps)));
      buffer.alignment = is_uniform ? 16 : std::size_t{1} << below(7);
      problem.buffers.push_back(std::move(buffer));
    }
    return problem;
  }

 private:
  /// Rows that come one after the other, then go one after the other; from the first or from the last.
  void add_rows(PlanBuffer& buffer) {
    const std::size_t rows = 1 + below(std::min<std::size_t>(buffer.bytes, 6));
    const std::size_t row_bytes = buffer.bytes / rows;
    const bool is_upward = below(2) == 0;
    int begin = buffer.begin_step;
    int end = begin + 1;
    for (std::size_t i = 0; i < rows; ++i) {
      const std::size_t row = is_upward ? i : rows - 1 - i;
      begin = std::min(begin + static_cast<int>(below(2)), buffer.end_step - 1);
      end = std::min(std::max(end, begin + 1) + static_cast<int>(below(3)), buffer.end_step);
      buffer.extents.push_back({begin, end, row * row_bytes, (row + 1) * row_bytes});
    }
  }

  void add_any_extents(PlanBuffer& buffer) {
    const std::size_t count = 1 + below(5);
    for (std::size_t i = 0; i < count; ++i) {
      const auto steps = static_cast<std::size_t>(buffer.end_step - buffer.begin_step);
      const int begin = buffer.begin_step + static_cast<int>(below(steps));
      const int end = begin + 1 + static_cast<int>(below(static_cast<std::size_t>(buffer.end_step - begin)));
      const std::size_t first = below(buffer.bytes);
      buffer.extents.push_back({begin, end, first, first + 1 + below(buffer.bytes - first)});
    }
  }

  std::mt19937 random_;
};

}  // namespace pudu::planner::testing
