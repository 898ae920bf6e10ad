// Concatenation of up to 16 contiguous tensors that share element type and quantization parameters.
// A tensor [outer..., axis, inner...] is outer_count pieces of input_bytes[i] = axis_i * product(inner) bytes:
//   output[step * output_stride + output_offset + sum of input_bytes before i + k] = inputs[i][step * input_bytes[i] +
//   k]
// More inputs are several calls with the same output_stride and a growing output_offset.
#pragma once

#include "kernels/kernel.hpp"

namespace pudu::kernels {

struct ConcatS8Params {
  std::int32_t input_count;  ///< 1 to max_inputs
  std::int32_t outer_count;
  std::int32_t input_bytes[16];  ///< bytes of each input in one outer step
  std::int32_t output_stride;    ///< bytes of the output from one outer step to the next
  std::int32_t output_offset;    ///< bytes before the first input in an outer step

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("input_count", self.input_count);
    visitor("outer_count", self.outer_count);
    visitor("input_bytes", self.input_bytes);
    visitor("output_stride", self.output_stride);
    visitor("output_offset", self.output_offset);
  }
};

struct ConcatS8Operands {
  const std::int8_t* inputs[16];  ///< input_count pointers, the rest unused
  std::int8_t* output;

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("inputs", self.inputs);
    visitor("output", self.output);
  }
};

struct ConcatS8 {
  static constexpr const char* name = "concat_s8";
  static constexpr const char* header = "kernels/concat/concat_s8.hpp";
  using Params = ConcatS8Params;
  using Operands = ConcatS8Operands;

  static constexpr int max_inputs = 16;

  /// No scratch on any ISA.
  static constexpr std::size_t scratch_bytes(const Params&, Isa) noexcept { return 0; }

  static void run(const Params& params, const Operands& operands) noexcept;
};

}  // namespace pudu::kernels
