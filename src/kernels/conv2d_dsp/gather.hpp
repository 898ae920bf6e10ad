// Strips of output positions of conv2d_dsp_s8 and of the convolutions of int16 codes beside it: the windows of two
// positions beside each other in 16 bits, unit by unit. Code is int8 or int16.
#pragma once

#include <cstring>

#include "kernels/conv2d_dsp/loops.hpp"

namespace pudu::kernels::conv2d_dsp {

/// Parts of scratch.
template <class Code>
struct Scratch {
  std::int16_t* strip;
  std::int16_t* weights;  ///< of one pair, widened
  std::int32_t* sums;
  Code* outside;     ///< a piece of the input's zero point
  Code* borders[2];  ///< pieces of each position of a pair
};

template <class Code>
Scratch<Code> divide(const Conv2dDspS8Params& p, void* scratch) noexcept {
  auto* bytes = static_cast<std::int8_t*>(scratch);
  Scratch<Code> parts{};
  parts.strip = reinterpret_cast<std::int16_t*>(bytes);
  bytes += Conv2dDspS8::strip_bytes(p);
  parts.weights = reinterpret_cast<std::int16_t*>(bytes);
  bytes += Conv2dDspS8::widened_bytes(p);
  parts.sums = reinterpret_cast<std::int32_t*>(bytes);
  bytes += Conv2dDspS8::sums_bytes(p);
  const std::int32_t piece = 4 * Conv2dDspS8::piece_units(p);
  parts.outside = reinterpret_cast<Code*>(bytes);
  parts.borders[0] = parts.outside + piece;
  parts.borders[1] = parts.borders[0] + Conv2dDspS8::border_pieces(p) * piece;
  return parts;
}

/// Codes of the input's zero point.
inline void fill_codes(std::int8_t* to, std::int32_t value, std::size_t count) noexcept {
  std::memset(to, value, count);
}
inline void fill_codes(std::int16_t* to, std::int32_t value, std::size_t count) noexcept {
  for (; count > 0; --count) *to++ = static_cast<std::int16_t>(value);
}

template <class Code>
void copy_codes(Code* to, const Code* from, std::int32_t count) noexcept {
  std::memcpy(to, from, static_cast<std::size_t>(count) * sizeof(Code));
}

/// Puts the windows of a strip beside each other in 16 bits.
template <class Code>
class Gatherer {
 public:
  /// Behind the image may be `readable` codes more.
  Gatherer(const Conv2dDspS8Params& params, const Code* image, const Scratch<Code>& scratch,
           std::int32_t readable) noexcept
      : p_(params), image_(image), scratch_(scratch), image_codes_(p_.input_h * row_ + readable) {}

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
                       window.x + p_.kernel_w <= p_.input_w && window.offset + last_piece_ <= image_codes_;
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
    const Code* first = image_ + window.offset;
    const std::int32_t distance = p_.stride_w * p_.input_channels;
#if PUDU_CONV2D_DSP_ASSEMBLY
    if constexpr (sizeof(Code) == 1) {
      if (joins_ends_ && piece_ == 9 && p_.kernel_h == 3) {
        return widen_nine_bytes({first, first + distance, row_, 2 * distance - 2 * row_, to, pairs});
      }
    }
#endif
    for (; pairs > 0; --pairs, first += 2 * distance) {
      if (joins_ends_) {
        to = widen_joined(first, row_, first + distance, row_, to);
        continue;
      }
      const Code* at = first;
      for (std::int32_t ky = 0; ky < p_.kernel_h; ++ky, at += row_) to = widen_units(at, at + distance, units_, to);
    }
    return to;
  }

  /// Two windows whose pieces lie a_row and b_row bytes apart: whole words, then the ends of pieces.
  std::int16_t* widen_joined(const Code* a, std::int32_t a_row, const Code* b, std::int32_t b_row,
                             std::int16_t* to) const noexcept {
    const std::int32_t words = piece_ / 4;
    for (std::int32_t ky = 0; ky < p_.kernel_h; ++ky) to = widen_units(a + ky * a_row, b + ky * b_row, words, to);
    std::int32_t ky = 0, k = 4 * words;
    while (ky < p_.kernel_h) {
      for (std::int32_t i = 0; i < 4; ++i) {
        // Values that were widened lie as 0, 2, 1, 3.
        const std::int32_t at = sizeof(Code) == 2 || i == 0 || i == 3 ? i : 3 - i;
        to[at] = ky < p_.kernel_h ? a[ky * a_row + k] : std::int16_t{0};
        to[4 + at] = ky < p_.kernel_h ? b[ky * b_row + k] : std::int16_t{0};
        if (++k == piece_) k = 4 * words, ++ky;
      }
      to += 8;
    }
    return to;
  }

  /// A window's pieces with padding around them, in `border`.
  const Code* copy_window(const Window& window, Code* border) const noexcept {
    for (std::int32_t ky = 0; ky < p_.kernel_h; ++ky) {
      Code* to = border + 4 * units_ * ky;
      const Code* from = piece(window, ky, to);
      if (from != to) copy_codes(to, from, piece_);
    }
    return border;
  }

  std::int16_t* widen(const Window& a, const Window& b, std::int16_t* to) noexcept {
    if (joins_ends_) {
      const Code* first = a.is_inside ? image_ + a.offset : copy_window(a, scratch_.borders[0]);
      const Code* second = b.is_inside ? image_ + b.offset : copy_window(b, scratch_.borders[1]);
      return widen_joined(first, a.is_inside ? row_ : 4 * units_, second, b.is_inside ? row_ : 4 * units_, to);
    }
    if (a.is_inside && b.is_inside) {
      const Code* first = image_ + a.offset;
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
  const Code* piece(const Window& window, std::int32_t ky, Code* border) const noexcept {
    const std::int32_t y = window.y + ky;
    if (y < 0 || y >= p_.input_h) return scratch_.outside;
    const std::int32_t offset = window.offset + ky * row_;
    const std::int32_t begin = window.x < 0 ? -window.x : 0;
    const std::int32_t end = window.x + p_.kernel_w > p_.input_w ? p_.input_w - window.x : p_.kernel_w;
    if (begin >= end) return scratch_.outside;
    if (begin == 0 && end == p_.kernel_w && offset + 4 * units_ <= image_codes_) return image_ + offset;
    copy_codes(border, scratch_.outside, 4 * units_);
    copy_codes(border + begin * p_.input_channels, image_ + offset + begin * p_.input_channels,
               (end - begin) * p_.input_channels);
    return border;
  }

  const Conv2dDspS8Params& p_;
  const Code* image_;
  const Scratch<Code>& scratch_;
  std::int32_t units_ = Conv2dDspS8::piece_units(p_);
  std::int32_t row_ = p_.input_w * p_.input_channels;
  std::int32_t image_codes_;  ///< that may be read
  bool joins_ends_ = Conv2dDspS8::joins_ends(p_);
  std::int32_t piece_ = p_.kernel_w * p_.input_channels;
  std::int32_t last_piece_ = (p_.kernel_h - 1) * row_ + (joins_ends_ ? piece_ : 4 * units_);
};

/// The same of windows of one position each, in order.
template <class Code>
[[gnu::always_inline]] inline void widen_in_order(const Conv2dDspS8Params& p, const Code* input, std::int32_t count,
                                                  std::int16_t* to) noexcept {
  const std::int32_t channels = p.input_channels, units = channels / 4;
  for (; count > 1; count -= 2, input += 2 * channels) to = widen_units(input, input + channels, units, to);
  if (count > 0) widen_units(input, input, units, to);
}

/// Positions of the next strip, which begins at `begin` or, to be even, one earlier.
inline std::int32_t strip_length(const Conv2dDspS8Params& p, std::int32_t positions, std::int32_t& begin) noexcept {
  const std::int32_t left = positions - begin;
  if (left >= p.strip_positions) return p.strip_positions;
  if (left % 2 == 0 || positions == 1) return left;
  if (begin == 0) return left - 1;
  --begin;
  return left + 1;
}

/// The image with its padding, as windows see it.
template <class Code>
void pad_image(const Conv2dDspS8Params& p, const Code* image, Code* padded) noexcept {
  const std::int32_t h = Conv2dDspS8::seen_h(p), w = Conv2dDspS8::seen_w(p);
  fill_codes(padded, p.pad_value, Conv2dDspS8::padded_bytes(p));
  const std::int32_t rows = h - p.pad_top < p.input_h ? h - p.pad_top : p.input_h;
  const std::int32_t columns = w - p.pad_left < p.input_w ? w - p.pad_left : p.input_w;
  if (columns <= 0) return;
  for (std::int32_t y = 0; y < rows; ++y) {
    copy_codes(padded + ((y + p.pad_top) * w + p.pad_left) * p.input_channels, image + y * p.input_w * p.input_channels,
               columns * p.input_channels);
  }
}

/// The parameters of a call on the padded image.
inline Conv2dDspS8Params padded_params(const Conv2dDspS8Params& p) noexcept {
  Conv2dDspS8Params padded = p;
  padded.input_h = Conv2dDspS8::seen_h(p), padded.input_w = Conv2dDspS8::seen_w(p);
  padded.pad_top = padded.pad_left = 0;
  return padded;
}

/// Every strip of the layer: gathers it and calls `run_strip(scratch, positions, first_position)`, the position counted
/// over all images. Input and padding as `p` says; p.pads_image without borders.
template <class Code, class RunStrip>
[[gnu::always_inline]] inline void for_each_strip(const Conv2dDspS8Params& p, const Code* layer_input, void* memory,
                                                  const RunStrip& run_strip) noexcept {
  const Scratch<Code> scratch = divide<Code>(p, memory);
  const bool in_order = Conv2dDspS8::reads_positions_in_order(p);
  const bool is_padded = !in_order && p.pads_image != 0;
  const Conv2dDspS8Params seen = is_padded ? padded_params(p) : p;
  const std::int32_t piece = 4 * Conv2dDspS8::piece_units(p);
  if (!in_order && !is_padded) fill_codes(scratch.outside, p.pad_value, static_cast<std::size_t>(piece));
  const std::int32_t positions = p.output_h * p.output_w;
  for (std::int32_t image = 0; image < p.batches; ++image) {
    const Code* input = layer_input + image * p.input_h * p.input_w * p.input_channels;
    // Its place is that of the pieces, which it does without.
    if (is_padded) pad_image(p, input, scratch.outside);
    Gatherer<Code> gatherer(seen, is_padded ? scratch.outside : input, scratch, is_padded ? 3 : 0);
    for (std::int32_t begin = 0; begin < positions;) {
      const std::int32_t count = strip_length(p, positions, begin);
      if (in_order) {
        widen_in_order(p, input + begin * p.input_channels, count, scratch.strip);
      } else {
        gatherer.gather(begin, count);
      }
      run_strip(scratch, count, image * positions + begin);
      begin += count;
    }
  }
}

}  // namespace pudu::kernels::conv2d_dsp
