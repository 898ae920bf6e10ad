// int8 bilinear interpolation of NHWC images (aten::upsample_bilinear2d), integer only. For every output row (column)
// the compiler gives the row (column) before it in the input, and the weight of the next one in 1/2048:
//   sum = (a * (2048 - wx) + b * wx) * (2048 - wy) + (c * (2048 - wx) + d * wx) * wy
//   y   = floor((sum + 2^21) / 2^22)
// where a, b are neighbours in the row before, c, d those in the next; behind the last row (column) it is repeated.
// Weights add up to one, so input and output share scale and zero point. |sum| <= 2^29.
#pragma once

#include "kernels/kernel.hpp"

namespace pudu::kernels {

struct ResizeBilinearS8Params {
  std::int32_t batches;
  std::int32_t input_h, input_w, channels;
  std::int32_t output_h, output_w;

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("batches", self.batches);
    visitor("input_h", self.input_h);
    visitor("input_w", self.input_w);
    visitor("channels", self.channels);
    visitor("output_h", self.output_h);
    visitor("output_w", self.output_w);
  }
};

struct ResizeBilinearS8Operands {
  const std::int8_t* input;            ///< [batches, input_h, input_w, channels]
  const std::int32_t* rows;            ///< [output_h], each within [0, input_h)
  const std::int32_t* row_weights;     ///< [output_h], each within [0, one]
  const std::int32_t* columns;         ///< [output_w], each within [0, input_w)
  const std::int32_t* column_weights;  ///< [output_w], each within [0, one]
  std::int8_t* output;                 ///< [batches, output_h, output_w, channels]

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("input", self.input);
    visitor("rows", self.rows);
    visitor("row_weights", self.row_weights);
    visitor("columns", self.columns);
    visitor("column_weights", self.column_weights);
    visitor("output", self.output);
  }
};

struct ResizeBilinearS8 {
  static constexpr const char* name = "resize_bilinear_s8";
  static constexpr const char* header = "kernels/resize_bilinear/resize_bilinear_s8.hpp";
  using Params = ResizeBilinearS8Params;
  using Operands = ResizeBilinearS8Operands;

  static constexpr std::int32_t weight_bits = 11;
  static constexpr std::int32_t one = std::int32_t{1} << weight_bits;

  /// No scratch on any ISA.
  static constexpr std::size_t scratch_bytes(const Params&, Isa) noexcept { return 0; }

  static void run(const Params& params, const Operands& operands) noexcept;
};

}  // namespace pudu::kernels
