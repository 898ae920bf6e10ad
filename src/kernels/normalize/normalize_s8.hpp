// int8 normalization of groups (layer_norm, group_norm, instance_norm, rms_norm), integer only. A sample is a matrix
// [positions, channels]; a group is channels / groups neighbouring channels at all positions: n elements d = q +
// input_offset, of which each becomes, with S1 = sum of d (0 when the mean is not subtracted) and S2 = sum of d^2,
//   W = n S2 - S1^2 + E             variance and epsilon, times n^2; 1 if that is 0
//   X = (n d - S1) / sqrt(W)        in Q13.18, through inverse_sqrt and requantize
//   Y = floor(X multipliers[c] / 2^(31 - shifts[c]) + 1/2), the weight: in 1/256 codes of the output
//   y = clamp(floor((Y + bias[c] + 128) / 256) + output_offset)
// where E = floor(epsilon_multiplier 2^epsilon_shift / 2^31). |n d - S1| <= 255 n and |X| <= sqrt(n): with n below 2^23
// no intermediate overflows. The formula is Pudu's own (docs/arithmetic.md, "Normalization").
#pragma once

#include "kernels/kernel.hpp"

namespace pudu::kernels {

struct NormalizeS8Params {
  std::int32_t outer_count;  ///< samples
  std::int32_t positions;
  std::int32_t channels;
  std::int32_t groups;              ///< divides channels
  std::int32_t subtract_mean;       ///< 1, or 0 for the root mean square
  std::int32_t input_offset;        ///< minus the input's zero point
  std::int32_t epsilon_multiplier;  ///< epsilon n^2 / scale^2, Q0.31 ...
  std::int32_t epsilon_shift;       ///< ... times 2^epsilon_shift, in [-31, 61]
  std::int32_t output_offset;       ///< the output's zero point

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("outer_count", self.outer_count);
    visitor("positions", self.positions);
    visitor("channels", self.channels);
    visitor("groups", self.groups);
    visitor("subtract_mean", self.subtract_mean);
    visitor("input_offset", self.input_offset);
    visitor("epsilon_multiplier", self.epsilon_multiplier);
    visitor("epsilon_shift", self.epsilon_shift);
    visitor("output_offset", self.output_offset);
  }
};

struct NormalizeS8Operands {
  const std::int8_t* input;         ///< [outer_count, positions, channels]
  const std::int32_t* multipliers;  ///< [channels]
  const std::int32_t* shifts;       ///< [channels], each in [-31, 30]
  const std::int32_t* bias;         ///< [channels], in 1/256 codes of the output
  std::int8_t* output;              ///< [outer_count, positions, channels]

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("input", self.input);
    visitor("multipliers", self.multipliers);
    visitor("shifts", self.shifts);
    visitor("bias", self.bias);
    visitor("output", self.output);
  }
};

struct NormalizeS8 {
  static constexpr const char* name = "normalize_s8";
  static constexpr const char* header = "kernels/normalize/normalize_s8.hpp";
  using Params = NormalizeS8Params;
  using Operands = NormalizeS8Operands;

  /// The input whose buffer the output may be.
  static constexpr const char* in_place_input = "input";

  /// Fraction bits of normalized elements, and of codes before the last rounding.
  static constexpr int fraction_bits = 18;
  static constexpr int code_fraction_bits = 8;

  /// No scratch on any ISA.
  static constexpr std::size_t scratch_bytes(const Params&, Isa) noexcept { return 0; }

  static void run(const Params& params, const Operands& operands) noexcept;
};

}  // namespace pudu::kernels
