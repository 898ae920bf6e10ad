// depthwise_conv2d_dsp_s8, and the depthwise convolutions of 16-bit codes beside it, around their slides: weights of
// four channels are widened, then for every row across the slide (two rows at stride 1) the values are put beside each
// other and the channels slide over them. Code is the input's, int8 or int16.
#pragma once

#include <cstring>

#include "kernels/depthwise_conv2d_dsp/columns.hpp"

namespace pudu::kernels::depthwise_conv2d_dsp {

/// One direction of the image: along the slide, or across.
struct Axis {
  std::int32_t input, output;            ///< extents
  std::int32_t pad;                      ///< before the first input
  std::int32_t input_step, output_step;  ///< bytes from one to the next
};

/// Of an image whose codes have so many bytes.
inline Axis axis_of(const DepthwiseConv2dDspS8Params& p, bool is_vertical, std::int32_t input_bytes,
                    std::int32_t output_bytes) noexcept {
  const std::int32_t input = p.channels * input_bytes, output = p.channels * output_bytes;
  if (is_vertical) return {p.input_h, p.output_h, p.pad_top, p.input_w * input, p.output_w * output};
  return {p.input_w, p.output_w, p.pad_left, input, output};
}

/// What all slides of a call share.
struct Plan {
  Axis along, across;
  std::int32_t outside;  ///< a word of two zero points
  std::int32_t* columns;
  std::int32_t* weights;  ///< of the groups' channels: two rows or stride 2, then one row
};

/// Operands of a call whose codes have 8 or 16 bits, images as bytes.
struct Work {
  const std::int8_t* input;
  const std::int8_t* weights;
  const std::int32_t* constants;
  std::int8_t* output;
  void* scratch;
  std::int32_t input_bytes, output_bytes;  ///< of a code
};

inline Plan plan_of(const DepthwiseConv2dDspS8Params& p, const Work& work) noexcept {
  auto* bytes = static_cast<std::int8_t*>(work.scratch);
  const bool down = p.slide_down != 0;
  return {axis_of(p, down, work.input_bytes, work.output_bytes), axis_of(p, !down, work.input_bytes, work.output_bytes),
          pair_word(p.pad_value, p.pad_value), reinterpret_cast<std::int32_t*>(bytes),
          reinterpret_cast<std::int32_t*>(bytes + DepthwiseConv2dDspS8::column_bytes(p))};
}

/// Weights of a group's channels for slides of the kind, widened into `words` where they have 8 bits.
inline const std::int32_t* group_weights(const DepthwiseConv2dDspS8Params& p, const Work& operands, std::int32_t group,
                                         int kind, std::int32_t* words) noexcept {
  if (p.weight_bits == 16) return reinterpret_cast<const std::int32_t*>(operands.weights) + group * 4 * weight_words;
  for (std::int32_t i = 0; i < 4; ++i)
    slide_weights(operands.weights + 36 * group + 9 * i, kind, words + i * weight_words);
  return words;
}

inline std::int32_t clamped(const Axis& axis, std::int32_t at) noexcept {
  return at < 0 ? 0 : (at >= axis.input ? axis.input - 1 : at);
}

inline bool is_outside(const Axis& axis, std::int32_t at) noexcept {
  return at < 0 || at >= axis.input;
}

inline void fill_words(std::int32_t* to, const std::int32_t* end, std::int32_t word) noexcept {
  while (to < end) *to++ = word;
}

/// Halves of every other word of `columns` columns.
inline void overwrite_channels(const Plan& plan, std::int32_t* words, std::int32_t half,
                               std::int32_t columns) noexcept {
  auto* at = reinterpret_cast<std::int8_t*>(words) + 2 * half;
  for (; columns > 0; --columns, at += 32) {
    std::memcpy(at, &plan.outside, 2);
    std::memcpy(at + 8, &plan.outside, 2);
    std::memcpy(at + 16, &plan.outside, 2);
    std::memcpy(at + 24, &plan.outside, 2);
  }
}

/// Three or four input rows from `row` on, under all positions of the slide; of a fourth the values do not matter.
template <class Code>
void gather_stride1(const Plan& plan, const std::int8_t* input, std::int32_t row, std::int32_t rows) noexcept {
  const Axis &along = plan.along, &across = plan.across;
  const std::int32_t columns = along.output + 2;
  std::int32_t begin = along.pad < columns ? along.pad : columns;
  std::int32_t end = along.input + along.pad < columns ? along.input + along.pad : columns;
  ColumnSource source{};
  const std::int32_t first = clamped(across, row);
  source.first = input + first * across.input_step;
  for (std::int32_t k = 1; k < 4; ++k) {
    source.offsets[k - 1] = (clamped(across, row + k) - first) * across.input_step;
  }
  source.step = along.input_step;
  fill_words(plan.columns, plan.columns + 8 * begin, plan.outside);
  if (begin < end) fill_columns<Code>(source, end - begin, plan.columns + 8 * begin);
  fill_words(plan.columns + 8 * end, plan.columns + 8 * columns, plan.outside);
  for (std::int32_t k = 0; k < rows; ++k) {
    if (!is_outside(across, row + k)) continue;
    // Channel by channel two words, of which the row is in the first or the second.
    overwrite_channels(plan, plan.columns + k / 2, k % 2, columns);
  }
}

/// One pair of columns from `column` on, of which some are outside: the values are put together first.
template <class Code>
void gather_border_pair(const Plan& plan, const std::int8_t* input, std::int32_t row, std::int32_t column,
                        std::int32_t* to) noexcept {
  Code values[3][2][4];
  constexpr auto bytes = static_cast<std::int32_t>(sizeof(Code));
  for (std::int32_t y = 0; y < 3; ++y) {
    const std::int8_t* at = input + clamped(plan.across, row + y) * plan.across.input_step;
    for (std::int32_t x = 0; x < 2; ++x) {
      if (is_outside(plan.along, column + x)) {
        if constexpr (sizeof(Code) == 1) {
          std::memset(values[y][x], plan.outside >> 16, sizeof values[y][x]);
        } else {
          for (Code& value : values[y][x]) value = static_cast<Code>(plan.outside >> 16);
        }
      } else {
        std::memcpy(values[y][x], at + (column + x) * plan.along.input_step, sizeof values[y][x]);
      }
    }
  }
  fill_column_pairs<Code>({reinterpret_cast<const std::int8_t*>(values),
                           {8 * bytes, 4 * bytes, 12 * bytes, 16 * bytes, 20 * bytes},
                           0,
                           nullptr,
                           nullptr},
                          1, to);
}

/// Halves of `count` fours of words that lie `step` words apart.
inline void overwrite_halves(const Plan& plan, std::int32_t* words, std::int32_t half, std::int32_t count,
                             std::int32_t step) noexcept {
  auto* at = reinterpret_cast<std::int8_t*>(words) + 2 * half;
  for (; count > 0; --count, at += 4 * step) {
    std::memcpy(at, &plan.outside, 2);
    std::memcpy(at + 4, &plan.outside, 2);
    std::memcpy(at + 8, &plan.outside, 2);
    std::memcpy(at + 12, &plan.outside, 2);
  }
}

/// Three input rows from `row` on, under all positions of the slide.
template <class Code>
[[gnu::always_inline]] inline void gather_stride2(const Plan& plan, const std::int8_t* input,
                                                  std::int32_t row) noexcept {
  const Axis &along = plan.along, &across = plan.across;
  const std::int32_t pairs = along.output + 1;
  const std::int32_t inner_begin = (along.pad + 1) / 2;
  std::int32_t inner_end = (along.input + along.pad) / 2;
  if (inner_end > pairs) inner_end = pairs;
  std::int32_t pair = 0;
  for (; pair < inner_begin && pair < pairs; ++pair) {
    gather_border_pair<Code>(plan, input, row, 2 * pair - along.pad, plan.columns + 12 * pair);
  }
  if (pair < inner_end) {
    const std::int32_t first = clamped(across, row), step = along.input_step;
    const std::int32_t row1 = (clamped(across, row + 1) - first) * across.input_step;
    const std::int32_t row2 = (clamped(across, row + 2) - first) * across.input_step;
    const ColumnSource source{input + first * across.input_step + (2 * pair - along.pad) * step,
                              {row1, step, row1 + step, row2, row2 + step},
                              step,
                              nullptr,
                              nullptr};
    fill_column_pairs<Code>(source, inner_end - pair, plan.columns + 12 * pair);
    pair = inner_end;
  }
  for (; pair < pairs; ++pair) {
    gather_border_pair<Code>(plan, input, row, 2 * pair - along.pad, plan.columns + 12 * pair);
  }
  for (std::int32_t k = 0; k < 2; ++k) {
    if (!is_outside(across, row + k)) continue;
    overwrite_halves(plan, plan.columns, k, pairs, 12);
    overwrite_halves(plan, plan.columns + 4, k, pairs, 12);
  }
  if (!is_outside(across, row + 2)) return;
  for (std::int32_t i = 0; i < pairs; ++i)
    fill_words(plan.columns + 12 * i + 8, plan.columns + 12 * i + 12, plan.outside);
}

/// Calls `slide_rows(group, input, output, is_rounded)` for each group of four channels and image.
template <class SlideRows>
[[gnu::always_inline]] inline void for_each_group(const DepthwiseConv2dDspS8Params& p, const Work& operands,
                                                  const SlideRows& slide_rows) noexcept {
  for (std::int32_t group = 0; group < DepthwiseConv2dDspS8::groups(p); ++group) {
    // A line has no shift, the fourth word of its constants.
    const bool is_rounded = operands.constants[16 * group + 3] != 0;
    const std::int32_t channel = 4 * group + 4 <= p.channels ? 4 * group : p.channels - 4;
    for (std::int32_t image = 0; image < p.batches; ++image) {
      slide_rows(group, operands.input + (image * p.input_h * p.input_w * p.channels + channel) * operands.input_bytes,
                 operands.output + (image * p.output_h * p.output_w * p.channels + channel) * operands.output_bytes,
                 is_rounded);
    }
  }
}

inline const ChannelConstants* constants_of(const Work& operands, std::int32_t group) noexcept {
  return reinterpret_cast<const ChannelConstants*>(operands.constants) + 4 * group;
}

/// A form Rounded of all groups is in the place of the line.
inline Slide slide_for(const Slides& slides, bool is_rounded) noexcept {
  return is_rounded && slides.rounded != nullptr ? slides.rounded : slides.line;
}

/// Calls of stride 1 and 2, see run_stride1 and run_stride2 of the kernel.
template <class Code>
[[gnu::always_inline]] inline void slide_stride1(const DepthwiseConv2dDspS8Params& p, const Work& operands,
                                                 const Slides& rows, const Slides& last) noexcept {
  const Plan plan = plan_of(p, operands);
  const Axis &along = plan.along, &across = plan.across;
  for_each_group(p, operands,
                 [&](std::int32_t index, const std::int8_t* input, std::int8_t* output, bool is_rounded) noexcept {
                   SlideGroup group{plan.columns, output,       across.output_step,           along.output_step,
                                    nullptr,      along.output, constants_of(operands, index)};
                   if (rows.line != nullptr) group.weights = group_weights(p, operands, index, two_rows, plan.weights);
                   std::int32_t row = 0;
                   for (; row + 1 < across.output; row += 2, group.output += 2 * across.output_step) {
                     gather_stride1<Code>(plan, input, row - across.pad, 4);
                     slide_for(rows, is_rounded)(group);
                   }
                   if (row == across.output) return;
                   gather_stride1<Code>(plan, input, row - across.pad, 3);
                   if (last.line == nullptr) {
                     group.row_step = 0;  // of two rows the first is stored last
                     return slide_for(rows, is_rounded)(group);
                   }
                   group.weights = group_weights(p, operands, index, one_row, plan.weights + 4 * weight_words);
                   slide_for(last, is_rounded)(group);
                 });
}

template <class Code>
[[gnu::always_inline]] inline void slide_stride2(const DepthwiseConv2dDspS8Params& p, const Work& operands,
                                                 const Slides& rows) noexcept {
  const Plan plan = plan_of(p, operands);
  const Axis &along = plan.along, &across = plan.across;
  for_each_group(p, operands,
                 [&](std::int32_t index, const std::int8_t* input, std::int8_t* output, bool is_rounded) noexcept {
                   SlideGroup group{plan.columns,
                                    output,
                                    0,
                                    along.output_step,
                                    group_weights(p, operands, index, stride_2, plan.weights),
                                    along.output,
                                    constants_of(operands, index)};
                   for (std::int32_t row = 0; row < across.output; ++row, group.output += across.output_step) {
                     gather_stride2<Code>(plan, input, 2 * row - across.pad);
                     slide_for(rows, is_rounded)(group);
                   }
                 });
}

}  // namespace pudu::kernels::depthwise_conv2d_dsp
