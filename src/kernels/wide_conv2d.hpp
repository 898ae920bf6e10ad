// Convolution of codes of 16 bits, or of 8 bits to 16 or back: the code of conv2d_s16, conv2d_s16_s8 and conv2d_s8_s16.
// A receptive field of int16 codes that is one piece of an input row is read in place; any other is gathered once per
// output position into a patch of 16 bits, zero point taken away, then all output channels run over the patch, a few at
// a time.
#pragma once

#include <cstring>

#if defined(__ARM_FEATURE_MVE)
#include "kernels/mve.hpp"
#endif

#include "kernels/kernel.hpp"
#include "kernels/taps.hpp"
#include "kernels/wide_product.hpp"

namespace pudu::kernels::wide_conv2d {

/// What one output position reads. The rows are the same along an output row.
struct Window {
  TapRange rows;            ///< taps inside of the image
  std::int32_t first_slot;  ///< where the input row of tap rows.begin is held
  std::int32_t x;           ///< column of the first tap; may lie outside
};

inline std::int16_t* append_zeros(std::int16_t* patch, std::int32_t count) noexcept {
  // Nearly every call adds nothing, and a call of memset costs.
  if (count > 0) std::memset(patch, 0, static_cast<std::size_t>(count) * sizeof(std::int16_t));
  return patch + count;
}

/// int16 codes have zero point 0.
inline std::int16_t* append_values(std::int16_t* patch, const std::int16_t* input, std::int32_t count,
                                   std::int32_t) noexcept {
#if defined(__ARM_FEATURE_MVE)
  mve::copy_bytes(reinterpret_cast<std::int8_t*>(patch), reinterpret_cast<const std::int8_t*>(input), 2 * count);
#else
  std::int32_t done = 0;
#if !defined(__arm__) || defined(__ARM_FEATURE_UNALIGNED)
  // Words, in a copy of a size that is known: no call.
  for (; done + 8 <= count; done += 8) std::memcpy(patch + done, input + done, 8 * sizeof(std::int16_t));
#endif
  for (; done < count; ++done) patch[done] = input[done];
#endif
  return patch + count;
}

inline std::int16_t* append_values(std::int16_t* patch, const std::int8_t* input, std::int32_t count,
                                   std::int32_t offset) noexcept {
#if defined(__ARM_FEATURE_MVE)
  return mve::widen(patch, input, count, offset);
#else
  for (std::int32_t i = 0; i < count; ++i) patch[i] = static_cast<std::int16_t>(input[i] + offset);
  return patch + count;
#endif
}

/// Gathers a window that lies inside of the image, its rows one piece each.
template <class Kernel>
void copy_window(const typename Kernel::Params& p, Rows<const typename Kernel::Input> input, const Window& window,
                 std::int16_t* patch) noexcept {
  const std::int32_t row_length = p.kernel_w * p.input_channels, first = window.x * p.input_channels;
  std::int32_t slot = window.first_slot;
  for (std::int32_t ky = 0; ky < p.kernel_h; ++ky, slot = input.advance(slot, p.dilation_h)) {
    patch = append_values(patch, input.at(slot) + first, row_length, p.input_offset);
  }
}

/// Gathers the window of one group, [kernel_h, kernel_w, input_channels / groups], zeros outside.
template <class Kernel>
void fill_patch(const typename Kernel::Params& p, Rows<const typename Kernel::Input> input, const Window& window,
                std::int32_t group, std::int16_t* patch) noexcept {
  const std::int32_t channels = p.input_channels / p.groups;
  const TapRange taps = valid_taps(window.x, p.dilation_w, p.kernel_w, p.input_w);
  // Neighbouring taps are neighbours in memory unless they are dilated or hold other groups too.
  const bool contiguous = p.dilation_w == 1 && p.groups == 1;
  if (contiguous && taps.size() == p.kernel_w && window.rows.size() == p.kernel_h) {
    return copy_window<Kernel>(p, input, window, patch);
  }
  const std::int32_t row_length = p.kernel_w * channels;
  const TapRange rows = taps.size() > 0 ? window.rows : TapRange{p.kernel_h, p.kernel_h};
  patch = append_zeros(patch, rows.begin * row_length);
  std::int32_t slot = window.first_slot;
  for (std::int32_t ky = rows.begin; ky < rows.end; ++ky, slot = input.advance(slot, p.dilation_h)) {
    const auto* first = input.at(slot) + (window.x + taps.begin * p.dilation_w) * p.input_channels + group * channels;
    patch = append_zeros(patch, taps.begin * channels);
    if (contiguous) {
      patch = append_values(patch, first, taps.size() * channels, p.input_offset);
    } else {
      for (std::int32_t kx = taps.begin; kx < taps.end; ++kx, first += p.dilation_w * p.input_channels) {
        patch = append_values(patch, first, channels, p.input_offset);
      }
    }
    patch = append_zeros(patch, (p.kernel_w - taps.end) * channels);
  }
  append_zeros(patch, (p.kernel_h - rows.end) * row_length);
}

/// Reads the taps of a window that are inside of the image where they lie.
template <class Kernel, SumForm Form>
void write_position_in_place(const typename Kernel::Params& p, const typename Kernel::Operands& operands,
                             const WideChannelRequantizer& requantizer, Rows<const typename Kernel::Input> input,
                             const Window& window, typename Kernel::Output* output) noexcept {
  const std::int32_t row_stride = p.kernel_w * p.input_channels;
  const TapRange taps =
      window.rows.size() > 0 ? valid_taps(window.x, p.dilation_w, p.kernel_w, p.input_w) : TapRange{0, 0};
  const std::int16_t* values =
      taps.size() == 0 ? input.base
                       : input.at(window.first_slot) + (window.x + taps.begin * p.dilation_w) * p.input_channels;
  write_wide_channels<Form>(values, operands.weights + taps.begin * p.input_channels, row_stride,
                            taps.size() * p.input_channels, requantizer, 0, p.output_channels, output);
}

/// An output row whose windows are read in place: those that the border cuts one by one, all others together.
template <class Kernel, SumForm Form>
void write_row_in_place(const typename Kernel::Params& p, const typename Kernel::Operands& operands,
                        const WideChannelRequantizer& requantizer, Rows<const typename Kernel::Input> input,
                        Window window, typename Kernel::Output* output) noexcept {
  const std::int32_t length = p.kernel_w * p.input_channels;
  const bool is_inside = window.rows.size() > 0;
  const TapRange inner =
      is_inside ? inner_columns(p.output_w, p.stride_w, p.pad_left, p.kernel_w - 1, p.input_w) : TapRange{0, 0};
  for (std::int32_t x = 0; x < p.output_w; ++x) {
    if (x == inner.begin && inner.size() > 0) {
      const std::int32_t step = p.stride_w * p.input_channels;
      const std::int16_t* values = input.at(window.first_slot) + (x * p.stride_w - p.pad_left) * p.input_channels;
      write_wide_positions<Form>(values, step, operands.weights, length, requantizer, p.output_channels,
                                 output + x * p.output_channels, inner.size());
      x = inner.end;
      if (x == p.output_w) return;
    }
    window.x = x * p.stride_w - p.pad_left;
    write_position_in_place<Kernel, Form>(p, operands, requantizer, input, window, output + x * p.output_channels);
  }
}

template <class Kernel, SumForm Form>
void write_row_from_patches(const typename Kernel::Params& p, const typename Kernel::Operands& operands,
                            const WideChannelRequantizer& requantizer, Rows<const typename Kernel::Input> input,
                            Window window, typename Kernel::Output* output) noexcept {
  auto* patch = static_cast<std::int16_t*>(operands.scratch);
  const std::int32_t length = p.kernel_h * p.kernel_w * (p.input_channels / p.groups);
  const std::int32_t group_outputs = p.output_channels / p.groups;
  for (std::int32_t left = p.output_w; left > 0; --left, window.x += p.stride_w, output += p.output_channels) {
    for (std::int32_t group = 0; group < p.groups; ++group) {
      fill_patch<Kernel>(p, input, window, group, patch);
      write_wide_channels<Form>(patch, operands.weights, length, length, requantizer, group * group_outputs,
                                (group + 1) * group_outputs, output);
    }
  }
}

template <class Kernel, SumForm Form>
void write_row(const typename Kernel::Params& p, const typename Kernel::Operands& operands,
               const WideChannelRequantizer& requantizer, Rows<const typename Kernel::Input> input,
               const Window& window, typename Kernel::Output* output) noexcept {
  if constexpr (sizeof(typename Kernel::Input) == 2) {
    if (Kernel::reads_in_place(p)) {
      return write_row_in_place<Kernel, Form>(p, operands, requantizer, input, window, output);
    }
  }
  write_row_from_patches<Kernel, Form>(p, operands, requantizer, input, window, output);
}

/// Kernel::run_rows.
template <class Kernel>
void write_rows(const typename Kernel::Params& params, const typename Kernel::Operands& operands,
                Rows<const typename Kernel::Input> input, Rows<typename Kernel::Output> output, std::int32_t row_begin,
                std::int32_t row_end) noexcept {
  const WideChannelRequantizer requantizer = wide_requantizer<Kernel>(params, operands);
  const std::int32_t taps = params.kernel_h * params.kernel_w * (params.input_channels / params.groups);
  const SumForm form = form_of_rows(requantizer, operands.weights, params.output_channels, taps,
                                    params.output_w * (row_end - row_begin));
  const auto write = form == SumForm::Narrow ? write_row<Kernel, SumForm::Narrow> : write_row<Kernel, SumForm::Wide>;
  for (std::int32_t y = row_begin; y < row_end; ++y) {
    const std::int32_t first_y = y * params.stride_h - params.pad_top;
    const TapRange rows = valid_taps(first_y, params.dilation_h, params.kernel_h, params.input_h);
    const std::int32_t slot = rows.size() > 0 ? input.slot(first_y + rows.begin * params.dilation_h) : 0;
    write(params, operands, requantizer, input, {rows, slot, -params.pad_left}, output.row(y));
  }
}

/// Kernel::run.
template <class Kernel>
void run_images(const typename Kernel::Params& params, const typename Kernel::Operands& operands) noexcept {
  for (std::int32_t image = 0; image < params.batches; ++image) {
    write_rows<Kernel>(params, operands,
                       image_rows(operands.input, image, params.input_h, params.input_w, params.input_channels),
                       image_rows(operands.output, image, params.output_h, params.output_w, params.output_channels), 0,
                       params.output_h);
  }
}

}  // namespace pudu::kernels::wide_conv2d
