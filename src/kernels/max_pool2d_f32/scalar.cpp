// Portable max_pool2d_f32.
#include "kernels/float_math.hpp"
#include "kernels/max_pool2d_f32/max_pool2d_f32.hpp"
#include "kernels/taps.hpp"

namespace pudu::kernels {
namespace {

void find_largest(const MaxPool2dS8Params& p, const float* image, std::int32_t top, std::int32_t left,
                  float* output) noexcept {
  const TapRange rows = valid_taps(top, p.dilation_h, p.kernel_h, p.input_h);
  const TapRange columns = valid_taps(left, p.dilation_w, p.kernel_w, p.input_w);
  for (std::int32_t c = 0; c < p.channels; ++c) {
    float largest = -positive_infinity();
    for (std::int32_t row = rows.begin; row < rows.end; ++row) {
      for (std::int32_t column = columns.begin; column < columns.end; ++column) {
        const std::int32_t y = top + row * p.dilation_h, x = left + column * p.dilation_w;
        const float element = image[(y * p.input_w + x) * p.channels + c];
        if (element > largest) largest = element;
      }
    }
    output[c] = largest;
  }
}

}  // namespace

void MaxPool2dF32::run(const Params& params, const Operands& operands) noexcept {
  float* output = operands.output;
  for (std::int32_t n = 0; n < params.batches; ++n) {
    const float* image = operands.input + n * params.input_h * params.input_w * params.channels;
    for (std::int32_t y = 0; y < params.output_h; ++y) {
      for (std::int32_t x = 0; x < params.output_w; ++x, output += params.channels) {
        find_largest(params, image, y * params.stride_h - params.pad_top, x * params.stride_w - params.pad_left,
                     output);
      }
    }
  }
}

}  // namespace pudu::kernels
