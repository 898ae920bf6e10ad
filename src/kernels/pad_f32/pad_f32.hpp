// Constant padding of a float32 tensor of rank up to max_rank; negative amounts cut.
//   output[i] = input[i - pad_before] where that is an element, else value
#pragma once

#include "kernels/kernel.hpp"

namespace pudu::kernels {

struct PadF32Params {
  std::int32_t rank;  ///< 0 to max_rank
  std::int32_t input_shape[max_rank];
  std::int32_t pad_before[max_rank];  ///< elements; negative cuts
  std::int32_t pad_after[max_rank];
  float value;  ///< finite

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("rank", self.rank);
    visitor("input_shape", self.input_shape);
    visitor("pad_before", self.pad_before);
    visitor("pad_after", self.pad_after);
    visitor("value", self.value);
  }
};

struct PadF32Operands {
  const float* input;  ///< input_shape
  float* output;       ///< pad_before + input_shape + pad_after

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("input", self.input);
    visitor("output", self.output);
  }
};

struct PadF32 {
  static constexpr const char* name = "pad_f32";
  static constexpr const char* header = "kernels/pad_f32/pad_f32.hpp";
  using Params = PadF32Params;
  using Operands = PadF32Operands;

  /// No scratch on any ISA.
  static constexpr std::size_t scratch_bytes(const Params&, Isa) noexcept { return 0; }

  static void run(const Params& params, const Operands& operands) noexcept;
};

}  // namespace pudu::kernels
