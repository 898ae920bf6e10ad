#include "host_kernels/channel_scaling.hpp"

#include <algorithm>

namespace pudu::host_kernels {
ChannelScaling::ChannelScaling(ScalingForm which, std::int32_t channels) : form(which) {
  const auto count =
      static_cast<std::size_t>((channels + block_channels - 1) / block_channels) * std::size_t{block_channels};
  for (auto* each : {&bias, &multiplier, &left, &right, &addend, &rounds}) each->assign(count, 0);
  if (which == ScalingForm::Lanes) lanes.resize(count);
}

void ChannelScaling::set_general(std::int32_t channel, std::int32_t channel_bias, std::int32_t channel_multiplier,
                                 std::int32_t shift) {
  const auto i = static_cast<std::size_t>(channel);
  bias[i] = channel_bias, multiplier[i] = channel_multiplier;
  left[i] = std::max(shift, 0), right[i] = shift < 0 ? -1 - shift : -1;
}

void ChannelScaling::set_folded(std::int32_t channel, kernels::RequantizeForm form_of_channel,
                                const kernels::ChannelConstants& constants) {
  const auto i = static_cast<std::size_t>(channel);
  const bool is_rounded = form_of_channel == kernels::RequantizeForm::Rounded;
  bias[i] = constants.bias, multiplier[i] = constants.multiplier;
  left[i] = is_rounded ? 1 : 8;
  right[i] = is_rounded ? constants.shift : static_cast<std::int32_t>(form_of_channel);
  addend[i] = is_rounded ? constants.addend : 0;
  rounds[i] = is_rounded ? -1 : 0;
}

}  // namespace pudu::host_kernels
