// row_sums_s8 on every core, over the loops of the average pools (which have MVE's beside the portable ones).
#include "kernels/average.hpp"
#include "kernels/row_sums/row_sums_s8.hpp"

namespace pudu::kernels {

void RowSumsS8::run(const Params& params, const Operands& operands) noexcept {
  constexpr int block = 4;
  const Rows<const std::int8_t> input{operands.input, params.input_w * params.channels, params.rows};
  const Rectangle taps{0, params.rows, 0, params.columns};
  const auto keep = [&](std::int32_t channel, const std::int32_t* sums, std::int32_t count) {
    std::int32_t* to = operands.output + channel;
    for (std::int32_t n = 0; n < count; ++n) to[n] = params.adds != 0 ? to[n] + sums[n] : sums[n];
  };
  std::int32_t channel = 0;
  for (; channel + block <= params.channels; channel += block) {
    std::int32_t sums[block];
    sum_channels(input, 0, taps, params.channels, channel, 0, sums);
    keep(channel, sums, block);
  }
  for (; channel < params.channels; ++channel) {
    std::int32_t sum[1];
    sum_channels(input, 0, taps, params.channels, channel, 0, sum);
    keep(channel, sum, 1);
  }
}

}  // namespace pudu::kernels
