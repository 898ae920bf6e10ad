// Portable add_s16.
#include "kernels/add_s16/add_s16.hpp"
#include "kernels/elementwise.hpp"
#include "numerics/requantize.hpp"

namespace pudu::kernels {

void AddS16::run(const Params& params, const Operands& operands) noexcept {
  using numerics::requantize, numerics::wrapping_shift_left;
  run_binary(params, operands, [&params](std::int32_t x1, std::int32_t x2) noexcept {
    const std::int32_t a =
        requantize(wrapping_shift_left(x1, left_shift), params.input1_multiplier, params.input1_shift);
    const std::int32_t b =
        requantize(wrapping_shift_left(x2, left_shift), params.input2_multiplier, params.input2_shift);
    const std::int32_t sum = requantize(numerics::wrapping_add(a, b), params.output_multiplier, params.output_shift);
    return static_cast<std::int16_t>(numerics::clamp(sum, params.output_min, params.output_max));
  });
}

}  // namespace pudu::kernels
