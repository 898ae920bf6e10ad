#include "ops/row_upsampling.hpp"

#include <cstddef>
#include <cstring>

#include "ops/row_parameters.hpp"

namespace pudu::ops::rows {

using program::Buffer;
using program::KernelCall;
using program::Program;
using program::RowRange;

// Transposed convolutions. Output row r has the taps k with r + pad - k * dilation = row * stride, so it is made of
// rows ceil((r + pad - reach) / stride) to floor((r + pad) / stride), where reach = (kernel - 1) * dilation.

namespace {

RowInput scattered_rows(const Program& program, const KernelCall& call, RowAxis axis) {
  RowInput input{.operand = "input", .rows = rows_of(buffer_of(program, call, "input"))};
  if (axis == RowAxis::Positions) return input;
  const AxisNames& names = axis == RowAxis::Height ? heights : widths;
  const Parameters p(call);
  const std::int32_t reach = (p.at(names.kernel) - 1) * p.at(names.dilation), stride = p.at(names.stride);
  input.upsampling = stride;
  input.pad_top = reach - (stride - 1) - p.at(names.pad);
  input.kernel = reach - (stride - 1) + 1;
  return input;
}

}  // namespace

std::optional<RowForm> scattered_form(const Program& program, const KernelCall& call) {
  const std::optional<RowAxis> axis = row_axis(program, call);
  if (!axis) return std::nullopt;
  const RowInput input = scattered_rows(program, call, *axis);
  // Rows between the taps are made of none.
  if (input.kernel < 1) return std::nullopt;
  const RowForm form{.output_rows = rows_of(buffer_of(program, call, "output")), .inputs = {input}};
  for (std::int32_t row = 0; row < form.output_rows; ++row) {
    if (input.rows_read({row, row + 1}).count() == 0) return std::nullopt;
  }
  return form;
}

void set_scattered(const Program& program, const KernelCall& whole, RowRange rows, KernelCall& call) {
  const RowAxis axis = row_axis(program, whole).value();
  if (axis == RowAxis::Positions) return set_positions(program, whole, rows, call);
  const AxisNames& names = axis == RowAxis::Height ? heights : widths;
  const RowRange read = scattered_rows(program, whole, axis).rows_read(rows);
  const Parameters p(whole);
  set(call, names.input, read.count());
  set(call, names.output, rows.count());
  set(call, names.pad, rows.begin + p.at(names.pad) - read.begin * p.at(names.stride));
}

// Selections.

namespace {

std::int32_t index_at(const std::vector<std::byte>& indices, std::int32_t place) {
  std::int32_t index = 0;
  std::memcpy(&index, indices.data() + static_cast<std::size_t>(place) * sizeof index, sizeof index);
  return index;
}

/// How often each row is repeated, where output row r is input row floor(r / repeats); 0 where it is another.
std::int32_t row_repeats(const Buffer& indices, std::int32_t count) {
  if (!indices.data || indices.data->size() != static_cast<std::size_t>(count) * sizeof(std::int32_t)) return 0;
  std::int32_t repeats = 0;
  while (repeats < count && index_at(*indices.data, repeats) == 0) ++repeats;
  if (repeats == 0) return 0;
  for (std::int32_t row = 0; row < count; ++row) {
    if (index_at(*indices.data, row) != row / repeats) return 0;
  }
  return repeats;
}

}  // namespace

std::optional<RowForm> selected_form(const Program& program, const KernelCall& call) {
  const Buffer &input = buffer_of(program, call, "input"), &output = buffer_of(program, call, "output");
  if (!is_image(input) || !is_image(output)) return std::nullopt;
  const Parameters p(call);
  RowForm form{.output_rows = rows_of(output), .inputs = {{.operand = "input", .rows = rows_of(input)}}};
  if (p.at("outer_count") % rows_of(output) == 0 && rows_of(input) == rows_of(output)) return form;
  const bool selects_rows =
      p.at("outer_count") == 1 && p.at("size1") == rows_of(input) && p.at("count1") == rows_of(output);
  if (!selects_rows) return std::nullopt;
  form.group_rows = form.inputs[0].upsampling = row_repeats(buffer_of(program, call, "indices1"), form.output_rows);
  return form.group_rows > 0 ? std::optional(form) : std::nullopt;
}

void set_selected(const Program& program, const KernelCall& whole, RowRange rows, KernelCall& call) {
  const RowForm form = selected_form(program, whole).value();
  const std::int32_t outer = Parameters(whole).at("outer_count");
  if (outer % form.output_rows == 0 && form.inputs[0].rows == form.output_rows) {
    return set(call, "outer_count", std::int64_t{outer} / form.output_rows * rows.count());
  }
  // The first positions are right for any rows of one group, and for those that begin with one.
  set(call, "size1", form.inputs[0].rows_read(rows).count());
  set(call, "count1", rows.count());
}

}  // namespace pudu::ops::rows
