// int8 convolution prepared for cores with the DSP extension: the bytes of conv2d_s8, for one group and no dilation,
// with weights in the order in which the inner loop reads them and requantization folded into constants
// (requantize_form.hpp). The compiler chooses it and prepares its operands; docs/kernels.md explains the blocking.
//
// A strip of output positions is widened to int16 in scratch; each pair of output channels runs over it, two positions
// at a time. A window is kernel_h pieces of kernel_w * input_channels bytes that lie together in the input, each taken
// in words of 4 bytes; a word is a `unit` of the inner loop, and weights are 0 where a piece ends within a word. Where
// it saves units, as in first layers, the ends of all pieces come behind their whole words, four in a unit. Limits: at
// least 2 output channels; input and weights are 4-byte aligned; on the device, up to 3 bytes behind a piece are read
// (within the input, and multiplied by 0).
#pragma once

#include "kernels/kernel.hpp"
#include "kernels/requantize_form.hpp"

namespace pudu::kernels {

struct Conv2dDspS8Params {
  std::int32_t batches;
  std::int32_t input_h, input_w, input_channels;
  std::int32_t output_h, output_w, output_channels;
  std::int32_t kernel_h, kernel_w;
  std::int32_t stride_h, stride_w;
  std::int32_t pad_top, pad_left;
  std::int32_t pad_value;                                      ///< the input's zero point
  std::int32_t weight_bits;                                    ///< 8, or 16: widened ahead of time
  std::int32_t strip_positions;                                ///< output positions of a strip; even
  std::int32_t form;                                           ///< RequantizeForm of the channels
  std::int32_t rounded_pairs;                                  ///< with a Line form: pairs of channels that are Rounded
  std::int32_t output_offset, activation_min, activation_max;  ///< of form General
  std::int32_t pads_image;                                     ///< 1: a small image is copied with its padding first

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
    visitor("rounded_pairs", self.rounded_pairs);
    visitor("output_offset", self.output_offset);
    visitor("activation_min", self.activation_min);
    visitor("activation_max", self.activation_max);
    visitor("pads_image", self.pads_image);
  }
};

struct Conv2dDspS8Operands {
  const std::int8_t* input;  ///< [batches, input_h, input_w, input_channels]
  /// [channel pairs, units, 2, 4] codes of weight_bits; the last pair is the last two channels. 16 bits: the values 0,
  /// 2, 1, 3 of a unit.
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

/// Two output channels over a strip: what the inner loops take, in the order in which they load it.
struct Conv2dDspBlock {
  const std::int16_t* x;  ///< [position pairs, units, 2, 4], the values 0, 2, 1, 3 of a unit
  const std::int16_t* weights;
  ChannelConstants first;
  std::int8_t* output;      ///< of the first channel and position; General: std::int32_t sums [position pairs, 2, 2]
  std::int32_t stride;      ///< from one position's output to the next's
  const std::int16_t* end;  ///< of x
  ChannelConstants second;
  const std::int16_t* weights_end;
};

namespace conv2d_dsp {

using Gemm = void (*)(const Conv2dDspBlock& block) noexcept;

/// Unrolled for as many units; larger ones take the one of the same remainder, see gemm_for.
template <RequantizeForm Form, int Units>
void gemm(const Conv2dDspBlock& block) noexcept;

inline constexpr int unrolled_units = 16;  ///< up to which each number of units has its own loop
inline constexpr int loop_units = 8;       ///< above, a loop makes so many at a time

/// The code that makes `units`: their number, or unrolled_units + 1 + remainder above.
[[gnu::always_inline]] constexpr int variant_of(std::int32_t units) noexcept {
  return units <= unrolled_units ? units : unrolled_units + 1 + (units - 1) % loop_units;
}

template <RequantizeForm Form, int Units = unrolled_units + loop_units>
[[gnu::always_inline]] constexpr Gemm gemm_of(int variant) noexcept {
  if constexpr (Units == 0) {
    return nullptr;
  } else {
    return variant == Units ? gemm<Form, Units> : gemm_of<Form, Units - 1>(variant);
  }
}

/// The loop for `form`. The parameters of a compiled model are constants, and all this is inlined, so that it links the
/// loops it needs only.
[[gnu::always_inline]] constexpr Gemm gemm_for(RequantizeForm form, std::int32_t units) noexcept {
  const int variant = variant_of(units);
  switch (form) {
    case RequantizeForm::General:
      return gemm_of<RequantizeForm::General>(variant);
    case RequantizeForm::Rounded:
      return gemm_of<RequantizeForm::Rounded>(variant);
    case RequantizeForm::Line9:
      return gemm_of<RequantizeForm::Line9>(variant);
    case RequantizeForm::Line11:
      return gemm_of<RequantizeForm::Line11>(variant);
    case RequantizeForm::Line13:
      return gemm_of<RequantizeForm::Line13>(variant);
    case RequantizeForm::Line15:
      return gemm_of<RequantizeForm::Line15>(variant);
  }
  return nullptr;
}

/// The whole call; `line` runs the pairs of form Line, and all of other forms; `rounded` the rounded_pairs.
void run(const Conv2dDspS8Params& params, const Conv2dDspS8Operands& operands, Gemm line, Gemm rounded) noexcept;

}  // namespace conv2d_dsp

struct Conv2dDspS8 {
  static constexpr const char* name = "conv2d_dsp_s8";
  static constexpr const char* header = "kernels/conv2d_dsp/conv2d_dsp_s8.hpp";
  using Params = Conv2dDspS8Params;
  using Operands = Conv2dDspS8Operands;

  /// Words of one piece of a window.
  [[gnu::always_inline]] static constexpr std::int32_t piece_units(const Params& params) noexcept {
    return (params.kernel_w * params.input_channels + 3) / 4;
  }
  /// Units of windows whose pieces' ends lie together.
  [[gnu::always_inline]] static constexpr std::int32_t joined_units(const Params& params) noexcept {
    const std::int32_t piece = params.kernel_w * params.input_channels;
    return params.kernel_h * (piece / 4) + (params.kernel_h * (piece % 4) + 3) / 4;
  }
  [[gnu::always_inline]] static constexpr bool joins_ends(const Params& params) noexcept {
    return joined_units(params) < params.kernel_h * piece_units(params);
  }
  [[gnu::always_inline]] static constexpr std::int32_t units(const Params& params) noexcept {
    return joins_ends(params) ? joined_units(params) : params.kernel_h * piece_units(params);
  }
  static constexpr std::int32_t channel_pairs(const Params& params) noexcept {
    return (params.output_channels + 1) / 2;
  }
  /// Every output position reads the input position of its number, in whole words.
  static constexpr bool reads_positions_in_order(const Params& params) noexcept {
    return params.kernel_h == 1 && params.kernel_w == 1 && params.stride_h == 1 && params.stride_w == 1 &&
           params.pad_top == 0 && params.pad_left == 0 && params.input_h == params.output_h &&
           params.input_w == params.output_w && params.input_channels % 4 == 0;
  }

  /// Bytes of a widened strip.
  static constexpr std::size_t strip_bytes(const Params& params) noexcept {
    return static_cast<std::size_t>(params.strip_positions) * static_cast<std::size_t>(units(params)) * 8;
  }
  /// Bytes of one channel pair's weights, widened.
  static constexpr std::size_t widened_bytes(const Params& params) noexcept {
    return params.weight_bits == 16 ? 0 : static_cast<std::size_t>(units(params)) * 16;
  }
  /// Bytes of the sums that form General leaves.
  static constexpr std::size_t sums_bytes(const Params& params) noexcept {
    return params.form == 0 ? static_cast<std::size_t>(params.strip_positions) * 8 : 0;
  }
  /// Rows and columns of the image that windows see, padding included.
  static constexpr std::int32_t seen_h(const Params& params) noexcept {
    return (params.output_h - 1) * params.stride_h + params.kernel_h;
  }
  static constexpr std::int32_t seen_w(const Params& params) noexcept {
    return (params.output_w - 1) * params.stride_w + params.kernel_w;
  }
  /// Has the image padding, and is it small with it? Then it is better copied: no window reaches over a border.
  static constexpr bool is_better_padded(const Params& params) noexcept {
    constexpr std::int64_t most_bytes = 1024;
    const bool has_border =
        params.pad_top > 0 || params.pad_left > 0 || seen_h(params) > params.input_h || seen_w(params) > params.input_w;
    return has_border && std::int64_t{seen_h(params)} * seen_w(params) * params.input_channels <= most_bytes;
  }
  /// Bytes of the padded image; a few behind the last piece are read.
  static constexpr std::size_t padded_bytes(const Params& params) noexcept {
    const std::size_t bytes = static_cast<std::size_t>(seen_w(params)) *
                              static_cast<std::size_t>(params.input_channels) *
                              static_cast<std::size_t>(seen_h(params));
    return params.pads_image != 0 ? (bytes + 7) / 4 * 4 : 0;
  }
  /// Pieces of a window that padding is copied around at a time.
  static constexpr std::int32_t border_pieces(const Params& params) noexcept {
    return joins_ends(params) ? params.kernel_h : 1;
  }
  /// Bytes of a piece outside of the image, and of the pieces of two positions that padding is copied around; or of the
  /// padded image.
  static constexpr std::size_t border_bytes(const Params& params) noexcept {
    if (padded_bytes(params) > 0) return padded_bytes(params);
    const std::int32_t pieces = 1 + 2 * border_pieces(params);
    return reads_positions_in_order(params) ? 0 : static_cast<std::size_t>(piece_units(params) * pieces) * 4;
  }
  static constexpr std::size_t scratch_bytes(const Params& params, Isa) noexcept {
    return strip_bytes(params) + widened_bytes(params) + sums_bytes(params) + border_bytes(params);
  }

  [[gnu::always_inline]] static void run(const Params& params, const Operands& operands) noexcept {
    const auto form = static_cast<RequantizeForm>(params.form);
    conv2d_dsp::run(params, operands, conv2d_dsp::gemm_for(form, units(params)),
                    params.rounded_pairs > 0 ? conv2d_dsp::gemm_for(RequantizeForm::Rounded, units(params)) : nullptr);
  }
};

}  // namespace pudu::kernels
