// int8 depthwise convolution, 3x3 with stride 1 or 2, prepared for cores without DSP: the bytes of depthwise_conv2d_s8.
// The compiler chooses it and prepares its operands; docs/kernels.md explains it.
//
// A channel's image is copied to a plane of words that hold two codes of it (kernels/lane_runs.hpp): of two halves of
// the image, so that a plane's word times a weight serves an output in either half. Four words go together. The nine
// taps are split into runs by one of 16 patterns, each with code of its own; the linker keeps those that a model uses.
// Limits: depth multiplier 1, no dilation, equal strides.
#pragma once

#include <utility>

#include "kernels/kernel.hpp"
#include "kernels/requantize_form.hpp"
#include "kernels/requantize_lanes.hpp"

namespace pudu::kernels {

struct DepthwiseConv2dLanesS8Params {
  std::int32_t batches;
  std::int32_t input_h, input_w, channels;
  std::int32_t output_h, output_w;
  std::int32_t stride_h, stride_w;
  std::int32_t pad_top, pad_left;
  std::int32_t pad_value;      ///< the input's zero point
  std::int32_t slide_down;     ///< 0: rows of the plane are rows of the image; 1: its columns
  std::int32_t lanes_along;    ///< which halves share words, of the output: 0: upper and lower rows of the plane; 1:
                               ///< left and right halves of each row
  std::int32_t patterns;       ///< bit i: pattern i occurs
  std::int32_t channel_words;  ///< of a channel: 5 or 7, form LanesForm; 4: ChannelConstants, which M3 multiplies with
  std::int32_t form;           ///< of 4 words: RequantizeForm; channels that have no line are Rounded
  std::int32_t output_offset, activation_min, activation_max;  ///< of channels of form General

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
    visitor("lanes_along", self.lanes_along);
    visitor("patterns", self.patterns);
    visitor("channel_words", self.channel_words);
    visitor("form", self.form);
    visitor("output_offset", self.output_offset);
    visitor("activation_min", self.activation_min);
    visitor("activation_max", self.activation_max);
  }
};

struct DepthwiseConv2dLanesS8Operands {
  const std::int8_t* input;  ///< [batches, input_h, input_w, channels]
  /// [channels, 12]: nine taps in the order in which they are read, the pattern, 0, 0.
  const std::int8_t* weights;
  /// [channels, channel_words]: bias, range | form << 24, multiplier, low, offset, pivot, offset_below of
  /// LanesConstants (form General: bias, 0, multiplier, shift); or ChannelConstants.
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

namespace depthwise_conv2d_lanes {

/// Bit i of a mask: a run ends behind tap i. The last is always valid, because two weights make no overflow.
inline constexpr int run_masks[16] = {0x00, 0x08, 0x10, 0x04, 0x20, 0x02, 0x40, 0x24,
                                      0x22, 0x44, 0x48, 0x28, 0x12, 0x14, 0x2A, 0xAA};

/// The plane of one channel and how its words are walked.
struct Plane {
  std::int32_t rows, words;            ///< of outputs, two in a word
  std::int32_t row_shift, word_shift;  ///< from the lower lane's output to the upper's
  std::int32_t stride;
  std::int32_t height, pitch;  ///< words of a row of the plane; at stride 2 the even columns come first
  std::int32_t chunk_rows;     ///< rows of outputs whose sums are held together

  /// Words whose sums `rows` rows take, the pads between rows included.
  constexpr std::int32_t sum_words(std::int32_t of_rows) const noexcept {
    const std::int32_t span = stride == 1 ? of_rows * pitch - 2 : words;
    return (span + 3) / 4 * 4;
  }
  constexpr std::int32_t plane_words() const noexcept { return height * pitch + 4; }
  /// Of copying from the input: see run.cpp.
  constexpr std::int32_t most_jobs() const noexcept { return height * stride * (word_shift != 0 ? 3 : 1); }
  /// Words that are multiplied in all, where a chunk costs as much as three.
  constexpr std::int32_t work(std::int32_t chunk) const noexcept {
    const std::int32_t rest = rows % chunk;
    return rows / chunk * (sum_words(chunk) + 3) + (rest > 0 ? sum_words(rest) + 3 : 0);
  }
};

inline constexpr std::int32_t most_sum_words = 128;
inline constexpr std::int32_t job_words = 5;

constexpr Plane plane_of(const DepthwiseConv2dLanesS8Params& p) noexcept {
  const std::int32_t along = p.slide_down != 0 ? p.output_h : p.output_w;
  const std::int32_t across = p.slide_down != 0 ? p.output_w : p.output_h;
  Plane plane{across, along, 0, 0, p.stride_h, 0, 0, 1};
  if (p.lanes_along != 0) {
    plane.words = (along + 1) / 2, plane.word_shift = along - plane.words;
  } else {
    plane.rows = (across + 1) / 2, plane.row_shift = across - plane.rows;
  }
  plane.height = p.stride_h == 1 ? plane.rows + 2 : 2 * plane.rows + 1;
  plane.pitch = p.stride_h == 1 ? plane.words + 2 : 2 * plane.words + 1;
  if (plane.stride != 1) return plane;
  // Pads between rows are worth it where rows are no multiples of four words.
  for (std::int32_t chunk = 2; chunk <= plane.rows && plane.sum_words(chunk) <= most_sum_words; ++chunk) {
    if (plane.work(chunk) < plane.work(plane.chunk_rows)) plane.chunk_rows = chunk;
  }
  return plane;
}

/// One call of the inner loop: sums, two of a word, from `sums` up to `sums_end`, of four words a turn. The order of
/// the fields is that in which assembly loads them.
struct Products {
  const std::uint32_t* words;  ///< under the first tap
  std::int32_t row_step;       ///< bytes from behind the four words of a row's last tap to the next row's first
  std::int32_t odd_step;       ///< stride 2: the same from the even columns to the odd ones
  std::int32_t weights[9];
  std::int32_t* sums;
  std::int32_t* sums_end;
  std::int32_t block_step;  ///< from behind the last tap's words to the next four under the first
};

using ProductLoop = void (*)(const Products& products) noexcept;
template <int Mask, int Stride>
void sum_products(const Products& products) noexcept;

/// Loops of the patterns that a call has.
struct ProductLoops {
  ProductLoop loops[16];
};

template <int... Pattern>
[[gnu::always_inline]] inline ProductLoops loops_of(const DepthwiseConv2dLanesS8Params& p,
                                                    std::integer_sequence<int, Pattern...>) noexcept {
  return {{((p.patterns >> Pattern & 1) == 0 ? nullptr
            : p.stride_h == 1                ? &sum_products<run_masks[Pattern], 1>
                                             : &sum_products<run_masks[Pattern], 2>)...}};
}

void run(const DepthwiseConv2dLanesS8Params& params, const DepthwiseConv2dLanesS8Operands& operands,
         const ProductLoops& loops) noexcept;

}  // namespace depthwise_conv2d_lanes

struct DepthwiseConv2dLanesS8 {
  static constexpr const char* name = "depthwise_conv2d_lanes_s8";
  static constexpr const char* header = "kernels/depthwise_conv2d_lanes/depthwise_conv2d_lanes_s8.hpp";
  using Params = DepthwiseConv2dLanesS8Params;
  using Operands = DepthwiseConv2dLanesS8Operands;

  /// The plane, two sums for each word of a chunk, what is to be copied.
  static constexpr std::size_t scratch_bytes(const Params& params, Isa) noexcept {
    const depthwise_conv2d_lanes::Plane plane = depthwise_conv2d_lanes::plane_of(params);
    return 4 * static_cast<std::size_t>(plane.plane_words() + 2 * plane.sum_words(plane.chunk_rows) +
                                        depthwise_conv2d_lanes::job_words * plane.most_jobs());
  }

  [[gnu::always_inline]] static void run(const Params& params, const Operands& operands) noexcept {
    depthwise_conv2d_lanes::run(params, operands,
                                depthwise_conv2d_lanes::loops_of(params, std::make_integer_sequence<int, 16>()));
  }
};

}  // namespace pudu::kernels
