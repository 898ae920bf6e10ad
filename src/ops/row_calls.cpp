// Kernels are known here by a family each: which of their parameters say how many rows there are. What a call does in
// detail, its parameters say by the names that all kernels share.
#include "ops/row_calls.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "ir/types.hpp"
#include "ops/row_parameters.hpp"
#include "ops/row_upsampling.hpp"

namespace pudu::ops {

using namespace rows;

namespace {

using program::Buffer;
using program::BufferKind;
using program::KernelCall;
using program::Program;
using program::RowRange;

enum class Family : std::uint8_t {
  Windows,    ///< images under a kernel: input_h, output_h, stride_h, pad_top...
  Scattered,  ///< the same of transposed convolutions, whose strides are those of the output
  Selected,   ///< positions taken of the rows (nearest upsampling), or within each of them
  Elements,   ///< one count of elements, or of groups of them, that runs over all rows
  Broadcast,  ///< output_shape with strides of every input
  Slice,      ///< output_shape with steps through the input
  Pad,        ///< input_shape with pad_before and pad_after
  Sums,       ///< rows of the input, which are added up
};

struct RowKernel {
  std::string_view name;
  Family family;
  std::string_view count = {};       ///< of Elements: the parameter
  std::int32_t window = 0;           ///< of Windows: rows of taps where kernel_h is no parameter
  std::int32_t least_positions = 1;  ///< of Windows: output positions that a call must have
};

constexpr std::array row_kernels = {
    RowKernel{"conv2d_s8", Family::Windows},
    RowKernel{"conv2d_dsp_s8", Family::Windows},
    RowKernel{"conv2d_winograd_dsp_s8", Family::Windows, {}, 3},
    RowKernel{"conv2d_winograd_rows_dsp_s8", Family::Windows, {}, 3},
    RowKernel{"conv2d_lanes_s8", Family::Windows},
    RowKernel{"conv2d_mve_s8", Family::Windows, {}, 0, 4},
    RowKernel{"depthwise_conv2d_s8", Family::Windows},
    RowKernel{"depthwise_conv2d_dsp_s8", Family::Windows, {}, 3},
    RowKernel{"depthwise_conv2d_5x5_dsp_s8", Family::Windows, {}, 5},
    RowKernel{"depthwise_conv2d_lanes_s8", Family::Windows, {}, 3},
    RowKernel{"depthwise_conv2d_mve_s8", Family::Windows, {}, 3},
    RowKernel{"pointwise_s4", Family::Windows, {}, 1},
    RowKernel{"conv2d_s16", Family::Windows},
    RowKernel{"conv2d_s16_s8", Family::Windows},
    RowKernel{"conv2d_s8_s16", Family::Windows},
    RowKernel{"conv2d_dsp_s16", Family::Windows},
    RowKernel{"conv2d_dsp_s16_s8", Family::Windows},
    RowKernel{"conv2d_dsp_s8_s16", Family::Windows},
    RowKernel{"depthwise_conv2d_s16", Family::Windows},
    RowKernel{"depthwise_conv2d_s16_s8", Family::Windows},
    RowKernel{"depthwise_conv2d_s8_s16", Family::Windows},
    RowKernel{"depthwise_conv2d_dsp_s16", Family::Windows, {}, 3},
    RowKernel{"depthwise_conv2d_dsp_s16_s8", Family::Windows, {}, 3},
    RowKernel{"depthwise_conv2d_dsp_s8_s16", Family::Windows, {}, 3},
    RowKernel{"max_pool2d_s16", Family::Windows},
    RowKernel{"avg_pool2d_s16", Family::Windows},
    RowKernel{"add_s16", Family::Broadcast},
    RowKernel{"mul_s16", Family::Broadcast},
    RowKernel{"lut_s16", Family::Elements, "count"},
    RowKernel{"requantize_s8_s16", Family::Elements, "count"},
    RowKernel{"requantize_s16_s8", Family::Elements, "count"},
    RowKernel{"requantize_s16_s16", Family::Elements, "count"},
    RowKernel{"quantize_f32_s16", Family::Elements, "count"},
    RowKernel{"dequantize_s16_f32", Family::Elements, "count"},
    RowKernel{"max_pool2d_s8", Family::Windows},
    RowKernel{"avg_pool2d_s8", Family::Windows},
    RowKernel{"add_s8", Family::Broadcast},
    RowKernel{"mul_s8", Family::Broadcast},
    RowKernel{"minimum_s8", Family::Broadcast},
    RowKernel{"maximum_s8", Family::Broadcast},
    RowKernel{"where_s8", Family::Broadcast},
    RowKernel{"add_dsp_s8", Family::Elements, "count"},
    RowKernel{"add_mve_s8", Family::Elements, "count"},
    RowKernel{"lut_s8", Family::Elements, "count"},
    RowKernel{"div_s8", Family::Elements, "count"},
    RowKernel{"quantize_f32_s8", Family::Elements, "count"},
    RowKernel{"quantize_ties_away_f32_s8", Family::Elements, "count"},
    RowKernel{"dequantize_s8_f32", Family::Elements, "count"},
    RowKernel{"copy_s8", Family::Elements, "bytes"},
    RowKernel{"prelu_s8", Family::Elements, "outer_count"},
    RowKernel{"prelu_codes_s8", Family::Elements, "outer_count"},
    RowKernel{"softmax_s8", Family::Elements, "outer_count"},
    RowKernel{"log_softmax_s8", Family::Elements, "outer_count"},
    RowKernel{"concat_s8", Family::Elements, "outer_count"},
    RowKernel{"pad_s8", Family::Pad},
    RowKernel{"transpose_conv2d_s8", Family::Scattered},
    RowKernel{"index_select_s8", Family::Selected},
    RowKernel{"strided_slice_s8", Family::Slice},
    RowKernel{"row_sums_s8", Family::Sums},
};

const RowKernel* find_row_kernel(std::string_view name) {
  const auto found = std::find_if(row_kernels.begin(), row_kernels.end(),
                                  [&](const RowKernel& kernel) { return kernel.name == name; });
  return found != row_kernels.end() ? &*found : nullptr;
}

// Windows.

RowInput window_rows(const RowKernel& kernel, const Program& program, const KernelCall& call, RowAxis axis) {
  RowInput input{.operand = "input", .rows = rows_of(buffer_of(program, call, "input"))};
  if (axis == RowAxis::Positions) return input;
  const AxisNames& names = axis == RowAxis::Height ? heights : widths;
  const Parameters p(call);
  input.kernel = p.at_or(names.kernel, kernel.window);
  input.stride = p.at_or(names.stride, 1);
  input.dilation = p.at_or(names.dilation, 1);
  input.pad_top = p.at_or(names.pad, 0);
  return input;
}

std::optional<RowForm> windows_form(const RowKernel& kernel, const Program& program, const KernelCall& call) {
  const std::optional<RowAxis> axis = row_axis(program, call);
  if (!axis) return std::nullopt;
  const Buffer& output = buffer_of(program, call, "output");
  const RowInput input = window_rows(kernel, program, call, *axis);
  if (output.shape[2] < kernel.least_positions) return std::nullopt;
  for (std::int32_t row = 0; row < rows_of(output); ++row) {
    if (input.rows_read({row, row + 1}).count() == 0) return std::nullopt;
  }
  return RowForm{.output_rows = rows_of(output), .inputs = {input}};
}

void set_windows(const RowKernel& kernel, const Program& program, const KernelCall& whole, RowRange rows,
                 KernelCall& call) {
  const RowAxis axis = row_axis(program, whole).value();
  if (axis == RowAxis::Positions) return set_positions(program, whole, rows, call);
  const RowInput input = window_rows(kernel, program, whole, axis);
  const RowRange read = input.rows_read(rows);
  const AxisNames& names = axis == RowAxis::Height ? heights : widths;
  set(call, names.input, read.count());
  set(call, names.output, rows.count());
  set(call, names.pad, read.begin - (rows.begin * input.stride - input.pad_top));
  // Where windows end below the image, its padding begins; elsewhere they end with the rows that are read.
  const std::int32_t end = (rows.end - 1) * input.stride - input.pad_top + (input.kernel - 1) * input.dilation + 1;
  if (end <= input.rows) set(call, axis == RowAxis::Height ? "pad_bottom" : "pad_right", 0);
}

/// A strip is no longer than the image: that costs scratch.
void shorten_strips(KernelCall& call) {
  const Parameters p(call);
  if (p.has("strip_pairs")) {
    const std::int64_t pairs = std::int64_t{(p.at("output_h") + 1) / 2} * ((p.at("output_w") + 3) / 4);
    set(call, "strip_pairs", std::min<std::int64_t>(p.at("strip_pairs"), pairs));
  }
  if (p.has("strip_blocks")) {
    const std::int64_t blocks = (std::int64_t{p.at("output_h")} * p.at("output_w") + 7) / 8;
    set(call, "strip_blocks", std::min<std::int64_t>(p.at("strip_blocks"), blocks));
  }
  if (!p.has("strip_positions")) return;
  const std::int64_t positions = std::int64_t{p.at("output_h")} * p.at("output_w");
  set(call, "strip_positions", std::min<std::int64_t>(p.at("strip_positions"), (positions + 1) / 2 * 2));
}

// Elements and broadcasts.

/// Operands that are read and are no constants.
std::vector<std::string> computed_inputs(const Program& program, const KernelCall& call) {
  std::vector<std::string> names;
  for (const program::Operand& operand : call.operands) {
    const bool is_constant = program.buffer(operand.buffer).kind == BufferKind::Constant;
    if (!program::is_written(operand.name) && operand.name != "scratch" && !is_constant) names.push_back(operand.name);
  }
  return names;
}

std::optional<RowForm> elements_form(const RowKernel& kernel, const Program& program, const KernelCall& call) {
  const Buffer& output = buffer_of(program, call, "output");
  if (!is_image(output) || Parameters(call).at(kernel.count) % rows_of(output) != 0) return std::nullopt;
  RowForm form{.output_rows = rows_of(output)};
  for (const std::string& name : computed_inputs(program, call)) {
    const Buffer& input = buffer_of(program, call, name);
    if (!is_image(input) || rows_of(input) != form.output_rows) return std::nullopt;
    form.inputs.push_back({.operand = name, .rows = form.output_rows});
  }
  // A constant in the place of an image has no rows that a call could begin at.
  const bool has_constant_input =
      std::any_of(call.operands.begin(), call.operands.end(), [&](const program::Operand& operand) {
        return operand.name.starts_with("input") && program.buffer(operand.buffer).kind == BufferKind::Constant;
      });
  return has_constant_input ? std::nullopt : std::optional(form);
}

/// First dimension of more than one element, or -1.
int outermost(const Parameters& p) {
  for (int dim = 0; dim < p.at("rank"); ++dim) {
    if (p.at("output_shape", static_cast<std::size_t>(dim)) > 1) return dim;
  }
  return -1;
}

std::optional<RowForm> broadcast_form(const Program& program, const KernelCall& call) {
  const Buffer& output = buffer_of(program, call, "output");
  const Parameters p(call);
  const int dim = outermost(p);
  if (!is_image(output) || dim < 0) return std::nullopt;
  const auto index = static_cast<std::size_t>(dim);
  const std::int32_t rows = rows_of(output), extent = p.at("output_shape", index);
  if (extent % rows != 0) return std::nullopt;
  RowForm form{.output_rows = rows};
  for (const program::Operand& operand : call.operands) {
    const std::string strides = operand.name + "_strides";
    if (!p.has(strides)) continue;
    const std::int64_t step = std::int64_t{p.at(strides, index)} * (extent / rows);
    if (step == 0) continue;
    const Buffer& input = program.buffer(operand.buffer);
    if (!is_image(input) || rows_of(input) != rows || step != row_elements(input)) return std::nullopt;
    form.inputs.push_back({.operand = operand.name, .rows = rows});
  }
  return form;
}

// Slices.

std::optional<RowInput> slice_rows(const Program& program, const KernelCall& call) {
  const Buffer &input = buffer_of(program, call, "input"), &output = buffer_of(program, call, "output");
  const Parameters p(call);
  const int dim = outermost(p);
  if (!is_image(input) || !is_image(output) || dim < 0) return std::nullopt;
  auto index = static_cast<std::size_t>(dim);
  const std::int32_t extent = p.at("output_shape", index);
  if (extent % rows_of(output) != 0) return std::nullopt;
  const std::int32_t groups = extent / rows_of(output);
  const std::int64_t step = std::int64_t{p.at("input_strides", index)} * groups, elements = row_elements(input);
  const std::int64_t start = p.at("input_start_offset");
  if (step <= 0 || step % elements != 0) return std::nullopt;
  // What is taken of a row lies within it.
  std::int64_t last = start % elements + std::int64_t{groups - 1} * p.at("input_strides", index);
  while (++index < static_cast<std::size_t>(p.at("rank"))) {
    if (p.at("input_strides", index) < 0) return std::nullopt;
    last += std::int64_t{p.at("output_shape", index) - 1} * p.at("input_strides", index);
  }
  if (last >= elements) return std::nullopt;
  return RowInput{.operand = "input",
                  .rows = rows_of(input),
                  .stride = static_cast<std::int32_t>(step / elements),
                  .pad_top = -static_cast<std::int32_t>(start / elements)};
}

std::optional<RowForm> slice_form(const Program& program, const KernelCall& call) {
  const std::optional<RowInput> input = slice_rows(program, call);
  if (!input) return std::nullopt;
  return RowForm{.output_rows = rows_of(buffer_of(program, call, "output")), .inputs = {*input}};
}

// Padding.

/// Dimension of the parameters that is the image's rows: those before it have one element and are not padded.
std::optional<std::size_t> pad_dimension(const Program& program, const KernelCall& call) {
  const Buffer &input = buffer_of(program, call, "input"), &output = buffer_of(program, call, "output");
  if (!is_image(input) || !is_image(output)) return std::nullopt;
  const Parameters p(call);
  std::int64_t elements = row_elements(input) * rows_of(input);
  for (std::size_t dim = 0; dim < static_cast<std::size_t>(p.at("rank")); ++dim) {
    const std::int32_t size = p.at("input_shape", dim), more = p.at("pad_before", dim) + p.at("pad_after", dim);
    elements /= size;
    if (size == rows_of(input) && elements == row_elements(input) && size + more == rows_of(output)) return dim;
    if (size != 1 || more != 0) return std::nullopt;
  }
  return std::nullopt;
}

RowInput pad_rows(const Program& program, const KernelCall& call, std::size_t dim) {
  return {.operand = "input",
          .rows = rows_of(buffer_of(program, call, "input")),
          .pad_top = Parameters(call).at("pad_before", dim)};
}

std::optional<RowForm> pad_form(const Program& program, const KernelCall& call) {
  const std::optional<std::size_t> dim = pad_dimension(program, call);
  if (!dim) return std::nullopt;
  return RowForm{.output_rows = rows_of(buffer_of(program, call, "output")), .inputs = {pad_rows(program, call, *dim)}};
}

void set_pad(const Program& program, const KernelCall& whole, RowRange rows, KernelCall& call) {
  const std::size_t dim = pad_dimension(program, whole).value();
  const RowInput input = pad_rows(program, whole, dim);
  const RowRange read = input.rows_read(rows);
  // Rows of padding alone: one row of input, which is cut away and so never read.
  const std::int32_t before = read.count() > 0 ? read.begin + input.pad_top - rows.begin : rows.count();
  set(call, "input_shape", std::max(read.count(), 1), dim);
  set(call, "pad_before", before, dim);
  set(call, "pad_after", read.count() > 0 ? rows.count() - before - read.count() : -1, dim);
}

// Sums.

std::optional<RowForm> sums_form(const Program& program, const KernelCall& call) {
  const Buffer& input = buffer_of(program, call, "input");
  const std::int32_t rows = Parameters(call).at("rows");
  if (!is_image(input) || rows > rows_of(input) || Parameters(call).at("adds") != 0) return std::nullopt;
  return RowForm{.output_rows = rows, .inputs = {{.operand = "input", .rows = rows_of(input)}}, .accumulates = true};
}

void set_sums(RowRange rows, KernelCall& call) {
  set(call, "rows", rows.count());
  set(call, "adds", rows.begin > 0 ? 1 : 0);
}

std::int32_t floor_quotient(std::int32_t dividend, std::int32_t divisor) {
  return dividend >= 0 ? dividend / divisor : -((divisor - 1 - dividend) / divisor);
}

}  // namespace

std::int32_t RowInput::first_row(std::int32_t row) const {
  return floor_quotient(row * stride - pad_top, upsampling);
}

RowRange RowInput::rows_read(RowRange output) const {
  const std::int32_t last = floor_quotient((output.end - 1) * stride - pad_top + (kernel - 1) * dilation, upsampling);
  const std::int32_t begin = std::clamp(first_row(output.begin), 0, rows);
  return {begin, std::clamp(last + 1, begin, rows)};
}

RowRange RowForm::first_step(RowRange rows) const {
  const std::int32_t begun = rows.begin % group_rows;
  return {rows.begin, begun == 0 ? rows.end : std::min(rows.end, rows.begin - begun + group_rows)};
}

RowRange RowForm::last_step(RowRange rows) const {
  const std::int32_t begun = rows.begin % group_rows;
  const std::int32_t next_group = begun == 0 ? rows.begin : rows.begin - begun + group_rows;
  return {next_group < rows.end ? next_group : rows.begin, rows.end};
}

std::optional<RowForm> row_form(const Program& program, const KernelCall& call) {
  const RowKernel* kernel = find_row_kernel(call.kernel);
  if (kernel == nullptr) return std::nullopt;
  switch (kernel->family) {
    case Family::Windows:
      return windows_form(*kernel, program, call);
    case Family::Scattered:
      return scattered_form(program, call);
    case Family::Selected:
      return selected_form(program, call);
    case Family::Elements:
      return elements_form(*kernel, program, call);
    case Family::Broadcast:
      return broadcast_form(program, call);
    case Family::Slice:
      return slice_form(program, call);
    case Family::Pad:
      return pad_form(program, call);
    case Family::Sums:
      return sums_form(program, call);
  }
  return std::nullopt;
}

std::optional<std::vector<std::int64_t>> window_image(const Program& program, const KernelCall& call,
                                                      std::string_view operand) {
  const RowKernel* kernel = find_row_kernel(call.kernel);
  const bool is_input = operand == "input";
  const bool has_windows =
      kernel != nullptr && (kernel->family == Family::Windows || kernel->family == Family::Scattered);
  if (!has_windows || (!is_input && operand != "output")) return std::nullopt;
  const Parameters p(call);
  const std::int64_t rows = p.at(is_input ? heights.input : heights.output);
  const std::int64_t width = p.at(is_input ? widths.input : widths.output);
  const std::int64_t elements = ir::element_count(buffer_of(program, call, operand).shape);
  if (p.at("batches") != 1 || rows < 2 || elements % (rows * width) != 0) return std::nullopt;
  return std::vector<std::int64_t>{1, rows, width, elements / (rows * width)};
}

KernelCall row_call(const Program& program, const KernelCall& whole, RowRange rows) {
  const RowKernel& kernel = *find_row_kernel(whole.kernel);
  const std::int32_t output_rows = row_form(program, whole).value().output_rows;
  KernelCall call = whole;
  call.macs = whole.macs * rows.count() / output_rows;
  switch (kernel.family) {
    case Family::Windows:
      set_windows(kernel, program, whole, rows, call);
      shorten_strips(call);
      break;
    case Family::Scattered:
      set_scattered(program, whole, rows, call);
      break;
    case Family::Selected:
      set_selected(program, whole, rows, call);
      break;
    case Family::Elements:
      set(call, kernel.count, std::int64_t{Parameters(whole).at(kernel.count)} / output_rows * rows.count());
      break;
    case Family::Slice:
      set(call, "input_start_offset",
          Parameters(whole).at("input_start_offset") % row_elements(buffer_of(program, whole, "input")));
      [[fallthrough]];
    case Family::Broadcast: {
      const auto dim = static_cast<std::size_t>(outermost(Parameters(whole)));
      set(call, "output_shape", std::int64_t{Parameters(whole).at("output_shape", dim)} / output_rows * rows.count(),
          dim);
      break;
    }
    case Family::Pad:
      set_pad(program, whole, rows, call);
      break;
    case Family::Sums:
      set_sums(rows, call);
      break;
  }
  return call;
}

}  // namespace pudu::ops
