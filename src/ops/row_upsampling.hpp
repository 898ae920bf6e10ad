// Rows of the calls that make more rows of few: transposed convolutions and selections, of which nearest upsampling is
// one. What row_calls.hpp says of all calls holds for these.
// Limits: rows that are repeated alike, or not touched by the selection; no transposed convolution with rows that no
// tap meets (a stride above what the kernel spans).
#pragma once

#include "ops/row_calls.hpp"

namespace pudu::ops::rows {

std::optional<RowForm> scattered_form(const program::Program& program, const program::KernelCall& call);
void set_scattered(const program::Program& program, const program::KernelCall& whole, program::RowRange rows,
                   program::KernelCall& call);

/// Positions taken of the rows, each as often as all others but the last, or within each row.
std::optional<RowForm> selected_form(const program::Program& program, const program::KernelCall& call);
void set_selected(const program::Program& program, const program::KernelCall& whole, program::RowRange rows,
                  program::KernelCall& call);

}  // namespace pudu::ops::rows
