// conv2d_s8 for MVE. Four output channels go together, sixteen products an instruction. The input offset is taken out
// of the loop: sum (x + offset) * w = sum x * w + offset * sum w, and the sums of the weights are made once per call.
// A window that is one piece of an input row is read in place, channels outermost. Any other is gathered into an int8
// patch whose padding holds the zero point (so it adds nothing); the starting sums of as many channels as scratch holds
// are kept beside it, which is all of them in nearly every network, and the patches are gathered again for the rest.
// Channels that are no multiple of four: the last four overlap the ones before; layers of fewer than four run the
// portable rows.
#if defined(__ARM_FEATURE_MVE)

#include "kernels/mve.hpp"
#include "kernels/conv2d/conv2d_s8.hpp"
#include "kernels/conv2d/scalar.hpp"
#include "kernels/taps.hpp"
#include "numerics/requantize.hpp"

namespace pudu::kernels {
namespace {

using mve::ShiftForm;

/// A layer's operands in the form the loops want.
struct Layer {
  const Conv2dS8Params& p;
  const Conv2dS8Operands& operands;
  mve::OutputRange range;
  Rows<const std::int8_t> input;
  Rows<std::int8_t> output;
  std::int32_t row_begin, row_end;

  /// bias + input_offset * (sum of `length` weights from `w` on).
  std::int32_t start(std::int32_t channel, const std::int8_t* w, std::int32_t length) const noexcept {
    const std::int32_t bias = operands.bias != nullptr ? operands.bias[channel] : 0;
    if (p.input_offset == 0 || length == 0) return bias;
    return numerics::wrapping_add(bias, mve::wrapping_product(p.input_offset, mve::total(w, length)));
  }
  mve::ChannelLanes lanes(std::int32_t channel) const noexcept {
    return {operands.multipliers + channel, operands.shifts + channel};
  }
};

/// Four channels of `count` positions of a row. In a function of its own, whose registers hold nothing else.
template <ShiftForm Form>
[[gnu::noinline]] void write_run(const Layer& layer, std::int32_t channel, const std::int32_t* starts,
                                 const std::int8_t* x, std::int8_t* output, std::int32_t count) noexcept {
  const Conv2dS8Params& p = layer.p;
  const std::int32_t length = p.kernel_w * p.input_channels;
  const std::int8_t* w = layer.operands.weights + channel * length;
  const mve::ChannelLanes lanes = layer.lanes(channel);
  const mve::OutputRange range = layer.range;
  const std::int32_t x_step = p.stride_w * p.input_channels, output_step = p.output_channels;
  for (; count > 0; --count, x += x_step, output += output_step) {
    mve::store_4<Form>(mve::dot_4(x, w, length, length, starts), lanes, range, output);
  }
}

/// Channels [channel, channel + count) of one position from its patch; count is a multiple of 4.
template <ShiftForm Form>
[[gnu::noinline]] void write_fours(const Layer& layer, std::int32_t channel, std::int32_t count,
                                   const std::int32_t* starts, const std::int8_t* patch, std::int32_t length,
                                   std::int8_t* output) noexcept {
  const std::int8_t* w = layer.operands.weights + channel * length;
  const std::int32_t* multipliers = layer.operands.multipliers + channel;
  const std::int32_t* shifts = layer.operands.shifts + channel;
  const mve::OutputRange range = layer.range;
  for (; count > 0; count -= 4) {
    mve::store_4<Form>(mve::dot_4(patch, w, length, length, starts), {multipliers, shifts}, range, output);
    w += 4 * length;
    starts += 4, multipliers += 4, shifts += 4, output += 4;
  }
}

/// Four channels of a position whose window is cut to taps [begin, begin + length) by the image's border.
template <ShiftForm Form>
[[gnu::noinline]] void write_cut_position(const Layer& layer, std::int32_t channel, const std::int8_t* x,
                                          std::int32_t begin, std::int32_t length, std::int8_t* output) noexcept {
  const std::int32_t stride = layer.p.kernel_w * layer.p.input_channels;
  const std::int8_t* w = layer.operands.weights + channel * stride + begin;
  std::int32_t starts[4];
  for (std::int32_t n = 0; n < 4; ++n) starts[n] = layer.start(channel + n, w + n * stride, length);
  const int32x4_t sums = length > 0 ? mve::dot_4(x + begin, w, stride, length, starts) : vldrwq_s32(starts);
  mve::store_4<Form>(sums, layer.lanes(channel), layer.range, output);
}

/// Four channels of all positions, windows read in place.
template <ShiftForm Form>
void write_channels_in_place(const Layer& layer, std::int32_t channel) noexcept {
  const Conv2dS8Params& p = layer.p;
  const std::int32_t length = p.kernel_w * p.input_channels;
  const std::int8_t* w = layer.operands.weights + channel * length;
  std::int32_t starts[4];
  for (std::int32_t n = 0; n < 4; ++n) starts[n] = layer.start(channel + n, w + n * length, length);
  const std::int32_t x_step = p.stride_w * p.input_channels, channels = p.output_channels;
  const TapRange inner = inner_columns(p.output_w, p.stride_w, p.pad_left, p.kernel_w - 1, p.input_w);

  for (std::int32_t y = layer.row_begin; y < layer.row_end; ++y) {
    const std::int32_t input_y = y * p.stride_h - p.pad_top;
    const bool is_inside = input_y >= 0 && input_y < p.input_h;
    const std::int8_t* row = is_inside ? layer.input.row(input_y) : layer.input.base;
    const std::int8_t* x = row - p.pad_left * p.input_channels;
    std::int8_t* position = layer.output.row(y) + channel;
    const auto write_cut = [&](std::int32_t column) {
      const TapRange taps =
          is_inside ? valid_taps(column * p.stride_w - p.pad_left, 1, p.kernel_w, p.input_w) : TapRange{0, 0};
      write_cut_position<Form>(layer, channel, x + column * x_step, taps.begin * p.input_channels,
                               taps.size() * p.input_channels, position + column * channels);
    };
    const std::int32_t begin = is_inside ? inner.begin : p.output_w, end = is_inside ? inner.end : p.output_w;
    for (std::int32_t column = 0; column < begin; ++column) write_cut(column);
    write_run<Form>(layer, channel, starts, x + begin * x_step, position + begin * channels, end - begin);
    for (std::int32_t column = end; column < p.output_w; ++column) write_cut(column);
  }
}

/// Gathers a window that lies inside of the image, its rows one piece each.
[[gnu::noinline]] void copy_window(const Rows<const std::int8_t>& input, std::int32_t slot, std::int32_t offset,
                                   std::int32_t rows, std::int32_t row_length, std::int8_t* patch) noexcept {
  const Rows<const std::int8_t> source = input;
  for (; rows > 0; --rows) {
    patch = mve::copy_bytes(patch, source.at(slot) + offset, row_length);
    if (++slot == source.capacity) slot = 0;
  }
}

/// Gathers the window whose first tap is at column x, for the channels [channel, channel + channels) of the input.
void fill_patch(const Layer& layer, TapRange rows, std::int32_t slot, std::int32_t x, std::int32_t channel,
                std::int32_t channels, std::int8_t* patch) noexcept {
  const Conv2dS8Params& p = layer.p;
  const std::int32_t zero = -p.input_offset, row_length = p.kernel_w * channels;
  const TapRange taps = valid_taps(x, p.dilation_w, p.kernel_w, p.input_w);
  if (taps.size() == 0) rows = {p.kernel_h, p.kernel_h};
  if (rows.begin > 0) patch = mve::fill_bytes(patch, zero, rows.begin * row_length);
  for (std::int32_t ky = rows.begin; ky < rows.end; ++ky, slot = layer.input.advance(slot, p.dilation_h)) {
    const std::int8_t* first = layer.input.at(slot) + (x + taps.begin * p.dilation_w) * p.input_channels + channel;
    if (taps.begin > 0) patch = mve::fill_bytes(patch, zero, taps.begin * channels);
    if (p.dilation_w == 1 && p.groups == 1) {
      patch = mve::copy_bytes(patch, first, taps.size() * channels);
    } else {
      for (std::int32_t kx = taps.begin; kx < taps.end; ++kx, first += p.dilation_w * p.input_channels) {
        patch = mve::copy_bytes(patch, first, channels);
      }
    }
    if (taps.end < p.kernel_w) patch = mve::fill_bytes(patch, zero, (p.kernel_w - taps.end) * channels);
  }
  if (rows.end < p.kernel_h) mve::fill_bytes(patch, zero, (p.kernel_h - rows.end) * row_length);
}

/// Output channels [begin, end) of one group at all positions. `starts` has room for them.
template <ShiftForm Form>
void write_channels_from_patches(const Layer& layer, std::int32_t group, std::int32_t begin, std::int32_t end,
                                 std::int8_t* patch, std::int32_t* starts) noexcept {
  const Conv2dS8Params& p = layer.p;
  const std::int32_t channels = p.input_channels / p.groups;
  const std::int32_t length = p.kernel_h * p.kernel_w * channels;
  const std::int8_t* weights = layer.operands.weights;
  const bool is_plain = p.groups == 1 && p.dilation_h == 1 && p.dilation_w == 1;
  for (std::int32_t channel = begin; channel < end; ++channel) {
    starts[channel - begin] = layer.start(channel, weights + channel * length, length);
  }
  for (std::int32_t y = layer.row_begin; y < layer.row_end; ++y) {
    const std::int32_t first_y = y * p.stride_h - p.pad_top;
    const TapRange rows = valid_taps(first_y, p.dilation_h, p.kernel_h, p.input_h);
    const std::int32_t slot = rows.size() > 0 ? layer.input.slot(first_y + rows.begin * p.dilation_h) : 0;
    std::int8_t* position = layer.output.row(y);
    std::int32_t x = -p.pad_left;
    for (std::int32_t left = p.output_w; left > 0; --left, x += p.stride_w, position += p.output_channels) {
      if (is_plain && rows.size() == p.kernel_h && x >= 0 && x + p.kernel_w <= p.input_w) {
        copy_window(layer.input, slot, x * p.input_channels, p.kernel_h, p.kernel_w * channels, patch);
      } else {
        fill_patch(layer, rows, slot, x, group * channels, channels, patch);
      }
      const std::int32_t fours = (end - begin) & ~3;
      write_fours<Form>(layer, begin, fours, starts, patch, length, position + begin);
      if (fours == end - begin) continue;
      write_fours<Form>(layer, end - 4, 4, starts + (end - 4 - begin), patch, length, position + end - 4);
    }
  }
}

template <ShiftForm Form>
void write_rows_from_patches(const Layer& layer) noexcept {
  const Conv2dS8Params& p = layer.p;
  auto* patch = static_cast<std::int8_t*>(layer.operands.scratch);
  auto* starts = reinterpret_cast<std::int32_t*>(patch + Conv2dS8::patch_bytes(p));
  const std::int32_t held = Conv2dS8::held_channels(p);
  const std::int32_t group_outputs = p.output_channels / p.groups;
  for (std::int32_t group = 0; group < p.groups; ++group) {
    const std::int32_t group_begin = group * group_outputs, end = group_begin + group_outputs;
    for (std::int32_t begin = group_begin; begin < end; begin += held) {
      // The last channels come in fours, too.
      const std::int32_t from = end - begin < 4 ? end - 4 : begin;
      write_channels_from_patches<Form>(layer, group, from, from + held < end ? from + held : end, patch, starts);
    }
  }
}

template <ShiftForm Form>
void write_rows(const Layer& layer) noexcept {
  if (Conv2dS8::reads_in_place(layer.p)) {
    const std::int32_t channels = layer.p.output_channels;
    for (std::int32_t channel = 0; channel < channels; channel += 4) {
      write_channels_in_place<Form>(layer, channel + 4 <= channels ? channel : channels - 4);
    }
  } else {
    write_rows_from_patches<Form>(layer);
  }
}

}  // namespace

void Conv2dS8::run_rows(const Params& params, const Operands& operands, Rows<const std::int8_t> input,
                        Rows<std::int8_t> output, std::int32_t row_begin, std::int32_t row_end) noexcept {
  if (params.output_channels / params.groups < 4) {
    conv2d_rows_scalar(params, operands, input, output, row_begin, row_end);
    return;
  }
  const Layer layer{
      params, operands, mve::OutputRange(params.output_offset, params.activation_min, params.activation_max),
      input,  output,   row_begin,
      row_end};
  if (mve::shift_form(operands.shifts, params.output_channels) == ShiftForm::Right) {
    write_rows<ShiftForm::Right>(layer);
  } else {
    write_rows<ShiftForm::Any>(layer);
  }
}

}  // namespace pudu::kernels

#endif
