// Depthwise 3x3 convolutions of 16-bit codes prepared for cores with the DSP extension: the codes of wide_layers.hpp
// for stride 1 or 2 in both directions, no dilation and one output channel an input channel, with requantization folded
// into constants (wide_form.hpp). The compiler chooses them and prepares their operands; the values under four channels
// and the slides over them are those of depthwise_conv2d_dsp_s8.
// Limits: at least 4 channels.
#pragma once

#include "kernels/depthwise_conv2d_dsp/depthwise_conv2d_dsp_s8.hpp"
#include "kernels/wide_form.hpp"

namespace pudu::kernels {

template <class Input, class Output>
struct WideDepthwiseConv2dDspParams {
  std::int32_t batches;
  std::int32_t input_h, input_w, channels;
  std::int32_t output_h, output_w;
  std::int32_t stride_h, stride_w;  ///< both 1 or both 2
  std::int32_t pad_top, pad_left;
  std::int32_t pad_value;    ///< the input's zero point
  std::int32_t slide_down;   ///< 1: slides along columns of the image
  std::int32_t weight_bits;  ///< 16: in the words of the slides; 8: as they are, widened in every call
  std::int32_t form;         ///< WideForm

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
  }
};

template <class Input, class Output>
struct WideDepthwiseConv2dDspOperands {
  const Input* input;             ///< [batches, input_h, input_w, channels]
  const std::int8_t* weights;     ///< as depthwise_conv2d_dsp_s8 has them; 4-byte aligned
  const std::int32_t* constants;  ///< [groups of 4 channels, 4] WideConstants; the last group is the last four channels
  Output* output;                 ///< [batches, output_h, output_w, channels]
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

namespace wide_depthwise_conv2d_dsp {

using depthwise_conv2d_dsp::SlideGroup;
using depthwise_conv2d_dsp::Slides;

/// One slide of four channels, whose constants are WideConstants; Kind as depthwise_conv2d_dsp has it.
template <class Input, class Output, WideForm Form, int Kind>
void slide(const SlideGroup& group) noexcept;

template <class Input, class Output, int Kind>
[[gnu::always_inline]] constexpr Slides slides_of(WideForm form) noexcept {
  if constexpr (sizeof(Output) == 2) {
    if (form == WideForm::NonNegative) return {slide<Input, Output, WideForm::NonNegative, Kind>, nullptr};
    if (form == WideForm::Capped) return {slide<Input, Output, WideForm::Capped, Kind>, nullptr};
  }
  return {slide<Input, Output, WideForm::Full, Kind>, nullptr};
}

/// As depthwise_conv2d_dsp::run_stride1 and run_stride2; `p` are the parameters of depthwise_conv2d_dsp_s8.
template <class Input, class Output>
void run_stride1(const DepthwiseConv2dDspS8Params& p, const WideDepthwiseConv2dDspOperands<Input, Output>& operands,
                 const Slides& rows, const Slides& last) noexcept;
template <class Input, class Output>
void run_stride2(const DepthwiseConv2dDspS8Params& p, const WideDepthwiseConv2dDspOperands<Input, Output>& operands,
                 const Slides& rows) noexcept;

}  // namespace wide_depthwise_conv2d_dsp

template <class In, class Out>
struct WideDepthwiseConv2dDsp {
  using Input = In;
  using Output = Out;
  using Params = WideDepthwiseConv2dDspParams<Input, Output>;
  using Operands = WideDepthwiseConv2dDspOperands<Input, Output>;

  /// The windows and slides, in the words of depthwise_conv2d_dsp_s8.
  [[gnu::always_inline]] static constexpr DepthwiseConv2dDspS8Params windows(const Params& p) noexcept {
    return {p.batches, p.input_h,  p.input_w,   p.channels,   p.output_h,    p.output_w, p.stride_h, p.stride_w,
            p.pad_top, p.pad_left, p.pad_value, p.slide_down, p.weight_bits, 1,          0};
  }
  static constexpr std::size_t scratch_bytes(const Params& params, Isa isa) noexcept {
    return DepthwiseConv2dDspS8::scratch_bytes(windows(params), isa);
  }

  [[gnu::always_inline]] static void run(const Params& params, const Operands& operands) noexcept {
    using namespace depthwise_conv2d_dsp;
    using wide_depthwise_conv2d_dsp::slides_of;
    const DepthwiseConv2dDspS8Params p = windows(params);
    const auto form = static_cast<WideForm>(params.form);
    if (p.stride_h == 1) {
      const bool has_pairs = p.weight_bits == 16 || (p.slide_down != 0 ? p.output_w : p.output_h) > 1;
      const bool has_last = DepthwiseConv2dDspS8::has_last_row(p);
      wide_depthwise_conv2d_dsp::run_stride1<Input, Output>(
          p, operands, has_pairs ? slides_of<Input, Output, two_rows>(form) : Slides{},
          has_last ? slides_of<Input, Output, one_row>(form) : Slides{});
    } else {
      wide_depthwise_conv2d_dsp::run_stride2<Input, Output>(p, operands, slides_of<Input, Output, stride_2>(form));
    }
  }
};

}  // namespace pudu::kernels
