// int16 fully connected layer with int8 weights, int32 bias and per-output-channel requantization
// (arm_fully_connected_s16 and TensorFlow Lite's 16x8, which have one multiplier for all channels; the compiler repeats
// it). All zero points are 0.
//   acc = bias[o] + sum x[b, i] * w[o, i]                exact in 64 bits
//   y[b, o] = clamp(requantize_wide(acc, multipliers[o], shifts[o]), output_min, output_max)
//                                                        (numerics/requantize_wide.hpp)
// Limits: shifts in [-31, 14]; at most 2^23 input features.
#pragma once

#include "kernels/kernel.hpp"

namespace pudu::kernels {

struct LinearS16Params {
  std::int32_t batches, input_features, output_features;
  std::int32_t output_min, output_max;  ///< within int16

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("batches", self.batches);
    visitor("input_features", self.input_features);
    visitor("output_features", self.output_features);
    visitor("output_min", self.output_min);
    visitor("output_max", self.output_max);
  }
};

struct LinearS16Operands {
  const std::int16_t* input;        ///< [batches, input_features]
  const std::int8_t* weights;       ///< [output_features, input_features]
  const std::int32_t* bias;         ///< [output_features], or null for zeros
  const std::int32_t* multipliers;  ///< [output_features]
  const std::int32_t* shifts;       ///< [output_features]
  std::int16_t* output;             ///< [batches, output_features]

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("input", self.input);
    visitor("weights", self.weights);
    visitor("bias", self.bias);
    visitor("multipliers", self.multipliers);
    visitor("shifts", self.shifts);
    visitor("output", self.output);
  }
};

struct LinearS16 {
  static constexpr const char* name = "linear_s16";
  static constexpr const char* header = "kernels/linear_s16/linear_s16.hpp";
  using Params = LinearS16Params;
  using Operands = LinearS16Operands;

  /// No scratch on any ISA.
  static constexpr std::size_t scratch_bytes(const Params&, Isa) noexcept { return 0; }

  static void run(const Params& params, const Operands& operands) noexcept;
};

}  // namespace pudu::kernels
