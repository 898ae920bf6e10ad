// What kernels need for some rows of a call, by a model of the instruction set that the caller brings.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <tuple>
#include <utility>

#include "program/program.hpp"
#include "program/schedule.hpp"

namespace pudu::schedule {

/// Instructions of one run of a call; 0 for kernels that the model does not know.
using KernelModel = std::function<double(const program::Program&, const program::KernelCall&)>;

/// Remembers answers: regions ask for the same kinds of rows thousands of times.
class RowInstructions {
 public:
  /// Without a model nothing is known.
  RowInstructions(const program::Program& program, KernelModel model) : program_(program), model_(std::move(model)) {}

  bool knows(std::size_t call) const { return of_whole(call) > 0; }
  double of_whole(std::size_t call) const;
  /// `rows_read`: how many rows the call reads for them, which tells rows at a border from others.
  double of_rows(std::size_t call, program::RowRange rows, std::int32_t rows_read) const;

 private:
  const program::Program& program_;
  const KernelModel model_;
  mutable std::map<std::size_t, double> whole_;
  mutable std::map<std::tuple<std::size_t, std::int32_t, std::int32_t>, double> known_;
};

}  // namespace pudu::schedule
