// Portable div_s8 and div_s16.
#include "kernels/div/div_s16.hpp"
#include "kernels/div/div_s8.hpp"

namespace pudu::kernels {
namespace {

/// Nearest integer, ties away from zero; NaN gives 0. From 2^23 on a float is an integer.
float round_half_away(float value) noexcept {
  if (!(value > -8388608.0f && value < 8388608.0f)) return value == value ? value : 0.0f;
  const auto whole = static_cast<float>(static_cast<std::int32_t>(value));
  const float rest = value - whole;
  if (rest >= 0.5f) return whole + 1.0f;
  return rest <= -0.5f ? whole - 1.0f : whole;
}

template <class T, class Params, class Operands>
void run_division(const Params& params, const Operands& operands) noexcept {
  const auto low = static_cast<float>(params.activation_min);
  const auto high = static_cast<float>(params.activation_max);
  const auto offset = static_cast<float>(params.output_offset);
  for (std::int32_t i = 0; i < params.count; ++i) {
    const std::int32_t divisor = operands.input2[i] + params.input2_offset;
    const auto dividend = static_cast<float>(operands.input1[i] + params.input1_offset);
    const float quotient = divisor != 0 ? dividend / static_cast<float>(divisor) : 0.0f;
    const float code = round_half_away(quotient * params.scale) + offset;
    operands.output[i] = static_cast<T>(code < low ? low : (code > high ? high : code));
  }
}

}  // namespace

void DivS8::run(const Params& params, const Operands& operands) noexcept {
  run_division<std::int8_t>(params, operands);
}

void DivS16::run(const Params& params, const Operands& operands) noexcept {
  run_division<std::int16_t>(params, operands);
}

}  // namespace pudu::kernels
