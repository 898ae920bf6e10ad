// int8 convolution prepared for MVE: the bytes of conv2d_s8 for one group and no dilation, with weights of two channels
// interleaved and the input's zero point in the bias. The compiler chooses it and prepares its operands;
// docs/kernels.md explains it.
//
// Four output positions by two channels go together: eight sums in registers, sixteen products an instruction. Their
// windows are read in place (1x1 layers, where what lies behind a window is multiplied by 0; never beyond the image) or
// gathered into scratch, where they may share:
//   Columns  three taps in a row are taken over neighbouring positions, so that the columns of neighbouring windows are
//            gathered and loaded once
//   Rows     positions lie under each other; the rows of their windows lie one behind the other, so a window begins a
//            few rows after the one above; for first layers, whose rows are some bytes
// Limits: 2 to 16384 output channels; all shifts go right by 1 or more, or by 0 where
// the output is ReLU's with zero point -128. Columns: kernel_w 3, stride_w 1 or 2, rows of 4
// outputs or more. Rows: row_shapes. A 1x1 layer's input is aligned to 4 bytes where its channels are a multiple of 8.
#pragma once

#include "kernels/kernel.hpp"

namespace pudu::kernels {

/// What neighbouring windows share in scratch; the number is a parameter.
enum class Conv2dSharing : std::int32_t { None = 0, Columns = 1, Rows = 2 };

struct Conv2dMveS8Params {
  std::int32_t batches;
  std::int32_t input_h, input_w, input_channels;
  std::int32_t output_h, output_w, output_channels;
  std::int32_t kernel_h, kernel_w;
  std::int32_t stride_h, stride_w;
  std::int32_t pad_top, pad_left;
  std::int32_t pad_value;                       ///< the input's zero point
  std::int32_t output_offset;                   ///< the output's zero point
  std::int32_t activation_min, activation_max;  ///< within int8
  std::int32_t sharing;                         ///< Conv2dSharing

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
    visitor("output_offset", self.output_offset);
    visitor("activation_min", self.activation_min);
    visitor("activation_max", self.activation_max);
    visitor("sharing", self.sharing);
  }
};

struct Conv2dMveS8Operands {
  const std::int8_t* input;  ///< [batches, input_h, input_w, input_channels]
  /// Of windows [pairs of channels, units, 2, 16], of columns [pairs, planes, 3 taps, 2, 16], 0 where there is no tap.
  /// The last pair is the last two channels. At stride 2 the taps are the first, the third and the second.
  const std::int8_t* weights;
  /// [pairs, 8]: bias with the input's zero point, multiplier and shift of either channel, the output's zero point, 1
  const std::int32_t* constants;
  std::int8_t* output;  ///< [batches, output_h, output_w, output_channels]
  void* scratch;        ///< scratch_bytes(params, isa) bytes, 16-byte aligned, contents undefined

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("input", self.input);
    visitor("weights", self.weights);
    visitor("constants", self.constants);
    visitor("output", self.output);
    visitor("scratch", self.scratch);
  }
};

namespace conv2d_mve {

/// Distances of outputs are 16-bit numbers.
inline constexpr std::int32_t most_output_channels = 16384;

/// What channel pairs over blocks of four positions are made of; the assembly counts in it.
struct PassArguments {
  const std::int8_t* x;  ///< first window or column of the first block
  std::int32_t loops;    ///< of `looped` units or planes, after the first ones
  std::int8_t* output;   ///< of the first position
  const std::int8_t* weights;
  const std::int32_t* constants;
  std::int32_t pairs;
  std::int32_t blocks;
  std::int32_t x_step;           ///< from one block to the next
  std::int32_t output_step;      ///< the same
  std::int32_t window_bytes;     ///< from one window to the next, where no template argument says it
  const std::uint16_t* offsets;  ///< [8] of the outputs of two channels at each of four positions
  std::int32_t unused;
  std::int16_t clamp[16];  ///< eight times each bound
};
using Pass = void (*)(PassArguments& arguments) noexcept;

/// What follows requantization: nothing but int8's range; the same where ties of negative sums do not matter, because
/// the zero point is -128; a narrower range.
enum class Finish : std::uint8_t { Ties, NoTies, Clamp };

/// Windows of `Units` times 16 bytes, `Pitch` from one to the next.
template <int Units, int Pitch, Finish Last>
void windows_pass(PassArguments& arguments) noexcept;
/// Windows of any length: `Lead` units, then `loops` times long_loop_units.
template <int Lead, Finish Last>
void long_windows_pass(PassArguments& arguments) noexcept;
/// Columns: `Lead` planes, then, where Looped is 1, `loops` times column_loop_planes.
template <int Stride, int Lead, int Looped, Finish Last>
void columns_pass(PassArguments& arguments) noexcept;

inline constexpr int most_units = 8;          ///< of windows_pass
inline constexpr int long_loop_units = 4;     ///< Lead is 1 to 4
inline constexpr int column_loop_planes = 3;  ///< Lead is 1 to 3

/// Windows with shared rows: of 3x3 with 1 or 3 channels, 5x5 with 1, and 10x4 with 1, which speech has; strides 1, 2.
struct RowShape {
  std::int32_t units, pitch;
};
inline constexpr RowShape row_shapes[] = {{1, 3}, {1, 6}, {2, 5}, {2, 10}, {2, 9}, {2, 18}, {3, 4}, {3, 8}};

template <Finish Last, std::size_t Index = 0>
[[gnu::always_inline]] constexpr Pass rows_pass_of(std::int32_t units, std::int32_t pitch) noexcept {
  if constexpr (Index == sizeof row_shapes / sizeof *row_shapes) {
    return nullptr;
  } else {
    constexpr RowShape shape = row_shapes[Index];
    return shape.units == units && shape.pitch == pitch ? windows_pass<shape.units, shape.pitch, Last>
                                                        : rows_pass_of<Last, Index + 1>(units, pitch);
  }
}
constexpr bool has_rows_pass(std::int32_t units, std::int32_t pitch) noexcept {
  for (const RowShape& shape : row_shapes) {
    if (shape.units == units && shape.pitch == pitch) return true;
  }
  return false;
}
template <Finish Last, int Units = most_units>
[[gnu::always_inline]] constexpr Pass windows_pass_of(std::int32_t units, std::int32_t pitch) noexcept {
  if constexpr (Units == 0) {
    return nullptr;
  } else {
    if (units != Units) return windows_pass_of<Last, Units - 1>(units, pitch);
    return pitch == 16 * Units ? windows_pass<Units, 16 * Units, Last> : windows_pass<Units, 16 * Units - 8, Last>;
  }
}
template <Finish Last, int Lead = long_loop_units>
[[gnu::always_inline]] constexpr Pass long_windows_pass_of(int lead) noexcept {
  if constexpr (Lead == 0) {
    return nullptr;
  } else {
    return lead == Lead ? long_windows_pass<Lead, Last> : long_windows_pass_of<Last, Lead - 1>(lead);
  }
}
template <int Stride, Finish Last, int Lead = column_loop_planes>
[[gnu::always_inline]] constexpr Pass columns_pass_of(int lead, bool is_looped) noexcept {
  if constexpr (Lead == 0) {
    return nullptr;
  } else {
    if (lead != Lead) return columns_pass_of<Stride, Last, Lead - 1>(lead, is_looped);
    return is_looped ? columns_pass<Stride, Lead, 1, Last> : columns_pass<Stride, Lead, 0, Last>;
  }
}

void run(const Conv2dMveS8Params& params, const Conv2dMveS8Operands& operands, Pass pass) noexcept;
void run_scalar(const Conv2dMveS8Params& params, const Conv2dMveS8Operands& operands) noexcept;

}  // namespace conv2d_mve

struct Conv2dMveS8 {
  static constexpr const char* name = "conv2d_mve_s8";
  static constexpr const char* header = "kernels/conv2d_mve/conv2d_mve_s8.hpp";
  using Params = Conv2dMveS8Params;
  using Operands = Conv2dMveS8Operands;

  static constexpr std::int32_t strip_positions = 8;      ///< whose columns are gathered at a time
  static constexpr std::int32_t most_row_positions = 32;  ///< whose rows are

  /// Few rows of outputs, as a call over a part of an image has them, share none.
  static constexpr Conv2dSharing sharing(const Params& p) noexcept {
    const auto sharing = static_cast<Conv2dSharing>(p.sharing);
    return sharing == Conv2dSharing::Rows && p.output_h < 4 ? Conv2dSharing::None : sharing;
  }
  /// From one window with shared rows to the next.
  static constexpr std::int32_t row_pitch(const Params& p) noexcept {
    return p.stride_h * p.kernel_w * p.input_channels;
  }
  /// Positions under each other whose rows are gathered at a time.
  static constexpr std::int32_t row_positions(const Params& p) noexcept {
    return p.output_h < most_row_positions ? p.output_h : most_row_positions;
  }
  static constexpr std::int32_t taps(const Params& p) noexcept { return p.kernel_h * p.kernel_w * p.input_channels; }
  /// Of 16 taps of a window.
  static constexpr std::int32_t units(const Params& p) noexcept { return (taps(p) + 15) / 16; }
  /// Of 16 channels of a pixel.
  static constexpr std::int32_t pixel_units(const Params& p) noexcept { return (p.input_channels + 15) / 16; }
  /// Of 16 channels of one row of taps.
  static constexpr std::int32_t planes(const Params& p) noexcept { return p.kernel_h * pixel_units(p); }
  static constexpr std::int32_t pairs(const Params& p) noexcept { return (p.output_channels + 1) / 2; }
  /// First output channel of a pair.
  static constexpr std::int32_t first_channel(const Params& p, std::int32_t pair) noexcept {
    return 2 * pair + 2 <= p.output_channels ? 2 * pair : p.output_channels - 2;
  }
  /// Weights of one pair.
  static constexpr std::int32_t pair_bytes(const Params& p) noexcept {
    return sharing(p) == Conv2dSharing::Columns ? 96 * planes(p) : 32 * units(p);
  }
  static constexpr bool is_pointwise(const Params& p) noexcept {
    return p.kernel_h == 1 && p.kernel_w == 1 && p.stride_h == 1 && p.stride_w == 1 && p.pad_top == 0 &&
           p.pad_left == 0 && p.input_h == p.output_h && p.input_w == p.output_w;
  }
  static constexpr bool has_long_windows(const Params& p) noexcept { return units(p) > conv2d_mve::most_units; }
  /// Windows are read where they lie, but for the last ones, whose units may reach beyond the image.
  static constexpr bool reads_in_place(const Params& p) noexcept {
    return sharing(p) == Conv2dSharing::None && is_pointwise(p) && (has_long_windows(p) || p.input_channels % 8 == 0);
  }
  /// From one window to the next.
  static constexpr std::int32_t window_bytes(const Params& p) noexcept {
    return reads_in_place(p) ? p.input_channels : 16 * units(p);
  }
  /// Of one plane of columns of a strip.
  static constexpr std::int32_t plane_bytes(const Params& p) noexcept {
    return 16 * ((strip_positions - 1) * p.stride_w + 3);
  }
  /// Blocks of four windows that are gathered at a time.
  static constexpr std::int32_t strip_blocks(const Params& p) noexcept {
    if (p.sharing != 0 || units(p) > 4) return 1;
    return units(p) <= 2 ? 4 : 2;
  }
  static constexpr std::size_t scratch_bytes(const Params& p, Isa) noexcept {
    if (sharing(p) == Conv2dSharing::Columns) {
      return static_cast<std::size_t>(plane_bytes(p)) * static_cast<std::size_t>(planes(p));
    }
    const std::size_t block = 64 * static_cast<std::size_t>(units(p));
    if (sharing(p) == Conv2dSharing::Rows) {
      // The last window's loads reach beyond its last tap. Not less than calls over few rows need.
      const std::int32_t bytes = (row_positions(p) - 1) * row_pitch(p) + 16 * units(p);
      const std::size_t rows = round_up(static_cast<std::size_t>(bytes), 16);
      return rows > block ? rows : block;
    }
    const bool is_all_in_place =
        reads_in_place(p) && p.input_channels % 16 == 0 && p.batches == 1 && p.output_h * p.output_w >= 4;
    if (is_all_in_place) return 0;
    return reads_in_place(p) ? block : block * static_cast<std::size_t>(strip_blocks(p));
  }

  template <conv2d_mve::Finish Last>
  [[gnu::always_inline]] static conv2d_mve::Pass pass_of(const Params& p) noexcept {
    using namespace conv2d_mve;
    if (sharing(p) == Conv2dSharing::Rows) return rows_pass_of<Last>(units(p), row_pitch(p));
    if (sharing(p) == Conv2dSharing::Columns) {
      const int lead = (planes(p) - 1) % column_loop_planes + 1;
      const bool is_looped = planes(p) > lead;
      return p.stride_w == 1 ? columns_pass_of<1, Last>(lead, is_looped) : columns_pass_of<2, Last>(lead, is_looped);
    }
    if (has_long_windows(p)) return long_windows_pass_of<Last>((units(p) - 1) % long_loop_units + 1);
    return windows_pass_of<Last>(units(p), window_bytes(p));
  }

  /// The parameters of a compiled model are constants, and all this is inlined, so that it links the code it needs.
  [[gnu::always_inline]] static void run(const Params& p, const Operands& operands) noexcept {
#if defined(__ARM_FEATURE_MVE)
    using conv2d_mve::Finish;
    if (p.activation_min != -128 || p.activation_max != 127) {
      conv2d_mve::run(p, operands, pass_of<Finish::Clamp>(p));
    } else if (p.output_offset == -128) {
      conv2d_mve::run(p, operands, pass_of<Finish::NoTies>(p));
    } else {
      conv2d_mve::run(p, operands, pass_of<Finish::Ties>(p));
    }
#else
    conv2d_mve::run_scalar(p, operands);
#endif
  }
};

namespace conv2d_mve {

/// Where the first channel of a pair has its weight of a tap; the second's lies 16 bytes later.
constexpr std::int32_t weight_index(const Conv2dMveS8Params& p, std::int32_t ky, std::int32_t kx,
                                    std::int32_t channel) noexcept {
  if (Conv2dMveS8::sharing(p) != Conv2dSharing::Columns) {
    const std::int32_t tap = (ky * p.kernel_w + kx) * p.input_channels + channel;
    return tap / 16 * 32 + tap % 16;
  }
  // At stride 2 the first and the third tap are next to each other: they share columns.
  const std::int32_t place = p.stride_w == 2 && kx > 0 ? 3 - kx : kx;
  const std::int32_t plane = ky * Conv2dMveS8::pixel_units(p) + channel / 16;
  return (3 * plane + place) * 32 + channel % 16;
}

}  // namespace conv2d_mve

}  // namespace pudu::kernels
