// Portable twin of conv2d_mve_s8, over the same prepared operands.
#if !defined(__ARM_FEATURE_MVE)

#include "kernels/conv2d_mve/conv2d_mve_s8.hpp"
#include "numerics/requantize.hpp"

namespace pudu::kernels::conv2d_mve {
namespace {

/// Sum of one output over the window whose first tap is (y, x); what lies outside of the image is the zero point.
std::int32_t sum_window(const Conv2dMveS8Params& p, const std::int8_t* image, const std::int8_t* weights,
                        std::int32_t y, std::int32_t x) noexcept {
  std::int32_t sum = 0;
  for (std::int32_t ky = 0; ky < p.kernel_h; ++ky) {
    for (std::int32_t kx = 0; kx < p.kernel_w; ++kx) {
      const std::int32_t row = y + ky, column = x + kx;
      const bool is_inside = row >= 0 && row < p.input_h && column >= 0 && column < p.input_w;
      const std::int8_t* values = is_inside ? image + (row * p.input_w + column) * p.input_channels : nullptr;
      for (std::int32_t channel = 0; channel < p.input_channels; ++channel) {
        const std::int32_t value = values != nullptr ? values[channel] : p.pad_value;
        sum = numerics::wrapping_add(sum, value * weights[weight_index(p, ky, kx, channel)]);
      }
    }
  }
  return sum;
}

}  // namespace

void run_scalar(const Conv2dMveS8Params& p, const Conv2dMveS8Operands& operands) noexcept {
  using Kernel = Conv2dMveS8;
  const std::int8_t* image = operands.input;
  std::int8_t* output = operands.output;
  for (std::int32_t batch = 0; batch < p.batches; ++batch, image += p.input_h * p.input_w * p.input_channels) {
    for (std::int32_t y = 0; y < p.output_h; ++y) {
      for (std::int32_t x = 0; x < p.output_w; ++x, output += p.output_channels) {
        for (std::int32_t i = 0; i < 2 * Kernel::pairs(p); ++i) {
          const std::int32_t* constants = operands.constants + 8 * (i / 2);
          const std::int32_t* channel = constants + 3 * (i % 2);
          const std::int8_t* weights = operands.weights + i / 2 * Kernel::pair_bytes(p) + i % 2 * 16;
          const std::int32_t sum =
              sum_window(p, image, weights, y * p.stride_h - p.pad_top, x * p.stride_w - p.pad_left);
          output[Kernel::first_channel(p, i / 2) + i % 2] =
              numerics::requantize_to_int8(numerics::wrapping_add(sum, channel[0]), channel[1], channel[2],
                                           constants[6], p.activation_min, p.activation_max);
        }
      }
    }
  }
}

}  // namespace pudu::kernels::conv2d_mve

#endif
