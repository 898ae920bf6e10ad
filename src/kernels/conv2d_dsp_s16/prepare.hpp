// Runs in the compiler and in tests: weights in the order of conv2d_dsp_s16, conv2d_dsp_s16_s8 and conv2d_dsp_s8_s16,
// and the constants of their channels. Kernel is one of them.
#pragma once

#include <cstdint>
#include <cstring>

#include "kernels/conv2d_dsp/prepare.hpp"
#include "kernels/wide_conv2d_dsp.hpp"
#include "kernels/wide_fit.hpp"

namespace pudu::kernels::wide_conv2d_dsp {

/// `weights` as conv2d_s16 has them; `packed` holds conv2d_dsp::packed_weight_bytes(Kernel::windows(params)).
template <class Kernel>
void pack_weights(const typename Kernel::Params& params, const std::int8_t* weights, std::uint8_t* packed) noexcept {
  constexpr std::int32_t parted_order[4] = {0, 2, 1, 3};
  const Conv2dDspS8Params p = Kernel::windows(params);
  // SXTB16 parts what is widened when the model runs: bytes 0 and 2, 1 and 3.
  const bool is_parted = (sizeof(typename Kernel::Input) == 1) == (p.weight_bits == 16);
  const std::int32_t taps = p.kernel_h * p.kernel_w * p.input_channels;
  for (std::int32_t pair = 0; pair < Conv2dDspS8::channel_pairs(p); ++pair) {
    for (std::int32_t i = 0; i < 8 * Conv2dDspS8::units(p); ++i) {
      const std::int8_t* channel = weights + conv2d_dsp::channel_of(p, pair, i / 4 % 2) * taps;
      const std::int32_t tap = conv2d_dsp::tap_of(p, i / 8, is_parted ? parted_order[i % 4] : i % 4);
      const auto value = static_cast<std::int16_t>(tap >= 0 ? channel[tap] : 0);
      const auto narrow = static_cast<std::int8_t>(value);
      if (p.weight_bits == 16) {
        std::memcpy(packed, &value, sizeof value);
      } else {
        std::memcpy(packed, &narrow, sizeof narrow);
      }
      packed += p.weight_bits / 8;
    }
  }
}

/// Constants of all channels, [channel pairs, 2], and params.form. False when a channel has none.
template <class Kernel>
bool fit_constants(const conv2d_dsp::Layer& layer, const WideRange& range, typename Kernel::Params& params,
                   WideConstants* constants) noexcept {
  const Conv2dDspS8Params p = Kernel::windows(params);
  const std::int32_t taps = p.kernel_h * p.kernel_w * p.input_channels;
  WideForm form{};
  if (!find_wide_form<typename Kernel::Output>(range, form)) return false;
  params.form = static_cast<std::int32_t>(form);
  for (std::int32_t i = 0; i < 2 * Conv2dDspS8::channel_pairs(p); ++i) {
    const std::int32_t c = conv2d_dsp::channel_of(p, i / 2, i % 2);
    const WideChannel channel{layer.weights + c * taps, taps,           1, layer.bias != nullptr ? layer.bias[c] : 0,
                              layer.multipliers[c],     layer.shifts[c]};
    if (!fit_wide<typename Kernel::Input, typename Kernel::Output>(channel, range, constants[i])) return false;
  }
  return true;
}

}  // namespace pudu::kernels::wide_conv2d_dsp
