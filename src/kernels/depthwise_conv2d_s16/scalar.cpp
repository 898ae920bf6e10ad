// depthwise_conv2d_s16. A few channels go together; taps outside of the image are cut from the loops, not tested in
// them, so no copy of the input is needed. Rows of taps are summed in 32 bits, chunk_taps at a time.
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

/// totals[n] += x[n] * w[n] over the taps.
template <BlockInput Input, std::size_t... N>
void accumulate_run(TapRun run, std::int64_t* totals, std::index_sequence<N...>) noexcept {
  constexpr auto step = static_cast<std::int32_t>(Input);
  while (run.taps > 0) {
    const std::int32_t taps = run.taps < chunk_taps ? run.taps : chunk_taps;
    std::int32_t sums[] = {(static_cast<void>(N), 0)...};
    for (std::int32_t left = taps; left > 0; --left) {
      ((sums[N] += run.x[static_cast<std::int32_t>(N) * step] * run.w[N]), ...);
      run.x += run.x_step;
      run.w += run.w_step;
    }
    ((totals[N] += sums[N]), ...);
    run.taps -= taps;
  }
}

/// Output channels output_channel + N..., which read input channels input_channel + N (or all of them input_channel).
template <BlockInput Input, std::size_t... N>
void write_block(const DepthwiseConv2dS16Params& p, const std::int8_t* weights,
                 const WideChannelRequantizer& requantizer, Rows<const std::int16_t> input, const Window& window,
                 std::int32_t input_channel, std::int32_t output_channel, std::int16_t* output,
                 std::index_sequence<N...> block) noexcept {
  std::int64_t totals[] = {requantizer.start(output_channel + static_cast<std::int32_t>(N))...};
  TapRun run{nullptr, nullptr, p.dilation_w * p.input_channels, p.output_channels, window.columns.size()};
  std::int32_t slot = window.first_slot;
  for (std::int32_t ky = window.rows.begin; ky < window.rows.end; ++ky, slot = input.advance(slot, p.dilation_h)) {
    run.x = input.at(slot) + window.first_x_offset + input_channel;
    run.w = weights + (ky * p.kernel_w + window.columns.begin) * run.w_step + output_channel;
    accumulate_run<Input>(run, totals, block);
  }
  ((output[N] = requantizer.apply(output_channel + static_cast<std::int32_t>(N), totals[N])), ...);
}

/// `count` output channels from `output_channel` on, in blocks.
template <BlockInput Input>
void write_span(const DepthwiseConv2dS16Params& p, const std::int8_t* weights,
                const WideChannelRequantizer& requantizer, Rows<const std::int16_t> input, const Window& window,
                std::int32_t input_channel, std::int32_t output_channel, std::int32_t count,
                std::int16_t* output) noexcept {
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

void DepthwiseConv2dS16::run_rows(const Params& params, const Operands& operands, Rows<const std::int16_t> input,
                                  Rows<std::int16_t> output, std::int32_t row_begin, std::int32_t row_end) noexcept {
  const WideChannelRequantizer requantizer{operands.bias, operands.multipliers, operands.shifts, params.output_min,
                                           params.output_max};
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

void DepthwiseConv2dS16::run(const Params& params, const Operands& operands) noexcept {
  for (std::int32_t image = 0; image < params.batches; ++image) {
    run_rows(params, operands, image_rows(operands.input, image, params.input_h, params.input_w, params.input_channels),
             image_rows(operands.output, image, params.output_h, params.output_w, params.output_channels), 0,
             params.output_h);
  }
}

}  // namespace pudu::kernels
