// int8 convolution prepared for MVE: the bytes of conv2d_s8 for one group and no dilation, with weights of two channels
// interleaved and the input's zero point in the bias. The compiler chooses it and prepares its operands;
// docs/kernels.md explains it.
//
// Three output positions go together: their windows lie in scratch, each padded to a multiple of 16 values, or are read
// in place in 1x1 layers, where what lies behind a window is multiplied by 0; never beyond the image. Over them run the
// channels, four at a time; sixteen products an instruction, six sums in registers. Limits: at least 4 output channels
// and 3 output positions an image; all shifts go right by 1 or more.
#pragma once

#include "kernels/kernel.hpp"

namespace pudu::kernels {

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
  }
};

struct Conv2dMveS8Operands {
  const std::int8_t* input;  ///< [batches, input_h, input_w, input_channels]
  /// [groups of 4 channels, 2, units, 2, 16]: the units of channels 0 and 2, then of 1 and 3, 0 where there is no tap.
  /// The last group is the last four channels.
  const std::int8_t* weights;
  const std::int32_t* constants;  ///< [groups, 3, 4]: bias with the input's zero point, multipliers, shifts
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

struct Conv2dMveS8 {
  static constexpr const char* name = "conv2d_mve_s8";
  static constexpr const char* header = "kernels/conv2d_mve/conv2d_mve_s8.hpp";
  using Params = Conv2dMveS8Params;
  using Operands = Conv2dMveS8Operands;

  static constexpr std::int32_t taps(const Params& p) noexcept { return p.kernel_h * p.kernel_w * p.input_channels; }
  /// Of 16 taps.
  static constexpr std::int32_t units(const Params& p) noexcept { return (taps(p) + 15) / 16; }
  /// Of 4 output channels.
  static constexpr std::int32_t groups(const Params& p) noexcept { return (p.output_channels + 3) / 4; }
  /// First output channel of a group.
  static constexpr std::int32_t first_channel(const Params& p, std::int32_t group) noexcept {
    return 4 * group + 4 <= p.output_channels ? 4 * group : p.output_channels - 4;
  }
  static constexpr bool is_pointwise(const Params& p) noexcept {
    return p.kernel_h == 1 && p.kernel_w == 1 && p.stride_h == 1 && p.stride_w == 1 && p.pad_top == 0 &&
           p.pad_left == 0 && p.input_h == p.output_h && p.input_w == p.output_w;
  }
  static constexpr bool reads_in_place(const Params& p) noexcept {
    return is_pointwise(p) && p.input_channels % 16 == 0;
  }
  /// Three windows.
  static constexpr std::size_t scratch_bytes(const Params& p, Isa) noexcept {
    return reads_in_place(p) ? 0 : 48 * static_cast<std::size_t>(units(p));
  }

  static void run(const Params& params, const Operands& operands) noexcept;
};

}  // namespace pudu::kernels
