// As resize_bilinear_s8, but the sum is rounded with ties away from zero (TensorFlow Lite's RESIZE_BILINEAR, whose
// weights are in 1/1024; twice as many in 1/2048 give the same sum four times as large):
//   y = sum / 2^22 to the nearest
#pragma once

#include "kernels/kernel.hpp"

namespace pudu::kernels {

struct ResizeBilinearTiesAwayS8Params {
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

struct ResizeBilinearTiesAwayS8Operands {
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

struct ResizeBilinearTiesAwayS8 {
  static constexpr const char* name = "resize_bilinear_ties_away_s8";
  static constexpr const char* header = "kernels/resize_bilinear_ties_away/resize_bilinear_ties_away_s8.hpp";
  using Params = ResizeBilinearTiesAwayS8Params;
  using Operands = ResizeBilinearTiesAwayS8Operands;

  static constexpr std::int32_t weight_bits = 11;
  static constexpr std::int32_t one = std::int32_t{1} << weight_bits;

  /// No scratch on any ISA.
  static constexpr std::size_t scratch_bytes(const Params&, Isa) noexcept { return 0; }

  static void run(const Params& params, const Operands& operands) noexcept;
};

}  // namespace pudu::kernels
