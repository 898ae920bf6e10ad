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

/// Elementwise multiplication: product and quotient of the scales in float.
inline FixedPointMultiplier float_product_scaling(float scale1, float scale2, float output_scale) noexcept {
  const float product = scale1 * scale2;
  const float real = product / output_scale;
  return quantize_multiplier(static_cast<double>(real));
}

/// Activations (ReLU and its like): the quotient of the scales in float.
inline FixedPointMultiplier float_ratio_scaling(float input_scale, float output_scale) noexcept {
  const float real = input_scale / output_scale;
  return quantize_multiplier(static_cast<double>(real));
}

/// Rescaling (QUANTIZE of int8) and reductions: the quotient of the scales in double.
inline FixedPointMultiplier ratio_scaling(float input_scale, float output_scale) noexcept {
  return quantize_multiplier(static_cast<double>(input_scale) / static_cast<double>(output_scale));
}

/// Addition and subtraction: numerics::add_scaling with this rounding of multipliers.
inline AddScaling add_scaling(float scale1, float scale2, float output_scale, int left_shift = 20) noexcept {
  const double common = 2.0 * static_cast<double>(scale1 > scale2 ? scale1 : scale2);
  return {quantize_multiplier(static_cast<double>(scale1) / common),
          quantize_multiplier(static_cast<double>(scale2) / common),
          quantize_multiplier(common / (static_cast<double>(output_scale) * std::ldexp(1.0, left_shift)))};
}

/// Mean of `elements` (at least 1) codes out of the scaling of their sum: the multiplier is divided by `elements`,
/// towards zero, after a shift left that keeps its bits (QuantizedMeanOrSum). The multiplier may be below 2^30.
inline FixedPointMultiplier mean_scaling(FixedPointMultiplier sum, std::int64_t elements) noexcept {
  int shift = 0;
  while (shift < 62 && (elements >> (shift + 1)) != 0) ++shift;
  shift = shift < 32 ? shift : 32;
  shift = shift < 31 + sum.shift ? shift : 31 + sum.shift;
  return {static_cast<std::int32_t>((static_cast<std::int64_t>(sum.multiplier) << shift) / elements),
          sum.shift - shift};
}

/// Code of a bound of a fused activation (CalculateActivationRangeQuantized): bound / scale in float, ties away from
/// zero. Infinite bounds give quant_min or quant_max.
inline std::int32_t activation_code(double bound, float scale, std::int32_t zero_point, std::int32_t quant_min,
                                    std::int32_t quant_max) noexcept {
  const float steps = static_cast<float>(bound) / scale;
  return clamp_to_int32(round_half_away(static_cast<double>(steps)) + zero_point, quant_min, quant_max);
}

}  // namespace pudu::numerics::tflite
