// float32 normalization of groups (layer_norm, group_norm, instance_norm, rms_norm). A sample is a matrix [positions,
// channels]; a group is channels / groups neighbouring channels at all positions, n elements.
//   mean = sum of x / n (0 when it is not subtracted), variance = sum of (x - mean)^2 / n
//   y = ((x - mean) / sqrt(variance + epsilon)) weight[c] + bias[c]
// Sums run over positions, then channels; every operation is rounded.
#pragma once

#include "kernels/kernel.hpp"

namespace pudu::kernels {

struct NormalizeF32Params {
  std::int32_t outer_count;  ///< samples
  std::int32_t positions;
  std::int32_t channels;
  std::int32_t groups;         ///< divides channels
  std::int32_t subtract_mean;  ///< 1, or 0 for the root mean square
  float epsilon;               ///< positive

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("outer_count", self.outer_count);
    visitor("positions", self.positions);
    visitor("channels", self.channels);
    visitor("groups", self.groups);
    visitor("subtract_mean", self.subtract_mean);
    visitor("epsilon", self.epsilon);
  }
};

struct NormalizeF32Operands {
  const float* input;    ///< [outer_count, positions, channels]
  const float* weights;  ///< [channels]
  const float* bias;     ///< [channels]
  float* output;         ///< [outer_count, positions, channels]

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("input", self.input);
    visitor("weights", self.weights);
    visitor("bias", self.bias);
    visitor("output", self.output);
  }
};

struct NormalizeF32 {
  static constexpr const char* name = "normalize_f32";
  static constexpr const char* header = "kernels/normalize_f32/normalize_f32.hpp";
  using Params = NormalizeF32Params;
  using Operands = NormalizeF32Operands;

  /// The input whose buffer the output may be.
  static constexpr const char* in_place_input = "input";

  /// No scratch on any ISA.
  static constexpr std::size_t scratch_bytes(const Params&, Isa) noexcept { return 0; }

  static void run(const Params& params, const Operands& operands) noexcept;
};

}  // namespace pudu::kernels
