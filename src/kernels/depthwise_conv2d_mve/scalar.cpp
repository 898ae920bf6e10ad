// Portable twin of depthwise_conv2d_mve_s8, over the same prepared operands.
#if !defined(__ARM_FEATURE_MVE)

#include "kernels/depthwise_conv2d_mve/depthwise_conv2d_mve_s8.hpp"
#include "numerics/requantize.hpp"

namespace pudu::kernels::depthwise_conv2d_mve {
namespace {

/// Of one image; what lies outside of it is the zero point.
std::int32_t sum_window(const DepthwiseConv2dMveS8Params& p, const std::int8_t* image, const std::int8_t* weights,
                        std::int32_t y, std::int32_t x) noexcept {
  const std::int32_t kernel = p.kernel_h, bytes = position_bytes(kernel);
  std::int32_t sum = 0;
  for (std::int32_t ky = 0; ky < kernel; ++ky) {
    for (std::int32_t kx = 0; kx < kernel; ++kx) {
      const std::int32_t row = y + ky, column = x + kx;
      const bool is_inside = row >= 0 && row < p.input_h && column >= 0 && column < p.input_w;
      const std::int32_t value = is_inside ? image[(row * p.input_w + column) * p.channels] : p.pad_value;
      sum += value * weights[p.slide_down != 0 ? bytes * ky + kx : bytes * kx + ky];
    }
  }
  return sum;
}

}  // namespace

void run_scalar(const DepthwiseConv2dMveS8Params& p, const DepthwiseConv2dMveS8Operands& operands) noexcept {
  const std::int8_t* weights = operands.weights + first_weight(p.kernel_h);
  const std::int8_t* image = operands.input;
  std::int8_t* output = operands.output;
  for (std::int32_t batch = 0; batch < p.batches; ++batch, image += p.input_h * p.input_w * p.channels) {
    for (std::int32_t y = 0; y < p.output_h; ++y) {
      for (std::int32_t x = 0; x < p.output_w; ++x) {
        for (std::int32_t channel = 0; channel < p.channels; ++channel) {
          const std::int32_t* constants = operands.constants + 4 * channel;
          const std::int32_t sum = sum_window(p, image + channel, weights + weight_bytes(p.kernel_h) * channel,
                                              y * p.stride_h - p.pad_top, x * p.stride_w - p.pad_left);
          *output++ = numerics::requantize_to_int8(numerics::wrapping_add(sum, constants[0]), constants[1],
                                                   constants[3], constants[2], -128, 127);
        }
      }
    }
  }
}

}  // namespace pudu::kernels::depthwise_conv2d_mve

#endif
