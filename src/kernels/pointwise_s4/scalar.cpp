// Portable pointwise_s4, with SMLAD where there is the DSP extension: a few output channels at a time over the input
// channels of one position, so that a value is loaded once for them.
#if !defined(__ARM_FEATURE_MVE)

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

}  // namespace

void PointwiseS4::run(const Params& params, const Operands& operands) noexcept {
  pointwise_s4::for_each_position(params, operands, [&](const std::int8_t* input, std::int8_t* output) {
    write_position(params, operands, input, output);
  });
}

}  // namespace pudu::kernels

#endif
