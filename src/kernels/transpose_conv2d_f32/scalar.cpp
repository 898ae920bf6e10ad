// Portable transpose_conv2d_f32.
#include "kernels/float_math.hpp"
#include "kernels/transpose_conv2d_f32/transpose_conv2d_f32.hpp"

namespace pudu::kernels {
namespace {

/// Position of the input whose tap falls on `position`, or -1.
std::int32_t source(std::int32_t position, std::int32_t stride, std::int32_t extent) noexcept {
  if (position < 0 || position % stride != 0) return -1;
  return position / stride < extent ? position / stride : -1;
}

/// One element of the result.
float gather(const TransposeConv2dF32Params& p, const TransposeConv2dF32Operands& operands, const float* image,
             std::int32_t y, std::int32_t x, std::int32_t o) noexcept {
  float sum = operands.bias[o];
  for (std::int32_t row = 0; row < p.kernel_h; ++row) {
    const std::int32_t i = source(y + p.pad_top - row * p.dilation_h, p.stride_h, p.input_h);
    if (i < 0) continue;
    for (std::int32_t column = 0; column < p.kernel_w; ++column) {
      const std::int32_t j = source(x + p.pad_left - column * p.dilation_w, p.stride_w, p.input_w);
      if (j < 0) continue;
      const float* pixel = image + (i * p.input_w + j) * p.input_channels;
      const float* tap = operands.weights + ((o * p.kernel_h + row) * p.kernel_w + column) * p.input_channels;
      for (std::int32_t c = 0; c < p.input_channels; ++c) sum = plus_product(sum, pixel[c], tap[c]);
    }
  }
  return clamp_float(sum, p.minimum, p.maximum);
}

}  // namespace

void TransposeConv2dF32::run(const Params& params, const Operands& operands) noexcept {
  float* output = operands.output;
  for (std::int32_t n = 0; n < params.batches; ++n) {
    const float* image = operands.input + n * params.input_h * params.input_w * params.input_channels;
    for (std::int32_t y = 0; y < params.output_h; ++y) {
      for (std::int32_t x = 0; x < params.output_w; ++x) {
        for (std::int32_t o = 0; o < params.output_channels; ++o) *output++ = gather(params, operands, image, y, x, o);
      }
    }
  }
}

}  // namespace pudu::kernels
