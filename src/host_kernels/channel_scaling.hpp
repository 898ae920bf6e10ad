// How the sums of a layer become its outputs: the constants that the kernels' prepared operands hold, one array for
// each, so that neighbouring channels are neighbouring lanes of a vector.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "kernels/requantize_form.hpp"
#include "kernels/requantize_lanes.hpp"
#include "numerics/requantize.hpp"

namespace pudu::host_kernels {

/// Channels whose sums lie in one vector.
inline constexpr std::int32_t vector_channels = 8;
/// Channels that are multiplied together; arrays of constants are filled up to a multiple of it.
inline constexpr std::int32_t block_channels = 2 * vector_channels;

enum class ScalingForm : std::uint8_t {
  General,  ///< numerics::requantize_to_int8
  Folded,   ///< kernels::apply_form but General
  Lanes,    ///< kernels::apply_lanes, and channels of its form General
};

/// Constants of the channels in the order of the output. Those behind the last channel are zeros.
struct ChannelScaling {
  ChannelScaling(ScalingForm which, std::int32_t channels);

  /// Form General: `shift` as numerics::requantize has it.
  void set_general(std::int32_t channel, std::int32_t channel_bias, std::int32_t channel_multiplier,
                   std::int32_t shift);
  /// Form Folded: a channel of `form`, which is not General.
  void set_folded(std::int32_t channel, kernels::RequantizeForm form_of_channel,
                  const kernels::ChannelConstants& constants);

  ScalingForm form;
  /// General: added to the sum. Folded: to the sum after the shift to the left.
  std::vector<std::int32_t> bias;
  std::vector<std::int32_t> multiplier;
  std::vector<std::int32_t> left;  ///< bits, before the product
  /// General: bits after the product but the last one, which rounds; -1: none. Folded: bits after the product.
  std::vector<std::int32_t> right;
  std::vector<std::int32_t> addend;  ///< Folded: to the product's upper half
  std::vector<std::int32_t> rounds;  ///< Folded: -1 where the product is rounded, with ties of either sign; else 0
  std::int32_t output_offset = 0, activation_min = -128, activation_max = 127;  ///< General

  /// Of form Lanes. A channel of form General has its constants above.
  struct LanesChannel {
    kernels::LanesForm form = kernels::LanesForm::General;
    kernels::LanesConstants constants{};
  };
  std::vector<LanesChannel> lanes;
};

/// The output of one sum in each of the forms; the vector loops make the same.
inline std::int8_t scale_general(const ChannelScaling& s, std::size_t channel, std::int32_t sum) {
  const std::int32_t shift = s.right[channel] >= 0 ? -1 - s.right[channel] : s.left[channel];
  return numerics::requantize_to_int8(numerics::wrapping_add(sum, s.bias[channel]), s.multiplier[channel], shift,
                                      s.output_offset, s.activation_min, s.activation_max);
}

/// With neither rounding nor an addend it is apply_line.
inline std::int8_t scale_folded(const ChannelScaling& s, std::size_t channel, std::int32_t sum) {
  const std::int32_t v = numerics::wrapping_add(numerics::wrapping_shift_left(sum, s.left[channel]), s.bias[channel]);
  const std::int32_t rounds = s.rounds[channel];
  const std::int64_t half = rounds != 0 ? std::int64_t{1} << 31 : 0;
  const std::int64_t product = static_cast<std::int64_t>(v) * s.multiplier[channel] + half;
  const std::int32_t tie = numerics::wrapping_add(s.addend[channel], v >> 31 & rounds);
  const std::int32_t scaled = numerics::wrap_to_int32(tie + (product >> 32));
  return static_cast<std::int8_t>(kernels::saturate_to_int8(scaled >> s.right[channel]));
}

inline std::int8_t scale_lanes(const ChannelScaling& s, std::size_t channel, std::int32_t sum) {
  const ChannelScaling::LanesChannel& lanes = s.lanes[channel];
  if (lanes.form == kernels::LanesForm::General) return scale_general(s, channel, sum);
  return kernels::apply_lanes(lanes.form, lanes.constants, sum);
}

}  // namespace pudu::host_kernels
