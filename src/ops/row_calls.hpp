// How kernel calls work row by row. A call on [1, H, W, C] images that computes some rows of its output is a call of
// the same kernel on a smaller image: fewer input rows, fewer output rows, padding only where the border is among them.
// Known here for every kernel that can: convolutions, depthwise and transposed convolutions and pools in every form,
// nearest upsampling, slices, elementwise kernels, sums of rows.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "program/program.hpp"
#include "program/schedule.hpp"

namespace pudu::ops {

/// An input operand that is read by rows: rows begin to end - 1 of the output are computed from rows
///   floor((begin * stride - pad_top) / upsampling) to
///   floor(((end - 1) * stride - pad_top + (kernel - 1) * dilation) / upsampling), as far as there are such.
struct RowInput {
  std::string operand;      ///< "input", "input1", ...
  std::int32_t rows = 0;    ///< of the whole tensor
  std::int32_t kernel = 1;  ///< rows of taps
  std::int32_t stride = 1;
  std::int32_t dilation = 1;
  std::int32_t pad_top = 0;
  std::int32_t upsampling = 1;

  /// First row under the window of output row `row`; negative in the padding.
  std::int32_t first_row(std::int32_t row) const;
  /// Rows that output rows `rows` are computed from, without those in the padding.
  program::RowRange rows_read(program::RowRange rows) const;
};

struct RowForm {
  std::int32_t output_rows = 0;
  std::vector<RowInput> inputs;  ///< all other read operands are constants, or needed whole by every row
  /// The output is no image of rows but sums over all of them: each row call adds to it, the first one sets it.
  bool accumulates = false;
  /// A call of rows of several groups of as many begins with a group: tables that say what rows are made of are read
  /// from their beginning.
  std::int32_t group_rows = 1;

  /// As many of the first (last) rows of `rows` as one call can compute: at least one.
  program::RowRange first_step(program::RowRange rows) const;
  program::RowRange last_step(program::RowRange rows) const;
};

/// Nothing when the call does not work by rows: batches other than 1, an operand that is no image, another kernel.
std::optional<RowForm> row_form(const program::Program& program, const program::KernelCall& call);

/// The image [1, H, W, C] of at least two rows that windows pass over in the call's "input", or write as its "output",
/// by the call's parameters; whatever shape the buffer has. Nothing for other operands and calls, and for batches.
std::optional<std::vector<std::int64_t>> window_image(const program::Program& program, const program::KernelCall& call,
                                                      std::string_view operand);

/// The call that computes output rows `rows`: its operands point at the first row read of every row input (rows_read)
/// and at the first row written, and its scratch needs are those of its own parameters. `rows` are not empty, and
/// one step of the form (first_step(rows) == rows).
program::KernelCall row_call(const program::Program& program, const program::KernelCall& call, program::RowRange rows);

}  // namespace pudu::ops
