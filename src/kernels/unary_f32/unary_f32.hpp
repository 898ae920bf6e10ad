// A function of one float32, element by element: those that the operator `unary` knows, by their place in its list
// (ops/unary/functions.def), with up to three constants. The formulas are built on kernels/float_math.hpp.
#pragma once

#include "kernels/kernel.hpp"

namespace pudu::kernels {

struct UnaryF32Params {
  std::int32_t count;          ///< elements
  std::int32_t function;       ///< one of UnaryFunctionF32
  float first, second, third;  ///< finite; the constants that the function names

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("count", self.count);
    visitor("function", self.function);
    visitor("first", self.first);
    visitor("second", self.second);
    visitor("third", self.third);
  }
};

struct UnaryF32Operands {
  const float* input;  ///< [count]
  float* output;       ///< [count]

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("input", self.input);
    visitor("output", self.output);
  }
};

struct UnaryF32 {
  static constexpr const char* name = "unary_f32";
  static constexpr const char* header = "kernels/unary_f32/unary_f32.hpp";
  using Params = UnaryF32Params;
  using Operands = UnaryF32Operands;

  /// The input whose buffer the output may be.
  static constexpr const char* in_place_input = "input";

  /// In the sequence of ops/unary/functions.def.
  enum Function : std::int32_t {
    of_identity,
    of_clamp,
    of_sigmoid,
    of_tanh,
    of_hardswish,
    of_hardsigmoid,
    of_silu,
    of_gelu,
    of_gelu_tanh,
    of_elu,
    of_leaky_relu,
    of_mish,
    of_softplus,
    of_exp,
    of_log,
    of_sqrt,
    of_rsqrt,
    of_neg,
    of_abs,
    of_reciprocal,
    of_pow,
    of_scale_shift,
    of_sin,
    of_cos,
    of_floor,
    of_round,
    of_sign,
    of_greater,
    of_greater_equal,
    of_less,
    of_less_equal,
    of_equal,
    of_not_equal,
    of_power_of,
    function_count
  };

  /// No scratch on any ISA.
  static constexpr std::size_t scratch_bytes(const Params&, Isa) noexcept { return 0; }

  static void run(const Params& params, const Operands& operands) noexcept;
};

}  // namespace pudu::kernels
