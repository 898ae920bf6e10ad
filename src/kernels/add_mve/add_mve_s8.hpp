// int8 addition of tensors that lie alike, prepared for MVE: the bytes of add_s8, whose two roundings a plane with one
// shift meets for all 65,536 pairs of codes, as the compiler proves (add_dsp/prepare.hpp).
//   y = saturate((addend + multiplier1 * x1 + multiplier2 * x2) >> shift)          int8 saturation, 32 bits throughout
// Limits: no broadcasting, no clamp but int8's; shift is one of add_dsp::shifts.
#pragma once

#include "kernels/add_dsp/add_dsp_s8.hpp"

namespace pudu::kernels {

// The very description of add_dsp_s8, whose preparation serves both.
using AddMveS8Params = AddDspS8Params;
using AddMveS8Operands = AddDspS8Operands;

namespace add_mve {

template <int Shift>
void run(const AddMveS8Params& params, const AddMveS8Operands& operands) noexcept;

}  // namespace add_mve

struct AddMveS8 {
  static constexpr const char* name = "add_mve_s8";
  static constexpr const char* header = "kernels/add_mve/add_mve_s8.hpp";
  using Params = AddMveS8Params;
  using Operands = AddMveS8Operands;

  static constexpr bool input1_in_place(const Params&) noexcept { return true; }
  static constexpr bool input2_in_place(const Params&) noexcept { return true; }
  static constexpr std::size_t scratch_bytes(const Params&, Isa) noexcept { return 0; }

  [[gnu::always_inline]] static void run(const Params& params, const Operands& operands) noexcept {
    if (params.shift == 22) return add_mve::run<22>(params, operands);
    if (params.shift == 20) return add_mve::run<20>(params, operands);
    if (params.shift == 18) return add_mve::run<18>(params, operands);
    return add_mve::run<16>(params, operands);
  }
};

}  // namespace pudu::kernels
