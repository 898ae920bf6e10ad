// int8 linear layer prepared for MVE: the bytes of linear_s8, with weights of four outputs interleaved and the input's
// zero point in the bias. The compiler chooses it and prepares its operands; docs/kernels.md explains it.
// Limits: at least 4 outputs; all shifts go right by 1 or more.
#pragma once

#include "kernels/kernel.hpp"

namespace pudu::kernels {

struct LinearMveS8Params {
  std::int32_t batches;
  std::int32_t input_features, output_features;
  std::int32_t output_offset;                   ///< the output's zero point
  std::int32_t activation_min, activation_max;  ///< within int8

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("batches", self.batches);
    visitor("input_features", self.input_features);
    visitor("output_features", self.output_features);
    visitor("output_offset", self.output_offset);
    visitor("activation_min", self.activation_min);
    visitor("activation_max", self.activation_max);
  }
};

struct LinearMveS8Operands {
  const std::int8_t* input;  ///< [batches, input_features]
  /// [groups of 4 outputs, units, 4, 16], 0 where there is no feature. The last group is the last four outputs.
  const std::int8_t* weights;
  const std::int32_t* constants;  ///< [groups, 3, 4]: bias with the input's zero point, multipliers, shifts
  std::int8_t* output;            ///< [batches, output_features]

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("input", self.input);
    visitor("weights", self.weights);
    visitor("constants", self.constants);
    visitor("output", self.output);
  }
};

struct LinearMveS8 {
  static constexpr const char* name = "linear_mve_s8";
  static constexpr const char* header = "kernels/linear_mve/linear_mve_s8.hpp";
  using Params = LinearMveS8Params;
  using Operands = LinearMveS8Operands;

  /// Of 16 features.
  static constexpr std::int32_t units(const Params& p) noexcept { return (p.input_features + 15) / 16; }
  static constexpr std::int32_t groups(const Params& p) noexcept { return (p.output_features + 3) / 4; }
  /// First output of a group.
  static constexpr std::int32_t first_output(const Params& p, std::int32_t group) noexcept {
    return 4 * group + 4 <= p.output_features ? 4 * group : p.output_features - 4;
  }
  static constexpr std::size_t scratch_bytes(const Params&, Isa) noexcept { return 0; }

  static void run(const Params& params, const Operands& operands) noexcept;
};

}  // namespace pudu::kernels
