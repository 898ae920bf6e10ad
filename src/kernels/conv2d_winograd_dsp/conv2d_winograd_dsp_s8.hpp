// int8 3x3 convolution with stride 1 by Winograd's F(2x2, 3x3), for cores with the DSP extension: the bytes of
// conv2d_s8, with 16 products instead of 36 for each input channel and four outputs. Exact: the transformed weights are
// doubled in both directions, so that every number is an integer, and the sums are four times the convolution's.
// The compiler chooses it and prepares its operands; docs/kernels.md explains it.
//
// A tile is 2x2 outputs of 4x4 values. Two tiles beside each other are transformed into scratch; then every pair of
// output channels makes its 16 positions of both. The last tiles of a row or column overlap those before them.
// Source: A. Lavin, S. Gray, "Fast Algorithms for Convolutional Neural Networks", 2015, section 4.1.
// Limits: at least 4 output columns and 2 output channels; input channels a multiple of 4, from 8 to 128; the input is
// 4-byte aligned.
#pragma once

#include "kernels/kernel.hpp"
#include "kernels/requantize_form.hpp"

namespace pudu::kernels {

struct Conv2dWinogradDspS8Params {
  std::int32_t batches;
  std::int32_t input_h, input_w, input_channels;
  std::int32_t output_h, output_w, output_channels;
  std::int32_t pad_top, pad_left;
  std::int32_t pad_value;      ///< the input's zero point
  std::int32_t weight_bits;    ///< 16: transformed ahead of time; 8: as they are, transformed once a strip
  std::int32_t strip_pairs;    ///< pairs of tiles that are transformed at a time
  std::int32_t form;           ///< RequantizeForm of the channels
  std::int32_t rounded_pairs;  ///< with a Line form: pairs of channels that are Rounded
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
    visitor("weight_bits", self.weight_bits);
    visitor("strip_pairs", self.strip_pairs);
    visitor("form", self.form);
    visitor("rounded_pairs", self.rounded_pairs);
    visitor("output_offset", self.output_offset);
    visitor("activation_min", self.activation_min);
    visitor("activation_max", self.activation_max);
  }
};

struct Conv2dWinogradDspS8Operands {
  const std::int8_t* input;  ///< [batches, input_h, input_w, input_channels]
  /// 16 bits: [channel pairs, 16 positions, units, 2, 4] transformed weights, see prepare.hpp. 8 bits: [channel pairs,
  /// 2, input_channels / 4, 9 taps, 4] codes. The last pair is the last two channels. 4-byte aligned.
  const std::uint8_t* weights;
  const std::int32_t* constants;  ///< [channel pairs, 2] ChannelConstants
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

namespace conv2d_winograd_dsp {

/// Blocks of two tiles and two output channels, one after the other, which steps in bytes lead to. Words in the order
/// in which the inner loops load them.
struct Blocks {
  /// [4 rows, columns 1, 2, 0, 3, units, 2 tiles, 4]: transformed values, the values 0, 2, 1, 3 of a unit.
  const std::int16_t* x;
  const std::int16_t* weights;  ///< the same of two channels
  const ChannelConstants* constants;
  std::int8_t*
      output;  ///< of the first tile and channel; General: std::int32_t sums [2 columns, 2 rows, 2, 2], times 4
  std::int32_t x_step, weights_step, constants_step, output_step;
  std::int32_t count;
  std::int32_t column_step, tile_step;  ///< bytes of output
  std::int32_t row_step;                ///< from the second row to the first
};

using Multiply = void (*)(Blocks& blocks) noexcept;

/// Makes all blocks; those of `Units` units of four input channels.
template <RequantizeForm Form, int Units>
void multiply(Blocks& blocks) noexcept;

/// Units that have a loop, ascending; others take the next one, with weights of 0 behind their own.
inline constexpr int unit_counts[] = {2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 20, 24, 28, 32};
inline constexpr int unit_count_variants = sizeof(unit_counts) / sizeof(unit_counts[0]);

[[gnu::always_inline]] constexpr std::int32_t padded_units(std::int32_t units) noexcept {
  // Compilers fold this where the number is known, but not a loop over the list.
  return units <= 8 ? units : (units <= 16 ? (units + 1) / 2 * 2 : (units + 3) / 4 * 4);
}

template <RequantizeForm Form, int Variant = unit_count_variants - 1>
[[gnu::always_inline]] constexpr Multiply multiply_of(std::int32_t units) noexcept {
  if constexpr (Variant < 0) {
    return nullptr;
  } else {
    return units == unit_counts[Variant] ? multiply<Form, unit_counts[Variant]> : multiply_of<Form, Variant - 1>(units);
  }
}

/// The loop for `form`. The parameters of a compiled model are constants, and all this is inlined, so that it links the
/// loops it needs only.
[[gnu::always_inline]] constexpr Multiply multiply_for(RequantizeForm form, std::int32_t units) noexcept {
  switch (form) {
    case RequantizeForm::General:
      return multiply_of<RequantizeForm::General>(units);
    case RequantizeForm::Rounded:
      return multiply_of<RequantizeForm::Rounded>(units);
    case RequantizeForm::Line9:
      return multiply_of<RequantizeForm::Line9>(units);
    case RequantizeForm::Line11:
      return multiply_of<RequantizeForm::Line11>(units);
    case RequantizeForm::Line13:
      return multiply_of<RequantizeForm::Line13>(units);
    case RequantizeForm::Line15:
      return multiply_of<RequantizeForm::Line15>(units);
  }
  return nullptr;
}

using Params = Conv2dWinogradDspS8Params;
using Operands = Conv2dWinogradDspS8Operands;

/// With weights that are transformed; `line` runs the pairs of form Line, and all of other forms; `rounded` the
/// rounded_pairs.
void run_transformed(const Params& params, const Operands& operands, Multiply line, Multiply rounded) noexcept;
/// With weights as they are.
void run_codes(const Params& params, const Operands& operands, Multiply line, Multiply rounded) noexcept;

}  // namespace conv2d_winograd_dsp

struct Conv2dWinogradDspS8 {
  static constexpr const char* name = "conv2d_winograd_dsp_s8";
  static constexpr const char* header = "kernels/conv2d_winograd_dsp/conv2d_winograd_dsp_s8.hpp";
  using Params = Conv2dWinogradDspS8Params;
  using Operands = Conv2dWinogradDspS8Operands;

  static constexpr std::int32_t channel_pairs(const Params& params) noexcept {
    return (params.output_channels + 1) / 2;
  }
  /// Fours of input channels.
  static constexpr std::int32_t quads(const Params& params) noexcept { return params.input_channels / 4; }
  /// Fours of input channels that the inner loop makes.
  [[gnu::always_inline]] static constexpr std::int32_t units(const Params& params) noexcept {
    return conv2d_winograd_dsp::padded_units(quads(params));
  }
  /// Bytes of two transformed tiles, and of the transformed weights of two channels.
  static constexpr std::size_t pair_bytes(const Params& params) noexcept {
    return static_cast<std::size_t>(units(params)) * 256;
  }
  /// Bytes of six columns of values, transformed along one direction.
  static constexpr std::size_t column_bytes(const Params& params) noexcept {
    return static_cast<std::size_t>(quads(params)) * 192;
  }
  /// Bytes of the sums that form General leaves.
  static constexpr std::size_t sums_bytes(const Params& params) noexcept { return params.form == 0 ? 64 : 0; }
  static constexpr std::size_t scratch_bytes(const Params& params, Isa) noexcept {
    const auto pairs = static_cast<std::size_t>(params.strip_pairs) + (params.weight_bits == 8 ? 1 : 0);
    return pairs * pair_bytes(params) + column_bytes(params) + sums_bytes(params) +
           static_cast<std::size_t>(params.input_channels);
  }

  [[gnu::always_inline]] static void run(const Params& params, const Operands& operands) noexcept {
    using namespace conv2d_winograd_dsp;
    const Multiply line = multiply_for(static_cast<RequantizeForm>(params.form), units(params));
    const Multiply rounded = params.rounded_pairs > 0 ? multiply_for(RequantizeForm::Rounded, units(params)) : nullptr;
    if (params.weight_bits == 16) {
      run_transformed(params, operands, line, rounded);
    } else {
      run_codes(params, operands, line, rounded);
    }
  }
};

}  // namespace pudu::kernels
