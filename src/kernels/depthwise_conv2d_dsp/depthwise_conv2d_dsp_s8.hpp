// int8 depthwise 3x3 convolution prepared for cores with the DSP extension: the bytes of depthwise_conv2d_s8 for stride
// 1 or 2 in both directions, no dilation and one output channel an input channel, with requantization folded into
// constants (requantize_form.hpp). The compiler chooses it and prepares its operands; docs/kernels.md explains it.
//
// Four channels go together. The values under a window's columns are put beside each other in scratch, two rows in a
// word, so that one SMLAD makes two products; then each channel slides along them, at stride 1 for two rows of output
// at once. The slide goes along the rows or, with slide_down, along the columns of the image.
// Limits: at least 4 channels; no form General.
#pragma once

#include "kernels/kernel.hpp"
#include "kernels/requantize_form.hpp"

namespace pudu::kernels {

struct DepthwiseConv2dDspS8Params {
  std::int32_t batches;
  std::int32_t input_h, input_w, channels;
  std::int32_t output_h, output_w;
  std::int32_t stride_h, stride_w;  ///< both 1 or both 2
  std::int32_t pad_top, pad_left;
  std::int32_t pad_value;       ///< the input's zero point
  std::int32_t slide_down;      ///< 1: slides along columns of the image
  std::int32_t weight_bits;     ///< 16: in the words of the slides; 8: as they are, widened in every call
  std::int32_t form;            ///< RequantizeForm of the channels, not General
  std::int32_t rounded_groups;  ///< with a Line form: groups of channels that are Rounded

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("batches", self.batches);
    visitor("input_h", self.input_h);
    visitor("input_w", self.input_w);
    visitor("channels", self.channels);
    visitor("output_h", self.output_h);
    visitor("output_w", self.output_w);
    visitor("stride_h", self.stride_h);
    visitor("stride_w", self.stride_w);
    visitor("pad_top", self.pad_top);
    visitor("pad_left", self.pad_left);
    visitor("pad_value", self.pad_value);
    visitor("slide_down", self.slide_down);
    visitor("weight_bits", self.weight_bits);
    visitor("form", self.form);
    visitor("rounded_groups", self.rounded_groups);
  }
};

struct DepthwiseConv2dDspS8Operands {
  const std::int8_t* input;  ///< [batches, input_h, input_w, channels]
  /// [groups of 4 channels, 4, 9]; the last group is the last four channels. The nine lie in the order of the slide:
  /// the three of its first step, each step across the slide. 16 bits: [groups, 4, 6] words of the slide, see
  /// slide_weights() of columns.hpp; 4-byte aligned.
  const std::int8_t* weights;
  const std::int32_t* constants;  ///< [groups, 4] ChannelConstants
  std::int8_t* output;            ///< [batches, output_h, output_w, channels]
  void* scratch;                  ///< scratch_bytes(params, isa) bytes, 16-byte aligned, contents undefined

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("input", self.input);
    visitor("weights", self.weights);
    visitor("constants", self.constants);
    visitor("output", self.output);
    visitor("scratch", self.scratch);
  }
};

namespace depthwise_conv2d_dsp {

/// Words of a channel's weights: pairs of int16, see slide_weights() of columns.hpp.
inline constexpr std::int32_t weight_words = 6;

/// One slide of four channels.
struct SlideGroup {
  const std::int32_t* columns;  ///< the values, see dsp.cpp
  std::int8_t* output;          ///< of the first channel and position
  std::int32_t row_step;        ///< bytes of output from one of two rows to the other
  std::int32_t position_step;   ///< bytes of output along the slide
  const std::int32_t* weights;  ///< [4, weight_words]
  std::int32_t positions;
  const ChannelConstants* constants;  ///< [4]
};

// Kinds of slides: two rows of stride 1, one row of stride 2 or of stride 1.
inline constexpr int two_rows = 1;
inline constexpr int stride_2 = 2;
inline constexpr int one_row = 3;

using Slide = void (*)(const SlideGroup& group) noexcept;
template <RequantizeForm Form, int Kind>
void slide(const SlideGroup& group) noexcept;

template <int Kind>
[[gnu::always_inline]] constexpr Slide slide_of(RequantizeForm form) noexcept {
  switch (form) {
    case RequantizeForm::General:
      return nullptr;
    case RequantizeForm::Rounded:
      return slide<RequantizeForm::Rounded, Kind>;
    case RequantizeForm::Line9:
      return slide<RequantizeForm::Line9, Kind>;
    case RequantizeForm::Line11:
      return slide<RequantizeForm::Line11, Kind>;
    case RequantizeForm::Line13:
      return slide<RequantizeForm::Line13, Kind>;
    case RequantizeForm::Line15:
      return slide<RequantizeForm::Line15, Kind>;
  }
  return nullptr;
}

/// `line` runs the groups of form Line, and all of form Rounded; `rounded` the rounded_groups.
struct Slides {
  Slide line, rounded;
};

template <int Kind>
[[gnu::always_inline]] constexpr Slides slides_of(RequantizeForm form, bool has_rounded) noexcept {
  return {slide_of<Kind>(form), has_rounded ? slide_of<Kind>(RequantizeForm::Rounded) : nullptr};
}

/// `last` makes the last row where their number is odd; without it, `rows` make it twice.
void run_stride1(const DepthwiseConv2dDspS8Params& params, const DepthwiseConv2dDspS8Operands& operands,
                 const Slides& rows, const Slides& last) noexcept;
void run_stride2(const DepthwiseConv2dDspS8Params& params, const DepthwiseConv2dDspS8Operands& operands,
                 const Slides& rows) noexcept;

}  // namespace depthwise_conv2d_dsp

struct DepthwiseConv2dDspS8 {
  static constexpr const char* name = "depthwise_conv2d_dsp_s8";
  static constexpr const char* header = "kernels/depthwise_conv2d_dsp/depthwise_conv2d_dsp_s8.hpp";
  using Params = DepthwiseConv2dDspS8Params;
  using Operands = DepthwiseConv2dDspS8Operands;

  static constexpr std::int32_t groups(const Params& params) noexcept { return (params.channels + 3) / 4; }
  /// Output positions of a slide.
  static constexpr std::int32_t slide_positions(const Params& params) noexcept {
    return params.slide_down != 0 ? params.output_h : params.output_w;
  }
  /// Bytes of the values under a slide: stride 1: two words a column and channel; stride 2: three words for two
  /// columns.
  static constexpr std::size_t column_bytes(const Params& params) noexcept {
    const auto positions = static_cast<std::size_t>(slide_positions(params));
    return params.stride_h == 1 ? (positions + 2) * 32 : (positions + 1) * 48;
  }
  /// At stride 1 the last row of an odd number has weights of its own, so a call of some rows may have it, too.
  static constexpr bool has_last_row(const Params& params) noexcept {
    const std::int32_t rows = params.slide_down != 0 ? params.output_w : params.output_h;
    return params.weight_bits == 8 && params.stride_h == 1 && rows % 2 == 1;
  }
  static constexpr std::size_t scratch_bytes(const Params& params, Isa) noexcept {
    const std::size_t channels = params.weight_bits == 16 ? 0 : (params.stride_h == 1 ? 8 : 4);
    return column_bytes(params) + channels * depthwise_conv2d_dsp::weight_words * sizeof(std::int32_t);
  }

  [[gnu::always_inline]] static void run(const Params& params, const Operands& operands) noexcept {
    using namespace depthwise_conv2d_dsp;
    const auto form = static_cast<RequantizeForm>(params.form);
    const bool has_rounded = params.rounded_groups > 0;
    if (params.stride_h == 1) {
      const bool has_pairs =
          params.weight_bits == 16 || (params.slide_down != 0 ? params.output_w : params.output_h) > 1;
      run_stride1(params, operands, has_pairs ? slides_of<two_rows>(form, has_rounded) : Slides{},
                  has_last_row(params) ? slides_of<one_row>(form, has_rounded) : Slides{});
    } else {
      run_stride2(params, operands, slides_of<stride_2>(form, has_rounded));
    }
  }
};

}  // namespace pudu::kernels
