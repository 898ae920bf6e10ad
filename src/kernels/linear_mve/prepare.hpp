// Runs in the compiler and in tests: operands of linear_mve_s8.
#pragma once

#include <cstdint>

#include "kernels/linear/linear_s8.hpp"
#include "kernels/linear_mve/linear_mve_s8.hpp"
#include "kernels/requantize_fit.hpp"

namespace pudu::kernels::linear_mve {

constexpr LinearMveS8Params params_of(const LinearS8Params& p) noexcept {
  return {p.batches, p.input_features, p.output_features, p.output_offset, p.activation_min, p.activation_max};
}

constexpr std::size_t packed_weight_bytes(const LinearMveS8Params& p) noexcept {
  return 64 * static_cast<std::size_t>(LinearMveS8::groups(p)) * static_cast<std::size_t>(LinearMveS8::units(p));
}

constexpr std::size_t constant_words(const LinearMveS8Params& p) noexcept {
  return 12 * static_cast<std::size_t>(LinearMveS8::groups(p));
}

/// `weights` as linear_s8 has them.
inline void pack_weights(const LinearMveS8Params& p, const std::int8_t* weights, std::int8_t* packed) noexcept {
  for (std::int32_t group = 0; group < LinearMveS8::groups(p); ++group) {
    const std::int8_t* rows = weights + LinearMveS8::first_output(p, group) * p.input_features;
    for (std::int32_t unit = 0; unit < LinearMveS8::units(p); ++unit) {
      for (std::int32_t i = 0; i < 64; ++i) {
        const std::int32_t feature = 16 * unit + i % 16;
        *packed++ = feature < p.input_features ? rows[i / 16 * p.input_features + feature] : std::int8_t{0};
      }
    }
  }
}

/// False when a shift does not go right, or a bias would not fit 32 bits.
inline bool pack_constants(const LinearMveS8Params& p, std::int32_t input_offset, const LinearS8Operands& operands,
                           std::int32_t* constants) noexcept {
  for (std::int32_t group = 0; group < LinearMveS8::groups(p); ++group, constants += 12) {
    for (std::int32_t i = 0; i < 4; ++i) {
      const std::int32_t row = LinearMveS8::first_output(p, group) + i;
      const std::int32_t bias = operands.bias != nullptr ? operands.bias[row] : 0;
      ChannelRequantization folded{};
      if (operands.shifts[row] >= 0 || !fold_input_offset(operands.weights + row * p.input_features, p.input_features,
                                                          1, input_offset, bias, folded)) {
        return false;
      }
      constants[i] = folded.bias;
      constants[4 + i] = operands.multipliers[row];
      constants[8 + i] = operands.shifts[row];
    }
  }
  return true;
}

}  // namespace pudu::kernels::linear_mve
