// depthwise_conv2d_s16. A few channels go together; taps outside of the image are cut from the loops, not tested in
// them, so no copy of the input is needed. Rows of taps are summed in 32 bits, chunk_taps at a time.
#include <type_traits>
#include <utility>

#include "kernels/depthwise_conv2d_s16/depthwise_conv2d_s16.hpp"
#include "kernels/taps.hpp"
#include "kernels/wide_product.hpp"

namespace pudu::kernels {
namespace {

/// Valid taps of one output position, and the columns' place in an input row.
struct Window {
  TapRange rows, columns;
  std::int32_t first_slot;      ///< where the input row of tap rows.begin is held
  std::int32_t first_x_offset;  ///< elements from an input row's start to tap columns.begin, channel 0
};

/// Taps along one row: values and weights, and the elements from one to the next.
struct TapRun {
  const std::int16_t* x;
  const std::int8_t* w;
  std::int32_t x_step, w_step, taps;
};

/// Whether the channels of a block read one input channel each (multiplier 1) or all the same.
enum class BlockInput : std::int32_t { Shared = 0, OwnChannel = 1 };

/// sums[n] += x[n] * w[n] over the taps, whose sums 32 bits must hold.
template <BlockInput Input, std::size_t... N>
void accumulate_taps(TapRun run, std::int32_t (&sums)[sizeof...(N)], std::index_sequence<N...>) noexcept {
  constexpr auto step = static_cast<std::int32_t>(Input);
  for (; run.taps > 0; --run.taps, run.x += run.x_step, run.w += run.w_step) {
    ((sums[N] += run.x[static_cast<std::int32_t>(N) * step] * run.w[N]), ...);
  }
}

/// totals[n] += x[n] * w[n] over the taps.
template <BlockInput Input, std::size_t... N>
void accumulate_run(TapRun run, std::int64_t* totals, std::index_sequence<N...>) noexcept {
  for (std::int32_t left = run.taps; left > 0; left -= run.taps) {
    run.taps = left < chunk_taps ? left : chunk_taps;
    std::int32_t sums[] = {(static_cast<void>(N), 0)...};
    accumulate_taps<Input>(run, sums, std::index_sequence<N...>{});
    ((totals[N] += sums[N]), ...);
    run.x += run.taps * run.x_step;
    run.w += run.taps * run.w_step;
  }
}

/// Output channels output_channel + N..., which read input channels input_channel + N (or all of them input_channel).
template <SumForm Form, BlockInput Input, std::size_t... N>
void write_block(const DepthwiseConv2dS16Params& p, const std::int8_t* weights,
                 const WideChannelRequantizer& requantizer, Rows<const std::int16_t> input, const Window& window,
                 std::int32_t input_channel, std::int32_t output_channel, std::int16_t* output,
                 std::index_sequence<N...> block) noexcept {
  using Sum = std::conditional_t<Form == SumForm::Narrow, std::int32_t, std::int64_t>;
  Sum totals[] = {requantizer.start(output_channel + static_cast<std::int32_t>(N))...};
  TapRun run{nullptr, nullptr, p.dilation_w * p.input_channels, p.output_channels, window.columns.size()};
  std::int32_t slot = window.first_slot;
  for (std::int32_t ky = window.rows.begin; ky < window.rows.end; ++ky, slot = input.advance(slot, p.dilation_h)) {
    run.x = input.at(slot) + window.first_x_offset + input_channel;
    run.w = weights + (ky * p.kernel_w + window.columns.begin) * run.w_step + output_channel;
    if constexpr (Form == SumForm::Narrow) {
      accumulate_taps<Input>(run, totals, block);
    } else {
      accumulate_run<Input>(run, totals, block);
    }
  }
  if constexpr (Form == SumForm::Narrow) {
    ((output[N] = requantizer.apply_narrow(output_channel + static_cast<std::int32_t>(N), totals[N])), ...);
  } else {
    ((output[N] = requantizer.apply(output_channel + static_cast<std::int32_t>(N), totals[N])), ...);
  }
}

#if defined(__ARM_FEATURE_MVE)
/// Eight channels of multiplier 1 whose sums 32 bits hold: VMULLB and VMULLT make products of the even and the odd
/// ones.
void write_eight(const DepthwiseConv2dS16Params& p, const std::int8_t* weights,
                 const WideChannelRequantizer& requantizer, Rows<const std::int16_t> input, const Window& window,
                 std::int32_t channel, std::int16_t* output) noexcept {
  int32x4x2_t sums{};
  if (requantizer.bias != nullptr) sums = vld2q_s32(requantizer.bias + channel);
  int32x4_t even = sums.val[0], odd = sums.val[1];
  const std::int32_t w_step = p.output_channels, x_bytes = 2 * p.dilation_w * p.input_channels;
  std::int32_t slot = window.first_slot;
  for (std::int32_t ky = window.rows.begin; ky < window.rows.end; ++ky, slot = input.advance(slot, p.dilation_h)) {
    const std::int16_t* x = input.at(slot) + window.first_x_offset + channel;
    const std::int8_t* w = weights + (ky * p.kernel_w + window.columns.begin) * w_step + channel;
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
        : [x] "+l"(x), [w] "+l"(w), [even] "+w"(even), [odd] "+w"(odd)
        : [taps] "r"(window.columns.size()), [x_bytes] "r"(x_bytes), [w_step] "r"(w_step)
        : "lr", "q0", "q1", "q2", "q3", "memory");
  }
  const int32x4x2_t multipliers = vld2q_s32(requantizer.multipliers + channel);
  const int32x4x2_t shifts = vld2q_s32(requantizer.shifts + channel);
  const mve::NarrowRequantizer narrow(requantizer.output_min, requantizer.output_max);
  int16x8_t result = vreinterpretq_s16_s32(narrow.apply(even, multipliers.val[0], shifts.val[0]));
  result = vmovntq_s32(result, narrow.apply(odd, multipliers.val[1], shifts.val[1]));
  vstrhq_s16(output, result);
}
#endif

/// `count` output channels from `output_channel` on, in blocks.
template <SumForm Form, BlockInput Input>
void write_span(const DepthwiseConv2dS16Params& p, const std::int8_t* weights,
                const WideChannelRequantizer& requantizer, Rows<const std::int16_t> input, const Window& window,
                std::int32_t input_channel, std::int32_t output_channel, std::int32_t count,
                std::int16_t* output) noexcept {
  constexpr auto step = static_cast<std::int32_t>(Input);
  std::int32_t done = 0;
#if defined(__ARM_FEATURE_MVE)
  if constexpr (Form == SumForm::Narrow && Input == BlockInput::OwnChannel) {
    for (; done + 8 <= count; done += 8) {
      write_eight(p, weights, requantizer, input, window, output_channel + done, output + done);
    }
  }
#endif
  for (; done + channel_block <= count; done += channel_block) {
    write_block<Form, Input>(p, weights, requantizer, input, window, input_channel + done * step, output_channel + done,
                             output + done, std::make_index_sequence<channel_block>{});
  }
  for (; done < count; ++done) {
    write_block<Form, Input>(p, weights, requantizer, input, window, input_channel + done * step, output_channel + done,
                             output + done, std::make_index_sequence<1>{});
  }
}

template <SumForm Form>
void write_rows(const DepthwiseConv2dS16Params& params, const DepthwiseConv2dS16Operands& operands,
                const WideChannelRequantizer& requantizer, Rows<const std::int16_t> input, Rows<std::int16_t> output,
                std::int32_t row_begin, std::int32_t row_end) noexcept {
  for (std::int32_t out_y = row_begin; out_y < row_end; ++out_y) {
    const std::int32_t y = out_y * params.stride_h - params.pad_top;
    const TapRange rows = valid_taps(y, params.dilation_h, params.kernel_h, params.input_h);
    const std::int32_t first_slot = rows.size() > 0 ? input.slot(y + rows.begin * params.dilation_h) : 0;
    std::int16_t* position = output.row(out_y);
    std::int32_t x = -params.pad_left;
    for (std::int32_t out_x = 0; out_x < params.output_w; ++out_x, x += params.stride_w) {
      const TapRange columns = valid_taps(x, params.dilation_w, params.kernel_w, params.input_w);
      const Window window{rows, columns, first_slot, (x + columns.begin * params.dilation_w) * params.input_channels};
      if (params.depth_multiplier == 1) {
        write_span<Form, BlockInput::OwnChannel>(params, operands.weights, requantizer, input, window, 0, 0,
                                                 params.output_channels, position);
        position += params.output_channels;
        continue;
      }
      for (std::int32_t channel = 0; channel < params.input_channels; ++channel) {
        write_span<Form, BlockInput::Shared>(params, operands.weights, requantizer, input, window, channel,
                                             channel * params.depth_multiplier, params.depth_multiplier, position);
        position += params.depth_multiplier;
      }
    }
  }
}

}  // namespace

void DepthwiseConv2dS16::run_rows(const Params& params, const Operands& operands, Rows<const std::int16_t> input,
                                  Rows<std::int16_t> output, std::int32_t row_begin, std::int32_t row_end) noexcept {
  const WideChannelRequantizer requantizer{operands.bias, operands.multipliers, operands.shifts, params.output_min,
                                           params.output_max};
  const bool is_narrow = requantizer.form(params.output_channels, params.kernel_h * params.kernel_w) == SumForm::Narrow;
  const auto write = is_narrow ? write_rows<SumForm::Narrow> : write_rows<SumForm::Wide>;
  write(params, operands, requantizer, input, output, row_begin, row_end);
}

void DepthwiseConv2dS16::run(const Params& params, const Operands& operands) noexcept {
  for (std::int32_t image = 0; image < params.batches; ++image) {
    run_rows(params, operands, image_rows(operands.input, image, params.input_h, params.input_w, params.input_channels),
             image_rows(operands.output, image, params.output_h, params.output_w, params.output_channels), 0,
             params.output_h);
  }
}

}  // namespace pudu::kernels
