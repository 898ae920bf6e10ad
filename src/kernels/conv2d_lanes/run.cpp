// conv2d_lanes_s8 around its inner part: blocks of eight positions are gathered, then every channel runs over them.
#include "kernels/conv2d_lanes/conv2d_lanes_s8.hpp"
#include "kernels/conv2d_lanes/gather.hpp"
#include "kernels/conv2d_lanes/gemm.hpp"
#include "kernels/conv2d_lanes/stream.hpp"
#include "numerics/requantize.hpp"

namespace pudu::kernels {
namespace conv2d_lanes {
namespace {

using Params = Conv2dLanesS8Params;
constexpr std::int32_t block_positions = Conv2dLanesS8::block_positions;

/// Parts of scratch.
struct Scratch {
  std::uint32_t* blocks;
  std::int32_t* stream;
  std::int32_t* sums;
  std::int8_t* outside;     ///< a row of a window of the input's zero point
  std::int8_t* borders[2];  ///< rows of two windows that padding reaches into
  std::int8_t* tail;
};

Scratch divide(const Params& p, void* scratch) noexcept {
  auto* bytes = static_cast<std::int8_t*>(scratch);
  const auto take = [&bytes](std::size_t count) {
    std::int8_t* part = bytes;
    bytes += count;
    return part;
  };
  Scratch parts{};
  parts.blocks =
      reinterpret_cast<std::uint32_t*>(take(static_cast<std::size_t>(p.strip_blocks) * Conv2dLanesS8::block_bytes(p)));
  parts.stream = reinterpret_cast<std::int32_t*>(take(Conv2dLanesS8::stream_bytes(p)));
  parts.sums = reinterpret_cast<std::int32_t*>(take(4 * block_positions));
  const auto piece_bytes = static_cast<std::size_t>(Conv2dLanesS8::piece_bytes(p));
  parts.outside = take(piece_bytes);
  parts.borders[0] = take(piece_bytes);
  parts.borders[1] = take(piece_bytes);
  parts.tail = bytes;
  return parts;
}

/// Every output position reads the input position of its number.
bool reads_positions_in_order(const Params& p) noexcept {
  return p.kernel_h == 1 && p.kernel_w == 1 && p.stride_h == 1 && p.stride_w == 1 && p.pad_top == 0 &&
         p.pad_left == 0 && p.input_h == p.output_h && p.input_w == p.output_w && p.input_channels % 4 == 0;
}

/// Gathers the windows of blocks.
class Gatherer {
 public:
  Gatherer(const Params& params, const std::int8_t* image, const Scratch& scratch) noexcept
      : p_(params), image_(image), scratch_(scratch) {}

  /// Eight positions from `begin` on; the last one of the image stands for those behind it.
  void gather(std::int32_t begin, std::uint32_t* to) noexcept {
    if (is_in_order_ && begin + block_positions <= positions_) return gather_in_order(begin, to);
    Window windows[block_positions];
    std::int32_t y = begin / p_.output_w, x = begin - y * p_.output_w;
    for (Window& window : windows) {
      window = window_at(y, x);
      if (y == p_.output_h - 1 && x == p_.output_w - 1) continue;
      if (++x == p_.output_w) x = 0, ++y;
    }
    for (std::int32_t j = 0; j < 4; ++j) join(windows[4 + j], windows[j], to + j);
  }

 private:
  void gather_in_order(std::int32_t begin, std::uint32_t* to) const noexcept {
    const std::int8_t* high = image_ + begin * piece_;
    for (std::int32_t j = 0; j < 4; ++j, high += piece_) join_words(high + 4 * piece_, high, piece_, to + j);
  }

  /// Where a window begins in the input; may lie outside.
  struct Window {
    std::int32_t y, x;
    std::int32_t offset;  ///< of its first element, when that is inside
    bool is_inside;
  };

  Window window_at(std::int32_t y, std::int32_t x) const noexcept {
    Window window{y * p_.stride_h - p_.pad_top, x * p_.stride_w - p_.pad_left, 0, false};
    window.offset = (window.y * p_.input_w + window.x) * p_.input_channels;
    window.is_inside =
        window.y >= 0 && window.x >= 0 && window.y + p_.kernel_h <= p_.input_h && window.x + p_.kernel_w <= p_.input_w;
    return window;
  }

  void join(const Window& low, const Window& high, std::uint32_t* to) noexcept {
    const bool is_inside = low.is_inside && high.is_inside;
    const std::int8_t *a = image_ + low.offset, *b = image_ + high.offset;
    for (std::int32_t ky = 0; ky < p_.kernel_h; ++ky, a += row_, b += row_) {
      if (!is_inside) {
        a = piece(low, ky, scratch_.borders[0]);
        b = piece(high, ky, scratch_.borders[1]);
      }
      to = has_words_ ? join_words(a, b, piece_, to) : join_codes(a, b, piece_, to);
    }
  }

  /// The row `ky` of a window: in the input, or with padding around it in `border`.
  const std::int8_t* piece(const Window& window, std::int32_t ky, std::int8_t* border) const noexcept {
    const std::int32_t y = window.y + ky;
    if (y < 0 || y >= p_.input_h) return scratch_.outside;
    const std::int32_t offset = window.offset + ky * row_;
    const std::int32_t begin = window.x < 0 ? -window.x : 0;
    const std::int32_t end = window.x + p_.kernel_w > p_.input_w ? p_.input_w - window.x : p_.kernel_w;
    if (begin >= end) return scratch_.outside;
    if (begin == 0 && end == p_.kernel_w) return image_ + offset;
    std::memcpy(border, scratch_.outside, static_cast<std::size_t>(piece_));
    std::memcpy(border + begin * p_.input_channels, image_ + offset + begin * p_.input_channels,
                static_cast<std::size_t>((end - begin) * p_.input_channels));
    return border;
  }

  const Params& p_;
  const std::int8_t* image_;
  const Scratch& scratch_;
  std::int32_t piece_ = p_.kernel_w * p_.input_channels;
  std::int32_t row_ = p_.input_w * p_.input_channels;
  std::int32_t positions_ = Conv2dLanesS8::positions(p_);
  bool has_words_ = p_.input_channels % 4 == 0;
  bool is_in_order_ = reads_positions_in_order(p_);
};

/// The outputs of a channel of form General, whose constants lie in the stream.
void requantize_sums(const Params& p, Block& block) noexcept {
  const std::int32_t* constants = block.stream;
  for (std::int32_t i = 0; i < block_positions; ++i) {
    block.output[i * block.stride] =
        numerics::requantize_to_int8(numerics::wrapping_add(block.sums[i], constants[0]), constants[1], constants[2],
                                     p.output_offset, p.activation_min, p.activation_max);
  }
  block.stream += constant_words(Step::General);
}

/// Ready streams of all channels over one block.
void run_streams(const Params& p, const std::int32_t* streams, const Scratch& scratch, std::int8_t* output) noexcept {
  Block block{scratch.blocks, output, p.output_channels, streams, 1, 0, scratch.sums, 0};
  for (gemm(block); block.has_sums != 0; gemm(block)) {
    requantize_sums(p, block);
    ++block.output;
  }
}

/// One channel's stream over blocks whose outputs follow each other.
void run_stream(const Params& p, bool is_general, const Scratch& scratch, const std::uint32_t* x, std::int32_t blocks,
                std::int8_t* output) noexcept {
  const auto block_bytes = static_cast<std::int32_t>(Conv2dLanesS8::block_bytes(p));
  const std::int32_t together = is_general ? 1 : blocks;
  for (; blocks > 0; blocks -= together) {
    Block block{x, output, p.output_channels, scratch.stream, together, block_bytes, scratch.sums, 0};
    gemm(block);
    if (!is_general) return;
    requantize_sums(p, block);
    x += block_bytes / 4, output += block_positions * p.output_channels;
  }
}

/// All channels over the strip's blocks: `blocks` from `output` on, then one more at `last`, where that is not null.
void run_records(const Params& p, const std::int32_t* records, const Scratch& scratch, std::int32_t blocks,
                 std::int8_t* output, std::int8_t* last) noexcept {
  const auto block_words = static_cast<std::int32_t>(Conv2dLanesS8::block_bytes(p) / 4);
  for (std::int32_t channel = 0; channel < p.output_channels; ++channel) {
    Step step{};
    *write_stream(records, step, scratch.stream) = next_block;
    const bool is_general = step == Step::General;
    run_stream(p, is_general, scratch, scratch.blocks, blocks, output + channel);
    if (last != nullptr) {
      run_stream(p, is_general, scratch, scratch.blocks + blocks * block_words, 1, last + channel);
    }
  }
}

/// The outputs of one image.
void run_image(const Params& p, const std::int32_t* weights, Gatherer& gatherer, const Scratch& scratch,
               std::int8_t* output) noexcept {
  const std::int32_t count = Conv2dLanesS8::positions(p);
  const auto block_words = static_cast<std::int32_t>(Conv2dLanesS8::block_bytes(p) / 4);
  for (std::int32_t begin = 0; begin < count;) {
    const std::int32_t strip = begin;
    std::int8_t* last = nullptr;
    std::int32_t blocks = 0;
    for (; blocks < p.strip_blocks && begin < count; begin += block_positions) {
      if (begin + block_positions > count && count > block_positions) {
        // The last block begins earlier, and makes some outputs once more.
        begin = count - block_positions;
        last = output + begin * p.output_channels;
        gatherer.gather(begin, scratch.blocks + blocks * block_words);
      } else {
        gatherer.gather(begin, scratch.blocks + blocks * block_words);
        ++blocks;
      }
    }
    std::int8_t* first = output + strip * p.output_channels;
    if (p.ready_streams == 0) {
      run_records(p, weights, scratch, blocks, first, last);
    } else {
      run_streams(p, weights, scratch, last != nullptr ? last : first);
    }
  }
}

}  // namespace
}  // namespace conv2d_lanes

void Conv2dLanesS8::run(const Params& p, const Operands& operands) noexcept {
  using namespace conv2d_lanes;
  const Scratch scratch = divide(p, operands.scratch);
  std::memset(scratch.outside, p.pad_value, static_cast<std::size_t>(piece_bytes(p)));
  const auto* weights = static_cast<const std::int32_t*>(__builtin_assume_aligned(operands.weights, 4));
  const std::int32_t count = positions(p), input_bytes = p.input_h * p.input_w * p.input_channels;
  for (std::int32_t image = 0; image < p.batches; ++image) {
    Gatherer gatherer(p, operands.input + image * input_bytes, scratch);
    std::int8_t* output = operands.output + image * count * p.output_channels;
    const bool has_tail = count < block_positions;
    run_image(p, weights, gatherer, scratch, has_tail ? scratch.tail : output);
    if (has_tail) std::memcpy(output, scratch.tail, static_cast<std::size_t>(count * p.output_channels));
  }
}

}  // namespace pudu::kernels
