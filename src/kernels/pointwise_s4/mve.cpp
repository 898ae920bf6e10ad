// pointwise_s4 for MVE: four output channels at a time. Sixteen bytes hold the weights of 32 values, which are loaded
// with even and odd places apart; a shift or a mask makes weights of 16 times the size of them.
#if defined(__ARM_FEATURE_MVE)

#include "kernels/mve.hpp"
#include "kernels/pointwise_s4/pointwise_s4.hpp"
#include "kernels/pointwise_s4/positions.hpp"
#include "numerics/requantize.hpp"

namespace pudu::kernels {
namespace {

using mve::ShiftForm;

/// Sums of 16 times the products of a position's values with four rows.
[[gnu::always_inline]] inline int32x4_t dot_4(const std::int8_t* x, const std::uint8_t* row, std::int32_t row_bytes,
                                              std::int32_t length) noexcept {
  const auto* w0 = reinterpret_cast<const std::int8_t*>(row);
  const std::int8_t *w1 = w0 + row_bytes, *w2 = w1 + row_bytes, *w3 = w2 + row_bytes;
  const int8x16_t mask = vdupq_n_s8(static_cast<std::int8_t>(0xF0));
  std::int32_t s0 = 0, s1 = 0, s2 = 0, s3 = 0;
  const auto add = [mask](std::int32_t & sum, int8x16_t even, int8x16_t odd, int8x16_t pairs)
      __attribute__((always_inline)) {
    sum = vmladavaq_s8(sum, even, vshlq_n_s8(pairs, 4));
    sum = vmladavaq_s8(sum, odd, vandq_s8(pairs, mask));
  };
  for (; length >= 32; length -= 32, x += 32, w0 += 16, w1 += 16, w2 += 16, w3 += 16) {
    const int8x16x2_t values = vld2q_s8(x);
    add(s0, values.val[0], values.val[1], vldrbq_s8(w0));
    add(s1, values.val[0], values.val[1], vldrbq_s8(w1));
    add(s2, values.val[0], values.val[1], vldrbq_s8(w2));
    add(s3, values.val[0], values.val[1], vldrbq_s8(w3));
  }
  if (length > 0) {
    // Lanes beyond the end are loaded as 0.
    const uint8x16_t places = vidupq_n_u8(0, 2);
    const mve_pred16_t evens = vctp8q(static_cast<std::uint32_t>((length + 1) / 2));
    const mve_pred16_t odds = vctp8q(static_cast<std::uint32_t>(length / 2));
    const int8x16_t even = vldrbq_gather_offset_z_s8(x, places, evens);
    const int8x16_t odd = vldrbq_gather_offset_z_s8(x + 1, places, odds);
    add(s0, even, odd, vldrbq_z_s8(w0, evens));
    add(s1, even, odd, vldrbq_z_s8(w1, evens));
    add(s2, even, odd, vldrbq_z_s8(w2, evens));
    add(s3, even, odd, vldrbq_z_s8(w3, evens));
  }
  const std::int32_t sums[4] = {s0, s1, s2, s3};
  return vldrwq_s32(sums);
}

template <ShiftForm Form>
void write(const PointwiseS4Params& p, const PointwiseS4Operands& operands) noexcept {
  const mve::OutputRange range(p.output_offset, p.activation_min, p.activation_max);
  const std::int32_t row_bytes = PointwiseS4::row_bytes(p);
  pointwise_s4::for_each_position(p, operands, [&](const std::int8_t* input, std::int8_t* output) {
    for (std::int32_t left = p.output_channels, channel = 0; left > 0; left -= 4) {
      // The last four may be written again.
      if (left < 4) channel = p.output_channels - 4;
      const int32x4_t sums =
          vshrq_n_s32(dot_4(input, operands.weights + channel * row_bytes, row_bytes, p.input_channels), 4);
      mve::store_4<Form>(vaddq_s32(sums, vldrwq_s32(operands.bias + channel)),
                         {operands.multipliers + channel, operands.shifts + channel}, range, output + channel);
      channel += 4;
    }
  });
}

/// Fewer than four output channels.
void write_few(const PointwiseS4Params& p, const PointwiseS4Operands& operands) noexcept {
  using namespace pointwise_s4;
  const std::int32_t row_bytes = PointwiseS4::row_bytes(p);
  for_each_position(p, operands, [&](const std::int8_t* input, std::int8_t* output) {
    for (std::int32_t channel = 0; channel < p.output_channels; ++channel) {
      const std::uint8_t* row = operands.weights + channel * row_bytes;
      std::uint32_t sum = 0;
      for (std::int32_t i = 0; i < p.input_channels; ++i) {
        const std::uint8_t pair = row[i / 2];
        sum += static_cast<std::uint32_t>(input[i] * (i % 2 == 0 ? first_weight(pair) : second_weight(pair)));
      }
      output[channel] = numerics::requantize_to_int8(numerics::wrapping_add(sixteenth(sum), operands.bias[channel]),
                                                     operands.multipliers[channel], operands.shifts[channel],
                                                     p.output_offset, p.activation_min, p.activation_max);
    }
  });
}

}  // namespace

void PointwiseS4::run(const Params& params, const Operands& operands) noexcept {
  if (params.output_channels < 4) {
    write_few(params, operands);
  } else if (mve::shift_form(operands.shifts, params.output_channels) == ShiftForm::Right) {
    write<ShiftForm::Right>(params, operands);
  } else {
    write<ShiftForm::Any>(params, operands);
  }
}

}  // namespace pudu::kernels

#endif
