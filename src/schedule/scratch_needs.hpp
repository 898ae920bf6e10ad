// Bytes of scratch that a call needs when it computes some of its rows only.
#pragma once

#include <cstddef>
#include <map>
#include <tuple>

#include "program/program.hpp"
#include "program/schedule.hpp"

namespace pudu::schedule {

/// Remembers answers: regions ask for the same kinds of rows thousands of times.
class ScratchNeeds {
 public:
  explicit ScratchNeeds(const program::Program& program) : program_(program) {}

  std::size_t of_whole(std::size_t call) const;
  /// `rows_read`: how many rows the call reads for them, which tells rows at a border from others.
  std::size_t of_rows(std::size_t call, program::RowRange rows, std::int32_t rows_read) const;

 private:
  const program::Program& program_;
  mutable std::map<std::tuple<std::size_t, std::int32_t, std::int32_t>, std::size_t> known_;
};

}  // namespace pudu::schedule
