// Convolutions of 16-bit codes prepared for cores with the DSP extension: the codes of wide_layers.hpp for one group
// and no dilation, with weights in the order in which the inner loop reads them and requantization folded into
// constants (wide_form.hpp). The compiler chooses them and prepares their operands; docs/kernels.md explains the
// blocking, which is that of conv2d_dsp_s8: strips of positions, pairs of output channels, the same units.
//
// Limits: those of conv2d_dsp_s8; 32 bits hold the sums of every channel, which the fit of its constants proves.
#pragma once

#include "kernels/conv2d_dsp/conv2d_dsp_s8.hpp"
#include "kernels/wide_form.hpp"

namespace pudu::kernels {

template <class Input, class Output>
struct WideConv2dDspParams {
  std::int32_t batches;
  std::int32_t input_h, input_w, input_channels;
  std::int32_t output_h, output_w, output_channels;
  std::int32_t kernel_h, kernel_w;
  std::int32_t stride_h, stride_w;
  std::int32_t pad_top, pad_left;
  std::int32_t pad_value;        ///< the input's zero point
  std::int32_t weight_bits;      ///< 8, or 16: widened ahead of time
  std::int32_t strip_positions;  ///< output positions of a strip; even
  std::int32_t form;             ///< WideForm
  std::int32_t pads_image;       ///< 1: a small image is copied with its padding first

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("batches", self.batches);
    visitor("input_h", self.input_h);
    visitor("input_w", self.input_w);
    visitor("input_channels", self.input_channels);
    visitor("output_h", self.output_h);
    visitor("output_w", self.output_w);
    visitor("output_channels", self.output_channels);
    visitor("kernel_h", self.kernel_h);
    visitor("kernel_w", self.kernel_w);
    visitor("stride_h", self.stride_h);
    visitor("stride_w", self.stride_w);
    visitor("pad_top", self.pad_top);
    visitor("pad_left", self.pad_left);
    visitor("pad_value", self.pad_value);
    visitor("weight_bits", self.weight_bits);
    visitor("strip_positions", self.strip_positions);
    visitor("form", self.form);
    visitor("pads_image", self.pads_image);
  }
};

template <class Input, class Output>
struct WideConv2dDspOperands {
  const Input* input;  ///< [batches, input_h, input_w, input_channels]
  /// [channel pairs, units, 2, 4] codes of weight_bits; the last pair is the last two channels. The values of a unit
  /// lie as 0, 2, 1, 3 where one of weights and input is widened when the model runs, but not both.
  const std::uint8_t* weights;
  const std::int32_t* constants;  ///< [channel pairs, 2] WideConstants
  Output* output;                 ///< [batches, output_h, output_w, output_channels]
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

namespace wide_conv2d_dsp {

using conv2d_dsp::Gemm;

/// Two output channels over a strip, as conv2d_dsp::gemm: first.bias, multiplier, addend and shift are bias and
/// multiplier of both channels, second.addend and shift the addend and the cap of WideConstants.
template <class Input, class Output, WideForm Form, int Units>
void gemm(const Conv2dDspBlock& block) noexcept;

template <class Input, class Output, WideForm Form, int Units = conv2d_dsp::unrolled_units + conv2d_dsp::loop_units>
[[gnu::always_inline]] constexpr Gemm gemm_of(int variant) noexcept {
  if constexpr (Units == 0) {
    return nullptr;
  } else {
    return variant == Units ? gemm<Input, Output, Form, Units> : gemm_of<Input, Output, Form, Units - 1>(variant);
  }
}

/// The loop for `form`; inlined with constants, so that a model links the loops it needs only.
template <class Input, class Output>
[[gnu::always_inline]] constexpr Gemm gemm_for(WideForm form, std::int32_t units) noexcept {
  const int variant = conv2d_dsp::variant_of(units);
  if constexpr (sizeof(Output) == 2) {
    if (form == WideForm::NonNegative) return gemm_of<Input, Output, WideForm::NonNegative>(variant);
    if (form == WideForm::Capped) return gemm_of<Input, Output, WideForm::Capped>(variant);
  }
  return gemm_of<Input, Output, WideForm::Full>(variant);
}

/// The whole call; `p` are the parameters of conv2d_dsp_s8 for its windows.
template <class Input, class Output>
void run(const Conv2dDspS8Params& p, const WideConv2dDspOperands<Input, Output>& operands, Gemm gemm) noexcept;

}  // namespace wide_conv2d_dsp

template <class In, class Out>
struct WideConv2dDsp {
  using Input = In;
  using Output = Out;
  using Params = WideConv2dDspParams<Input, Output>;
  using Operands = WideConv2dDspOperands<Input, Output>;

  /// The windows and strips, in the words of conv2d_dsp_s8; its bytes of the input are elements here.
  [[gnu::always_inline]] static constexpr Conv2dDspS8Params windows(const Params& p) noexcept {
    return {p.batches,
            p.input_h,
            p.input_w,
            p.input_channels,
            p.output_h,
            p.output_w,
            p.output_channels,
            p.kernel_h,
            p.kernel_w,
            p.stride_h,
            p.stride_w,
            p.pad_top,
            p.pad_left,
            p.pad_value,
            p.weight_bits,
            p.strip_positions,
            1,
            0,
            0,
            0,
            0,
            p.pads_image};
  }
  static constexpr std::size_t scratch_bytes(const Params& params, Isa) noexcept {
    const Conv2dDspS8Params p = windows(params);
    return Conv2dDspS8::strip_bytes(p) + Conv2dDspS8::widened_bytes(p) + Conv2dDspS8::border_bytes(p) * sizeof(Input);
  }

  [[gnu::always_inline]] static void run(const Params& params, const Operands& operands) noexcept {
    const Conv2dDspS8Params p = windows(params);
    wide_conv2d_dsp::run<Input, Output>(
        p, operands,
        wide_conv2d_dsp::gemm_for<Input, Output>(static_cast<WideForm>(params.form), Conv2dDspS8::units(p)));
  }
};

}  // namespace pudu::kernels
