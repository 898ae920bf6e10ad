// int8 convolution prepared for cores without the DSP extension: the bytes of conv2d_s8, for one group and no dilation.
// One 32-bit multiplication makes the products of two output positions: x = a + 65536 b, and the sum of w x holds both
// sums as long as the weights of a run cannot leave 16 bits, which the compiler knows when it divides a channel's
// weights into runs. The compiler chooses the kernel and prepares its operand; docs/kernels.md explains the blocking.
//
// Eight output positions (a block) are gathered into scratch as four words a tap; then every output channel runs over
// them. What a channel does is a stream of words: weights, jumps from one piece of code to the next (code_layout.hpp),
// constants of its requantization (requantize_lanes.hpp). Streams lie in flash, ready, or are made in scratch, of one
// channel at a time, for a strip of blocks.
// Limits: input and weights are 4-byte aligned.
#pragma once

#include "kernels/kernel.hpp"

namespace pudu::kernels {

struct Conv2dLanesS8Params {
  std::int32_t batches;
  std::int32_t input_h, input_w, input_channels;
  std::int32_t output_h, output_w, output_channels;
  std::int32_t kernel_h, kernel_w;
  std::int32_t stride_h, stride_w;
  std::int32_t pad_top, pad_left;
  std::int32_t pad_value;                                      ///< the input's zero point
  std::int32_t ready_streams;                                  ///< 1: `weights` holds streams; 0: records
  std::int32_t strip_blocks;                                   ///< gathered together; 1 with ready streams
  std::int32_t stream_words;                                   ///< of the longest stream made; 0 with ready streams
  std::int32_t output_offset, activation_min, activation_max;  ///< of channels of form General

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
    visitor("ready_streams", self.ready_streams);
    visitor("strip_blocks", self.strip_blocks);
    visitor("stream_words", self.stream_words);
    visitor("output_offset", self.output_offset);
    visitor("activation_min", self.activation_min);
    visitor("activation_max", self.activation_max);
  }
};

struct Conv2dLanesS8Operands {
  const std::int8_t* input;  ///< [batches, input_h, input_w, input_channels]
  /// The channels' streams, or their records (stream.hpp), one behind the other.
  const std::uint8_t* weights;
  std::int8_t* output;  ///< [batches, output_h, output_w, output_channels]
  void* scratch;        ///< scratch_bytes(params, isa) bytes, 16-byte aligned, contents undefined

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("input", self.input);
    visitor("weights", self.weights);
    visitor("output", self.output);
    visitor("scratch", self.scratch);
  }
};

struct Conv2dLanesS8 {
  static constexpr const char* name = "conv2d_lanes_s8";
  static constexpr const char* header = "kernels/conv2d_lanes/conv2d_lanes_s8.hpp";
  using Params = Conv2dLanesS8Params;
  using Operands = Conv2dLanesS8Operands;

  static constexpr std::int32_t block_positions = 8;

  static constexpr std::int32_t taps(const Params& params) noexcept {
    return params.kernel_h * params.kernel_w * params.input_channels;
  }
  static constexpr std::int32_t positions(const Params& params) noexcept { return params.output_h * params.output_w; }
  /// Of one row of a window, in whole words.
  static constexpr std::int32_t piece_bytes(const Params& params) noexcept {
    return (params.kernel_w * params.input_channels + 3) / 4 * 4;
  }

  /// Gathered values of a block: two positions a word.
  static constexpr std::size_t block_bytes(const Params& params) noexcept {
    return static_cast<std::size_t>(taps(params)) * block_positions * 2;
  }
  static constexpr std::size_t stream_bytes(const Params& params) noexcept {
    return static_cast<std::size_t>(params.stream_words) * 4;
  }
  /// Outputs of a block that has fewer positions than eight. Every call has room for them, so that one of some rows of
  /// it needs no more than the whole.
  static constexpr std::size_t tail_bytes(const Params& params) noexcept {
    return static_cast<std::size_t>((params.output_channels * block_positions + 3) / 4 * 4);
  }
  /// The sums of a block, a row of padding, and two rows that padding is copied around.
  static constexpr std::size_t border_bytes(const Params& params) noexcept {
    return 4 * block_positions + 3 * static_cast<std::size_t>(piece_bytes(params));
  }
  static constexpr std::size_t scratch_bytes(const Params& params, Isa) noexcept {
    return static_cast<std::size_t>(params.strip_blocks) * block_bytes(params) + stream_bytes(params) +
           tail_bytes(params) + border_bytes(params);
  }

  static void run(const Params& params, const Operands& operands) noexcept;
};

}  // namespace pudu::kernels
