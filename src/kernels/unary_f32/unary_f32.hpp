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
    OfIdentity,
    OfClamp,
    OfSigmoid,
    OfTanh,
    OfHardswish,
    OfHardsigmoid,
    OfSilu,
    OfGelu,
    OfGeluTanh,
    OfElu,
    OfLeakyRelu,
    OfMish,
    OfSoftplus,
    OfExp,
    OfLog,
    OfSqrt,
    OfRsqrt,
    OfNeg,
    OfAbs,
    OfReciprocal,
    OfPow,
    OfScaleShift,
    OfSin,
    OfCos,
    OfFloor,
    OfRound,
    OfSign,
    OfGreater,
    OfGreaterEqual,
    OfLess,
    OfLessEqual,
    OfEqual,
    OfNotEqual,
    OfPowerOf,
    FunctionCount
  };

  /// No scratch on any ISA.
  static constexpr std::size_t scratch_bytes(const Params&, Isa) noexcept { return 0; }

  static void run(const Params& params, const Operands& operands) noexcept;
};

}  // namespace pudu::kernels
