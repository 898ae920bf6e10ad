// conv2d_dsp_s8 around its inner loops: strips of positions are gathered and widened, then every pair of channels runs
// over the strip.
#include "kernels/conv2d_dsp/loops.hpp"

namespace pudu::kernels::conv2d_dsp {
namespace {

using Params = Conv2dDspS8Params;

/// Parts of scratch.
struct Scratch {
  std::int16_t* strip;
  std::int16_t* weights;  ///< of one pair, widened
  std::int32_t* sums;
  std::int8_t* outside;     ///< a piece of the input's zero point
  std::int8_t* borders[2];  ///< pieces of each position of a pair
};

Scratch divide(const Params& p, void* scratch) noexcept {
  auto* bytes = static_cast<std::int8_t*>(scratch);
  Scratch parts{};
  parts.strip = reinterpret_cast<std::int16_t*>(bytes);
  bytes += Conv2dDspS8::strip_bytes(p);
  parts.weights = reinterpret_cast<std::int16_t*>(bytes);
  bytes += Conv2dDspS8::widened_bytes(p);
  parts.sums = reinterpret_cast<std::int32_t*>(bytes);
  bytes += Conv2dDspS8::sums_bytes(p);
  const std::int32_t piece_bytes = 4 * Conv2dDspS8::piece_units(p);
  parts.outside = bytes;
  parts.borders[0] = bytes + piece_bytes;
  parts.borders[1] = parts.borders[0] + Conv2dDspS8::border_pieces(p) * piece_bytes;
  return parts;
}

/// Widens the windows of a strip.
class Gatherer {
 public:
  /// Behind the image may be `readable` bytes more.
  Gatherer(const Params& params, const std::int8_t* image, const Scratch& scratch, std::int32_t readable) noexcept
      : p_(params), image_(image), scratch_(scratch), image_bytes_(p_.input_h * row_ + readable) {}

  /// Positions [begin, begin + count), which are two or more; the last stands for both of a pair when there is but one.
  void gather(std::int32_t begin, std::int32_t count) noexcept {
    std::int16_t* to = scratch_.strip;
    std::int32_t y = begin / p_.output_w, x = begin - y * p_.output_w;
    for (std::int32_t left = count; left > 0; left -= 2) {
      const std::int32_t inner = left > 1 ? inner_pairs(y, x, left / 2) : 0;
      if (inner > 0) {
        to = widen_inner(window_at(y, x), inner, to);
        x += 2 * inner, left -= 2 * inner;
        if (x >= p_.output_w) x = 0, ++y;
        if (left == 0) break;
      }
      const Window a = window_at(y, x);
      if (++x == p_.output_w) x = 0, ++y;
      if (left == 1) {
        to = widen(a, a, to);
        break;
      }
      const Window b = window_at(y, x);
      if (++x == p_.output_w) x = 0, ++y;
      to = widen(a, b, to);
    }
  }

 private:
  /// Where a window begins in the input; may lie outside.
  struct Window {
    std::int32_t y, x;
    std::int32_t offset;  ///< of its first element, when that is inside
    bool is_inside;       ///< with all that is read
  };

  Window window_at(std::int32_t y, std::int32_t x) const noexcept {
    Window window{y * p_.stride_h - p_.pad_top, x * p_.stride_w - p_.pad_left, 0, false};
    window.offset = (window.y * p_.input_w + window.x) * p_.input_channels;
    window.is_inside = window.y >= 0 && window.x >= 0 && window.y + p_.kernel_h <= p_.input_h &&
                       window.x + p_.kernel_w <= p_.input_w && window.offset + last_piece_ <= image_bytes_;
    return window;
  }

  /// Pairs of positions from (y, x) on, up to `most`, that lie in one row and whose windows are inside.
  std::int32_t inner_pairs(std::int32_t y, std::int32_t x, std::int32_t most) const noexcept {
    const Window first = window_at(y, x);
    if (!first.is_inside) return 0;
    std::int32_t pairs = (p_.output_w - x) / 2;
    if (pairs > most) pairs = most;
    while (pairs > 0 && !window_at(y, x + 2 * pairs - 1).is_inside) --pairs;
    return pairs;
  }

  /// `pairs` pairs of positions from a window on, all inside and in one row.
  std::int16_t* widen_inner(const Window& window, std::int32_t pairs, std::int16_t* to) const noexcept {
    const std::int8_t* first = image_ + window.offset;
    const std::int32_t distance = p_.stride_w * p_.input_channels;
#if PUDU_CONV2D_DSP_ASSEMBLY
    if (joins_ends_ && piece_ == 9 && p_.kernel_h == 3) {
      return widen_nine_bytes({first, first + distance, row_, 2 * distance - 2 * row_, to, pairs});
    }
#endif
    for (; pairs > 0; --pairs, first += 2 * distance) {
      if (joins_ends_) {
        to = widen_joined(first, row_, first + distance, row_, to);
        continue;
      }
      const std::int8_t* at = first;
      for (std::int32_t ky = 0; ky < p_.kernel_h; ++ky, at += row_) to = widen_units(at, at + distance, units_, to);
    }
    return to;
  }

  /// Two windows whose pieces lie a_row and b_row bytes apart: whole words, then the ends of pieces.
  std::int16_t* widen_joined(const std::int8_t* a, std::int32_t a_row, const std::int8_t* b, std::int32_t b_row,
                             std::int16_t* to) const noexcept {
    const std::int32_t words = piece_ / 4;
    for (std::int32_t ky = 0; ky < p_.kernel_h; ++ky) to = widen_units(a + ky * a_row, b + ky * b_row, words, to);
    std::int32_t ky = 0, k = 4 * words;
    while (ky < p_.kernel_h) {
      for (std::int32_t i = 0; i < 4; ++i) {
        const std::int32_t at = i == 0 || i == 3 ? i : 3 - i;  // values lie as 0, 2, 1, 3
        to[at] = ky < p_.kernel_h ? a[ky * a_row + k] : std::int16_t{0};
        to[4 + at] = ky < p_.kernel_h ? b[ky * b_row + k] : std::int16_t{0};
        if (++k == piece_) k = 4 * words, ++ky;
      }
      to += 8;
    }
    return to;
  }

  /// A window's pieces with padding around them, in `border`.
  const std::int8_t* copy_window(const Window& window, std::int8_t* border) const noexcept {
    for (std::int32_t ky = 0; ky < p_.kernel_h; ++ky) {
      std::int8_t* to = border + 4 * units_ * ky;
      const std::int8_t* from = piece(window, ky, to);
      if (from != to) std::memcpy(to, from, static_cast<std::size_t>(piece_));
    }
    return border;
  }

  std::int16_t* widen(const Window& a, const Window& b, std::int16_t* to) noexcept {
    if (joins_ends_) {
      const std::int8_t* first = a.is_inside ? image_ + a.offset : copy_window(a, scratch_.borders[0]);
      const std::int8_t* second = b.is_inside ? image_ + b.offset : copy_window(b, scratch_.borders[1]);
      return widen_joined(first, a.is_inside ? row_ : 4 * units_, second, b.is_inside ? row_ : 4 * units_, to);
    }
    if (a.is_inside && b.is_inside) {
      const std::int8_t* first = image_ + a.offset;
      const std::int32_t distance = b.offset - a.offset;
      for (std::int32_t ky = 0; ky < p_.kernel_h; ++ky, first += row_) {
        to = widen_units(first, first + distance, units_, to);
      }
      return to;
    }
    for (std::int32_t ky = 0; ky < p_.kernel_h; ++ky) {
      to = widen_units(piece(a, ky, scratch_.borders[0]), piece(b, ky, scratch_.borders[1]), units_, to);
    }
    return to;
  }

  /// The piece `ky` of a window: in the input, or with padding around it in `border`.
  const std::int8_t* piece(const Window& window, std::int32_t ky, std::int8_t* border) const noexcept {
    const std::int32_t y = window.y + ky;
    if (y < 0 || y >= p_.input_h) return scratch_.outside;
    const std::int32_t offset = window.offset + ky * row_;
    const std::int32_t begin = window.x < 0 ? -window.x : 0;
    const std::int32_t end = window.x + p_.kernel_w > p_.input_w ? p_.input_w - window.x : p_.kernel_w;
    if (begin >= end) return scratch_.outside;
    if (begin == 0 && end == p_.kernel_w && offset + 4 * units_ <= image_bytes_) return image_ + offset;
    std::memcpy(border, scratch_.outside, static_cast<std::size_t>(4 * units_));
    std::memcpy(border + begin * p_.input_channels, image_ + offset + begin * p_.input_channels,
                static_cast<std::size_t>((end - begin) * p_.input_channels));
    return border;
  }

  const Params& p_;
  const std::int8_t* image_;
  const Scratch& scratch_;
  std::int32_t units_ = Conv2dDspS8::piece_units(p_);
  std::int32_t row_ = p_.input_w * p_.input_channels;
  std::int32_t image_bytes_;  ///< that may be read
  bool joins_ends_ = Conv2dDspS8::joins_ends(p_);
  std::int32_t piece_ = p_.kernel_w * p_.input_channels;
  std::int32_t last_piece_ = (p_.kernel_h - 1) * row_ + (joins_ends_ ? piece_ : 4 * units_);
};

void widen_in_order(const Params& p, const std::int8_t* input, std::int32_t count, std::int16_t* to) noexcept {
  const std::int32_t channels = p.input_channels, units = channels / 4;
  for (; count > 1; count -= 2, input += 2 * channels) to = widen_units(input, input + channels, units, to);
  if (count > 0) widen_units(input, input, units, to);
}

/// The outputs of two channels of form General.
void requantize_sums(const Params& p, const Conv2dDspBlock& block, const std::int32_t* sums, std::int32_t positions,
                     std::int8_t* output) noexcept {
  const GeneralRequantization general{p.output_offset, p.activation_min, p.activation_max};
  for (; positions > 0; --positions, sums += 2, output += block.stride) {
    output[0] = apply_form(RequantizeForm::General, block.first, general, sums[0]);
    output[1] = apply_form(RequantizeForm::General, block.second, general, sums[1]);
  }
}

void run_strip(const Params& p, const Conv2dDspS8Operands& operands, const Scratch& scratch, std::int32_t positions,
               std::int8_t* output, Gemm line, Gemm rounded) noexcept {
  const std::int32_t units = Conv2dDspS8::units(p), values = units * 8;
  const bool is_general = p.form == static_cast<std::int32_t>(RequantizeForm::General);
  const std::uint8_t* weights = operands.weights;
  const std::int32_t* constants = operands.constants;
  Conv2dDspBlock block;
  block.x = scratch.strip;
  block.end = scratch.strip + (positions + 1) / 2 * values;
  block.stride = positions > 1 ? p.output_channels : 0;
  for (std::int32_t channel = 0; channel < p.output_channels; channel += 2) {
    if (p.weight_bits == 16) {
      block.weights = reinterpret_cast<const std::int16_t*>(weights);
      weights += 2 * values;
    } else {
      widen_weights(weights, units, scratch.weights);
      block.weights = scratch.weights;
      weights += values;
    }
    block.weights_end = block.weights + values;
    std::memcpy(&block.first, constants, sizeof block.first);
    std::memcpy(&block.second, constants + 4, sizeof block.second);
    constants += 8;
    std::int8_t* first_output = output + (channel + 1 < p.output_channels ? channel : channel - 1);
    block.output = is_general ? reinterpret_cast<std::int8_t*>(scratch.sums) : first_output;
    // A line has no shift among its constants.
    (rounded != nullptr && block.first.shift != 0 ? rounded : line)(block);
    if (is_general) requantize_sums(p, block, scratch.sums, positions, first_output);
  }
}

/// Positions of the next strip, which begins at `begin` or, to be even, one earlier.
std::int32_t strip_length(const Params& p, std::int32_t positions, std::int32_t& begin) noexcept {
  const std::int32_t left = positions - begin;
  if (left >= p.strip_positions) return p.strip_positions;
  if (left % 2 == 0 || positions == 1) return left;
  if (begin == 0) return left - 1;
  --begin;
  return left + 1;
}

}  // namespace

/// The image with its padding, as windows see it.
void pad_image(const Params& p, const std::int8_t* image, std::int8_t* padded) noexcept {
  const std::int32_t h = Conv2dDspS8::seen_h(p), w = Conv2dDspS8::seen_w(p);
  std::memset(padded, p.pad_value, Conv2dDspS8::padded_bytes(p));
  const std::int32_t rows = h - p.pad_top < p.input_h ? h - p.pad_top : p.input_h;
  const std::int32_t columns = w - p.pad_left < p.input_w ? w - p.pad_left : p.input_w;
  if (columns <= 0) return;
  for (std::int32_t y = 0; y < rows; ++y) {
    std::memcpy(padded + ((y + p.pad_top) * w + p.pad_left) * p.input_channels,
                image + y * p.input_w * p.input_channels, static_cast<std::size_t>(columns * p.input_channels));
  }
}

/// The parameters of a call on the padded image.
Params padded_params(const Params& p) noexcept {
  Params padded = p;
  padded.input_h = Conv2dDspS8::seen_h(p), padded.input_w = Conv2dDspS8::seen_w(p);
  padded.pad_top = padded.pad_left = 0;
  return padded;
}

void run(const Params& p, const Conv2dDspS8Operands& operands, Gemm line, Gemm rounded) noexcept {
  const Scratch scratch = divide(p, operands.scratch);
  const bool in_order = Conv2dDspS8::reads_positions_in_order(p);
  const bool is_padded = !in_order && p.pads_image != 0;
  const Params seen = is_padded ? padded_params(p) : p;
  const std::int32_t piece_bytes = 4 * Conv2dDspS8::piece_units(p);
  if (!in_order && !is_padded) std::memset(scratch.outside, p.pad_value, static_cast<std::size_t>(piece_bytes));
  const std::int32_t positions = p.output_h * p.output_w;
  for (std::int32_t image = 0; image < p.batches; ++image) {
    const std::int8_t* input = operands.input + image * p.input_h * p.input_w * p.input_channels;
    std::int8_t* output = operands.output + image * positions * p.output_channels;
    // Its place is that of the pieces, which it does without.
    if (is_padded) pad_image(p, input, scratch.outside);
    Gatherer gatherer(seen, is_padded ? scratch.outside : input, scratch, is_padded ? 3 : 0);
    for (std::int32_t begin = 0; begin < positions;) {
      const std::int32_t count = strip_length(p, positions, begin);
      if (in_order) {
        widen_in_order(p, input + begin * p.input_channels, count, scratch.strip);
      } else {
        gatherer.gather(begin, count);
      }
      run_strip(p, operands, scratch, count, output + begin * p.output_channels, line, rounded);
      begin += count;
    }
  }
}

}  // namespace pudu::kernels::conv2d_dsp
