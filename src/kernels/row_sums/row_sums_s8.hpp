// Sums of int8 codes over rows of an NHWC image, channel by channel: the first half of an average pool whose one window
// is the image, in a form that takes the rows one after the other. mean_of_sums_s8 is the second half.
//   sums[c] = (adds ? sums[c] : 0) + sum of x over `rows` rows and the first `columns` columns
// Limits: sums of up to 2^23 codes, which 32 bits hold.
#pragma once

#include "kernels/kernel.hpp"

namespace pudu::kernels {

struct RowSumsS8Params {
  std::int32_t rows, input_w, channels;
  std::int32_t columns;  ///< of each row, from the first; at most input_w
  std::int32_t adds;     ///< 0: sets the sums; 1: adds to them

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("rows", self.rows);
    visitor("input_w", self.input_w);
    visitor("channels", self.channels);
    visitor("columns", self.columns);
    visitor("adds", self.adds);
  }
};

struct RowSumsS8Operands {
  const std::int8_t* input;  ///< [rows, input_w, channels]
  std::int32_t* output;      ///< [channels]

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("input", self.input);
    visitor("output", self.output);
  }
};

struct RowSumsS8 {
  static constexpr const char* name = "row_sums_s8";
  static constexpr const char* header = "kernels/row_sums/row_sums_s8.hpp";
  using Params = RowSumsS8Params;
  using Operands = RowSumsS8Operands;

  /// No scratch on any ISA.
  static constexpr std::size_t scratch_bytes(const Params&, Isa) noexcept { return 0; }

  static void run(const Params& params, const Operands& operands) noexcept;
};

}  // namespace pudu::kernels
