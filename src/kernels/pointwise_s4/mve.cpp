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

/// `vectors` times 16 weights of a row, 8 bytes each; vectors of two rows alternate. The low byte of a 16-bit lane
/// becomes the first weight, the high one the second, both 16 times as large until they are shifted down.
[[gnu::always_inline]] inline void unpack_row(const std::uint8_t* row, std::int32_t bytes, std::int32_t vectors,
                                              std::int8_t* to) noexcept {
  for (; vectors > 0; --vectors, row += 8, to += 32, bytes -= 8) {
    const mve_pred16_t inside = vctp16q(static_cast<std::uint32_t>(bytes));
    const uint16x8_t pairs = vldrbq_z_u16(row, inside);
    const uint16x8_t parted = vsliq_n_u16(vshlq_n_u16(pairs, 4), pairs, 8);
    vstrbq_s8(to, vshrq_n_s8(vreinterpretq_s8_u16(parted), 4));
  }
}

/// Two output channels at a time over all positions, with the loops of conv2d_mve_s8.
class Pairs {
 public:
  Pairs(const PointwiseS4Params& p, const PointwiseS4Operands& operands, conv2d_mve::Pass pass) noexcept
      : p_(p),
        operands_(operands),
        pass_(pass),
        weights_(static_cast<std::int8_t*>(operands.scratch)),
        constants_(reinterpret_cast<std::int32_t*>(weights_ + 32 * PointwiseS4::vectors(p))),
        last_positions_(reinterpret_cast<std::int8_t*>(constants_ + 8)) {
    arguments_.loops = (PointwiseS4::vectors(p) - 1) / conv2d_mve::long_loop_units;
    arguments_.x_step = 4 * p.input_channels, arguments_.output_step = 4 * p.output_channels;
    arguments_.window_bytes = p.input_channels, arguments_.offsets = offsets_;
    for (std::int32_t i = 0; i < 4; ++i) {
      offsets_[2 * i] = static_cast<std::uint16_t>(i * p.output_channels);
      offsets_[2 * i + 1] = static_cast<std::uint16_t>(i * p.output_channels + 1);
    }
    for (std::int32_t i = 0; i < 8; ++i) {
      arguments_.clamp[i] = static_cast<std::int16_t>(p.activation_min);
      arguments_.clamp[8 + i] = static_cast<std::int16_t>(p.activation_max);
    }
  }

  void run() noexcept {
    const bool has_whole_vectors = p_.input_channels % 16 == 0;
    const std::int32_t positions = PointwiseS4::positions(p_);
    const std::int32_t blocks = (has_whole_vectors ? positions : positions - 1) / 4;
    const std::int8_t* last = operands_.input + (positions - 4) * p_.input_channels;
    if (!has_whole_vectors) {
      mve::copy_bytes(last_positions_, last, 4 * p_.input_channels);
      last = last_positions_;
    }
    for (std::int32_t pair = 0; pair < p_.output_channels; pair += 2) {
      // The last channel of an odd number goes with the one before.
      const std::int32_t channel = pair + 1 < p_.output_channels ? pair : pair - 1;
      take(channel);
      if (blocks > 0) write(operands_.input, 0, channel, blocks);
      // The last four positions may be written again.
      if (4 * blocks < positions) write(last, positions - 4, channel, 1);
    }
  }

 private:
  void take(std::int32_t channel) noexcept {
    const std::int32_t row_bytes = PointwiseS4::row_bytes(p_);
    const std::uint8_t* row = operands_.weights + channel * row_bytes;
    unpack_row(row, row_bytes, PointwiseS4::vectors(p_), weights_);
    unpack_row(row + row_bytes, row_bytes, PointwiseS4::vectors(p_), weights_ + 16);
    for (std::int32_t i = 0; i < 2; ++i) {
      constants_[3 * i] = operands_.bias[channel + i];
      constants_[3 * i + 1] = operands_.multipliers[channel + i];
      constants_[3 * i + 2] = operands_.shifts[channel + i];
    }
    constants_[6] = p_.output_offset, constants_[7] = 1;
  }

  void write(const std::int8_t* x, std::int32_t position, std::int32_t channel, std::int32_t blocks) noexcept {
    arguments_.x = x, arguments_.blocks = blocks, arguments_.pairs = 1;
    arguments_.weights = weights_, arguments_.constants = constants_;
    arguments_.output = operands_.output + position * p_.output_channels + channel;
    pass_(arguments_);
  }

  const PointwiseS4Params& p_;
  const PointwiseS4Operands& operands_;
  conv2d_mve::Pass pass_;
  std::int8_t* weights_;
  std::int32_t* constants_;
  std::int8_t* last_positions_;
  conv2d_mve::PassArguments arguments_{};
  std::uint16_t offsets_[8];
};

/// What the loops of conv2d_mve_s8 demand: shifts to the right, and inputs on words' borders.
bool suits_pairs(const PointwiseS4Params& p, const PointwiseS4Operands& operands) noexcept {
  for (std::int32_t channel = 0; channel < p.output_channels; ++channel) {
    if (operands.multipliers[channel] < 0) return false;
  }
  return mve::shift_form(operands.shifts, p.output_channels) == ShiftForm::Right &&
         reinterpret_cast<std::uintptr_t>(operands.input) % 4 == 0;
}

}  // namespace

void pointwise_s4::run(const PointwiseS4Params& params, const PointwiseS4Operands& operands,
                       const Loops& loops) noexcept {
  if (loops.pass != nullptr && suits_pairs(params, operands)) {
    Pairs(params, operands, loops.pass).run();
  } else if (params.output_channels < 4) {
    write_few(params, operands);
  } else if (mve::shift_form(operands.shifts, params.output_channels) == ShiftForm::Right) {
    write<ShiftForm::Right>(params, operands);
  } else {
    write<ShiftForm::Any>(params, operands);
  }
}

}  // namespace pudu::kernels

#endif
