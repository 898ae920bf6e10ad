// avg_pool2d_s16: a few channels at a time.
#include "kernels/average.hpp"
#include "kernels/avg_pool2d_s16/avg_pool2d_s16.hpp"

namespace pudu::kernels {
namespace {

constexpr std::int32_t larger(std::int32_t a, std::int32_t b) noexcept {
  return a > b ? a : b;
}
constexpr std::int32_t smaller(std::int32_t a, std::int32_t b) noexcept {
  return a < b ? a : b;
}

/// dividend / divisor, rounded to nearest, ties away from zero; |dividend| + divisor / 2 fits 32 bits unsigned.
std::int32_t divide_rounded(std::int32_t dividend, std::int32_t divisor) noexcept {
  const std::uint32_t magnitude =
      dividend < 0 ? 0u - static_cast<std::uint32_t>(dividend) : static_cast<std::uint32_t>(dividend);
  const std::uint32_t quotient =
      (magnitude + static_cast<std::uint32_t>(divisor) / 2) / static_cast<std::uint32_t>(divisor);
  return dividend < 0 ? static_cast<std::int32_t>(0u - quotient) : static_cast<std::int32_t>(quotient);
}

#if defined(__ARM_FEATURE_MVE)
/// sum_block for four channels, one a lane.
void sum_four(Rows<const std::int16_t> input, const Rectangle& taps, std::int32_t channels, std::int32_t channel,
              std::int32_t (&sums)[4]) noexcept {
  int32x4_t total = vdupq_n_s32(0);
  std::int32_t slot = input.slot(taps.y_begin);
  for (std::int32_t y = taps.y_begin; y < taps.y_end; ++y, slot = input.advance(slot, 1)) {
    const std::int16_t* values = input.at(slot) + taps.x_begin * channels + channel;
    for (std::int32_t left = taps.x_end - taps.x_begin; left > 0; --left, values += channels) {
      total = vaddq_s32(total, vldrhq_s32(values));
    }
  }
  vstrwq_s32(sums, total);
}
#endif

/// Sums of channels [channel, channel + Count) over a rectangle.
template <int Count>
void sum_block(Rows<const std::int16_t> input, const Rectangle& taps, std::int32_t channels, std::int32_t channel,
               std::int32_t (&sums)[Count]) noexcept {
  for (std::int32_t& sum : sums) sum = 0;
  if (taps.area() == 0) return;
#if defined(__ARM_FEATURE_MVE)
  if constexpr (Count == 4) return sum_four(input, taps, channels, channel, sums);
#endif
  std::int32_t slot = input.slot(taps.y_begin);
  for (std::int32_t y = taps.y_begin; y < taps.y_end; ++y, slot = input.advance(slot, 1)) {
    const std::int16_t* values = input.at(slot) + taps.x_begin * channels + channel;
    for (std::int32_t x = taps.x_begin; x < taps.x_end; ++x, values += channels) {
      for (int n = 0; n < Count; ++n) sums[n] += values[n];
    }
  }
}

template <int Count>
void write_block(const AvgPool2dS16Params& p, Rows<const std::int16_t> input, const Rectangle& taps,
                 std::int32_t divisor, std::int32_t channel, std::int16_t* output) noexcept {
  std::int32_t sums[Count];
  sum_block(input, taps, p.channels, channel, sums);
  for (int n = 0; n < Count; ++n) {
    const std::int32_t mean = divide_rounded(sums[n], divisor);
    output[channel + n] = static_cast<std::int16_t>(numerics::clamp(mean, p.output_min, p.output_max));
  }
}

}  // namespace

void AvgPool2dS16::run_rows(const Params& params, const Operands&, Rows<const std::int16_t> input,
                            Rows<std::int16_t> output, std::int32_t row_begin, std::int32_t row_end) noexcept {
  constexpr int block = 4;
  for (std::int32_t out_y = row_begin; out_y < row_end; ++out_y) {
    const std::int32_t y = out_y * params.stride_h - params.pad_top;
    const std::int32_t y_end = smaller(y + params.kernel_h, params.input_h + params.pad_bottom);
    std::int16_t* position = output.row(out_y);
    for (std::int32_t out_x = 0; out_x < params.output_w; ++out_x, position += params.channels) {
      const std::int32_t x = out_x * params.stride_w - params.pad_left;
      const std::int32_t x_end = smaller(x + params.kernel_w, params.input_w + params.pad_right);
      const Rectangle padded{y, y_end, x, x_end};
      const Rectangle taps{larger(y, 0), smaller(y_end, params.input_h), larger(x, 0), smaller(x_end, params.input_w)};
      std::int32_t divisor = params.count_include_pad != 0 ? padded.area() : taps.area();
      if (params.divisor_override != 0) divisor = params.divisor_override;
      if (divisor == 0) divisor = 1;  // nothing to average
      std::int32_t channel = 0;
      for (; channel + block <= params.channels; channel += block) {
        write_block<block>(params, input, taps, divisor, channel, position);
      }
      for (; channel < params.channels; ++channel) write_block<1>(params, input, taps, divisor, channel, position);
    }
  }
}

void AvgPool2dS16::run(const Params& params, const Operands& operands) noexcept {
  for (std::int32_t image = 0; image < params.batches; ++image) {
    run_rows(params, operands, image_rows(operands.input, image, params.input_h, params.input_w, params.channels),
             image_rows(operands.output, image, params.output_h, params.output_w, params.channels), 0, params.output_h);
  }
}

}  // namespace pudu::kernels
