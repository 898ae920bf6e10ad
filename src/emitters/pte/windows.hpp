// Where the windows of a convolution or pool lie on the image, and what PyTorch's rules say about it.
#pragma once

#include <cstdint>
#include <optional>

#include "kernels/conv2d/conv2d_s8.hpp"
#include "kernels/transpose_conv2d/transpose_conv2d_s8.hpp"

namespace pudu::emitters {

/// Rows and columns around an image.
struct Pads {
  std::int32_t top = 0, left = 0, bottom = 0, right = 0;
  friend bool operator==(const Pads&, const Pads&) = default;
};

/// One direction: `output` windows of `extent` elements, `stride` apart, the first `pad` before the image.
struct WindowAxis {
  std::int32_t input, output, extent, stride, pad;

  /// Elements behind the image that the last window covers.
  std::int32_t overshoot() const;
  /// With `pad` on both sides; `rounds_up` is ceil_mode, which drops a window that begins behind the image.
  std::int32_t regular_output(bool rounds_up) const;
  /// Is `output` that of the same padding on both sides, rounded down?
  bool is_symmetric() const { return output == regular_output(false); }
};

struct Windows {
  WindowAxis h, w;

  /// Pads with which every window lies inside.
  Pads needed() const { return {h.pad, w.pad, h.overshoot(), w.overshoot()}; }
  /// Is the output size that of the same padding on both sides, rounded down?
  bool is_symmetric() const { return h.is_symmetric() && w.is_symmetric(); }
  /// Does every window begin above the image's end?
  bool begin_inside() const { return (h.output - 1) * h.stride - h.pad < h.input; }
  /// The ceil_mode that gives the output size; false when both do, none when neither does.
  std::optional<bool> ceil_mode() const;
};

template <class Params>
Windows windows_of(const Params& params, std::int32_t dilation_h, std::int32_t dilation_w) {
  return {{params.input_h, params.output_h, dilation_h * (params.kernel_h - 1) + 1, params.stride_h, params.pad_top},
          {params.input_w, params.output_w, dilation_w * (params.kernel_w - 1) + 1, params.stride_w, params.pad_left}};
}

struct Extents {
  std::int32_t h, w;
};
/// What PyTorch calls output_padding: rows and columns behind those that the same padding on both sides gives.
Extents output_padding(const kernels::TransposeConv2dS8Params& params);

/// Does CMSIS-NN's MVE kernel for images of one row fail, or compute wrong numbers? (arm_convolve_1_x_n_s8 of 2026: it
/// fails unless 2 * pad + T % 2 = T, T being the padding that the output width needs, and misses a tap where T = -1.)
bool fails_as_row(const kernels::Conv2dS8Params& params);
/// The same convolution of the same bytes, turned by a quarter: an image of one column, for which the general kernel
/// runs. For a convolution that fails_as_row.
void turn_row_into_column(kernels::Conv2dS8Params& params);

}  // namespace pudu::emitters
