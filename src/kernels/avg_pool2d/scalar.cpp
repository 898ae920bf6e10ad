// Portable avg_pool2d_s8.
#include "kernels/average.hpp"
#include "kernels/avg_pool2d/avg_pool2d_s8.hpp"

namespace pudu::kernels {
namespace {

constexpr std::int32_t larger(std::int32_t a, std::int32_t b) noexcept {
  return a > b ? a : b;
}
constexpr std::int32_t smaller(std::int32_t a, std::int32_t b) noexcept {
  return a < b ? a : b;
}

}  // namespace

void AvgPool2dS8::run_rows(const Params& params, const Operands&, Rows<const std::int8_t> input,
                           Rows<std::int8_t> output, std::int32_t row_begin, std::int32_t row_end) noexcept {
  RoundingDivider divider(1, 1);
  for (std::int32_t out_y = row_begin; out_y < row_end; ++out_y) {
    const std::int32_t y = out_y * params.stride_h - params.pad_top;
    const std::int32_t y_end = smaller(y + params.kernel_h, params.input_h + params.pad_bottom);
    std::int8_t* position = output.row(out_y);
    for (std::int32_t out_x = 0; out_x < params.output_w; ++out_x, position += params.channels) {
      const std::int32_t x = out_x * params.stride_w - params.pad_left;
      const std::int32_t x_end = smaller(x + params.kernel_w, params.input_w + params.pad_right);
      const Rectangle padded{y, y_end, x, x_end};
      const Rectangle taps{larger(y, 0), smaller(y_end, params.input_h), larger(x, 0), smaller(x_end, params.input_w)};
      const std::int32_t valid = taps.area();
      std::int32_t divisor = params.count_include_pad != 0 ? padded.area() : valid;
      if (params.divisor_override != 0) divisor = params.divisor_override;
      if (divisor == 0) divisor = 1;  // nothing to average: one tap of padding
      if (!divider.is_for(divisor, valid)) divider = RoundingDivider(divisor, valid);
      average_position(input, taps, params.channels, (divisor - valid) * params.pad_value, divider,
                       params.activation_min, params.activation_max, position);
    }
  }
}

void AvgPool2dS8::run(const Params& params, const Operands& operands) noexcept {
  for (std::int32_t image = 0; image < params.batches; ++image) {
    run_rows(params, operands, image_rows(operands.input, image, params.input_h, params.input_w, params.channels),
             image_rows(operands.output, image, params.output_h, params.output_w, params.channels), 0, params.output_h);
  }
}

}  // namespace pudu::kernels
