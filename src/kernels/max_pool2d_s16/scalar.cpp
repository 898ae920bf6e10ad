// max_pool2d_s16: a few channels at a time (eight a vector for MVE), taps outside of the image cut from the loops.
#if defined(__ARM_FEATURE_MVE)
#include <arm_mve.h>
#endif

#include "kernels/max_pool2d_s16/max_pool2d_s16.hpp"
#include "kernels/taps.hpp"

namespace pudu::kernels {
namespace {

/// Valid taps of one output position, and the columns' place in an input row.
struct Window {
  TapRange rows, columns;
  std::int32_t first_slot;      ///< where the input row of tap rows.begin is held
  std::int32_t first_x_offset;  ///< elements from an input row's start to tap columns.begin, channel 0
};

#if defined(__ARM_FEATURE_MVE)
/// Largest of up to eight channels from `channel` on, clamped.
void write_eight(const MaxPool2dS16Params& p, Rows<const std::int16_t> input, const Window& window,
                 std::int32_t channel, std::int16_t* output) noexcept {
  const mve_pred16_t lanes = vctp16q(static_cast<std::uint32_t>(p.channels - channel));
  int16x8_t largest = vdupq_n_s16(static_cast<std::int16_t>(p.output_min));
  std::int32_t slot = window.first_slot;
  for (std::int32_t ky = window.rows.begin; ky < window.rows.end; ++ky, slot = input.advance(slot, p.dilation_h)) {
    const std::int16_t* values = input.at(slot) + window.first_x_offset + channel;
    for (std::int32_t taps = window.columns.size(); taps > 0; --taps, values += p.dilation_w * p.channels) {
      largest = vmaxq_s16(largest, vldrhq_z_s16(values, lanes));
    }
  }
  // Lanes beyond the channels hold the maximum of zeros, which is not stored.
  const int16x8_t high = vdupq_n_s16(static_cast<std::int16_t>(p.output_max));
  vstrhq_p_s16(output, vminq_s16(largest, high), lanes);
}
#else
template <int Count>
void write_block(const MaxPool2dS16Params& p, Rows<const std::int16_t> input, const Window& window,
                 std::int32_t channel, std::int16_t* output) noexcept {
  std::int32_t largest[Count];
  for (int n = 0; n < Count; ++n) largest[n] = p.output_min;
  std::int32_t slot = window.first_slot;
  for (std::int32_t ky = window.rows.begin; ky < window.rows.end; ++ky, slot = input.advance(slot, p.dilation_h)) {
    const std::int16_t* values = input.at(slot) + window.first_x_offset + channel;
    for (std::int32_t taps = window.columns.size(); taps > 0; --taps, values += p.dilation_w * p.channels) {
      for (int n = 0; n < Count; ++n) largest[n] = values[n] > largest[n] ? values[n] : largest[n];
    }
  }
  for (int n = 0; n < Count; ++n) {
    output[n] = static_cast<std::int16_t>(largest[n] < p.output_max ? largest[n] : p.output_max);
  }
}
#endif

/// All channels of one position.
void write_position(const MaxPool2dS16Params& p, Rows<const std::int16_t> input, const Window& window,
                    std::int16_t* output) noexcept {
#if defined(__ARM_FEATURE_MVE)
  for (std::int32_t channel = 0; channel < p.channels; channel += 8) {
    write_eight(p, input, window, channel, output + channel);
  }
#else
  constexpr int block = 4;
  std::int32_t channel = 0;
  for (; channel + block <= p.channels; channel += block) {
    write_block<block>(p, input, window, channel, output + channel);
  }
  for (; channel < p.channels; ++channel) write_block<1>(p, input, window, channel, output + channel);
#endif
}

}  // namespace

void MaxPool2dS16::run_rows(const Params& params, const Operands&, Rows<const std::int16_t> input,
                            Rows<std::int16_t> output, std::int32_t row_begin, std::int32_t row_end) noexcept {
  for (std::int32_t out_y = row_begin; out_y < row_end; ++out_y) {
    const std::int32_t y = out_y * params.stride_h - params.pad_top;
    const TapRange rows = valid_taps(y, params.dilation_h, params.kernel_h, params.input_h);
    const std::int32_t first_slot = rows.size() > 0 ? input.slot(y + rows.begin * params.dilation_h) : 0;
    std::int16_t* position = output.row(out_y);
    std::int32_t x = -params.pad_left;
    for (std::int32_t out_x = 0; out_x < params.output_w; ++out_x, x += params.stride_w) {
      const TapRange columns = valid_taps(x, params.dilation_w, params.kernel_w, params.input_w);
      const Window window{rows, columns, first_slot, (x + columns.begin * params.dilation_w) * params.channels};
      write_position(params, input, window, position);
      position += params.channels;
    }
  }
}

void MaxPool2dS16::run(const Params& params, const Operands& operands) noexcept {
  for (std::int32_t image = 0; image < params.batches; ++image) {
    run_rows(params, operands, image_rows(operands.input, image, params.input_h, params.input_w, params.channels),
             image_rows(operands.output, image, params.output_h, params.output_w, params.channels), 0, params.output_h);
  }
}

}  // namespace pudu::kernels
