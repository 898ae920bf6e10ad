// int8 depthwise 5x5 convolution prepared for cores with the DSP extension: the bytes of depthwise_conv2d_s8 for stride
// 1 or 2 in both directions, no dilation and one output channel an input channel, with requantization folded into
// constants (requantize_form.hpp). The compiler chooses it and prepares its operands; docs/kernels.md explains it.
//
// Four channels go together. The values under two rows of output are put beside each other in scratch, two rows in a
// word, so that one SMLAD makes two products; then each channel makes four outputs of a row at a time, so that weights
// are loaded once for four.
// Limits: at least 4 channels and 4 output columns; no form General.
#pragma once

#include "kernels/kernel.hpp"
#include "kernels/requantize_form.hpp"

namespace pudu::kernels {

struct DepthwiseConv2d5x5DspS8Params {
  std::int32_t batches;
  std::int32_t input_h, input_w, channels;
  std::int32_t output_h, output_w;
  std::int32_t stride_h, stride_w;  ///< both 1 or both 2
  std::int32_t pad_top, pad_left;
  std::int32_t pad_value;       ///< the input's zero point
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
    visitor("form", self.form);
    visitor("rounded_groups", self.rounded_groups);
  }
};

struct DepthwiseConv2d5x5DspS8Operands {
  const std::int8_t* input;  ///< [batches, input_h, input_w, channels]
  const std::int8_t*
      weights;  ///< [groups of 4 channels, 4, 5 columns, 5 rows]; the last group is the last four channels
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

namespace depthwise_conv2d_5x5_dsp {

/// Words of weights of a channel and a row of output: [3 pairs of rows, 5 columns], in the order of column_order.
inline constexpr std::int32_t weight_words = 15;
/// Pairs of rows that scratch holds of a column.
[[gnu::always_inline]] constexpr std::int32_t pairs_of(std::int32_t stride) noexcept {
  return stride == 1 ? 3 : 4;
}

/// One row of outputs of one channel: what the inner loops take, in the order in which they load it.
struct Row {
  const std::int32_t* columns;  ///< [columns, pairs of rows, 4 channels], at the channel
  const std::int32_t* weights;
  ChannelConstants constants;
  std::int8_t* output;
  std::int32_t position_step;  ///< bytes of output
  std::int32_t positions;      ///< at least 4
};

using MakeRow = void (*)(const Row& row) noexcept;
template <RequantizeForm Form, int Stride>
void make_row(const Row& row) noexcept;

template <int Stride>
[[gnu::always_inline]] constexpr MakeRow row_of(RequantizeForm form) noexcept {
  switch (form) {
    case RequantizeForm::General:
      return nullptr;
    case RequantizeForm::Rounded:
      return make_row<RequantizeForm::Rounded, Stride>;
    case RequantizeForm::Line9:
      return make_row<RequantizeForm::Line9, Stride>;
    case RequantizeForm::Line11:
      return make_row<RequantizeForm::Line11, Stride>;
    case RequantizeForm::Line13:
      return make_row<RequantizeForm::Line13, Stride>;
    case RequantizeForm::Line15:
      return make_row<RequantizeForm::Line15, Stride>;
  }
  return nullptr;
}

/// `line` makes the groups of form Line, and all of form Rounded; `rounded` the rounded_groups.
void run(const DepthwiseConv2d5x5DspS8Params& params, const DepthwiseConv2d5x5DspS8Operands& operands, MakeRow line,
         MakeRow rounded) noexcept;

}  // namespace depthwise_conv2d_5x5_dsp

struct DepthwiseConv2d5x5DspS8 {
  static constexpr const char* name = "depthwise_conv2d_5x5_dsp_s8";
  static constexpr const char* header = "kernels/depthwise_conv2d_5x5_dsp/depthwise_conv2d_5x5_dsp_s8.hpp";
  using Params = DepthwiseConv2d5x5DspS8Params;
  using Operands = DepthwiseConv2d5x5DspS8Operands;

  static constexpr std::int32_t groups(const Params& params) noexcept { return (params.channels + 3) / 4; }
  /// Columns under a row of outputs.
  static constexpr std::int32_t columns(const Params& params) noexcept {
    return (params.output_w - 1) * params.stride_w + 5;
  }
  static constexpr std::size_t column_bytes(const Params& params) noexcept {
    return static_cast<std::size_t>(columns(params)) *
           static_cast<std::size_t>(depthwise_conv2d_5x5_dsp::pairs_of(params.stride_h)) * 16;
  }
  /// Bytes of four channels' words of weights, for the first and the second of two rows.
  static constexpr std::size_t weight_bytes() noexcept {
    return 2 * 4 * depthwise_conv2d_5x5_dsp::weight_words * sizeof(std::int32_t);
  }
  static constexpr std::size_t scratch_bytes(const Params& params, Isa) noexcept {
    return column_bytes(params) + weight_bytes();
  }

  [[gnu::always_inline]] static void run(const Params& params, const Operands& operands) noexcept {
    using namespace depthwise_conv2d_5x5_dsp;
    const auto form = static_cast<RequantizeForm>(params.form);
    const bool has_rounded = params.rounded_groups > 0;
    if (params.stride_h == 1) {
      depthwise_conv2d_5x5_dsp::run(params, operands, row_of<1>(form),
                                    has_rounded ? row_of<1>(RequantizeForm::Rounded) : nullptr);
    } else {
      depthwise_conv2d_5x5_dsp::run(params, operands, row_of<2>(form),
                                    has_rounded ? row_of<2>(RequantizeForm::Rounded) : nullptr);
    }
  }
};

}  // namespace pudu::kernels
