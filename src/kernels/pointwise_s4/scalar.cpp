// Portable pointwise_s4, with SMLAD where there is the DSP extension: a few output channels at a time over the input
// channels of one position, so that a value is loaded once for them.
#if !defined(__ARM_FEATURE_MVE)

#include <cstring>

#include "kernels/conv2d_dsp/loops.hpp"
#include "kernels/dot_product.hpp"
#include "kernels/pointwise_s4/pointwise_s4.hpp"
#include "kernels/pointwise_s4/positions.hpp"
#include "numerics/requantize.hpp"

namespace pudu::kernels {
namespace {

/// Thumb-1 cores reach 8 registers only.
#if PUDU_USES_SMLAD || (defined(__ARM_ARCH_ISA_THUMB) && __ARM_ARCH_ISA_THUMB == 1)
constexpr std::int32_t block = 2;
#else
constexpr std::int32_t block = 4;
#endif

#if PUDU_USES_SMLAD
// Eight products of one output channel: the masks part the weights of even and of odd places, 16 times as large; SXTB16
// widens two of them, four places apart, as the values are. Registers: v0 v2 v1 v3 the values 0|4, 2|6, 1|5, 3|7.
#define PUDU_EIGHT_PRODUCTS(row, sum)     \
  "ldr %[t], [%[" row                     \
  "]], #4\n"                              \
  "and %[u], %[t], #0xF0F0F0F0\n"         \
  "lsl %[t], %[t], #4\n"                  \
  "and %[t], %[t], #0xF0F0F0F0\n"         \
  "sxtb16 %[s], %[t]\n"                   \
  "smlad %[" sum "], %[v0], %[s], %[" sum \
  "]\n"                                   \
  "sxtb16 %[t], %[t], ror #8\n"           \
  "smlad %[" sum "], %[v2], %[t], %[" sum \
  "]\n"                                   \
  "sxtb16 %[s], %[u]\n"                   \
  "smlad %[" sum "], %[v1], %[s], %[" sum \
  "]\n"                                   \
  "sxtb16 %[u], %[u], ror #8\n"           \
  "smlad %[" sum "], %[v3], %[u], %[" sum "]\n"

/// sums += 16 times the products of `count` values, a multiple of 8 and at least 8, with two rows of weights.
inline void accumulate_pairs(const std::int8_t* x, const std::uint8_t* row, std::int32_t row_bytes, std::int32_t count,
                             std::uint32_t (&sums)[block]) noexcept {
  const std::uint8_t* next = row + row_bytes;
  const std::int8_t* const end = x + count;
  std::uint32_t v0, v1, v2, v3, s, t, u, a0 = sums[0], a1 = sums[1];
  asm volatile(
      "1:\n"
      "ldr %[t], [%[x]], #4\n"
      "ldr %[u], [%[x]], #4\n"
      "sxtb16 %[s], %[t]\n"
      "sxtb16 %[v3], %[u]\n"
      "pkhbt %[v0], %[s], %[v3], lsl #16\n"
      "pkhtb %[v2], %[v3], %[s], asr #16\n"
      "sxtb16 %[s], %[t], ror #8\n"
      "sxtb16 %[v3], %[u], ror #8\n"
      "pkhbt %[v1], %[s], %[v3], lsl #16\n"
      "pkhtb %[v3], %[v3], %[s], asr #16\n" PUDU_EIGHT_PRODUCTS("w0", "a0") PUDU_EIGHT_PRODUCTS("w1", "a1")
      "cmp %[x], %[end]\n"
      "bne 1b\n"
      : [x] "+r"(x), [w0] "+r"(row), [w1] "+r"(next), [v0] "=&r"(v0), [v1] "=&r"(v1), [v2] "=&r"(v2), [v3] "=&r"(v3),
        [s] "=&r"(s), [t] "=&r"(t), [u] "=&r"(u), [a0] "+r"(a0), [a1] "+r"(a1)
      : [end] "r"(end)
      : "cc", "memory");
  sums[0] = a0, sums[1] = a1;
}
#undef PUDU_EIGHT_PRODUCTS
#endif

/// sums[n] += 16 times the products of values [begin, end), `begin` even, with row n.
template <std::int32_t Rows>
inline void accumulate(const std::int8_t* x, const std::uint8_t* row, std::int32_t row_bytes, std::int32_t begin,
                       std::int32_t end, std::uint32_t (&sums)[Rows]) noexcept {
  using namespace pointwise_s4;
  std::int32_t i = begin;
  for (; i + 2 <= end; i += 2) {
    const std::int32_t first = x[i], second = x[i + 1];
    for (std::int32_t n = 0; n < Rows; ++n) {
      const std::uint8_t pair = row[n * row_bytes + i / 2];
      sums[n] += static_cast<std::uint32_t>(first * first_weight(pair) + second * second_weight(pair));
    }
  }
  if (i == end) return;
  for (std::int32_t n = 0; n < Rows; ++n) {
    sums[n] += static_cast<std::uint32_t>(x[i] * first_weight(row[n * row_bytes + i / 2]));
  }
}

void write_position(const PointwiseS4Params& p, const PointwiseS4Operands& operands, const std::int8_t* input,
                    std::int8_t* output) noexcept {
  const ChannelRequantizer requantizer{operands.bias,   operands.multipliers, operands.shifts,
                                       p.output_offset, p.activation_min,     p.activation_max};
  const auto finish = [&](std::int32_t channel, std::uint32_t sum) {
    return requantizer.apply(channel, static_cast<std::uint32_t>(pointwise_s4::sixteenth(sum)));
  };
  const std::int32_t row_bytes = PointwiseS4::row_bytes(p);
  const std::uint8_t* row = operands.weights;
  std::int32_t channel = 0;
  for (; channel + block <= p.output_channels; channel += block, row += block * row_bytes) {
    std::uint32_t sums[block] = {};
    std::int32_t done = 0;
#if PUDU_USES_SMLAD
    done = p.input_channels & ~7;
    if (done > 0) accumulate_pairs(input, row, row_bytes, done, sums);
#endif
    accumulate(input, row, row_bytes, done, p.input_channels, sums);
    for (std::int32_t n = 0; n < block; ++n) output[channel + n] = finish(channel + n, sums[n]);
  }
  for (; channel < p.output_channels; ++channel, row += row_bytes) {
    std::uint32_t sum[1] = {};
    accumulate(input, row, row_bytes, 0, p.input_channels, sum);
    output[channel] = finish(channel, sum[0]);
  }
}

#if defined(__ARM_FEATURE_DSP)
/// One row's weights, `units` times four, as the values 0, 2, 1, 3 of a unit; units of two rows alternate.
void unpack_row(const std::uint8_t* row, std::int32_t units, std::int16_t* to) noexcept {
  const auto weight = [](std::uint32_t shifted) {
    return static_cast<std::uint32_t>(static_cast<std::int32_t>(shifted) >> 28);
  };
  for (; units > 0; --units, row += 2, to += 8) {
    std::uint16_t bits;
    std::memcpy(&bits, row, sizeof bits);
    const std::uint32_t four = bits;
    const std::uint32_t words[2] = {(weight(four << 28) & 0xFFFF) | weight(four << 20) << 16,
                                    (weight(four << 24) & 0xFFFF) | weight(four << 16) << 16};
    std::memcpy(to, words, sizeof words);
  }
}

/// Walks over the input positions of a call.
class InputWalk {
 public:
  InputWalk(const PointwiseS4Params& p, const std::int8_t* input) noexcept
      : p_(p), row_(input), next_(input), columns_left_(p.output_w), rows_left_(p.output_h) {}

  const std::int8_t* take() noexcept {
    const std::int8_t* const position = next_;
    next_ += p_.stride_w * p_.input_channels;
    if (--columns_left_ > 0) return position;
    columns_left_ = p_.output_w;
    const std::int32_t row_bytes = p_.input_w * p_.input_channels;
    row_ += p_.stride_h * row_bytes;
    if (--rows_left_ == 0) {
      row_ += (p_.input_h - p_.output_h * p_.stride_h) * row_bytes;
      rows_left_ = p_.output_h;
    }
    next_ = row_;
    return position;
  }

 private:
  const PointwiseS4Params& p_;
  const std::int8_t *row_, *next_;
  std::int32_t columns_left_, rows_left_;
};

/// One channel of `count` positions, every other one of `sums`. What all of them share is in registers.
void finish_channel(const PointwiseS4Params& p, const PointwiseS4Operands& operands, std::int32_t channel,
                    const std::int32_t* sums, std::int32_t count, std::int8_t* output) noexcept {
  const std::int32_t bias = operands.bias[channel], multiplier = operands.multipliers[channel];
  const std::int32_t shift = operands.shifts[channel], zero = p.output_offset, step = p.output_channels;
  const std::int32_t low = p.activation_min - zero, high = p.activation_max - zero;
  output += channel;
  const auto store = [&](std::int32_t scaled) {
    *output = static_cast<std::int8_t>(numerics::clamp(scaled, low, high) + zero);
    output += step, sums += 2;
  };
  if (shift >= 0) {
    for (; count > 0; --count) store(numerics::requantize(numerics::wrapping_add(*sums, bias), multiplier, shift));
    return;
  }
  const std::int32_t right = -1 - shift;
  for (; count > 0; --count) {
    const std::int32_t high_half =
        numerics::rounding_doubling_high_multiply(numerics::wrapping_add(*sums, bias), multiplier);
    store(numerics::halve_after_shift(high_half, right));
  }
}

/// Constants of form Rounded (kernels/requantize_fit.hpp); false when the channel has none. Sums of weights of 4 bits
/// are below 2^26.
bool round_channel(const PointwiseS4Params& p, const PointwiseS4Operands& operands, std::int32_t channel,
                   ChannelConstants& constants) noexcept {
  constexpr std::int32_t largest_bias = (1 << 29) - (1 << 26), largest_shift = 22;
  const std::int32_t bias = operands.bias[channel], right = -operands.shifts[channel];
  if (right < 1 || right > largest_shift || bias <= -largest_bias || bias >= largest_bias) return false;
  constants = {2 * bias, operands.multipliers[channel], (1 << (right - 1)) + p.output_offset * (1 << right), right};
  return true;
}

/// Every pair of output channels over strips of positions, as conv2d_dsp_s8 does it.
void run_by_pairs(const PointwiseS4Params& p, const PointwiseS4Operands& operands,
                  const pointwise_s4::Loops& loops) noexcept {
  const std::int32_t units = PointwiseS4::units(p), values = 8 * units, row_bytes = PointwiseS4::row_bytes(p);
  const std::int32_t strip_positions = PointwiseS4::strip_positions(p);
  auto* const strip = static_cast<std::int16_t*>(operands.scratch);
  std::int16_t* const weights = strip + strip_positions / 2 * values;
  auto* const sums = reinterpret_cast<std::int32_t*>(weights + values);
  InputWalk walk(p, operands.input);
  std::int8_t* output = operands.output;
  for (std::int32_t left = PointwiseS4::positions(p); left > 0;) {
    const std::int32_t count = left < strip_positions ? left : strip_positions;
    std::int16_t* to = strip;
    for (std::int32_t i = 0; i < count; i += 2) {
      const std::int8_t* const first = walk.take();
      to = conv2d_dsp::widen_units(first, i + 1 < count ? walk.take() : first, units, to);
    }
    Conv2dDspBlock arguments{};
    arguments.x = strip, arguments.end = to;
    arguments.weights = weights, arguments.weights_end = weights + values;
    for (std::int32_t pair = 0; pair < p.output_channels; pair += 2) {
      // The last channel of an odd number goes with the one before.
      const std::int32_t channel = pair + 1 < p.output_channels ? pair : pair - 1;
      unpack_row(operands.weights + channel * row_bytes, units, weights);
      unpack_row(operands.weights + (channel + 1) * row_bytes, units, weights + 4);
      // An odd number of positions has one for which there is no place.
      if (loops.rounded != nullptr && count % 2 == 0 && round_channel(p, operands, channel, arguments.first) &&
          round_channel(p, operands, channel + 1, arguments.second)) {
        arguments.output = output + channel, arguments.stride = p.output_channels;
        loops.rounded(arguments);
        continue;
      }
      arguments.output = reinterpret_cast<std::int8_t*>(sums);
      loops.general(arguments);
      finish_channel(p, operands, channel, sums, count, output);
      finish_channel(p, operands, channel + 1, sums + 1, count, output);
    }
    output += count * p.output_channels;
    left -= count;
  }
}
#endif

}  // namespace

void pointwise_s4::run(const PointwiseS4Params& params, const PointwiseS4Operands& operands,
                       [[maybe_unused]] const Loops& loops) noexcept {
#if defined(__ARM_FEATURE_DSP)
  if (loops.general != nullptr) return run_by_pairs(params, operands, loops);
#endif
  for_each_position(params, operands, [&](const std::int8_t* input, std::int8_t* output) {
    write_position(params, operands, input, output);
  });
}

}  // namespace pudu::kernels

#endif
