// The portable inner loop of conv2d_winograd_dsp_s8, which the host runs: plain sums over the same transformed values
// and weights.
#include "kernels/conv2d_winograd_dsp/instances.hpp"
#include "kernels/conv2d_winograd_dsp/transforms.hpp"

#if !PUDU_WINOGRAD_ASSEMBLY

namespace pudu::kernels::conv2d_winograd_dsp {
namespace {

using Position = std::uint32_t[4];  ///< sums of [2 tiles, 2 channels]; they may wrap on the way

/// One position's products.
void multiply_position(const std::int16_t* x, const std::int16_t* w, int units, Position& sums) noexcept {
  for (; units > 0; --units, x += 8, w += 8) {
    for (int i = 0; i < 4; ++i) {
      for (int k = 0; k < 4; ++k) sums[i] += static_cast<std::uint32_t>(x[i / 2 * 4 + k] * w[i % 2 * 4 + k]);
    }
  }
}

/// Four sums along a row or column to two.
void transform_outputs(const Position& m0, const Position& m1, const Position& m2, const Position& m3, Position& first,
                       Position& second) noexcept {
  for (int i = 0; i < 4; ++i) {
    first[i] = m0[i] + m1[i] + m2[i];
    second[i] = m1[i] - m2[i] + m3[i];
  }
}

/// The sums of [2 rows, 2 columns], times 4.
void multiply_block(const Blocks& blocks, int units, Position (&outputs)[2][2]) noexcept {
  Position rows[4][2] = {};
  for (int row = 0; row < 4; ++row) {
    Position m[4] = {};
    for (int column = 0; column < 4; ++column) {
      const int offset = (4 * row + position_of_column[column]) * units * 8;
      multiply_position(blocks.x + offset, blocks.weights + offset, units, m[column]);
    }
    transform_outputs(m[0], m[1], m[2], m[3], rows[row][0], rows[row][1]);
  }
  for (int column = 0; column < 2; ++column) {
    transform_outputs(rows[0][column], rows[1][column], rows[2][column], rows[3][column], outputs[0][column],
                      outputs[1][column]);
  }
}

void store(RequantizeForm form, const Blocks& blocks, const Position (&outputs)[2][2]) noexcept {
  for (int row = 1; row >= 0; --row) {
    for (int column = 0; column < 2; ++column) {
      for (int i = 0; i < 4; ++i) {
        const auto sum = static_cast<std::int32_t>(outputs[row][column][i]);
        if (form == RequantizeForm::General) {
          std::memcpy(blocks.output + ((2 * column + row) * 4 + i) * 4, &sum, sizeof sum);
          continue;
        }
        blocks.output[(1 - row) * blocks.row_step + column * blocks.column_step + i / 2 * blocks.tile_step + i % 2] =
            apply_form(form, blocks.constants[i % 2], {}, sum >> 2);
      }
    }
  }
}

template <class T>
void advance(const T*& pointer, std::int32_t bytes) noexcept {
  pointer = reinterpret_cast<const T*>(reinterpret_cast<const std::int8_t*>(pointer) + bytes);
}

void multiply_blocks(RequantizeForm form, int units, Blocks& blocks) noexcept {
  for (; blocks.count > 0; --blocks.count) {
    Position outputs[2][2];
    multiply_block(blocks, units, outputs);
    store(form, blocks, outputs);
    advance(blocks.x, blocks.x_step);
    advance(blocks.weights, blocks.weights_step);
    advance(blocks.constants, blocks.constants_step);
    blocks.output += blocks.output_step;
  }
}

}  // namespace

template <RequantizeForm Form, int Units>
void multiply(Blocks& blocks) noexcept {
  multiply_blocks(Form, Units, blocks);
}

PUDU_WINOGRAD_INSTANCES

}  // namespace pudu::kernels::conv2d_winograd_dsp

#endif
