// Depthwise convolution of codes of 16 bits, or of 8 bits to 16 or back: the code of depthwise_conv2d_s16,
// depthwise_conv2d_s16_s8 and depthwise_conv2d_s8_s16. A few channels go together; taps outside of the image are cut
// from the loops, not tested in them, so no copy of the input is needed. Rows of taps are summed in 32 bits, chunk_taps
// at a time. MVE: eight channels go along an output row, so that what they need is loaded once.
#pragma once

#include <type_traits>
#include <utility>

#include "kernels/kernel.hpp"
#include "kernels/taps.hpp"
#include "kernels/wide_product.hpp"

namespace pudu::kernels::wide_depthwise_conv2d {

/// Valid taps of one output position, and the columns' place in an input row.
struct Window {
  TapRange rows, columns;
  std::int32_t first_slot;      ///< where the input row of tap rows.begin is held
  std::int32_t first_x_offset;  ///< elements from an input row's start to tap columns.begin, channel 0
};

/// Taps along one row: values and weights, and the elements from one to the next.
template <class Input>
struct TapRun {
  const Input* x;
  const std::int8_t* w;
  std::int32_t x_step, w_step, taps, x_offset;
};

/// Whether the channels of a block read one input channel each (multiplier 1) or all the same.
enum class BlockInput : std::int32_t { Shared = 0, OwnChannel = 1 };

/// sums[n] += (x[n] + offset) * w[n] over the taps, whose sums 32 bits must hold. int16 codes have no offset.
template <BlockInput In, class Input, std::size_t... N>
void accumulate_taps(TapRun<Input> run, std::int32_t (&sums)[sizeof...(N)], std::index_sequence<N...>) noexcept {
  constexpr auto step = static_cast<std::int32_t>(In);
  const std::int32_t offset = sizeof(Input) == 1 ? run.x_offset : 0;
  for (; run.taps > 0; --run.taps, run.x += run.x_step, run.w += run.w_step) {
    ((sums[N] += (run.x[static_cast<std::int32_t>(N) * step] + offset) * run.w[N]), ...);
  }
}

/// totals[n] += (x[n] + offset) * w[n] over the taps.
template <BlockInput In, class Input, std::size_t... N>
void accumulate_run(TapRun<Input> run, std::int64_t* totals, std::index_sequence<N...>) noexcept {
  for (std::int32_t left = run.taps; left > 0; left -= run.taps) {
    run.taps = left < chunk_taps ? left : chunk_taps;
    std::int32_t sums[] = {(static_cast<void>(N), 0)...};
    accumulate_taps<In>(run, sums, std::index_sequence<N...>{});
    ((totals[N] += sums[N]), ...);
    run.x += run.taps * run.x_step;
    run.w += run.taps * run.w_step;
  }
}

/// Output channels output_channel + N..., which read input channels input_channel + N (or all of them input_channel).
template <class Kernel, SumForm Form, BlockInput In, std::size_t... N>
void write_block(const typename Kernel::Params& p, const std::int8_t* weights,
                 const WideChannelRequantizer& requantizer, Rows<const typename Kernel::Input> input,
                 const Window& window, std::int32_t input_channel, std::int32_t output_channel,
                 typename Kernel::Output* output, std::index_sequence<N...> block) noexcept {
  using Output = typename Kernel::Output;
  using Sum = std::conditional_t<Form == SumForm::Narrow, std::int32_t, std::int64_t>;
  Sum totals[] = {requantizer.start(output_channel + static_cast<std::int32_t>(N))...};
  TapRun<typename Kernel::Input> run{
      nullptr, nullptr, p.dilation_w * p.input_channels, p.output_channels, window.columns.size(), p.input_offset};
  std::int32_t slot = window.first_slot;
  for (std::int32_t ky = window.rows.begin; ky < window.rows.end; ++ky, slot = input.advance(slot, p.dilation_h)) {
    run.x = input.at(slot) + window.first_x_offset + input_channel;
    run.w = weights + (ky * p.kernel_w + window.columns.begin) * run.w_step + output_channel;
    if constexpr (Form == SumForm::Narrow) {
      accumulate_taps<In>(run, totals, block);
    } else {
      accumulate_run<In>(run, totals, block);
    }
  }
  if constexpr (Form == SumForm::Narrow) {
    ((output[N] = requantizer.apply_narrow<Output>(output_channel + static_cast<std::int32_t>(N), totals[N])), ...);
  } else {
    ((output[N] = requantizer.apply<Output>(output_channel + static_cast<std::int32_t>(N), totals[N])), ...);
  }
}

/// `count` output channels from `output_channel` on, in blocks.
template <class Kernel, SumForm Form, BlockInput In>
void write_span(const typename Kernel::Params& p, const std::int8_t* weights, const WideChannelRequantizer& requantizer,
                Rows<const typename Kernel::Input> input, const Window& window, std::int32_t input_channel,
                std::int32_t output_channel, std::int32_t count, typename Kernel::Output* output) noexcept {
  constexpr auto step = static_cast<std::int32_t>(In);
  std::int32_t done = 0;
  for (; done + channel_block <= count; done += channel_block) {
    write_block<Kernel, Form, In>(p, weights, requantizer, input, window, input_channel + done * step,
                                  output_channel + done, output + done, std::make_index_sequence<channel_block>{});
  }
  for (; done < count; ++done) {
    write_block<Kernel, Form, In>(p, weights, requantizer, input, window, input_channel + done * step,
                                  output_channel + done, output + done, std::make_index_sequence<1>{});
  }
}

/// The window of output column `x`.
template <class Params>
Window window_at(const Params& p, TapRange rows, std::int32_t first_slot, std::int32_t x) noexcept {
  const std::int32_t first = x * p.stride_w - p.pad_left;
  const TapRange columns = valid_taps(first, p.dilation_w, p.kernel_w, p.input_w);
  return {rows, columns, first_slot, (first + columns.begin * p.dilation_w) * p.input_channels};
}

#if defined(__ARM_FEATURE_MVE)
/// Eight channels' sums, the even ones and the odd ones.
struct EightSums {
  int32x4_t even, odd;
};

/// sums += products over the taps: VMULLB and VMULLT make those of the even and the odd channels.
[[gnu::always_inline]] inline void accumulate_eight(const TapRun<std::int16_t>& run, EightSums& sums) noexcept {
  const std::int16_t* x = run.x;
  const std::int8_t* w = run.w;
  asm volatile(
      "wls lr, %[taps], 2f\n"
      "1:\n"
      "vldrh.u16 q0, [%[x]]\n"
      "vldrb.s16 q1, [%[w]]\n"
      "add %[x], %[x], %[x_bytes]\n"
      "vmullb.s16 q2, q0, q1\n"
      "add %[w], %[w], %[w_step]\n"
      "vmullt.s16 q3, q0, q1\n"
      "vadd.i32 %q[even], %q[even], q2\n"
      "vadd.i32 %q[odd], %q[odd], q3\n"
      "le lr, 1b\n"
      "2:\n"
      : [x] "+l"(x), [w] "+l"(w), [even] "+w"(sums.even), [odd] "+w"(sums.odd)
      : [taps] "r"(run.taps), [x_bytes] "r"(2 * run.x_step), [w_step] "r"(run.w_step)
      : "lr", "q0", "q1", "q2", "q3", "memory");
}

/// The same for int8 values, whose offset is added first.
[[gnu::always_inline]] inline void accumulate_eight(const TapRun<std::int8_t>& run, EightSums& sums) noexcept {
  const std::int8_t *x = run.x, *w = run.w;
  asm volatile(
      "wls lr, %[taps], 2f\n"
      "1:\n"
      "vldrb.s16 q0, [%[x]]\n"
      "vldrb.s16 q1, [%[w]]\n"
      "vadd.i16 q0, q0, %[offset]\n"
      "add %[x], %[x], %[x_step]\n"
      "vmullb.s16 q2, q0, q1\n"
      "add %[w], %[w], %[w_step]\n"
      "vmullt.s16 q3, q0, q1\n"
      "vadd.i32 %q[even], %q[even], q2\n"
      "vadd.i32 %q[odd], %q[odd], q3\n"
      "le lr, 1b\n"
      "2:\n"
      : [x] "+l"(x), [w] "+l"(w), [even] "+w"(sums.even), [odd] "+w"(sums.odd)
      : [taps] "r"(run.taps), [x_step] "r"(run.x_step), [w_step] "r"(run.w_step), [offset] "r"(run.x_offset)
      : "lr", "q0", "q1", "q2", "q3", "memory");
}

inline void store_eight(std::int16_t* output, int16x8_t codes) noexcept {
  vstrhq_s16(output, codes);
}
inline void store_eight(std::int8_t* output, int16x8_t codes) noexcept {
  vstrbq_s16(output, codes);
}

/// Eight channels of multiplier 1 along an output row, whose sums 32 bits hold.
template <class Kernel>
[[gnu::noinline]] void write_row_of_eight(const typename Kernel::Params& p, const std::int8_t* weights,
                                          const WideChannelRequantizer& requantizer,
                                          Rows<const typename Kernel::Input> input, TapRange rows,
                                          std::int32_t first_slot, std::int32_t channel,
                                          typename Kernel::Output* output) noexcept {
  EightSums starts{vdupq_n_s32(0), vdupq_n_s32(0)};
  if (requantizer.bias != nullptr) {
    const int32x4x2_t bias = vld2q_s32(requantizer.bias + channel);
    starts = {bias.val[0], bias.val[1]};
  }
  const int32x4x2_t multipliers = vld2q_s32(requantizer.multipliers + channel);
  const int32x4x2_t shifts = vld2q_s32(requantizer.shifts + channel);
  const mve::NarrowLanes even(multipliers.val[0], shifts.val[0]), odd(multipliers.val[1], shifts.val[1]);
  const mve::NarrowRequantizer<typename Kernel::Output> narrow(requantizer);
  const std::int32_t reach = (p.kernel_w - 1) * p.dilation_w;
  const TapRange inner = inner_columns(p.output_w, p.stride_w, p.pad_left, reach, p.input_w);
  const std::int32_t x_rows = p.dilation_h * input.row_stride, x_ring = input.capacity * input.row_stride;
  TapRun<typename Kernel::Input> run{nullptr,           nullptr,    p.dilation_w * p.input_channels,
                                     p.output_channels, p.kernel_w, p.input_offset};
  for (std::int32_t column = 0; column < p.output_w; ++column, output += p.output_channels) {
    const std::int32_t first = column * p.stride_w - p.pad_left;
    TapRange columns{0, p.kernel_w};
    if (column < inner.begin || column >= inner.end) {
      columns = valid_taps(first, p.dilation_w, p.kernel_w, p.input_w);
    }
    run.taps = columns.size();
    std::int32_t place = first_slot * input.row_stride;
    const auto* x = input.base + (first + columns.begin * p.dilation_w) * p.input_channels + channel;
    run.w = weights + (rows.begin * p.kernel_w + columns.begin) * p.output_channels + channel;
    EightSums sums = starts;
    for (std::int32_t left = rows.size(); left > 0; --left) {
      run.x = x + place;
      accumulate_eight(run, sums);
      run.w += p.kernel_w * p.output_channels;
      place += x_rows;
      while (place >= x_ring) place -= x_ring;
    }
    const int16x8_t codes = vreinterpretq_s16_s32(narrow.apply(sums.even, even));
    store_eight(output, vmovntq_s32(codes, narrow.apply(sums.odd, odd)));
  }
}
#endif

template <class Kernel, SumForm Form>
void write_row(const typename Kernel::Params& p, const typename Kernel::Operands& operands,
               const WideChannelRequantizer& requantizer, Rows<const typename Kernel::Input> input, TapRange rows,
               std::int32_t first_slot, typename Kernel::Output* output) noexcept {
  std::int32_t done = 0;
#if defined(__ARM_FEATURE_MVE)
  if (Form == SumForm::Narrow && p.depth_multiplier == 1) {
    for (; done + 8 <= p.output_channels; done += 8) {
      write_row_of_eight<Kernel>(p, operands.weights, requantizer, input, rows, first_slot, done, output + done);
    }
    if (done == p.output_channels) return;
  }
#endif
  for (std::int32_t x = 0; x < p.output_w; ++x, output += p.output_channels) {
    const Window window = window_at(p, rows, first_slot, x);
    if (p.depth_multiplier == 1) {
      write_span<Kernel, Form, BlockInput::OwnChannel>(p, operands.weights, requantizer, input, window, done, done,
                                                       p.output_channels - done, output + done);
      continue;
    }
    for (std::int32_t channel = 0; channel < p.input_channels; ++channel) {
      const std::int32_t first = channel * p.depth_multiplier;
      write_span<Kernel, Form, BlockInput::Shared>(p, operands.weights, requantizer, input, window, channel, first,
                                                   p.depth_multiplier, output + first);
    }
  }
}

/// Kernel::run_rows.
template <class Kernel>
void write_rows(const typename Kernel::Params& params, const typename Kernel::Operands& operands,
                Rows<const typename Kernel::Input> input, Rows<typename Kernel::Output> output, std::int32_t row_begin,
                std::int32_t row_end) noexcept {
  const WideChannelRequantizer requantizer = wide_requantizer<Kernel>(params, operands);
  const bool is_narrow = requantizer.form(params.output_channels, params.kernel_h * params.kernel_w) == SumForm::Narrow;
  const auto write = is_narrow ? write_row<Kernel, SumForm::Narrow> : write_row<Kernel, SumForm::Wide>;
  for (std::int32_t y = row_begin; y < row_end; ++y) {
    const std::int32_t first_y = y * params.stride_h - params.pad_top;
    const TapRange rows = valid_taps(first_y, params.dilation_h, params.kernel_h, params.input_h);
    const std::int32_t slot = rows.size() > 0 ? input.slot(first_y + rows.begin * params.dilation_h) : 0;
    write(params, operands, requantizer, input, rows, slot, output.row(y));
  }
}

/// Kernel::run.
template <class Kernel>
void run_images(const typename Kernel::Params& params, const typename Kernel::Operands& operands) noexcept {
  for (std::int32_t image = 0; image < params.batches; ++image) {
    write_rows<Kernel>(params, operands,
                       image_rows(operands.input, image, params.input_h, params.input_w, params.input_channels),
                       image_rows(operands.output, image, params.output_h, params.output_w, params.output_channels), 0,
                       params.output_h);
  }
}

}  // namespace pudu::kernels::wide_depthwise_conv2d
