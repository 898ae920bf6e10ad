// row_sums_s8 on every core, over the loops of the average pools (which have MVE's beside the portable ones).
#include "kernels/average.hpp"
#include "kernels/row_sums/row_sums_s8.hpp"

namespace pudu::kernels {

void RowSumsS8::run(const Params& params, const Operands& operands) noexcept {
  constexpr int block = 4;
  // Whole rows follow each other like positions of one.
  const bool is_one_row = params.columns == params.input_w;
  const std::int32_t rows = is_one_row ? 1 : params.rows,
                     columns = is_one_row ? params.rows * params.columns : params.columns;
  const Rows<const std::int8_t> input{operands.input, params.input_w * params.channels, params.rows};
  const Rectangle taps{0, rows, 0, columns};
  const auto keep = [&](std::int32_t channel, const std::int32_t* sums, std::int32_t count) {
    std::int32_t* to = operands.output + channel;
    for (std::int32_t n = 0; n < count; ++n) to[n] = params.adds != 0 ? to[n] + sums[n] : sums[n];
  };
  std::int32_t channel = 0;
#if defined(__ARM_FEATURE_MVE)
  for (; channel + 8 <= params.channels && taps.area() <= lane_taps; channel += 8) {
    std::int16_t sums[8];
    vst1q_s16(sums, sum_eight_channels(input, 0, taps, params.channels, channel));
    for (std::int32_t half = 0; half < 8; half += 4) {
      std::int32_t* to = operands.output + channel + half;
      const int32x4_t four = vldrhq_s32(sums + half);
      vst1q_s32(to, params.adds != 0 ? vaddq_s32(vld1q_s32(to), four) : four);
    }
  }
#endif
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
