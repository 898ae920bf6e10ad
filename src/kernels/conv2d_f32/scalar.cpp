// Portable conv2d_f32.
#include "kernels/conv2d_f32/conv2d_f32.hpp"
#include "kernels/float_math.hpp"
#include "kernels/taps.hpp"

namespace pudu::kernels {
namespace {

/// All channels of one position.
void convolve(const Conv2dF32Params& p, const Conv2dF32Operands& operands, const float* image, std::int32_t y,
              std::int32_t x, float* output) noexcept {
  const std::int32_t top = y * p.stride_h - p.pad_top, left = x * p.stride_w - p.pad_left;
  const TapRange rows = valid_taps(top, p.dilation_h, p.kernel_h, p.input_h);
  const TapRange columns = valid_taps(left, p.dilation_w, p.kernel_w, p.input_w);
  const std::int32_t inputs = p.input_channels / p.groups, outputs = p.output_channels / p.groups;
  const float* weights = operands.weights;
  for (std::int32_t o = 0; o < p.output_channels; ++o, weights += p.kernel_h * p.kernel_w * inputs) {
    float sum = operands.bias[o];
    for (std::int32_t row = rows.begin; row < rows.end; ++row) {
      const float* line = image + (top + row * p.dilation_h) * p.input_w * p.input_channels + o / outputs * inputs;
      for (std::int32_t column = columns.begin; column < columns.end; ++column) {
        const float* pixel = line + (left + column * p.dilation_w) * p.input_channels;
        const float* tap = weights + (row * p.kernel_w + column) * inputs;
        for (std::int32_t c = 0; c < inputs; ++c) sum = plus_product(sum, pixel[c], tap[c]);
      }
    }
    output[o] = clamp_float(sum, p.minimum, p.maximum);
  }
}

}  // namespace

void Conv2dF32::run(const Params& params, const Operands& operands) noexcept {
  float* output = operands.output;
  for (std::int32_t n = 0; n < params.batches; ++n) {
    const float* image = operands.input + n * params.input_h * params.input_w * params.input_channels;
    for (std::int32_t y = 0; y < params.output_h; ++y) {
      for (std::int32_t x = 0; x < params.output_w; ++x, output += params.output_channels) {
        convolve(params, operands, image, y, x, output);
      }
    }
  }
}

}  // namespace pudu::kernels
