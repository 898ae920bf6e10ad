// Runs in the compiler and in tests: operands of linear_dsp_s16, linear_dsp_s16_s8 and linear_dsp_s8_s16. Kernel is one
// of them.
#pragma once

#include <cstdint>
#include <cstring>

#include "kernels/wide_fit.hpp"
#include "kernels/wide_linear_dsp.hpp"

namespace pudu::kernels::wide_linear_dsp {

template <class Kernel>
std::size_t packed_weight_bytes(const typename Kernel::Params& params) noexcept {
  return static_cast<std::size_t>(Kernel::groups(params)) * static_cast<std::size_t>(Kernel::units(params)) *
         static_cast<std::size_t>(2 * params.weight_bits);
}

/// `weights` as linear_s16 has them, [outputs, features]; `packed` holds packed_weight_bytes.
template <class Kernel>
void pack_weights(const typename Kernel::Params& params, const std::int8_t* weights, std::uint8_t* packed) noexcept {
  constexpr std::int32_t parted_order[4] = {0, 2, 1, 3};
  // SXTB16 parts what is widened when the model runs: bytes 0 and 2, 1 and 3.
  const bool is_parted = (sizeof(typename Kernel::Input) == 1) == (params.weight_bits == 16);
  for (std::int32_t group = 0; group < Kernel::groups(params); ++group) {
    for (std::int32_t i = 0; i < 16 * Kernel::units(params); ++i) {
      const std::int32_t row = 4 * group + i / 4 % 4, k = i / 16 * 4 + (is_parted ? parted_order[i % 4] : i % 4);
      const bool exists = row < params.output_features && k < params.input_features;
      const auto value = static_cast<std::int16_t>(exists ? weights[row * params.input_features + k] : 0);
      const auto narrow = static_cast<std::int8_t>(value);
      if (params.weight_bits == 16) {
        std::memcpy(packed, &value, sizeof value);
      } else {
        std::memcpy(packed, &narrow, sizeof narrow);
      }
      packed += params.weight_bits / 8;
    }
  }
}

/// Operands of linear_s16 that are constant.
struct Layer {
  const std::int8_t* weights;
  const std::int32_t* bias;  ///< null for zeros
  const std::int32_t* multipliers;
  const std::int32_t* shifts;
};

inline std::size_t constant_words(std::int32_t output_features) noexcept {
  return static_cast<std::size_t>(shared_words + 2 * output_features);
}

/// The operand `constants` and params.form. False when an output has no constants.
template <class Kernel>
bool fit_constants(const Layer& layer, const WideRange& range, typename Kernel::Params& params,
                   std::int32_t* words) noexcept {
  WideForm form{};
  if (!find_wide_form<typename Kernel::Output>(range, form)) return false;
  params.form = static_cast<std::int32_t>(form);
  const WideConstants shared = shared_wide_constants<typename Kernel::Output>(range);
  *words++ = shared.addend;
  *words++ = shared.cap;
  for (std::int32_t row = 0; row < params.output_features; ++row) {
    const WideChannel channel{layer.weights + row * params.input_features, params.input_features,  1,
                              layer.bias != nullptr ? layer.bias[row] : 0, layer.multipliers[row], layer.shifts[row]};
    WideConstants constants{};
    if (!fit_wide<typename Kernel::Input, typename Kernel::Output>(channel, range, constants)) return false;
    *words++ = constants.bias;
    *words++ = constants.multiplier;
  }
  return true;
}

}  // namespace pudu::kernels::wide_linear_dsp
