#include "emitters/pte/windows.hpp"

#include <algorithm>
#include <utility>

namespace pudu::emitters {

std::int32_t WindowAxis::overshoot() const {
  return std::max((output - 1) * stride + extent - pad - input, 0);
}

std::int32_t WindowAxis::regular_output(bool rounds_up) const {
  const std::int32_t room = input + 2 * pad - extent;
  if (room < 0) return 0;
  std::int32_t count = room / stride + 1;
  if (rounds_up && room % stride != 0 && count * stride < input + pad) ++count;
  return count;
}

std::optional<bool> Windows::ceil_mode() const {
  for (const bool rounds_up : {false, true}) {
    if (h.output == h.regular_output(rounds_up) && w.output == w.regular_output(rounds_up)) return rounds_up;
  }
  return std::nullopt;
}

Extents output_padding(const kernels::TransposeConv2dS8Params& p) {
  return {p.output_h - ((p.input_h - 1) * p.stride_h - 2 * p.pad_top + p.dilation_h * (p.kernel_h - 1) + 1),
          p.output_w - ((p.input_w - 1) * p.stride_w - 2 * p.pad_left + p.dilation_w * (p.kernel_w - 1) + 1)};
}

bool fails_as_row(const kernels::Conv2dS8Params& p) {
  const bool is_pointwise = p.kernel_w == 1 && p.pad_left == 0;
  const bool is_row = p.input_h == 1 && p.kernel_h == 1 && p.output_h == 1 && p.pad_top == 0;
  if (!is_row || is_pointwise || p.groups != 1 || p.dilation_w != 1) return false;
  if (p.stride_w * p.input_channels % 4 != 0) return false;
  const std::int32_t needed = (p.output_w - 1) * p.stride_w + p.kernel_w - p.input_w;
  return needed == -1 || 2 * p.pad_left + needed % 2 != needed;
}

void turn_row_into_column(kernels::Conv2dS8Params& p) {
  std::swap(p.input_h, p.input_w);
  std::swap(p.output_h, p.output_w);
  std::swap(p.kernel_h, p.kernel_w);
  std::swap(p.stride_h, p.stride_w);
  std::swap(p.pad_top, p.pad_left);
  std::swap(p.dilation_h, p.dilation_w);
}

}  // namespace pudu::emitters
