// Host-side maths of TensorFlow Lite's int8 arithmetic, where it differs from that of quantize_multiplier.hpp: real
// factors to fixed point, and bounds of fused activations. Formulas are those of TensorFlow Lite's kernel utilities
// (quantization_util.cc, kernel_util.cc), evaluated in the same precision; docs/arithmetic.md has the table of
// differences. No function has undefined behaviour for any argument; NaN counts as zero.
#pragma once

#include <cmath>
#include <cstdint>

#include "numerics/quantize_multiplier.hpp"

namespace pudu::numerics::tflite {

/// QuantizeMultiplier: as numerics::quantize_multiplier, but ties are rounded away from zero.
inline FixedPointMultiplier quantize_multiplier(double real) noexcept {
  if (!(real > 0.0)) return {0, 0};
  int exponent = 0;
  const double mantissa = std::isinf(real) ? (exponent = 31, 0.5) : std::frexp(real, &exponent);
  auto multiplier = static_cast<std::int64_t>(round_half_away(mantissa * 2147483648.0));
  if (multiplier == std::int64_t{1} << 31) {
    multiplier /= 2;
    ++exponent;
  }
  if (exponent < -31) return {0, 0};
  if (exponent > 30) return {INT32_MAX, 30};
  return {static_cast<std::int32_t>(multiplier), exponent};
}

/// Convolutions, and all other layers with a scale a channel: the product of the scales in double.
inline FixedPointMultiplier product_scaling(float scale1, float scale2, float output_scale) noexcept {
  return quantize_multiplier(static_cast<double>(scale1) * static_cast<double>(scale2) /
                             static_cast<double>(output_scale));
}

/// A fully connected layer whose weights have one scale (GetQuantizedConvolutionMultipler): the product of the scales
/// in float.
inline FixedPointMultiplier narrow_product_scaling(float scale1, float scale2, float output_scale) noexcept {
  const float product = scale1 * scale2;
  return quantize_multiplier(static_cast<double>(product) / static_cast<double>(output_scale));
}

/// Code of a bound of a fused activation (CalculateActivationRangeQuantized): bound / scale in float, ties away from
/// zero. Infinite bounds give quant_min or quant_max.
inline std::int32_t activation_code(double bound, float scale, std::int32_t zero_point, std::int32_t quant_min,
                                    std::int32_t quant_max) noexcept {
  const float steps = static_cast<float>(bound) / scale;
  return clamp_to_int32(round_half_away(static_cast<double>(steps)) + zero_point, quant_min, quant_max);
}

}  // namespace pudu::numerics::tflite
