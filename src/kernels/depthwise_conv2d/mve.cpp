// depthwise_conv2d_s8 for MVE, channel multiplier 1: sixteen channels a block, blocks outermost, so that what belongs
// to the channels (weight sums, multipliers, shifts) is made once. A product of two int8 codes fits 16 bits, and so
// does the sum of two of them unless both weights are -128; where a block has no such weight, taps are added in pairs
// before they are widened to 32 bits. The input offset is taken out of the loop as offset * (sum of weights). A table
// holds the distance of every tap from the window's first element; taps outside of the image point to a vector of zero
// points, so borders run the same loop. Other multipliers and more taps than the table holds run the portable rows.
#if defined(__ARM_FEATURE_MVE)

#include "kernels/mve.hpp"
#include "kernels/depthwise_conv2d/depthwise_conv2d_s8.hpp"
#include "kernels/depthwise_conv2d/scalar.hpp"
#include "kernels/taps.hpp"

namespace pudu::kernels {
namespace {

using mve::ShiftForm;

constexpr std::int32_t block = 16;
constexpr std::int32_t max_taps = 64;

struct Layer {
  const DepthwiseConv2dS8Params& p;
  const DepthwiseConv2dS8Operands& operands;
  mve::OutputRange range;
  Rows<const std::int8_t> input;
  Rows<std::int8_t> output;
  std::int32_t row_begin, row_end;
};

/// 32-bit values of sixteen channels. VMULLB and VMULLT part bytes, VMOVLB and VMOVLT halfwords, so vector n holds the
/// channels n, n + 4, n + 8 and n + 12 in the order 0, 2, 1, 3 of n.
struct Channels {
  int32x4_t of_0, of_2, of_1, of_3;
};

/// Elements channel, channel + 1, ... of an array in that order, 0 beyond `count` of them.
Channels load_channels(const std::int32_t* values, std::int32_t channel, std::int32_t count) noexcept {
  const uint32x4_t end = vdupq_n_u32(static_cast<std::uint32_t>(count));
  const auto load = [&](std::uint32_t first) {
    const uint32x4_t positions = vaddq_n_u32(vidupq_n_u32(0, 4), first);
    return vldrwq_gather_shifted_offset_z_s32(values + channel, positions, vcmphiq_u32(end, positions));
  };
  return {load(0), load(2), load(1), load(3)};
}

/// What the loops read of one block.
struct Block {
  Channels starts;  ///< bias + offset * sum of the weights
  Channels multipliers, shifts;
  const std::int8_t* weights;  ///< of the first tap
  std::int32_t channel;
  mve_pred16_t lanes;
  std::int32_t pairs, singles;  ///< taps that go two by two, and one by one
  bool taps_fit_in_pairs;       ///< no weight is -128

  void set_taps(std::int32_t taps) noexcept {
    pairs = taps_fit_in_pairs ? taps / 2 : 0;
    singles = taps - 2 * pairs;
  }
};

/// sums += x * w of one tap, in every channel.
void add_tap(const std::int8_t* w, std::int32_t factor, mve_pred16_t lanes, Channels& sums, int8x16_t& least) noexcept {
  const int8x16_t weights = vldrbq_z_s8(w, lanes);
  const int16x8_t even = vmovlbq_s8(weights), odd = vmovltq_s8(weights);
  least = vminq_s8(least, weights);
  sums.of_0 = vmlaq_n_s32(sums.of_0, vmovlbq_s16(even), factor);
  sums.of_2 = vmlaq_n_s32(sums.of_2, vmovltq_s16(even), factor);
  sums.of_1 = vmlaq_n_s32(sums.of_1, vmovlbq_s16(odd), factor);
  sums.of_3 = vmlaq_n_s32(sums.of_3, vmovltq_s16(odd), factor);
}

Block make_block(const Layer& layer, std::int32_t channel, std::int32_t count) noexcept {
  const DepthwiseConv2dS8Params& p = layer.p;
  const DepthwiseConv2dS8Operands& operands = layer.operands;
  Block result{};
  result.weights = operands.weights + channel;
  result.channel = channel;
  result.lanes = vctp8q(static_cast<std::uint32_t>(count));
  result.multipliers = load_channels(operands.multipliers, channel, count);
  result.shifts = load_channels(operands.shifts, channel, count);
  if (operands.bias != nullptr) result.starts = load_channels(operands.bias, channel, count);
  int8x16_t least = vdupq_n_s8(0);
  const std::int32_t taps = p.kernel_h * p.kernel_w;
  const std::int8_t* w = result.weights;
  for (std::int32_t tap = 0; tap < taps; ++tap, w += p.output_channels) {
    add_tap(w, p.input_offset, result.lanes, result.starts, least);
  }
  result.taps_fit_in_pairs = vminvq_s8(0, least) > -128;
  result.set_taps(taps);
  return result;
}

/// The block for the rows of a window that lie inside of the image: the others add nothing.
Block cut_rows(const Layer& layer, const Block& b, TapRange rows) noexcept {
  const DepthwiseConv2dS8Params& p = layer.p;
  Block result = b;
  const std::int32_t row_step = p.kernel_w * p.output_channels;
  int8x16_t least = vdupq_n_s8(0);
  for (std::int32_t ky = 0; ky < p.kernel_h; ++ky) {
    if (ky >= rows.begin && ky < rows.end) continue;
    const std::int8_t* w = b.weights + ky * row_step;
    for (std::int32_t kx = 0; kx < p.kernel_w; ++kx, w += p.output_channels) {
      add_tap(w, -p.input_offset, b.lanes, result.starts, least);
    }
  }
  result.weights += rows.begin * row_step;
  result.set_taps(rows.size() * p.kernel_w);
  return result;
}

/// starts + sum over taps of x[distances[tap]] * w[tap].
[[gnu::always_inline]] inline Channels sum_taps(const Block& b, const std::int32_t* distances, const std::int8_t* x,
                                                std::int32_t w_step) noexcept {
  Channels sums = b.starts;
  const std::int8_t *w = b.weights, *from;
  std::uint32_t saved;  // the compiler may keep a predicate of its own, and cannot be told that it is lost
  asm volatile(
      "vmrs %[saved], p0\n"
      "vmsr p0, %[lanes]\n"
      "wls lr, %[pairs], 2f\n"
      "1:\n"
      "ldr %[from], [%[distances]], #4\n"
      "add %[from], %[from], %[x]\n"
      "vpstt\n"
      "vldrbt.8 q0, [%[from]]\n"
      "vldrbt.8 q1, [%[w]]\n"
      "add %[w], %[w], %[w_step]\n"
      "vmullb.s8 q2, q0, q1\n"
      "vmullt.s8 q3, q0, q1\n"
      "ldr %[from], [%[distances]], #4\n"
      "add %[from], %[from], %[x]\n"
      "vpstt\n"
      "vldrbt.8 q0, [%[from]]\n"
      "vldrbt.8 q1, [%[w]]\n"
      "vmullb.s8 q1, q0, q1\n"
      "vadd.i16 q2, q2, q1\n"
      "vpst\n"
      "vldrbt.8 q1, [%[w]]\n"
      "add %[w], %[w], %[w_step]\n"
      "vmullt.s8 q0, q0, q1\n"
      "vadd.i16 q3, q3, q0\n"
      "vmovlb.s16 q0, q2\n"
      "vadd.i32 %q[s0], %q[s0], q0\n"
      "vmovlt.s16 q0, q2\n"
      "vadd.i32 %q[s2], %q[s2], q0\n"
      "vmovlb.s16 q0, q3\n"
      "vadd.i32 %q[s1], %q[s1], q0\n"
      "vmovlt.s16 q0, q3\n"
      "vadd.i32 %q[s3], %q[s3], q0\n"
      "le lr, 1b\n"
      "2:\n"
      "wls lr, %[singles], 4f\n"
      "3:\n"
      "ldr %[from], [%[distances]], #4\n"
      "add %[from], %[from], %[x]\n"
      "vpstt\n"
      "vldrbt.8 q0, [%[from]]\n"
      "vldrbt.8 q1, [%[w]]\n"
      "add %[w], %[w], %[w_step]\n"
      "vmullb.s8 q2, q0, q1\n"
      "vmullt.s8 q3, q0, q1\n"
      "vmovlb.s16 q0, q2\n"
      "vadd.i32 %q[s0], %q[s0], q0\n"
      "vmovlt.s16 q0, q2\n"
      "vadd.i32 %q[s2], %q[s2], q0\n"
      "vmovlb.s16 q0, q3\n"
      "vadd.i32 %q[s1], %q[s1], q0\n"
      "vmovlt.s16 q0, q3\n"
      "vadd.i32 %q[s3], %q[s3], q0\n"
      "le lr, 3b\n"
      "4:\n"
      "vmsr p0, %[saved]\n"
      : [s0] "+w"(sums.of_0), [s2] "+w"(sums.of_2), [s1] "+w"(sums.of_1), [s3] "+w"(sums.of_3), [w] "+r"(w),
        [from] "=&r"(from), [saved] "=&r"(saved), [distances] "+r"(distances)
      : [x] "r"(x), [w_step] "r"(w_step), [pairs] "r"(b.pairs), [singles] "r"(b.singles), [lanes] "r"(b.lanes)
      : "lr", "q0", "q1", "q2", "q3", "memory");
  return sums;
}

template <ShiftForm Form>
[[gnu::always_inline]] inline void store_channels(const Block& b, const Channels& sums, const mve::OutputRange& range,
                                                  std::int8_t* output) noexcept {
  const int32x4_t of_0 = range.apply(mve::requantize<Form>(sums.of_0, b.multipliers.of_0, b.shifts.of_0));
  const int32x4_t of_2 = range.apply(mve::requantize<Form>(sums.of_2, b.multipliers.of_2, b.shifts.of_2));
  const int16x8_t even = vmovntq_s32(vreinterpretq_s16_s32(of_0), of_2);
  const int32x4_t of_1 = range.apply(mve::requantize<Form>(sums.of_1, b.multipliers.of_1, b.shifts.of_1));
  const int32x4_t of_3 = range.apply(mve::requantize<Form>(sums.of_3, b.multipliers.of_3, b.shifts.of_3));
  const int16x8_t odd = vmovntq_s32(vreinterpretq_s16_s32(of_1), of_3);
  vstrbq_p_s8(output, vmovntq_s16(vreinterpretq_s8_s16(even), odd), b.lanes);
}

/// `count` positions of a row that share a table of distances.
template <ShiftForm Form>
[[gnu::noinline]] void write_run(const Layer& layer, const Block& b, const std::int32_t* distances,
                                 const std::int8_t* x, std::int8_t* output, std::int32_t count) noexcept {
  const std::int32_t w_step = layer.p.output_channels, x_step = layer.p.stride_w * layer.p.input_channels;
  const mve::OutputRange range = layer.range;
  for (; count > 0; --count, x += x_step, output += w_step) {
    store_channels<Form>(b, sum_taps(b, distances, x, w_step), range, output);
  }
}

/// Distances of the taps of a window at column x from the input's first element, rows inside of the image only, the
/// first of which is held in `slot`; taps outside lead to `zeros`.
void fill_distances(const Layer& layer, TapRange rows, std::int32_t slot, std::int32_t x, const std::int8_t* zeros,
                    std::int32_t* distances) noexcept {
  const DepthwiseConv2dS8Params& p = layer.p;
  const TapRange columns = valid_taps(x, p.dilation_w, p.kernel_w, p.input_w);
  const std::int32_t step = p.dilation_w * p.input_channels;
  const auto to_zeros = static_cast<std::int32_t>(reinterpret_cast<std::intptr_t>(zeros) -
                                                  reinterpret_cast<std::intptr_t>(layer.input.base));
  for (std::int32_t ky = rows.begin; ky < rows.end; ++ky, slot = layer.input.advance(slot, p.dilation_h)) {
    std::int32_t distance = slot * layer.input.row_stride + x * p.input_channels;
    for (std::int32_t kx = 0; kx < p.kernel_w; ++kx, distance += step) {
      *distances++ = kx >= columns.begin && kx < columns.end ? distance : to_zeros;
    }
  }
}

template <ShiftForm Form>
void write_block(const Layer& layer, const Block& whole, const std::int8_t* zeros) noexcept {
  const DepthwiseConv2dS8Params& p = layer.p;
  const TapRange inner = inner_columns(p.output_w, p.stride_w, p.pad_left, (p.kernel_w - 1) * p.dilation_w, p.input_w);
  const std::int8_t* origin = layer.input.base + whole.channel;
  // One table serves the inner columns of all rows that are held one after the other.
  const TapRange all_rows{0, p.kernel_h};
  const std::int32_t held_rows = (p.kernel_h - 1) * p.dilation_h + 1;
  std::int32_t inside[max_taps], distances[max_taps];
  Block cut = whole;
  if (held_rows <= layer.input.capacity) {
    fill_distances(layer, all_rows, 0, inner.begin * p.stride_w - p.pad_left, zeros, inside);
  }

  for (std::int32_t y = layer.row_begin; y < layer.row_end; ++y) {
    const std::int32_t first_y = y * p.stride_h - p.pad_top;
    const TapRange rows = valid_taps(first_y, p.dilation_h, p.kernel_h, p.input_h);
    const bool is_whole = rows.size() == p.kernel_h;
    if (!is_whole) cut = cut_rows(layer, whole, rows);
    const Block& of_row = is_whole ? whole : cut;
    const std::int32_t slot = rows.size() > 0 ? layer.input.slot(first_y + rows.begin * p.dilation_h) : 0;
    std::int8_t* output = layer.output.row(y) + whole.channel;
    const auto write_columns = [&](std::int32_t column, std::int32_t count) {
      fill_distances(layer, rows, slot, column * p.stride_w - p.pad_left, zeros - whole.channel, distances);
      write_run<Form>(layer, of_row, distances, origin, output + column * p.output_channels, count);
    };
    for (std::int32_t column = 0; column < inner.begin; ++column) write_columns(column, 1);
    if (inner.size() > 0) {
      if (is_whole && slot + held_rows <= layer.input.capacity) {
        write_run<Form>(layer, whole, inside, origin + slot * layer.input.row_stride,
                        output + inner.begin * p.output_channels, inner.size());
      } else {
        write_columns(inner.begin, inner.size());
      }
    }
    for (std::int32_t column = inner.end; column < p.output_w; ++column) write_columns(column, 1);
  }
}

template <ShiftForm Form>
void write_rows(const Layer& layer) noexcept {
  alignas(16) std::int8_t zeros[block];
  vstrbq_s8(zeros, vdupq_n_s8(static_cast<std::int8_t>(-layer.p.input_offset)));
  const std::int32_t channels = layer.p.output_channels;
  for (std::int32_t channel = 0; channel < channels; channel += block) {
    const Block b = make_block(layer, channel, channels - channel < block ? channels - channel : block);
    write_block<Form>(layer, b, zeros);
  }
}

}  // namespace

void DepthwiseConv2dS8::run_rows(const Params& params, const Operands& operands, Rows<const std::int8_t> input,
                                 Rows<std::int8_t> output, std::int32_t row_begin, std::int32_t row_end) noexcept {
  if (params.depth_multiplier != 1 || params.kernel_h * params.kernel_w > max_taps) {
    depthwise_rows_scalar(params, operands, input, output, row_begin, row_end);
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
