// depthwise_conv2d_lanes_s8 around its loops: what is to be copied into the plane is the same for every channel, so it
// is worked out once; then channel by channel the codes are copied, the products summed and the outputs written.
#include "kernels/depthwise_conv2d_lanes/loops.hpp"

#include <cstring>

#include "kernels/lane_runs.hpp"

namespace pudu::kernels::depthwise_conv2d_lanes {
namespace {

using Params = DepthwiseConv2dLanesS8Params;
using Operands = DepthwiseConv2dLanesS8Operands;

/// One direction of the image.
struct Axis {
  std::int32_t input, output;            ///< extents
  std::int32_t pad;                      ///< before the first input
  std::int32_t input_step, output_step;  ///< bytes from one to the next
};

Axis axis_of(const Params& p, bool is_vertical) noexcept {
  if (is_vertical) return {p.input_h, p.output_h, p.pad_top, p.input_w * p.channels, p.output_w * p.channels};
  return {p.input_w, p.output_w, p.pad_left, p.channels, p.channels};
}

/// Positions [begin, end) of a row of the plane.
struct Range {
  std::int32_t begin, end;
};

std::int32_t clamped(std::int32_t value, std::int32_t low, std::int32_t high) noexcept {
  return value < low ? low : (value > high ? high : value);
}

/// Of `count` columns first, first + step, ... those within the image.
Range inside(std::int32_t first, std::int32_t step, std::int32_t count, std::int32_t extent) noexcept {
  const auto reach = [&](std::int32_t at) { return clamped((at - first + step - 1) / step, 0, count); };
  const std::int32_t begin = first >= 0 ? 0 : reach(0);
  return {begin, first >= extent ? begin : reach(extent)};
}

/// What a call's channels share.
struct Layout {
  Plane plane;
  Axis along, across;
  std::uint32_t* words;
  std::int32_t* sums;
  PairJob* pairs;
  PairJob* pairs_end;
  SingleJob* singles;  ///< down from the end of the same memory
  SingleJob* singles_end;
};

/// The jobs of some columns of a row of the plane: words [to, to + count) hold columns `column`, column + step, ...
void add_jobs(const Params& p, Layout& layout, std::int32_t row, std::int32_t column, std::int32_t to,
              std::int32_t count) noexcept {
  const Plane& plane = layout.plane;
  const Axis &along = layout.along, &across = layout.across;
  const std::int32_t step = plane.stride, upper_row = row + plane.row_shift * step;
  const std::int32_t upper_column = column + plane.word_shift * step;
  Range lower = inside(column, step, count, along.input), upper = inside(upper_column, step, count, along.input);
  if (row < 0 || row >= across.input) lower = {upper.end, upper.end};
  if (upper_row < 0 || upper_row >= across.input) upper = {lower.begin, lower.begin};
  const std::int32_t first = row * across.input_step + column * along.input_step;
  const std::int32_t second = upper_row * across.input_step + upper_column * along.input_step;
  const std::int32_t code_step = step * along.input_step;
  const auto single = [&](std::int32_t from, std::int32_t begin, std::int32_t end, std::int32_t shift) {
    if (begin >= end) return;
    const std::uint32_t addend = shift == 0 ? lane_word(0, p.pad_value) : lane_word(p.pad_value, 0);
    *--layout.singles = {from + begin * code_step, shift, static_cast<std::int32_t>(addend), 4 * (to + end),
                         4 * (to + begin)};
  };
  // The upper lane's columns lie further on in the image, so its words inside come first.
  const std::int32_t begin = lower.begin > upper.begin ? lower.begin : upper.begin;
  const std::int32_t end = lower.end < upper.end ? lower.end : upper.end;
  single(second, upper.begin, lower.begin < upper.end ? lower.begin : upper.end, 16);
  single(first, upper.end > lower.begin ? upper.end : lower.begin, lower.end, 0);
  if (begin >= end) return;
  *layout.pairs_end++ = {first + begin * code_step, second + begin * code_step,
                         4 * (to + begin + (end - begin) / 4 * 4), 4 * (to + end), 4 * (to + begin)};
}

Layout layout_of(const Params& p, const Operands& operands) noexcept {
  const bool is_down = p.slide_down != 0;
  Layout layout{};
  layout.plane = plane_of(p), layout.along = axis_of(p, is_down), layout.across = axis_of(p, !is_down);
  const Plane& plane = layout.plane;
  layout.words = static_cast<std::uint32_t*>(operands.scratch);
  layout.sums = reinterpret_cast<std::int32_t*>(layout.words + plane.plane_words());
  auto* jobs = layout.sums + 2 * plane.sum_words(plane.chunk_rows);
  layout.pairs = layout.pairs_end = reinterpret_cast<PairJob*>(jobs);
  layout.singles = layout.singles_end = reinterpret_cast<SingleJob*>(jobs) + plane.most_jobs();
  const std::uint32_t outside = lane_word(p.pad_value, p.pad_value);
  for (std::int32_t i = 0; i < plane.plane_words(); ++i) layout.words[i] = outside;
  for (std::int32_t row = 0; row < plane.height; ++row) {
    const std::int32_t to = row * plane.pitch, column = -layout.along.pad;
    if (plane.stride == 1) {
      add_jobs(p, layout, row - layout.across.pad, column, to, plane.pitch);
    } else {
      add_jobs(p, layout, row - layout.across.pad, column, to, plane.words + 1);
      add_jobs(p, layout, row - layout.across.pad, column + 1, to + plane.words + 1, plane.words);
    }
  }
  return layout;
}

/// Steps of the inner loop, in bytes: loops.hpp.
Products products_of(const Layout& layout) noexcept {
  const Plane& plane = layout.plane;
  Products products{};
  if (plane.stride == 1) {
    products.row_step = 4 * plane.pitch - 24;
    products.block_step = -(8 * plane.pitch + 8);
  } else {
    products.odd_step = 4 * (plane.words + 1) - 20;
    products.row_step = 4 * plane.words - 16;
    products.block_step = -4 * (2 * plane.pitch + plane.words + 1);
  }
  return products;
}

/// Writes rows of outputs, each `value(sum)`.
template <class Value>
void write_rows(const OutputRows& rows, const Value& value) noexcept {
  const std::int32_t* sums = rows.sums;
  std::int8_t* output = rows.output;
  const std::int32_t distance = rows.distance, step = rows.step;
  for (std::int32_t row = 0; row < rows.rows; ++row) {
    for (const std::int32_t* end = sums + rows.row_bytes / 4; sums != end; sums += 2, output += step) {
      output[0] = value(sums[0]);
      output[distance] = value(sums[1]);
    }
    sums += rows.gap / 4, output += rows.row_step;
  }
}

void write_general(const Params& p, std::int32_t bias, std::int32_t multiplier, std::int32_t shift,
                   const OutputRows& rows) noexcept {
  write_rows(rows, [&](std::int32_t sum) {
    return numerics::requantize_to_int8(numerics::wrapping_add(sum, bias), multiplier, shift, p.output_offset,
                                        p.activation_min, p.activation_max);
  });
}

/// An instruction of M3, which GCC does not find.
std::int8_t saturate(std::int32_t value) noexcept {
#if defined(__ARM_FEATURE_SAT)
  std::int32_t saturated;
  asm("ssat %0, #8, %1" : "=r"(saturated) : "r"(value));
  return static_cast<std::int8_t>(saturated);
#else
  return static_cast<std::int8_t>(saturate_to_int8(value));
#endif
}

/// Outputs with ChannelConstants, whose products take SMULL.
void write_long(const Params& p, const std::int32_t* constants, const OutputRows& rows) noexcept {
  ChannelConstants channel{};
  std::memcpy(&channel, constants, sizeof channel);
  const std::int32_t bias = channel.bias, multiplier = channel.multiplier;
  const auto form = static_cast<RequantizeForm>(p.form);
  if (form == RequantizeForm::General) return write_general(p, bias, multiplier, channel.shift, rows);
  // A line has no shift among its constants.
  if (channel.shift == 0) {
    write_rows(rows, [bias, multiplier, shift = p.form](std::int32_t sum) {
      const std::int32_t v = numerics::wrapping_add(numerics::wrapping_shift_left(sum, 8), bias);
      return saturate(static_cast<std::int32_t>((static_cast<std::int64_t>(v) * multiplier) >> 32) >> shift);
    });
    return;
  }
  write_rows(rows, [&channel](std::int32_t sum) { return apply_form(RequantizeForm::Rounded, channel, {}, sum); });
}

template <int Pivot>
void write_form(LanesForm form, const OutputRows& rows) noexcept {
  if (form == LanesForm::Narrow) return write_outputs<LanesForm::Narrow, Pivot>(rows);
  if (form == LanesForm::Medium) return write_outputs<LanesForm::Medium, Pivot>(rows);
  write_outputs<LanesForm::Wide, Pivot>(rows);
}

void write_channel(const Params& p, const std::int32_t* constants, OutputRows& rows) noexcept {
  const auto form = static_cast<LanesForm>(constants[1] >> 24 & 3);
  if (p.channel_words == 4) return write_long(p, constants, rows);
  if (form == LanesForm::General) return write_general(p, constants[0], constants[2], constants[3], rows);
  rows.bias = constants[0], rows.range = constants[1] & 0xFFFFFF;
  rows.multiplier = constants[2], rows.low = constants[3], rows.offset = constants[4];
  if (p.channel_words == 5) return write_form<0>(form, rows);
  rows.pivot = constants[5], rows.offset_below = constants[6];
  write_form<1>(form, rows);
}

/// The outputs of one channel of one image, whose codes are in the plane.
void compute_channel(const Params& p, const Layout& layout, Products products, ProductLoop loop,
                     const std::int32_t* constants, std::int8_t* output) noexcept {
  const Plane& plane = layout.plane;
  const Axis &along = layout.along, &across = layout.across;
  OutputRows rows{};
  rows.distance = plane.row_shift * across.output_step + plane.word_shift * along.output_step;
  rows.step = along.output_step;
  rows.row_bytes = 8 * plane.words;
  rows.gap = 8 * (plane.pitch - plane.words);
  rows.row_step = across.output_step - plane.words * along.output_step;
  for (std::int32_t row = 0; row < plane.rows; row += plane.chunk_rows) {
    const std::int32_t left = plane.rows - row;
    rows.rows = left < plane.chunk_rows ? left : plane.chunk_rows;
    products.words = layout.words + row * plane.stride * plane.pitch;
    products.sums = layout.sums;
    products.sums_end = layout.sums + 2 * plane.sum_words(rows.rows);
    loop(products);
    rows.sums = layout.sums;
    rows.output = output + row * across.output_step;
    write_channel(p, constants, rows);
  }
}

}  // namespace

void run(const Params& p, const Operands& operands, const ProductLoops& loops) noexcept {
  const Layout layout = layout_of(p, operands);
  Products products = products_of(layout);
  const std::int32_t code_step = layout.plane.stride * layout.along.input_step;
  const std::int8_t* weights = operands.weights;
  for (std::int32_t channel = 0; channel < p.channels; ++channel, weights += 12) {
    for (int tap = 0; tap < 9; ++tap) products.weights[tap] = weights[tap];
    const ProductLoop loop = loops.loops[weights[9] & 15];
    if (loop == nullptr) continue;
    for (std::int32_t image = 0; image < p.batches; ++image) {
      const std::int8_t* input = operands.input + image * p.input_h * p.input_w * p.channels + channel;
      copy_pairs({layout.pairs, layout.pairs_end, input, layout.words, code_step});
      copy_singles({layout.singles, layout.singles_end, input, layout.words, code_step});
      compute_channel(p, layout, products, loop, operands.constants + channel * p.channel_words,
                      operands.output + image * p.output_h * p.output_w * p.channels + channel);
    }
  }
}

}  // namespace pudu::kernels::depthwise_conv2d_lanes
