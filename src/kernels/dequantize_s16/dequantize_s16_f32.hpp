// int16 to float32 (cortex_m::dequantize_per_tensor): y = (float)(x - zero_point) * scale, one float32 product, the
// same bits everywhere.
#pragma once

#include "kernels/kernel.hpp"

namespace pudu::kernels {

struct DequantizeS16F32Params {
  std::int32_t count;  ///< elements
  float scale;
  std::int32_t zero_point;

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("count", self.count);
    visitor("scale", self.scale);
    visitor("zero_point", self.zero_point);
  }
};

struct DequantizeS16F32Operands {
  const std::int16_t* input;  ///< [count]
  float* output;              ///< [count]

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("input", self.input);
    visitor("output", self.output);
  }
};

struct DequantizeS16F32 {
  static constexpr const char* name = "dequantize_s16_f32";
  static constexpr const char* header = "kernels/dequantize_s16/dequantize_s16_f32.hpp";
  using Params = DequantizeS16F32Params;
  using Operands = DequantizeS16F32Operands;

  /// No scratch on any ISA.
  static constexpr std::size_t scratch_bytes(const Params&, Isa) noexcept { return 0; }

  static void run(const Params& params, const Operands& operands) noexcept;
};

}  // namespace pudu::kernels
