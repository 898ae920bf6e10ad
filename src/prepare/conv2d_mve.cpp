// conv2d_s8 as conv2d_mve_s8: windows, or columns that neighbouring windows share.
#include <fmt/format.h>

#include <algorithm>

#include "kernels/conv2d_mve/conv2d_mve_s8.hpp"
#include "kernels/conv2d_mve/prepare.hpp"
#include "prepare/layer.hpp"
#include "prepare/pieces.hpp"
#include "prepare/variants.hpp"

namespace pudu::prepare {
namespace {

using kernels::Conv2dMveS8;
using kernels::Conv2dMveS8Params;

/// Of the eight outputs of four positions by two channels, after their sums.
double finish_instructions(const Conv2dMveS8Params& p) {
  if (p.activation_min != -128 || p.activation_max != 127) return 26;
  return p.output_offset == -128 ? 21 : 23;
}

/// Fitted on counts of kernel_device_test.
double column_instructions(const Conv2dMveS8Params& p) {
  const double pairs = Conv2dMveS8::pairs(p), planes = Conv2dMveS8::planes(p);
  const double blocks = pieces_of(p.output_w, 4), strips = pieces_of(p.output_w, 8);
  const double block = 45 + pairs * (finish_instructions(p) + planes * (p.stride_w == 1 ? 36.7 : 39.7));
  const double strip_columns = (p.output_w + 0.0) / strips * p.stride_w + 2;
  const double copy = 90 + planes * (9 + 5 * strip_columns);
  return p.batches * p.output_h * (30 + blocks * block + strips * copy);
}

/// Of the windows along one direction those that lie inside of the image.
double inside_windows(std::int32_t windows, std::int32_t stride, std::int32_t pad, std::int32_t kernel,
                      std::int32_t input) {
  const std::int32_t first = (pad + stride - 1) / stride;
  const std::int32_t last = input + pad >= kernel ? (input + pad - kernel) / stride : -1;
  return std::max(0, std::min(last, windows - 1) - first + 1);
}

/// What windows that reach over the border need more: they are put together from fillings and copies.
double border_instructions(const Conv2dMveS8Params& p) {
  const double inside = inside_windows(p.output_h, p.stride_h, p.pad_top, p.kernel_h, p.input_h) *
                        inside_windows(p.output_w, p.stride_w, p.pad_left, p.kernel_w, p.input_w);
  return 200 * p.batches * (p.output_h * p.output_w - inside);
}

double window_instructions(const Conv2dMveS8Params& p) {
  const double pairs = Conv2dMveS8::pairs(p), units = Conv2dMveS8::units(p);
  const double blocks = pieces_of(p.batches * p.output_h * p.output_w, 4);
  const bool is_in_place = Conv2dMveS8::reads_in_place(p), is_long = Conv2dMveS8::has_long_windows(p);
  const double row_units = pieces_of(p.kernel_w * p.input_channels, 16);
  const double pair = finish_instructions(p) + (is_long ? 9 + 14.5 * units : 14 * units);
  double sums = 100 + blocks * (17 + pairs * pair);
  if (is_in_place) return sums;
  sums += border_instructions(p);
  if (row_units > 1) return sums + blocks * (30 + 4 * (25 + p.kernel_h * (7 + 3 * row_units)));
  const double strips = blocks / Conv2dMveS8::strip_blocks(p);
  return sums + blocks * 24 * p.kernel_h + strips * (110 + 9 * p.kernel_h);
}

double row_instructions(const Conv2dMveS8Params& p) {
  const double pairs = Conv2dMveS8::pairs(p), units = Conv2dMveS8::units(p);
  const double blocks = pieces_of(p.output_h, 4), strips = pieces_of(p.output_h, 32);
  const double copy = 110 + 6 * (p.output_h / strips * p.stride_h + p.kernel_h);
  return p.batches * p.output_w * (strips * copy + blocks * (17 + pairs * (finish_instructions(p) + 14 * units)));
}

double instructions_of(const Conv2dMveS8Params& p) {
  switch (Conv2dMveS8::sharing(p)) {
    case kernels::Conv2dSharing::Columns:
      return column_instructions(p);
    case kernels::Conv2dSharing::Rows:
      return row_instructions(p);
    case kernels::Conv2dSharing::None:
      break;
  }
  return window_instructions(p);
}

const char* source_of(const Conv2dMveS8Params& p) {
  switch (Conv2dMveS8::sharing(p)) {
    case kernels::Conv2dSharing::Columns:
      return "columns gathered";
    case kernels::Conv2dSharing::Rows:
      return "rows gathered";
    case kernels::Conv2dSharing::None:
      break;
  }
  return Conv2dMveS8::reads_in_place(p) ? "windows in place" : "windows gathered";
}

}  // namespace

std::vector<Candidate> conv2d_mve_candidates(const SourceCall& call, Optimize) {
  namespace kernel = kernels::conv2d_mve;
  const auto base = call.params<kernels::Conv2dS8Params>();
  if (!kernel::applies(base)) return {};
  const std::optional<LayerConstants> layer = layer_constants(call);
  if (!layer) return {};
  std::vector<Candidate> candidates;
  for (const auto sharing :
       {kernels::Conv2dSharing::None, kernels::Conv2dSharing::Columns, kernels::Conv2dSharing::Rows}) {
    if (!kernel::may_share(base, sharing)) continue;
    const Conv2dMveS8Params params = kernel::params_of(base, sharing);
    std::vector<std::int32_t> constants(kernel::constant_words(params));
    if (!kernel::pack_constants(params, layer->operands<kernels::Conv2dS8Operands>(), constants.data())) return {};
    std::vector<std::int8_t> packed(kernel::packed_weight_bytes(params));
    kernel::pack_weights(params, layer->weights.data(), packed.data());
    candidates.push_back(
        layer_candidate<Conv2dMveS8>(params, fmt::format("four positions by two channels, {}", source_of(params)),
                                     packed, constants, instructions_of(params)));
  }
  return candidates;
}

double conv2d_mve_instructions(std::span<const program::Parameter> parameters) {
  return instructions_of(ops::detail::to_params<Conv2dMveS8Params>(parameters));
}

}  // namespace pudu::prepare
