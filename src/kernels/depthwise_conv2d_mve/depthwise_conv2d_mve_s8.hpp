// int8 depthwise 3x3 or 5x5 convolution prepared for MVE: the bytes of depthwise_conv2d_s8 for stride 1 or 2 in both
// directions, no dilation, one output channel an input channel and the whole int8 range as clamp. The compiler chooses
// it and prepares its operands; docs/kernels.md explains it.
//
// Eight channels go together. Scratch holds a buffer for each: four bytes for every position along the slide, three of
// them the values across the slide under the current window, so that sixteen bytes are four positions and one VMLADAV
// makes the nine products of an output. The next line is written one byte further, over bytes that are dead by then. At
// stride 1 two lines of outputs go together: the fourth byte is the second one's. Under 5x5 windows a position has
// eight bytes and an output takes three loads and VMLADAV, of two positions each. The slide goes along the rows or,
// with slide_down, along the columns of the image. Few narrow rows, as a call over a part of an image has them, are
// joined (joins_rows): every second row lies behind the one before, with a position of padding between, so that all
// outputs are one pair of lines. Limits: at least 8 channels; all shifts go right by 1 or more.
#pragma once

#include "kernels/kernel.hpp"

namespace pudu::kernels {

struct DepthwiseConv2dMveS8Params {
  std::int32_t batches;
  std::int32_t input_h, input_w, channels;
  std::int32_t output_h, output_w;
  std::int32_t kernel_h, kernel_w;  ///< both 3 or both 5
  std::int32_t stride_h, stride_w;  ///< both 1 or both 2
  std::int32_t pad_top, pad_left;
  std::int32_t pad_value;      ///< the input's zero point
  std::int32_t slide_down;     ///< 1: slides along columns of the image
  std::int32_t output_offset;  ///< the output's zero point; at -128 ties of negative values do not matter

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("batches", self.batches);
    visitor("input_h", self.input_h);
    visitor("input_w", self.input_w);
    visitor("channels", self.channels);
    visitor("output_h", self.output_h);
    visitor("output_w", self.output_w);
    visitor("kernel_h", self.kernel_h);
    visitor("kernel_w", self.kernel_w);
    visitor("stride_h", self.stride_h);
    visitor("stride_w", self.stride_w);
    visitor("pad_top", self.pad_top);
    visitor("pad_left", self.pad_left);
    visitor("pad_value", self.pad_value);
    visitor("slide_down", self.slide_down);
    visitor("output_offset", self.output_offset);
  }
};

struct DepthwiseConv2dMveS8Operands {
  const std::int8_t* input;  ///< [batches, input_h, input_w, channels]
  /// 3x3: [channels, 24]: five zeros, three columns of three values across the slide and a 0, seven zeros.
  /// 5x5: [channels, 48]: five columns of five values and three zeros, eight zeros.
  const std::int8_t* weights;
  /// [channels, 4]: bias with the input's zero point, multiplier, the output's zero point, shift
  const std::int32_t* constants;
  std::int8_t* output;  ///< [batches, output_h, output_w, channels]
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

namespace depthwise_conv2d_mve {

/// Bytes of a position under windows of that height, of a channel's weights, and where the first of these lies.
constexpr std::int32_t position_bytes(std::int32_t kernel) noexcept {
  return kernel == 3 ? 4 : 8;
}
constexpr std::int32_t weight_bytes(std::int32_t kernel) noexcept {
  return kernel == 3 ? 24 : 48;
}
constexpr std::int32_t first_weight(std::int32_t kernel) noexcept {
  return kernel == 3 ? 5 : 0;
}

/// What the outputs of eight channels along one slide are made of; the assembly counts in it.
struct SlideArguments {
  const std::int8_t* x;  ///< first position under the first window, in the first channel's buffer
  std::int8_t* output;
  const std::int32_t* constants;
  const std::int8_t* weights;
  std::int32_t buffer_bytes;
  std::int32_t rest_mask;        ///< of the lanes of the rest, two bits each
  std::int32_t blocks;           ///< of eight outputs
  std::int32_t rest;             ///< 1: a part of a block follows
  std::int32_t channels;         ///< to do: 8
  std::int32_t output_step;      ///< from one block to the next
  const std::uint16_t* offsets;  ///< of a block's eight outputs
};
/// Blocks are eight outputs of a line or, in pairs of lines, four of each.
using Slide = void (*)(SlideArguments& arguments) noexcept;

// 3x3 at stride 1, of pairs of lines, and at stride 2, 5x5 at either; the same of outputs whose zero point is -128.
void slide_1(SlideArguments& arguments) noexcept;
void slide_pair(SlideArguments& arguments) noexcept;
void slide_2(SlideArguments& arguments) noexcept;
void slide_1_unsigned(SlideArguments& arguments) noexcept;
void slide_pair_unsigned(SlideArguments& arguments) noexcept;
void slide_2_unsigned(SlideArguments& arguments) noexcept;
/// Pairs of lines whose blocks have offsets of their own, eight behind the other eight; output_step is not used.
void slide_joined(SlideArguments& arguments) noexcept;
void slide_joined_unsigned(SlideArguments& arguments) noexcept;
void slide_5x5_1(SlideArguments& arguments) noexcept;
void slide_5x5_2(SlideArguments& arguments) noexcept;
void slide_5x5_1_unsigned(SlideArguments& arguments) noexcept;
void slide_5x5_2_unsigned(SlideArguments& arguments) noexcept;

/// `pair` where two lines are left, `single` for one; at stride 2 and under 5x5 there is only `single`.
struct Slides {
  Slide pair, single;
};

template <int Kernel>
void run(const DepthwiseConv2dMveS8Params& params, const DepthwiseConv2dMveS8Operands& operands,
         const Slides& slides) noexcept;
/// Where rows are joined.
void run_joined(const DepthwiseConv2dMveS8Params& params, const DepthwiseConv2dMveS8Operands& operands,
                Slide slide) noexcept;
void run_scalar(const DepthwiseConv2dMveS8Params& params, const DepthwiseConv2dMveS8Operands& operands) noexcept;

}  // namespace depthwise_conv2d_mve

struct DepthwiseConv2dMveS8 {
  static constexpr const char* name = "depthwise_conv2d_mve_s8";
  static constexpr const char* header = "kernels/depthwise_conv2d_mve/depthwise_conv2d_mve_s8.hpp";
  using Params = DepthwiseConv2dMveS8Params;
  using Operands = DepthwiseConv2dMveS8Operands;

  /// Outputs of every second row with one that is dropped between rows, where rows are joined.
  static constexpr std::int32_t joined_outputs(const Params& p) noexcept {
    return p.output_h / 2 * (p.output_w + 1) - 1;
  }
  /// Are rows joined? Where that makes no more blocks of four outputs, and their offsets are 16-bit numbers.
  static constexpr bool joins_rows(const Params& p) noexcept {
    if (p.slide_down != 0 || p.kernel_h != 3 || p.stride_h != 1 || p.output_h < 4 || p.output_h % 2 != 0) return false;
    if (p.pad_left != 1 || p.input_w != p.output_w || p.output_w > 16 || p.output_h > 64) return false;
    return (joined_outputs(p) + 3) / 4 <= p.output_h / 2 * ((p.output_w + 3) / 4) &&
           std::int64_t{p.output_h} * p.output_w * p.channels <= 65535;
  }
  static constexpr std::int32_t outputs_along(const Params& p) noexcept {
    if (joins_rows(p)) return joined_outputs(p);
    return p.slide_down != 0 ? p.output_h : p.output_w;
  }
  static constexpr std::int32_t outputs_across(const Params& p) noexcept {
    if (joins_rows(p)) return 2;
    return p.slide_down != 0 ? p.output_w : p.output_h;
  }
  /// Bytes of one channel's buffer: what the last block of eight outputs loads, moved on by one byte a line.
  static constexpr std::int32_t buffer_bytes(const Params& p) noexcept {
    if (joins_rows(p)) return 4 * (4 * ((joined_outputs(p) + 3) / 4) + 2);
    const std::int32_t positions = 8 * ((outputs_along(p) + 7) / 8) * p.stride_h + (p.kernel_h == 3 ? 4 : 6);
    const std::int32_t bytes = depthwise_conv2d_mve::position_bytes(p.kernel_h) * positions;
    return static_cast<std::int32_t>(round_up(static_cast<std::size_t>(bytes + p.stride_h * outputs_across(p) + 8), 4));
  }
  /// Of the offsets of all blocks, where rows are joined.
  static constexpr std::int32_t offset_bytes(const Params& p) noexcept {
    return joins_rows(p) ? 16 * ((joined_outputs(p) + 3) / 4) : 0;
  }
  /// Buffers of eight channels, and the offsets.
  static constexpr std::size_t scratch_bytes(const Params& params, Isa) noexcept {
    return 8 * static_cast<std::size_t>(buffer_bytes(params)) + static_cast<std::size_t>(offset_bytes(params));
  }

  /// The parameters of a compiled model are constants, so that it links the slides it needs.
  [[gnu::always_inline]] static constexpr depthwise_conv2d_mve::Slides slides_of(const Params& p) noexcept {
    using namespace depthwise_conv2d_mve;
    const bool is_unsigned = p.output_offset == -128;
    if (p.kernel_h == 5) {
      const Slide one = is_unsigned ? slide_5x5_1_unsigned : slide_5x5_1;
      return {nullptr, p.stride_h == 1 ? one : (is_unsigned ? slide_5x5_2_unsigned : slide_5x5_2)};
    }
    if (p.stride_h != 1) return {nullptr, is_unsigned ? slide_2_unsigned : slide_2};
    const Slide pair = is_unsigned ? slide_pair_unsigned : slide_pair,
                single = is_unsigned ? slide_1_unsigned : slide_1;
    return {outputs_across(p) > 1 ? pair : nullptr, outputs_across(p) % 2 != 0 ? single : nullptr};
  }

  [[gnu::always_inline]] static inline void run(const Params& params, const Operands& operands) noexcept {
#if defined(__ARM_FEATURE_MVE)
    if (joins_rows(params)) {
      using namespace depthwise_conv2d_mve;
      return run_joined(params, operands, params.output_offset == -128 ? slide_joined_unsigned : slide_joined);
    }
    if (params.kernel_h == 3) return depthwise_conv2d_mve::run<3>(params, operands, slides_of(params));
    depthwise_conv2d_mve::run<5>(params, operands, slides_of(params));
#else
    depthwise_conv2d_mve::run_scalar(params, operands);
#endif
  }
};

}  // namespace pudu::kernels
