// Copies bytes: what is left of a reshape, clone or contiguous when input and output cannot share a buffer. Overlap is
// allowed.
#pragma once

#include "kernels/kernel.hpp"

namespace pudu::kernels {

struct CopyS8Params {
  std::int32_t bytes;

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("bytes", self.bytes);
  }
};

struct CopyS8Operands {
  const std::int8_t* input;  ///< [bytes]
  std::int8_t* output;       ///< [bytes]

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("input", self.input);
    visitor("output", self.output);
  }
};

struct CopyS8 {
  static constexpr const char* name = "copy_s8";
  static constexpr const char* header = "kernels/copy/copy_s8.hpp";
  using Params = CopyS8Params;
  using Operands = CopyS8Operands;

  /// The input whose buffer the output may be.
  static constexpr const char* in_place_input = "input";

  /// No scratch on any ISA.
  static constexpr std::size_t scratch_bytes(const Params&, Isa) noexcept { return 0; }

  static void run(const Params& params, const Operands& operands) noexcept;
};

}  // namespace pudu::kernels
