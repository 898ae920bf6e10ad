// Portable conv2d_s16. A receptive field that is one piece of an input row is read in place; any other is gathered once
// per output position into a patch, then all output channels run over the patch, a few at a time.
#include <cstring>

#if defined(__ARM_FEATURE_MVE)
#include "kernels/mve.hpp"
#endif

#include "kernels/conv2d_s16/conv2d_s16.hpp"
#include "kernels/taps.hpp"
#include "kernels/wide_product.hpp"

namespace pudu::kernels {
namespace {

/// What one output position reads. The rows are the same along an output row.
struct Window {
  TapRange rows;            ///< taps inside of the image
  std::int32_t first_slot;  ///< where the input row of tap rows.begin is held
  std::int32_t x;           ///< column of the first tap; may lie outside
};

std::int16_t* append_zeros(std::int16_t* patch, std::int32_t count) noexcept {
  // Nearly every call adds nothing, and a call of memset costs.
  if (count > 0) std::memset(patch, 0, static_cast<std::size_t>(count) * sizeof(std::int16_t));
  return patch + count;
}

std::int16_t* append_values(std::int16_t* patch, const std::int16_t* input, std::int32_t count) noexcept {
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

/// Gathers the window of one group, [kernel_h, kernel_w, input_channels / groups], zeros outside.
void fill_patch(const Conv2dS16Params& p, Rows<const std::int16_t> input, Window window, std::int32_t group,
                std::int16_t* patch) noexcept {
  const std::int32_t channels = p.input_channels / p.groups;
  const TapRange taps = valid_taps(window.x, p.dilation_w, p.kernel_w, p.input_w);
  // Neighbouring taps are neighbours in memory unless they are dilated or hold other groups too.
  const bool contiguous = p.dilation_w == 1 && p.groups == 1;
  const std::int32_t row_length = p.kernel_w * channels;
  const TapRange rows = taps.size() > 0 ? window.rows : TapRange{p.kernel_h, p.kernel_h};
  patch = append_zeros(patch, rows.begin * row_length);
  std::int32_t slot = window.first_slot;
  for (std::int32_t ky = rows.begin; ky < rows.end; ++ky, slot = input.advance(slot, p.dilation_h)) {
    const std::int16_t* first =
        input.at(slot) + (window.x + taps.begin * p.dilation_w) * p.input_channels + group * channels;
    patch = append_zeros(patch, taps.begin * channels);
    if (contiguous) {
      patch = append_values(patch, first, taps.size() * channels);
    } else {
      for (std::int32_t kx = taps.begin; kx < taps.end; ++kx, first += p.dilation_w * p.input_channels) {
        patch = append_values(patch, first, channels);
      }
    }
    patch = append_zeros(patch, (p.kernel_w - taps.end) * channels);
  }
  append_zeros(patch, (p.kernel_h - rows.end) * row_length);
}

template <SumForm Form>
void write_position_in_place(const Conv2dS16Params& p, const Conv2dS16Operands& operands,
                             const WideChannelRequantizer& requantizer, Rows<const std::int16_t> input, Window window,
                             std::int16_t* output) noexcept {
  const std::int32_t row_stride = p.kernel_w * p.input_channels;
  const TapRange taps =
      window.rows.size() > 0 ? valid_taps(window.x, p.dilation_w, p.kernel_w, p.input_w) : TapRange{0, 0};
  const std::int16_t* values =
      taps.size() == 0 ? input.base
                       : input.at(window.first_slot) + (window.x + taps.begin * p.dilation_w) * p.input_channels;
  write_wide_channels<Form>(values, operands.weights + taps.begin * p.input_channels, row_stride,
                            taps.size() * p.input_channels, requantizer, 0, p.output_channels, output);
}

template <SumForm Form>
void write_position_from_patch(const Conv2dS16Params& p, const Conv2dS16Operands& operands,
                               const WideChannelRequantizer& requantizer, Rows<const std::int16_t> input, Window window,
                               std::int16_t* output) noexcept {
  auto* patch = static_cast<std::int16_t*>(operands.scratch);
  const std::int32_t length = p.kernel_h * p.kernel_w * (p.input_channels / p.groups);
  const std::int32_t group_outputs = p.output_channels / p.groups;
  for (std::int32_t group = 0; group < p.groups; ++group) {
    fill_patch(p, input, window, group, patch);
    write_wide_channels<Form>(patch, operands.weights, length, length, requantizer, group * group_outputs,
                              (group + 1) * group_outputs, output);
  }
}

/// An output row whose windows all lie inside of the image and are read in place.
template <SumForm Form>
void write_row_in_place(const Conv2dS16Params& p, const Conv2dS16Operands& operands,
                        const WideChannelRequantizer& requantizer, const std::int16_t* values,
                        std::int16_t* output) noexcept {
  const std::int32_t length = p.kernel_w * p.input_channels, step = p.stride_w * p.input_channels;
  for (std::int32_t left = p.output_w; left > 0; --left, values += step, output += p.output_channels) {
    write_wide_channels<Form>(values, operands.weights, length, length, requantizer, 0, p.output_channels, output);
  }
}

/// Are the columns of every window inside of the image, and its taps one piece?
bool is_inside(const Conv2dS16Params& p) noexcept {
  return Conv2dS16::reads_in_place(p) && p.pad_left == 0 && (p.output_w - 1) * p.stride_w + p.kernel_w <= p.input_w;
}

using WritePosition = void (*)(const Conv2dS16Params&, const Conv2dS16Operands&, const WideChannelRequantizer&,
                               Rows<const std::int16_t>, Window, std::int16_t*) noexcept;

WritePosition choose_writer(const Conv2dS16Params& params, SumForm form) noexcept {
  const bool in_place = Conv2dS16::reads_in_place(params);
  if (form == SumForm::Narrow) {
    return in_place ? write_position_in_place<SumForm::Narrow> : write_position_from_patch<SumForm::Narrow>;
  }
  return in_place ? write_position_in_place<SumForm::Wide> : write_position_from_patch<SumForm::Wide>;
}

}  // namespace

void Conv2dS16::run_rows(const Params& params, const Operands& operands, Rows<const std::int16_t> input,
                         Rows<std::int16_t> output, std::int32_t row_begin, std::int32_t row_end) noexcept {
  const WideChannelRequantizer requantizer{operands.bias, operands.multipliers, operands.shifts, params.output_min,
                                           params.output_max};
  const std::int32_t taps = params.kernel_h * params.kernel_w * (params.input_channels / params.groups);
  const SumForm form = requantizer.form(params.output_channels, taps);
  const WritePosition write_position = choose_writer(params, form);
  const auto write_row =
      form == SumForm::Narrow ? write_row_in_place<SumForm::Narrow> : write_row_in_place<SumForm::Wide>;
  const bool has_whole_rows = is_inside(params);
  for (std::int32_t y = row_begin; y < row_end; ++y) {
    std::int16_t* position = output.row(y);
    const std::int32_t first_y = y * params.stride_h - params.pad_top;
    const TapRange rows = valid_taps(first_y, params.dilation_h, params.kernel_h, params.input_h);
    if (has_whole_rows && rows.size() > 0) {
      write_row(params, operands, requantizer, input.row(first_y), position);
      continue;
    }
    Window window{rows, rows.size() > 0 ? input.slot(first_y + rows.begin * params.dilation_h) : 0, -params.pad_left};
    for (std::int32_t x = 0; x < params.output_w; ++x) {
      write_position(params, operands, requantizer, input, window, position);
      window.x += params.stride_w;
      position += params.output_channels;
    }
  }
}

void Conv2dS16::run(const Params& params, const Operands& operands) noexcept {
  for (std::int32_t image = 0; image < params.batches; ++image) {
    run_rows(params, operands, image_rows(operands.input, image, params.input_h, params.input_w, params.input_channels),
             image_rows(operands.output, image, params.output_h, params.output_w, params.output_channels), 0,
             params.output_h);
  }
}

}  // namespace pudu::kernels
