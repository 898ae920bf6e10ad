// The loop of the bilinear kernels, which differ in how they round.
#pragma once

#include "kernels/resize_bilinear/resize_bilinear_s8.hpp"

namespace pudu::kernels {

/// The four neighbours of an output position, channel 0, and how they are weighted.
struct Neighbours {
  const std::int8_t *a, *b, *c, *d;
  std::int32_t column_weight, row_weight;
};

/// output[n] = round(weighted sum of channel n, in units of 2^-(2 * weight_bits)) for every channel.
template <class Round>
inline void interpolate(const Neighbours& from, std::int32_t channels, Round&& round, std::int8_t* output) noexcept {
  const std::int32_t left = ResizeBilinearS8::one - from.column_weight;
  const std::int32_t upper = ResizeBilinearS8::one - from.row_weight;
  for (std::int32_t n = 0; n < channels; ++n) {
    const std::int32_t above = from.a[n] * left + from.b[n] * from.column_weight;
    const std::int32_t below = from.c[n] * left + from.d[n] * from.column_weight;
    output[n] = static_cast<std::int8_t>(round(above * upper + below * from.row_weight));
  }
}

template <class Round>
inline void resize_bilinear(const ResizeBilinearS8Params& params, const ResizeBilinearS8Operands& operands,
                            Round&& round) noexcept {
  std::int8_t* output = operands.output;
  for (std::int32_t image = 0; image < params.batches; ++image) {
    const auto input = image_rows(operands.input, image, params.input_h, params.input_w, params.channels);
    for (std::int32_t y = 0; y < params.output_h; ++y) {
      const std::int32_t row = operands.rows[y];
      const std::int8_t* above = input.at(row);
      const std::int8_t* below = row + 1 < params.input_h ? input.at(row + 1) : above;
      for (std::int32_t x = 0; x < params.output_w; ++x, output += params.channels) {
        const std::int32_t column = operands.columns[x] * params.channels;
        const std::int32_t next = operands.columns[x] + 1 < params.input_w ? column + params.channels : column;
        interpolate({above + column, above + next, below + column, below + next, operands.column_weights[x],
                     operands.row_weights[y]},
                    params.channels, round, output);
      }
    }
  }
}

}  // namespace pudu::kernels
