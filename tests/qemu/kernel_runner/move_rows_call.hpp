// move_down() and move_up() in the form of a kernel, so that they run like one: the input is copied to the output,
// whose first bytes then move up, or whose last ones down.
#pragma once

#include <cstring>

#include "kernels/kernel.hpp"
#include "kernels/move_rows.hpp"

namespace pudu::kernels {

struct MoveRowsParams {
  std::int32_t bytes, distance;
  std::int32_t up;  ///< 0: down

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("bytes", self.bytes);
    visitor("distance", self.distance);
    visitor("up", self.up);
  }
};

struct MoveRowsOperands {
  const std::int8_t* input;  ///< [bytes + distance]
  std::int8_t* output;       ///< [bytes + distance]

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("input", self.input);
    visitor("output", self.output);
  }
};

struct MoveRows {
  using Params = MoveRowsParams;
  using Operands = MoveRowsOperands;
  static constexpr std::size_t scratch_bytes(const Params&, Isa) noexcept { return 0; }
  static void run(const Params& params, const Operands& operands) noexcept {
    const auto bytes = static_cast<std::size_t>(params.bytes);
    std::memcpy(operands.output, operands.input, bytes + static_cast<std::size_t>(params.distance));
    if (params.up != 0) {
      move_up(operands.output + params.distance, operands.output, bytes);
    } else {
      move_down(operands.output, operands.output + params.distance, bytes);
    }
  }
};

}  // namespace pudu::kernels
