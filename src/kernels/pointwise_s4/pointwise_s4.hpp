// int8 1x1 convolution, or linear layer, with int4 weights: the bytes of conv2d_s8 and linear_s8 with the same weights,
// in half of their flash. The compiler prepares its operands (prepare.hpp); docs/kernels.md explains it.
//   acc = bias[o] + sum x * w          the bias holds the input's zero point
//   y = clamp(requantize(acc, multipliers[o], shifts[o]) + output_offset, activation_min, activation_max)
// Two weights a byte, the first in the low bits, as TensorFlow Lite and CMSIS-NN have them; but each row of an output
// channel begins with a byte of its own.
// Limits: no padding, no groups; at most 65536 input channels, so that 16 times a sum of products fits 32 bits.
#pragma once

#include "kernels/kernel.hpp"

namespace pudu::kernels {

/// A linear layer is an image of one row, a column for each of its vectors.
struct PointwiseS4Params {
  std::int32_t batches;
  std::int32_t input_h, input_w, input_channels;
  std::int32_t output_h, output_w, output_channels;
  std::int32_t stride_h, stride_w;
  std::int32_t output_offset;                   ///< the output's zero point
  std::int32_t activation_min, activation_max;  ///< within int8

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("batches", self.batches);
    visitor("input_h", self.input_h);
    visitor("input_w", self.input_w);
    visitor("input_channels", self.input_channels);
    visitor("output_h", self.output_h);
    visitor("output_w", self.output_w);
    visitor("output_channels", self.output_channels);
    visitor("stride_h", self.stride_h);
    visitor("stride_w", self.stride_w);
    visitor("output_offset", self.output_offset);
    visitor("activation_min", self.activation_min);
    visitor("activation_max", self.activation_max);
  }
};

struct PointwiseS4Operands {
  const std::int8_t* input;     ///< [batches, input_h, input_w, input_channels]
  const std::uint8_t* weights;  ///< [output_channels, (input_channels + 1) / 2]; the last half is 0 if there is none
  const std::int32_t* bias;     ///< [output_channels]
  const std::int32_t* multipliers;  ///< [output_channels]
  const std::int32_t* shifts;       ///< [output_channels]
  std::int8_t* output;              ///< [batches, output_h, output_w, output_channels]

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

struct PointwiseS4 {
  static constexpr const char* name = "pointwise_s4";
  static constexpr const char* header = "kernels/pointwise_s4/pointwise_s4.hpp";
  using Params = PointwiseS4Params;
  using Operands = PointwiseS4Operands;

  static constexpr std::int32_t most_input_channels = 65536;
  /// Bytes of the weights of one output channel.
  static constexpr std::int32_t row_bytes(const Params& p) noexcept { return (p.input_channels + 1) / 2; }
  /// No scratch on any ISA.
  static constexpr std::size_t scratch_bytes(const Params&, Isa) noexcept { return 0; }

  static void run(const Params& params, const Operands& operands) noexcept;
};

}  // namespace pudu::kernels
