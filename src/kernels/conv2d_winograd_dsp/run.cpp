// conv2d_winograd_dsp_s8 around its inner loops: pairs of tiles are transformed into scratch, then every pair of
// channels runs over them.
#include "kernels/conv2d_winograd_dsp/transforms.hpp"

namespace pudu::kernels::conv2d_winograd_dsp {
namespace {

using Kernel = Conv2dWinogradDspS8;

/// Parts of scratch.
struct Scratch {
  std::int16_t* x;        ///< of strip_pairs pairs of tiles
  std::int16_t* weights;  ///< of one pair of channels
  std::int32_t* columns;
  std::int32_t* sums;
  std::int8_t* outside;  ///< values of a position outside of the image
};

Scratch divide(const Params& p, void* scratch) noexcept {
  auto* bytes = static_cast<std::int8_t*>(scratch);
  Scratch parts{};
  parts.x = reinterpret_cast<std::int16_t*>(bytes);
  bytes += static_cast<std::size_t>(p.strip_pairs) * Kernel::pair_bytes(p);
  parts.weights = reinterpret_cast<std::int16_t*>(bytes);
  bytes += p.weight_bits == 8 ? Kernel::pair_bytes(p) : 0;
  parts.columns = reinterpret_cast<std::int32_t*>(bytes);
  bytes += Kernel::column_bytes(p);
  parts.sums = reinterpret_cast<std::int32_t*>(bytes);
  parts.outside = bytes + Kernel::sums_bytes(p);
  return parts;
}

/// Where two tiles begin in the output.
struct TilePair {
  std::int32_t y, x;
};

/// Walks over all pairs of tiles of an image and transforms their values.
class Tiles {
 public:
  Tiles(const Params& params, const std::int8_t* image, const Scratch& scratch) noexcept
      : p_(params), image_(image), scratch_(scratch) {}

  bool at_end() const noexcept { return next_.y < 0; }
  TilePair next() const noexcept { return next_; }

  /// The pair behind `pair`; y is -1 behind the last one.
  TilePair behind(TilePair pair) const noexcept {
    if (pair.x < p_.output_w - 4) return {pair.y, pair.x + 8 <= p_.output_w ? pair.x + 4 : p_.output_w - 4};
    if (pair.y < p_.output_h - 2) return {pair.y + 4 <= p_.output_h ? pair.y + 2 : p_.output_h - 2, 0};
    return {-1, 0};
  }

  /// The next pair's values.
  void transform(std::int16_t* to) noexcept {
    const std::int32_t first = next_.x == carried_x_ ? 2 : 0;
    transform_columns_of(next_.y - p_.pad_top, next_.x - p_.pad_left, first);
    transform_tiles({scratch_.columns, to, Kernel::units(p_) * 16, Kernel::quads(p_)});
    carried_x_ = next_.x + 4;
    const TilePair after = behind(next_);
    if (after.y != next_.y) carried_x_ = -1;
    next_ = after;
  }

 private:
  /// Columns [first, 6) of four rows, of which some may be outside.
  void transform_columns_of(std::int32_t y, std::int32_t x, std::int32_t first) noexcept {
    const std::int32_t begin = at_least(-x, first), end = at_most(p_.input_w - x, 6);
    if (begin >= end) return transform_outside(first, 6);
    transform_outside(first, begin);
    ColumnSource source{};
    source.to = scratch_.columns + begin * column_words;
    source.quads = Kernel::quads(p_);
    source.count = end - begin;
    const std::int8_t* at = image_ + (y * p_.input_w + x + begin) * p_.input_channels;
    bool is_inside = true;
    for (std::int32_t k = 0; k < 4; ++k, at += p_.input_w * p_.input_channels) {
      const bool row_is_inside = y + k >= 0 && y + k < p_.input_h;
      source.rows[k] = row_is_inside ? at : scratch_.outside;
      is_inside = is_inside && row_is_inside;
    }
    if (is_inside) {
      transform_columns(source);
    } else {
      transform_border(source, y);
    }
    transform_outside(end, 6);
  }

  /// Rows outside do not go on to the next column.
  void transform_border(ColumnSource source, std::int32_t y) noexcept {
    const std::int32_t count = source.count;
    source.count = 1;
    for (std::int32_t column = 0; column < count; ++column) {
      transform_columns(source);
      source.to += column_words;
      for (std::int32_t k = 0; k < 4; ++k) {
        if (y + k >= 0 && y + k < p_.input_h) source.rows[k] += p_.input_channels;
      }
    }
  }

  void transform_outside(std::int32_t begin, std::int32_t end) noexcept {
    for (; begin < end; ++begin) {
      const std::int8_t* row = scratch_.outside;
      transform_columns({{row, row, row, row}, scratch_.columns + begin * column_words, Kernel::quads(p_), 1});
    }
  }

  static std::int32_t at_least(std::int32_t value, std::int32_t least) noexcept {
    return value < least ? least : value;
  }
  static std::int32_t at_most(std::int32_t value, std::int32_t most) noexcept { return value > most ? most : value; }

  const Params& p_;
  const std::int8_t* image_;
  const Scratch& scratch_;
  TilePair next_{0, 0};
  std::int32_t carried_x_ = -1;  ///< of the tiles whose first two columns are there already
};

/// What the calls of the inner loops share.
class Channels {
 public:
  Channels(const Params& params, const Operands& operands, const Scratch& scratch, Multiply line,
           Multiply rounded) noexcept
      : p_(params),
        constants_(reinterpret_cast<const ChannelConstants*>(operands.constants)),
        scratch_(scratch),
        line_(line),
        rounded_(rounded) {}

  /// A line has no shift among its constants.
  bool is_rounded(std::int32_t pair) const noexcept { return rounded_ != nullptr && constants_[2 * pair].shift != 0; }
  /// Output channel of a pair; the last pair is the last two channels.
  std::int32_t channel_of(std::int32_t pair) const noexcept {
    return 2 * pair + 2 <= p_.output_channels ? 2 * pair : p_.output_channels - 2;
  }

  /// Makes `blocks.count` blocks, the first of channel pair `pair` and of tiles at `tiles` of the image `output`; all
  /// are Rounded, or none.
  void run(std::int32_t pair, std::int8_t* output, TilePair tiles, Blocks& blocks) const noexcept {
    blocks.constants = constants_ + 2 * pair;
    blocks.output = output + (tiles.y * p_.output_w + tiles.x) * p_.output_channels + channel_of(pair);
    blocks.column_step = p_.output_channels;
    blocks.tile_step = 2 * p_.output_channels;
    // A single row lies over the second one.
    blocks.row_step = p_.output_h > 1 ? -p_.output_w * p_.output_channels : 0;
    blocks.output -= blocks.row_step;
    if (p_.form == static_cast<std::int32_t>(RequantizeForm::General)) return run_general(blocks);
    (is_rounded(pair) ? rounded_ : line_)(blocks);
  }

 private:
  void run_general(Blocks& blocks) const noexcept {
    const std::int32_t count = blocks.count;
    for (std::int32_t i = 0; i < count; ++i) {
      const ChannelConstants* constants = blocks.constants;
      std::int8_t* output = blocks.output;
      blocks.output = reinterpret_cast<std::int8_t*>(scratch_.sums);
      blocks.count = 1;
      line_(blocks);
      requantize(blocks, constants, output);
      blocks.output = output + blocks.output_step;
    }
  }

  void requantize(const Blocks& blocks, const ChannelConstants* constants, std::int8_t* output) const noexcept {
    const GeneralRequantization general{p_.output_offset, p_.activation_min, p_.activation_max};
    for (std::int32_t i = 0; i < 16; ++i) {
      const std::int32_t column = i / 8, row = i / 4 % 2, tile = i / 2 % 2, channel = i % 2;
      if (row >= p_.output_h) continue;
      output[column * blocks.column_step + (1 - row) * blocks.row_step + tile * blocks.tile_step + channel] =
          apply_form(RequantizeForm::General, constants[channel], general, scratch_.sums[i] >> 2);
    }
  }

  const Params& p_;
  const ChannelConstants* constants_;
  const Scratch& scratch_;
  Multiply line_, rounded_;
};

/// Calls run_image(input, output) for every image.
template <class RunImage>
void for_each_image(const Params& p, const Operands& operands, const Scratch& scratch,
                    const RunImage& run_image) noexcept {
  std::memset(scratch.outside, p.pad_value, static_cast<std::size_t>(p.input_channels));
  const std::int32_t input_bytes = p.input_h * p.input_w * p.input_channels;
  const std::int32_t output_bytes = p.output_h * p.output_w * p.output_channels;
  for (std::int32_t image = 0; image < p.batches; ++image) {
    run_image(operands.input + image * input_bytes, operands.output + image * output_bytes);
  }
}

}  // namespace

void run_transformed(const Params& p, const Operands& operands, Multiply line, Multiply rounded) noexcept {
  const Scratch scratch = divide(p, operands.scratch);
  const Channels channels(p, operands, scratch, line, rounded);
  const auto pair_bytes = static_cast<std::int32_t>(Kernel::pair_bytes(p));
  const std::int32_t pairs = Kernel::channel_pairs(p);
  for_each_image(p, operands, scratch, [&](const std::int8_t* input, std::int8_t* output) noexcept {
    for (Tiles tiles(p, input, scratch); !tiles.at_end();) {
      const TilePair at = tiles.next();
      tiles.transform(scratch.x);
      for (std::int32_t pair = 0; pair < pairs;) {
        // Pairs that have the same form and follow each other.
        std::int32_t end = pair + 1;
        while (end < pairs && channels.channel_of(end) == 2 * end &&
               channels.is_rounded(end) == channels.is_rounded(pair)) {
          ++end;
        }
        Blocks blocks{};
        blocks.x = scratch.x;
        blocks.weights = reinterpret_cast<const std::int16_t*>(operands.weights + pair * pair_bytes);
        blocks.weights_step = pair_bytes;
        blocks.constants_step = 2 * sizeof(ChannelConstants);
        blocks.output_step = 2;
        blocks.count = end - pair;
        channels.run(pair, output, at, blocks);
        pair = end;
      }
    }
  });
}

void run_codes(const Params& p, const Operands& operands, Multiply line, Multiply rounded) noexcept {
  const Scratch scratch = divide(p, operands.scratch);
  const Channels channels(p, operands, scratch, line, rounded);
  const auto pair_bytes = static_cast<std::int32_t>(Kernel::pair_bytes(p));
  const std::int32_t quads = Kernel::quads(p);
  for_each_image(p, operands, scratch, [&](const std::int8_t* input, std::int8_t* output) noexcept {
    for (Tiles tiles(p, input, scratch); !tiles.at_end();) {
      const TilePair first = tiles.next();
      std::int32_t count = 0;
      for (; count < p.strip_pairs && !tiles.at_end(); ++count) tiles.transform(scratch.x + count * (pair_bytes / 2));
      for (std::int32_t pair = 0; pair < Kernel::channel_pairs(p); ++pair) {
        transform_weights(operands.weights + pair * quads * 72, quads, Kernel::units(p), scratch.weights);
        TilePair at = first;
        for (std::int32_t begin = 0; begin < count;) {
          // Tiles that follow each other in a row.
          std::int32_t end = begin + 1;
          TilePair behind = tiles.behind(at);
          while (end < count && behind.y == at.y && behind.x == at.x + 4 * (end - begin)) {
            ++end;
            behind = tiles.behind(behind);
          }
          Blocks blocks{};
          blocks.x = scratch.x + begin * (pair_bytes / 2);
          blocks.weights = scratch.weights;
          blocks.x_step = pair_bytes;
          blocks.output_step = 4 * p.output_channels;
          blocks.count = end - begin;
          channels.run(pair, output, at, blocks);
          begin = end;
          at = behind;
        }
      }
    }
  });
}

}  // namespace pudu::kernels::conv2d_winograd_dsp
