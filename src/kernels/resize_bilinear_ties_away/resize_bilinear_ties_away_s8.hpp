// As resize_bilinear_s8, but the sum is rounded with ties away from zero (TensorFlow Lite's RESIZE_BILINEAR, whose
// weights are in 1/1024; twice as many in 1/2048 give the same sum four times as large):
//   y = sum / 2^22 to the nearest
#pragma once

#include "kernels/kernel.hpp"
#include "kernels/resize_bilinear/resize_bilinear_s8.hpp"

namespace pudu::kernels {

using ResizeBilinearTiesAwayS8Params = ResizeBilinearS8Params;
using ResizeBilinearTiesAwayS8Operands = ResizeBilinearS8Operands;

struct ResizeBilinearTiesAwayS8 {
  static constexpr const char* name = "resize_bilinear_ties_away_s8";
  static constexpr const char* header = "kernels/resize_bilinear_ties_away/resize_bilinear_ties_away_s8.hpp";
  using Params = ResizeBilinearTiesAwayS8Params;
  using Operands = ResizeBilinearTiesAwayS8Operands;

  /// No scratch on any ISA.
  static constexpr std::size_t scratch_bytes(const Params&, Isa) noexcept { return 0; }

  static void run(const Params& params, const Operands& operands) noexcept;
};

}  // namespace pudu::kernels
