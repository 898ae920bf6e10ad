// int8 fully connected layer whose outputs share one scale (cortex_m::quantized_linear as it is defined): int8 weights
// with an offset, int32 bias, one multiplier.
//   acc = bias[o] + sum (x[b, i] + input_offset) * (w[o, i] + filter_offset)
//   y[b, o] = clamp(requantize(acc, multiplier, shift) + output_offset, activation_min, activation_max)
// Programs for MVE fold input_offset into the bias ("kernel sum"): that is this kernel with an input_offset of 0.
#pragma once

#include "kernels/kernel.hpp"

namespace pudu::kernels {

struct LinearPerTensorS8Params {
  std::int32_t batches, input_features, output_features;
  std::int32_t input_offset, filter_offset;     ///< minus the zero points
  std::int32_t multiplier, shift;               ///< of every output
  std::int32_t output_offset;                   ///< the output's zero point
  std::int32_t activation_min, activation_max;  ///< within int8

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("batches", self.batches);
    visitor("input_features", self.input_features);
    visitor("output_features", self.output_features);
    visitor("input_offset", self.input_offset);
    visitor("filter_offset", self.filter_offset);
    visitor("multiplier", self.multiplier);
    visitor("shift", self.shift);
    visitor("output_offset", self.output_offset);
    visitor("activation_min", self.activation_min);
    visitor("activation_max", self.activation_max);
  }
};

struct LinearPerTensorS8Operands {
  const std::int8_t* input;    ///< [batches, input_features]
  const std::int8_t* weights;  ///< [output_features, input_features]
  const std::int32_t* bias;    ///< [output_features], or null for zeros
  std::int8_t* output;         ///< [batches, output_features]

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("input", self.input);
    visitor("weights", self.weights);
    visitor("bias", self.bias);
    visitor("output", self.output);
  }
};

struct LinearPerTensorS8 {
  static constexpr const char* name = "linear_per_tensor_s8";
  static constexpr const char* header = "kernels/linear_per_tensor/linear_per_tensor_s8.hpp";
  using Params = LinearPerTensorS8Params;
  using Operands = LinearPerTensorS8Operands;

  /// No scratch on any ISA.
  static constexpr std::size_t scratch_bytes(const Params&, Isa) noexcept { return 0; }

  static void run(const Params& params, const Operands& operands) noexcept;
};

}  // namespace pudu::kernels
