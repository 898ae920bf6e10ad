// How kernel calls work row by row. A call on [1, H, W, C] images that computes some rows of its output is a call of
// the same kernel on a smaller image: fewer input rows, fewer output rows, padding only where the border is among them.
// Known here for every kernel that can: convolutions, depthwise convolutions and pools in every form, elementwise
// kernels, sums of rows.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "program/program.hpp"
#include "program/schedule.hpp"

namespace pudu::ops {

/// An input operand that is read by rows.
struct RowInput {
  std::string operand;      ///< "input", "input1", ...
  std::int32_t rows = 0;    ///< of the whole tensor
  std::int32_t kernel = 1;  ///< rows of taps
  std::int32_t stride = 1;
  std::int32_t dilation = 1;
  std::int32_t pad_top = 0;

  /// Rows that output rows `rows` are computed from, without those in the padding.
  program::RowRange rows_read(program::RowRange rows) const;
};

struct RowForm {
  std::int32_t output_rows = 0;
  std::vector<RowInput> inputs;  ///< all other read operands are constants, or needed whole by every row
  /// The output is no image of rows but sums over all of them: each row call adds to it, the first one sets it.
  bool accumulates = false;
};

/// Nothing when the call does not work by rows: batches other than 1, an operand that is no image, another kernel.
std::optional<RowForm> row_form(const program::Program& program, const program::KernelCall& call);

/// The image [1, H, W, C] of at least two rows that windows pass over in the call's "input", or write as its "output",
/// by the call's parameters; whatever shape the buffer has. Nothing for other operands and calls, and for batches.
std::optional<std::vector<std::int64_t>> window_image(const program::Program& program, const program::KernelCall& call,
                                                      std::string_view operand);

/// The call that computes output rows `rows`: its operands point at the first row read of every row input (rows_read)
/// and at the first row written, and its scratch needs are those of its own parameters. Not for an empty range.
program::KernelCall row_call(const program::Program& program, const program::KernelCall& call, program::RowRange rows);

}  // namespace pudu::ops
