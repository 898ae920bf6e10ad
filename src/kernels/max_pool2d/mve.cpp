// max_pool2d_s8 for MVE: sixteen channels a vector.
#if defined(__ARM_FEATURE_MVE)

#include "kernels/mve.hpp"
#include "kernels/max_pool2d/max_pool2d_s8.hpp"
#include "kernels/taps.hpp"

namespace pudu::kernels {
namespace {

/// What one position reads: rows of taps, each `columns` values `step` elements apart.
struct Window {
  std::int32_t slot, rows, row_step;
  std::int32_t offset, columns, step;
};

/// Largest of up to sixteen channels from `channel` on, clamped.
void write_channels(const MaxPool2dS8Params& p, const Rows<const std::int8_t>& input, const Window& window,
                    std::int32_t channel, std::int32_t count, std::int8_t* output) noexcept {
  const mve_pred16_t lanes = vctp8q(static_cast<std::uint32_t>(count));
  int8x16_t largest = vdupq_n_s8(static_cast<std::int8_t>(p.activation_min));
  std::int32_t slot = window.slot;
  for (std::int32_t row = window.rows; row > 0; --row, slot = input.advance(slot, window.row_step)) {
    const std::int8_t* x = input.at(slot) + window.offset + channel;
    for (std::int32_t left = window.columns; left > 0; --left, x += window.step) {
      largest = vmaxq_s8(largest, vldrbq_z_s8(x, lanes));
    }
  }
  // Lanes beyond the count hold the maximum of zeros, which is not stored.
  const int8x16_t high = vdupq_n_s8(static_cast<std::int8_t>(p.activation_max));
  vstrbq_p_s8(output, vminq_s8(largest, high), lanes);
}

}  // namespace

void MaxPool2dS8::run_rows(const Params& params, const Operands&, Rows<const std::int8_t> input,
                           Rows<std::int8_t> output, std::int32_t row_begin, std::int32_t row_end) noexcept {
  for (std::int32_t out_y = row_begin; out_y < row_end; ++out_y) {
    const std::int32_t y = out_y * params.stride_h - params.pad_top;
    const TapRange rows = valid_taps(y, params.dilation_h, params.kernel_h, params.input_h);
    Window window{};
    window.slot = rows.size() > 0 ? input.slot(y + rows.begin * params.dilation_h) : 0;
    window.rows = rows.size(), window.row_step = params.dilation_h;
    window.step = params.dilation_w * params.channels;
    std::int8_t* position = output.row(out_y);
    std::int32_t x = -params.pad_left;
    for (std::int32_t out_x = 0; out_x < params.output_w; ++out_x, x += params.stride_w) {
      const TapRange columns = valid_taps(x, params.dilation_w, params.kernel_w, params.input_w);
      window.offset = (x + columns.begin * params.dilation_w) * params.channels;
      window.columns = columns.size();
      for (std::int32_t channel = 0; channel < params.channels; channel += 16) {
        write_channels(params, input, window, channel, params.channels - channel, position + channel);
      }
      position += params.channels;
    }
  }
}

}  // namespace pudu::kernels

#endif
