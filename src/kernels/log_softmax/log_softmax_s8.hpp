// int8 logarithm of softmax over the last dimension, integer only. With d = q - maximum of the row:
//   S = sum of exponentials[-d]                          in Q.30, 64 bits
//   Y = REQ(d 2^20, difference_multiplier, difference_shift) - REQ(log2(S) - 30 in Q.20, sum_multiplier, sum_shift) in
//   1/256 codes y = clamp(floor((Y + 128) / 256) + output_offset)
// where exponentials[k] = e^(-k scale) in Q.30, the multipliers are scale / output scale and ln 2 / output scale, each
// times 2^-12, and log2 is numerics::log2_q20. The input's zero point cancels. The formula is Pudu's own.
#pragma once

#include "kernels/kernel.hpp"

namespace pudu::kernels {

struct LogSoftmaxS8Params {
  std::int32_t outer_count;                              ///< rows
  std::int32_t depth;                                    ///< elements of a row
  std::int32_t difference_multiplier, difference_shift;  ///< of differences; at most 2, shift at most 2
  std::int32_t sum_multiplier, sum_shift;                ///< of the logarithm; shift at most 2
  std::int32_t output_offset;                            ///< the output's zero point

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("outer_count", self.outer_count);
    visitor("depth", self.depth);
    visitor("difference_multiplier", self.difference_multiplier);
    visitor("difference_shift", self.difference_shift);
    visitor("sum_multiplier", self.sum_multiplier);
    visitor("sum_shift", self.sum_shift);
    visitor("output_offset", self.output_offset);
  }
};

struct LogSoftmaxS8Operands {
  const std::int8_t* input;          ///< [outer_count, depth]
  const std::int32_t* exponentials;  ///< [256], each at least 0
  std::int8_t* output;               ///< [outer_count, depth]

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("input", self.input);
    visitor("exponentials", self.exponentials);
    visitor("output", self.output);
  }
};

struct LogSoftmaxS8 {
  static constexpr const char* name = "log_softmax_s8";
  static constexpr const char* header = "kernels/log_softmax/log_softmax_s8.hpp";
  using Params = LogSoftmaxS8Params;
  using Operands = LogSoftmaxS8Operands;

  /// The input whose buffer the output may be.
  static constexpr const char* in_place_input = "input";

  /// No scratch on any ISA.
  static constexpr std::size_t scratch_bytes(const Params&, Isa) noexcept { return 0; }

  static void run(const Params& params, const Operands& operands) noexcept;
};

}  // namespace pudu::kernels
