// int8 fully connected layer with int8 weights, int32 bias and per-output-channel requantization
// (cortex_m::quantized_linear, which has one multiplier for all channels; the compiler repeats it).
//   acc = bias[o] + sum (x[b, i] + input_offset) * w[o, i]
//   y[b, o] = clamp(requantize(acc, multipliers[o], shifts[o]) + output_offset, activation_min, activation_max)
#pragma once

#include "kernels/kernel.hpp"

namespace pudu::kernels {

struct LinearS8Params {
  std::int32_t batches, input_features, output_features;
  std::int32_t input_offset;                    ///< minus the input's zero point
  std::int32_t output_offset;                   ///< the output's zero point
  std::int32_t activation_min, activation_max;  ///< within int8

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("batches", self.batches);
    visitor("input_features", self.input_features);
    visitor("output_features", self.output_features);
    visitor("input_offset", self.input_offset);
    visitor("output_offset", self.output_offset);
    visitor("activation_min", self.activation_min);
    visitor("activation_max", self.activation_max);
  }
};

struct LinearS8Operands {
  const std::int8_t* input;         ///< [batches, input_features]
  const std::int8_t* weights;       ///< [output_features, input_features]
  const std::int32_t* bias;         ///< [output_features], or null for zeros
  const std::int32_t* multipliers;  ///< [output_features]
  const std::int32_t* shifts;       ///< [output_features]
  std::int8_t* output;              ///< [batches, output_features]

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

struct LinearS8 {
  static constexpr const char* name = "linear_s8";
  static constexpr const char* header = "kernels/linear/linear_s8.hpp";
  using Params = LinearS8Params;
  using Operands = LinearS8Operands;

  /// No scratch on any ISA.
  static constexpr std::size_t scratch_bytes(const Params&, Isa) noexcept { return 0; }

  static void run(const Params& params, const Operands& operands) noexcept;
};

}  // namespace pudu::kernels
