// int8 3x3 convolution with stride 1 by Winograd's F(4, 3) along the rows of the image, for cores with the DSP
// extension: the bytes of conv2d_s8, with 18 products instead of 36 for each input channel and four outputs. It is for
// calls over a few rows with little scratch: a tile is four outputs of one row, where conv2d_winograd_dsp_s8 needs two
// rows and twice the scratch. Exact: the transformed weights are times 24, so that every number is an integer, and 1/3
// is a number modulo 2^32. The compiler chooses it and prepares its operands; docs/kernels.md explains it.
//
// The six columns under a tile are transformed into scratch, of each of the three rows; then every group of four output
// channels makes its six positions, and from these four outputs. The last tile of a row overlaps the one before.
// Source: A. Lavin, S. Gray, "Fast Algorithms for Convolutional Neural Networks", 2015, section 4.2, in one dimension.
// Limits: at least 4 output columns and 4 output channels; input channels a multiple of 8, from 8 to 128; the input is
// 4-byte aligned.
#pragma once

#include "kernels/kernel.hpp"
#include "kernels/requantize_form.hpp"

namespace pudu::kernels {

struct Conv2dWinogradRowsDspS8Params {
  std::int32_t batches;
  std::int32_t input_h, input_w, input_channels;
  std::int32_t output_h, output_w, output_channels;
  std::int32_t pad_top, pad_left;
  std::int32_t pad_value;       ///< the input's zero point
  std::int32_t form;            ///< RequantizeForm of the channels
  std::int32_t rounded_groups;  ///< with a Line form: groups of channels that are Rounded
  std::int32_t output_offset, activation_min, activation_max;  ///< of form General

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("batches", self.batches);
    visitor("input_h", self.input_h);
    visitor("input_w", self.input_w);
    visitor("input_channels", self.input_channels);
    visitor("output_h", self.output_h);
    visitor("output_w", self.output_w);
    visitor("output_channels", self.output_channels);
    visitor("pad_top", self.pad_top);
    visitor("pad_left", self.pad_left);
    visitor("pad_value", self.pad_value);
    visitor("form", self.form);
    visitor("rounded_groups", self.rounded_groups);
    visitor("output_offset", self.output_offset);
    visitor("activation_min", self.activation_min);
    visitor("activation_max", self.activation_max);
  }
};

struct Conv2dWinogradRowsDspS8Operands {
  const std::int8_t* input;  ///< [batches, input_h, input_w, input_channels]
  /// [channel groups, 6 positions, 3 rows, quads, 4, 4] transformed weights, int16, see prepare.hpp. The last group is
  /// the last four channels. Behind them input_channels codes of pad_value. 4-byte aligned.
  const std::uint8_t* weights;
  const std::int32_t* constants;  ///< [channel groups, 4] ChannelConstants
  std::int8_t* output;            ///< [batches, output_h, output_w, output_channels]
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

namespace conv2d_winograd_rows_dsp {

/// Blocks of one tile and four output channels, which follow each other. The assembly counts in it.
struct Blocks {
  const std::int16_t* x;  ///< [3 rows * quads, 6 positions, 4]: transformed values, the channels 0, 2, 1, 3 of a quad
  const std::int16_t* weights;
  const ChannelConstants* constants;
  std::int8_t* output;      ///< of the first position and channel; General: std::int32_t sums [4 channels, 4 positions]
  std::int32_t six_quads;   ///< 3 * quads / 6
  std::int32_t back_bytes;  ///< from behind the values of a position to those of the next one
  std::int32_t position_bytes, three_positions_bytes;  ///< of output
  std::int32_t count;
};

using Multiply = void (*)(Blocks& blocks) noexcept;

/// Makes all blocks.
template <RequantizeForm Form>
void multiply(Blocks& blocks) noexcept;

/// The loop for `form`. The parameters of a compiled model are constants, and all this is inlined, so that it links the
/// loops it needs only.
[[gnu::always_inline]] constexpr Multiply multiply_for(RequantizeForm form) noexcept {
  switch (form) {
    case RequantizeForm::General:
      return multiply<RequantizeForm::General>;
    case RequantizeForm::Rounded:
      return multiply<RequantizeForm::Rounded>;
    case RequantizeForm::Line9:
      return multiply<RequantizeForm::Line9>;
    case RequantizeForm::Line11:
      return multiply<RequantizeForm::Line11>;
    case RequantizeForm::Line13:
      return multiply<RequantizeForm::Line13>;
    case RequantizeForm::Line15:
      return multiply<RequantizeForm::Line15>;
  }
  return nullptr;
}

/// `line` runs the groups of form Line, and all of other forms; `rounded` the rounded_groups.
void run(const Conv2dWinogradRowsDspS8Params& params, const Conv2dWinogradRowsDspS8Operands& operands, Multiply line,
         Multiply rounded) noexcept;

}  // namespace conv2d_winograd_rows_dsp

struct Conv2dWinogradRowsDspS8 {
  static constexpr const char* name = "conv2d_winograd_rows_dsp_s8";
  static constexpr const char* header = "kernels/conv2d_winograd_rows_dsp/conv2d_winograd_rows_dsp_s8.hpp";
  using Params = Conv2dWinogradRowsDspS8Params;
  using Operands = Conv2dWinogradRowsDspS8Operands;

  static constexpr std::int32_t channel_groups(const Params& params) noexcept {
    return (params.output_channels + 3) / 4;
  }
  /// Fours of input channels.
  static constexpr std::int32_t quads(const Params& params) noexcept { return params.input_channels / 4; }
  /// Bytes of a transformed tile.
  static constexpr std::size_t tile_bytes(const Params& params) noexcept {
    return static_cast<std::size_t>(quads(params)) * 144;
  }
  /// Bytes of the transformed weights of four channels.
  static constexpr std::size_t group_bytes(const Params& params) noexcept {
    return static_cast<std::size_t>(quads(params)) * 576;
  }
  static constexpr std::size_t weight_bytes(const Params& params) noexcept {
    return static_cast<std::size_t>(channel_groups(params)) * group_bytes(params);
  }
  /// Bytes of the sums that form General leaves.
  static constexpr std::size_t sums_bytes(const Params& params) noexcept { return params.form == 0 ? 64 : 0; }
  static constexpr std::size_t scratch_bytes(const Params& params, Isa) noexcept {
    return tile_bytes(params) + sums_bytes(params);
  }

  [[gnu::always_inline]] static void run(const Params& params, const Operands& operands) noexcept {
    using namespace conv2d_winograd_rows_dsp;
    conv2d_winograd_rows_dsp::run(params, operands, multiply_for(static_cast<RequantizeForm>(params.form)),
                                  params.rounded_groups > 0 ? multiply_for(RequantizeForm::Rounded) : nullptr);
  }
};

}  // namespace pudu::kernels
