// Portable adaptive_avg_pool2d_s8.
#include "kernels/adaptive_avg_pool2d/adaptive_avg_pool2d_s8.hpp"
#include "kernels/average.hpp"

namespace pudu::kernels {
namespace {

/// PyTorch's window of output index i: [floor(i * in / out), ceil((i + 1) * in / out)).
constexpr std::int32_t window_begin(std::int32_t index, std::int32_t input, std::int32_t output) noexcept {
  return index * input / output;
}
constexpr std::int32_t window_end(std::int32_t index, std::int32_t input, std::int32_t output) noexcept {
  return ((index + 1) * input + output - 1) / output;
}

}  // namespace

void AdaptiveAvgPool2dS8::run(const Params& params, const Operands& operands) noexcept {
  RoundingDivider divider(1, 1);
  std::int8_t* position = operands.output;
  for (std::int32_t image = 0; image < params.batches; ++image) {
    const auto input = image_rows(operands.input, image, params.input_h, params.input_w, params.channels);
    for (std::int32_t y = 0; y < params.output_h; ++y) {
      for (std::int32_t x = 0; x < params.output_w; ++x, position += params.channels) {
        const Rectangle taps{
            window_begin(y, params.input_h, params.output_h), window_end(y, params.input_h, params.output_h),
            window_begin(x, params.input_w, params.output_w), window_end(x, params.input_w, params.output_w)};
        const std::int32_t area = taps.area();
        if (!divider.is_for(area, area)) divider = RoundingDivider(area, area);
        average_position(input, taps, params.channels, 0, divider, params.activation_min, params.activation_max,
                         position);
      }
    }
  }
}

}  // namespace pudu::kernels
