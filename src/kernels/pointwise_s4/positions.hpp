// What the code for every instruction set shares: the walk over the output positions.
#pragma once

#include "kernels/pointwise_s4/pointwise_s4.hpp"

namespace pudu::kernels::pointwise_s4 {

/// Calls write(input of the position, output of the position) for every output position.
template <class Write>
inline void for_each_position(const PointwiseS4Params& p, const PointwiseS4Operands& operands,
                              const Write& write) noexcept {
  std::int8_t* output = operands.output;
  const std::int8_t* image = operands.input;
  for (std::int32_t batch = 0; batch < p.batches; ++batch, image += p.input_h * p.input_w * p.input_channels) {
    for (std::int32_t y = 0; y < p.output_h; ++y) {
      const std::int8_t* input = image + y * p.stride_h * p.input_w * p.input_channels;
      for (std::int32_t x = 0; x < p.output_w; ++x, input += p.stride_w * p.input_channels) {
        write(input, output);
        output += p.output_channels;
      }
    }
  }
}

/// 16 times the weights of a byte, as the sums have them: the shifts that part them are then free.
inline std::int32_t first_weight(std::uint8_t pair) noexcept {
  return static_cast<std::int8_t>(static_cast<std::uint8_t>(pair << 4));
}
inline std::int32_t second_weight(std::uint8_t pair) noexcept {
  return static_cast<std::int8_t>(static_cast<std::uint8_t>(pair & 0xF0));
}

/// The sum that 16 of it are; arithmetic.
inline std::int32_t sixteenth(std::uint32_t sum) noexcept {
  return static_cast<std::int32_t>(sum) >> 4;
}

}  // namespace pudu::kernels::pointwise_s4
