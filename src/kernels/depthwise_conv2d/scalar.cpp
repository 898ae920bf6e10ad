// Portable depthwise_conv2d_s8. A few channels go together; taps outside of the image are cut from the loops, not
// tested in them, so no copy of the input is needed.
#include <utility>

#include "kernels/depthwise_conv2d/depthwise_conv2d_s8.hpp"
#include "kernels/depthwise_conv2d/scalar.hpp"
#include "kernels/dot_product.hpp"
#include "kernels/taps.hpp"

namespace pudu::kernels {
namespace {

/// Valid taps of one output position, and the columns' place in an input row.
struct Window {
  TapRange rows, columns;
  std::int32_t first_slot;      ///< where the input row of tap rows.begin is held
  std::int32_t first_x_offset;  ///< elements from an input row's start to tap columns.begin, channel 0
};

#if PUDU_USES_SMLAD
/// sums[n] += (x[n] + offset) * w[n] over `taps` taps, for four neighbouring channels. SXTB16 parts a word of values
/// into bytes 0, 2 and 1, 3; SMLABB and SMLATT take one half each. Takes every register there is, so that it does not
/// fit into a function that holds on to one.
__attribute__((noinline)) void accumulate_four_channels(const std::int8_t* x, std::int32_t x_step, const std::int8_t* w,
                                                        std::int32_t w_step, std::int32_t taps, std::int32_t offset,
                                                        std::uint32_t (&sums)[4]) noexcept {
  const auto halfword = static_cast<std::uint32_t>(offset) & 0xFFFFU;
  const std::uint32_t offsets = halfword | halfword << 16;
  const std::int8_t* const end = x + taps * x_step;
  std::uint32_t even, odd, t, u, a0 = sums[0], a1 = sums[1], a2 = sums[2], a3 = sums[3];
  asm volatile(
      "1:\n"
      "ldr %[t], [%[x]]\n"
      "sxtab16 %[even], %[offsets], %[t]\n"
      "sxtab16 %[odd], %[offsets], %[t], ror #8\n"
      "ldr %[t], [%[w]]\n"
      "add %[x], %[x], %[x_step]\n"
      "sxtb16 %[u], %[t]\n"
      "smlabb %[a0], %[even], %[u], %[a0]\n"
      "smlatt %[a2], %[even], %[u], %[a2]\n"
      "sxtb16 %[u], %[t], ror #8\n"
      "smlabb %[a1], %[odd], %[u], %[a1]\n"
      "smlatt %[a3], %[odd], %[u], %[a3]\n"
      "ldr %[t], %[end]\n"
      "add %[w], %[w], %[w_step]\n"
      "cmp %[x], %[t]\n"
      "bne 1b\n"
      : [x] "+r"(x), [w] "+r"(w), [even] "=&r"(even), [odd] "=&r"(odd), [t] "=&r"(t), [u] "=&r"(u), [a0] "+r"(a0),
        [a1] "+r"(a1), [a2] "+r"(a2), [a3] "+r"(a3)
      : [x_step] "r"(x_step), [w_step] "r"(w_step), [offsets] "r"(offsets), [end] "m"(end)
      : "cc", "memory");
  sums[0] = a0, sums[1] = a1, sums[2] = a2, sums[3] = a3;
}
#endif

/// Whether the channels of a block read one input channel each (multiplier 1) or all the same.
enum class BlockInput : std::int32_t { Shared = 0, OwnChannel = 1 };

/// Output channels output_channel + N..., which read input channels input_channel + N (or all of them input_channel).
template <BlockInput Input, std::size_t... N>
void write_block(const DepthwiseConv2dS8Params& p, const std::int8_t* weights, const ChannelRequantizer& requantizer,
                 Rows<const std::int8_t> input, const Window& window, std::int32_t input_channel,
                 std::int32_t output_channel, std::int8_t* output, std::index_sequence<N...>) noexcept {
  constexpr auto step = static_cast<std::int32_t>(Input);
  const std::int32_t x_step = p.dilation_w * p.input_channels;
  const std::int32_t w_step = p.output_channels;
  std::uint32_t sums[] = {(static_cast<void>(N), 0u)...};
  std::int32_t slot = window.first_slot;
  for (std::int32_t ky = window.rows.begin; ky < window.rows.end; ++ky, slot = input.advance(slot, p.dilation_h)) {
    const std::int8_t* x = input.at(slot) + window.first_x_offset + input_channel;
    const std::int8_t* w = weights + (ky * p.kernel_w + window.columns.begin) * w_step + output_channel;
#if PUDU_USES_SMLAD
    if constexpr (Input == BlockInput::OwnChannel && sizeof...(N) == 4) {
      if (window.columns.size() > 0) {
        accumulate_four_channels(x, x_step, w, w_step, window.columns.size(), p.input_offset, sums);
      }
      continue;
    }
#endif
    for (std::int32_t taps = window.columns.size(); taps > 0; --taps) {
      ((sums[N] += static_cast<std::uint32_t>((x[static_cast<std::int32_t>(N) * step] + p.input_offset) * w[N])), ...);
      x += x_step;
      w += w_step;
    }
  }
  ((output[N] = requantizer.apply(output_channel + static_cast<std::int32_t>(N), sums[N])), ...);
}

/// `count` output channels from `output_channel` on, in blocks.
template <BlockInput Input>
void write_span(const DepthwiseConv2dS8Params& p, const std::int8_t* weights, const ChannelRequantizer& requantizer,
                Rows<const std::int8_t> input, const Window& window, std::int32_t input_channel,
                std::int32_t output_channel, std::int32_t count, std::int8_t* output) noexcept {
  constexpr auto step = static_cast<std::int32_t>(Input);
  std::int32_t done = 0;
  for (; done + channel_block <= count; done += channel_block) {
    write_block<Input>(p, weights, requantizer, input, window, input_channel + done * step, output_channel + done,
                       output + done, std::make_index_sequence<channel_block>{});
  }
  for (; done < count; ++done) {
    write_block<Input>(p, weights, requantizer, input, window, input_channel + done * step, output_channel + done,
                       output + done, std::make_index_sequence<1>{});
  }
}

}  // namespace

void depthwise_rows_scalar(const DepthwiseConv2dS8Params& params, const DepthwiseConv2dS8Operands& operands,
                           Rows<const std::int8_t> input, Rows<std::int8_t> output, std::int32_t row_begin,
                           std::int32_t row_end) noexcept {
  const ChannelRequantizer requantizer{operands.bias,        operands.multipliers,  operands.shifts,
                                       params.output_offset, params.activation_min, params.activation_max};
  for (std::int32_t out_y = row_begin; out_y < row_end; ++out_y) {
    const std::int32_t y = out_y * params.stride_h - params.pad_top;
    const TapRange rows = valid_taps(y, params.dilation_h, params.kernel_h, params.input_h);
    const std::int32_t first_slot = rows.size() > 0 ? input.slot(y + rows.begin * params.dilation_h) : 0;
    std::int8_t* position = output.row(out_y);
    std::int32_t x = -params.pad_left;
    for (std::int32_t out_x = 0; out_x < params.output_w; ++out_x, x += params.stride_w) {
      const TapRange columns = valid_taps(x, params.dilation_w, params.kernel_w, params.input_w);
      const Window window{rows, columns, first_slot, (x + columns.begin * params.dilation_w) * params.input_channels};
      if (params.depth_multiplier == 1) {
        write_span<BlockInput::OwnChannel>(params, operands.weights, requantizer, input, window, 0, 0,
                                           params.output_channels, position);
        position += params.output_channels;
        continue;
      }
      for (std::int32_t channel = 0; channel < params.input_channels; ++channel) {
        write_span<BlockInput::Shared>(params, operands.weights, requantizer, input, window, channel,
                                       channel * params.depth_multiplier, params.depth_multiplier, position);
        position += params.depth_multiplier;
      }
    }
  }
}

#if !defined(__ARM_FEATURE_MVE)  // mve.cpp has its own
void DepthwiseConv2dS8::run_rows(const Params& params, const Operands& operands, Rows<const std::int8_t> input,
                                 Rows<std::int8_t> output, std::int32_t row_begin, std::int32_t row_end) noexcept {
  depthwise_rows_scalar(params, operands, input, output, row_begin, row_end);
}
#endif

void DepthwiseConv2dS8::run(const Params& params, const Operands& operands) noexcept {
  for (std::int32_t image = 0; image < params.batches; ++image) {
    run_rows(params, operands, image_rows(operands.input, image, params.input_h, params.input_w, params.input_channels),
             image_rows(operands.output, image, params.output_h, params.output_w, params.output_channels), 0,
             params.output_h);
  }
}

}  // namespace pudu::kernels
