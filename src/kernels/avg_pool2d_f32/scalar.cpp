// Portable avg_pool2d_f32.
#include "kernels/avg_pool2d_f32/avg_pool2d_f32.hpp"
#include "kernels/float_math.hpp"
#include "kernels/taps.hpp"

namespace pudu::kernels {
namespace {

/// Extent of a window in the padded image.
std::int32_t padded_size(std::int32_t origin, std::int32_t taps, std::int32_t padded_end) noexcept {
  return origin + taps < padded_end ? taps : padded_end - origin;
}

void average(const AvgPool2dS8Params& p, const float* image, std::int32_t top, std::int32_t left,
             float* output) noexcept {
  const TapRange rows = valid_taps(top, 1, p.kernel_h, p.input_h);
  const TapRange columns = valid_taps(left, 1, p.kernel_w, p.input_w);
  std::int32_t divisor = p.divisor_override;
  if (divisor == 0 && p.count_include_pad != 0) {
    divisor =
        padded_size(top, p.kernel_h, p.input_h + p.pad_bottom) * padded_size(left, p.kernel_w, p.input_w + p.pad_right);
  } else if (divisor == 0) {
    divisor = rows.size() * columns.size();
  }
  const bool is_empty = rows.size() <= 0 || columns.size() <= 0;
  for (std::int32_t c = 0; c < p.channels; ++c) {
    float sum = 0;
    for (std::int32_t row = rows.begin; row < rows.end; ++row) {
      for (std::int32_t column = columns.begin; column < columns.end; ++column) {
        sum = rounded(sum + image[((top + row) * p.input_w + left + column) * p.channels + c]);
      }
    }
    output[c] = is_empty ? 0.0f : rounded(sum / static_cast<float>(divisor));
  }
}

}  // namespace

void AvgPool2dF32::run(const Params& params, const Operands& operands) noexcept {
  float* output = operands.output;
  for (std::int32_t n = 0; n < params.batches; ++n) {
    const float* image = operands.input + n * params.input_h * params.input_w * params.channels;
    for (std::int32_t y = 0; y < params.output_h; ++y) {
      for (std::int32_t x = 0; x < params.output_w; ++x, output += params.channels) {
        average(params, image, y * params.stride_h - params.pad_top, x * params.stride_w - params.pad_left, output);
      }
    }
  }
}

}  // namespace pudu::kernels
