// Runs in the compiler and in tests: the constants of wide_form.hpp for one channel, with the proof that they give the
// codes of the formula for every sum that can come.
//
// The formula is y = floor((s r + 2^(14-shift)) / 2^(15-shift)) + zero point, s the sum with its bias and r the
// multiplier in 16 bits. With m = r 2^j:
//   int16  SMMULR gives floor((2^k s m + 2^31) / 2^32), the same where k + j = 17 + shift;
//   int8   floor((floor(2^k s m / 2^32) + 128) / 256) = floor((2^k s m + 2^39) / 2^40), where k + j = 25 + shift.
// j is 0 to 16, so a channel has constants for 17 shifts in a row; one that is always 0, as networks with ReLU have
// dead ones, has some for all. A layer is left to its other kernel where one channel has none, or where 32 bits do not
// hold all of its sums.
#pragma once

#include <cstdint>

#include "kernels/wide_form.hpp"
#include "numerics/requantize_wide.hpp"

namespace pudu::kernels {

/// What a layer's outputs are clamped to, and the zero points.
struct WideRange {
  std::int32_t input_offset;  ///< minus the input's zero point
  std::int32_t output_offset, output_min, output_max;
};

/// The form of a layer's outputs; false when there is none.
template <class Output>
bool find_wide_form(const WideRange& range, WideForm& form) noexcept {
  constexpr std::int32_t lowest = sizeof(Output) == 1 ? -128 : -32768, highest = sizeof(Output) == 1 ? 127 : 32767;
  form = WideForm::Full;
  if (range.output_min == lowest && range.output_max == highest) return true;
  if (sizeof(Output) == 1 || range.output_min != 0) return false;
  form = range.output_max == highest ? WideForm::NonNegative : WideForm::Capped;
  return true;
}

/// One channel: `count` weights that lie `step` apart.
struct WideChannel {
  const std::int8_t* weights;
  std::int32_t count, step;
  std::int32_t bias, multiplier, shift;
};

/// The words that all channels of a layer share.
template <class Output>
WideConstants shared_wide_constants(const WideRange& range) noexcept {
  WideForm form;
  WideConstants constants{};
  if (sizeof(Output) == 1) {
    constants.addend = 128 + 256 * range.output_offset;
  } else if (find_wide_form<Output>(range, form) && form == WideForm::Capped) {
    const std::int32_t cap = 65535 - range.output_max;
    constants.addend = cap;
    constants.cap = static_cast<std::int32_t>(static_cast<std::uint32_t>(cap) * 0x10001U);
  }
  return constants;
}

/// False when the channel has no constants.
template <class Input, class Output>
bool fit_wide(const WideChannel& channel, const WideRange& range, WideConstants& constants) noexcept {
  constexpr std::int64_t least_code = sizeof(Input) == 1 ? -128 : -32768, greatest_code = -least_code - 1;
  constexpr std::int32_t scaling = (sizeof(Output) == 1 ? 25 : 17) - wide_sum_shift<Input>;
  constexpr std::int64_t limit = std::int64_t{1} << (31 - wide_sum_shift<Input>);
  constants = shared_wide_constants<Output>(range);
  std::int64_t total = 0, lowest = 0, highest = 0;
  for (std::int32_t k = 0; k < channel.count; ++k) {
    const std::int64_t weight = channel.weights[k * channel.step];
    total += weight;
    lowest += weight * (weight > 0 ? least_code : greatest_code);
    highest += weight * (weight > 0 ? greatest_code : least_code);
  }
  const std::int64_t bias = channel.bias + range.input_offset * total;
  if (channel.multiplier < 0) return false;
  // The formula grows with the sum. Channels of one output, whatever comes, are those of zeros, and dead ones: their
  // scale and bias may be anything.
  const auto output_at = [&](std::int64_t sum) noexcept {
    return numerics::requantize_to_codes(bias + sum, channel.multiplier, channel.shift, range.output_offset,
                                         range.output_min, range.output_max);
  };
  const std::int32_t y = output_at(lowest) - range.output_offset;
  if (y == 0 && output_at(highest) == range.output_offset) return true;  // m is 0
  if (lowest == 0 && highest == 0) {
    constexpr std::int32_t quarter = sizeof(Output) == 1 ? 1024 : 4;
    constants.bias = quarter * y;
    constants.multiplier = 1 << 30;
    return true;
  }
  if (bias < -limit || bias >= limit) return false;
  constants.bias = static_cast<std::int32_t>(bias * (std::int64_t{1} << wide_sum_shift<Input>));
  const std::int32_t reduced = numerics::reduce_multiplier(channel.multiplier);
  const std::int32_t distance = scaling + channel.shift;
  if (distance < 0 || distance > 16) return false;
  if (lowest + bias < -limit || highest + bias >= limit) return false;
  constants.multiplier = reduced << distance;
  return true;
}

}  // namespace pudu::kernels
