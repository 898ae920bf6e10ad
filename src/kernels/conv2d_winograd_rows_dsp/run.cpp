// conv2d_winograd_rows_dsp_s8 around its inner loops: the values under a tile are transformed into scratch, then every
// group of four channels runs over them.
#include "kernels/conv2d_winograd_rows_dsp/transforms.hpp"

namespace pudu::kernels::conv2d_winograd_rows_dsp {
namespace {

using Kernel = Conv2dWinogradRowsDspS8;
using Params = Conv2dWinogradRowsDspS8Params;
using Operands = Conv2dWinogradRowsDspS8Operands;

/// Parts of scratch, and what lies behind the weights.
struct Memory {
  std::int16_t* x;
  std::int32_t* sums;
  const std::int8_t* outside;  ///< values of a position outside of the image
};

Memory memory_of(const Params& p, const Operands& operands) noexcept {
  auto* bytes = static_cast<std::int8_t*>(operands.scratch);
  return {reinterpret_cast<std::int16_t*>(bytes), reinterpret_cast<std::int32_t*>(bytes + Kernel::tile_bytes(p)),
          reinterpret_cast<const std::int8_t*>(operands.weights) + Kernel::weight_bytes(p)};
}

/// The six columns from `x` on of the row at `row`, which is null outside of the image.
RowSource row_source(const Params& p, const std::int8_t* row, std::int32_t x, const Memory& memory) noexcept {
  RowSource source{};
  for (std::int32_t k = 0; k < 6; ++k) {
    const bool is_inside = row != nullptr && x + k >= 0 && x + k < p.input_w;
    const std::int8_t* column = is_inside ? row + (x + k) * p.input_channels : memory.outside;
    if (k == 0) {
      source.first = column;
    } else {
      // Of two objects, where one is in the image and one is not: distances wrap like the sums of addresses.
      source.distances[k - 1] = reinterpret_cast<std::intptr_t>(column) - reinterpret_cast<std::intptr_t>(source.first);
    }
  }
  return source;
}

/// The values of the three rows from `y` on and the six columns from `x` on.
void transform_tile(const Params& p, const std::int8_t* image, std::int32_t y, std::int32_t x,
                    const Memory& memory) noexcept {
  const std::int32_t row_values = Kernel::quads(p) * 24;
  for (std::int32_t k = 0; k < 3; ++k) {
    const bool is_inside = y + k >= 0 && y + k < p.input_h;
    const std::int8_t* row = is_inside ? image + (y + k) * p.input_w * p.input_channels : nullptr;
    RowSource source = row_source(p, row, x, memory);
    source.to = memory.x + k * row_values;
    source.to_end = source.to + row_values;
    transform_row(source);
  }
}

/// Makes the channels of a tile.
class Channels {
 public:
  Channels(const Params& params, const Operands& operands, const Memory& memory, Multiply line,
           Multiply rounded) noexcept
      : p_(params),
        weights_(operands.weights),
        constants_(reinterpret_cast<const ChannelConstants*>(operands.constants)),
        memory_(memory),
        line_(line),
        rounded_(rounded) {}

  /// `output` is the tile's first position.
  void run(std::int8_t* output) const noexcept {
    const std::int32_t groups = Kernel::channel_groups(p_);
    const bool is_general = p_.form == static_cast<std::int32_t>(RequantizeForm::General);
    for (std::int32_t group = 0; group < groups;) {
      // Groups that have the same form and follow each other.
      std::int32_t end = group + 1;
      while (!is_general && end < groups && channel_of(end) == 4 * end && is_rounded(end) == is_rounded(group)) ++end;
      Blocks blocks = blocks_of(group, end - group);
      blocks.output = output + channel_of(group);
      if (is_general) {
        run_general(blocks);
      } else {
        (is_rounded(group) ? rounded_ : line_)(blocks);
      }
      group = end;
    }
  }

 private:
  /// A line has no shift among its constants.
  bool is_rounded(std::int32_t group) const noexcept { return rounded_ != nullptr && constants_[4 * group].shift != 0; }
  std::int32_t channel_of(std::int32_t group) const noexcept {
    return 4 * group + 4 <= p_.output_channels ? 4 * group : p_.output_channels - 4;
  }

  Blocks blocks_of(std::int32_t group, std::int32_t count) const noexcept {
    const auto group_bytes = static_cast<std::int32_t>(Kernel::group_bytes(p_));
    Blocks blocks{};
    blocks.x = memory_.x;
    blocks.weights = reinterpret_cast<const std::int16_t*>(weights_ + group * group_bytes);
    blocks.constants = constants_ + 4 * group;
    blocks.six_quads = Kernel::quads(p_) / 2;
    blocks.back_bytes = static_cast<std::int32_t>(Kernel::tile_bytes(p_)) - 8;
    blocks.position_bytes = p_.output_channels;
    blocks.three_positions_bytes = 3 * p_.output_channels;
    blocks.count = count;
    return blocks;
  }

  /// One block.
  void run_general(Blocks& blocks) const noexcept {
    const GeneralRequantization general{p_.output_offset, p_.activation_min, p_.activation_max};
    const ChannelConstants* constants = blocks.constants;
    std::int8_t* output = blocks.output;
    blocks.output = reinterpret_cast<std::int8_t*>(memory_.sums);
    line_(blocks);
    for (std::int32_t i = 0; i < 16; ++i) {
      output[i % 4 * p_.output_channels + i / 4] =
          apply_form(RequantizeForm::General, constants[i / 4], general, memory_.sums[i]);
    }
  }

  const Params& p_;
  const std::uint8_t* weights_;
  const ChannelConstants* constants_;
  const Memory& memory_;
  Multiply line_, rounded_;
};

}  // namespace

void run(const Params& p, const Operands& operands, Multiply line, Multiply rounded) noexcept {
  const Memory memory = memory_of(p, operands);
  const Channels channels(p, operands, memory, line, rounded);
  const std::int8_t* image = operands.input;
  std::int8_t* output = operands.output;
  for (std::int32_t rows = p.batches * p.output_h, y = 0; rows > 0; --rows) {
    for (std::int32_t x = 0; x < p.output_w; x += 4) {
      const std::int32_t column = x + 4 <= p.output_w ? x : p.output_w - 4;
      transform_tile(p, image, y - p.pad_top, column - p.pad_left, memory);
      channels.run(output + column * p.output_channels);
    }
    output += p.output_w * p.output_channels;
    if (++y < p.output_h) continue;
    y = 0;
    image += p.input_h * p.input_w * p.input_channels;
  }
}

}  // namespace pudu::kernels::conv2d_winograd_rows_dsp
