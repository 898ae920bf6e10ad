// Formulas of TensorFlow Lite's kernels/activations.cc, quantize.cc, reference/hard_swish.h, leaky_relu.h and gelu.h,
// step by step in the same types: a float32 formula gives other codes than one in double wherever it lands near a tie.
// Limits: exp, tanh, expm1 and erfc are evaluated in double and rounded to float32; a C library whose float versions
// are not correctly rounded differs in the last bit of some of them, which changes a code only next to a tie.
#include "ops/unary/tflite_tables.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>

#include "numerics/requantize.hpp"
#include "numerics/tflite.hpp"

namespace pudu::ops {
namespace {

using numerics::FixedPointMultiplier;

constexpr std::int32_t lowest_code = -128;
constexpr std::int32_t highest_code = 127;

/// table[code] = function(code) for every code.
template <class Function>
UnaryTable tabulate(Function&& function) {
  UnaryTable table{};
  for (std::int32_t code = lowest_code; code <= highest_code; ++code) {
    table[static_cast<std::size_t>(code - lowest_code)] = static_cast<std::int8_t>(function(code));
  }
  return table;
}

/// LUTPopulate: everything in float32.
UnaryTable tabulate_float(float (*function)(float), const ir::QuantParams& input, const ir::QuantParams& output) {
  const float inverse_scale = 1.0F / output.scale();
  return tabulate([&](std::int32_t code) {
    const float x = input.scale() * static_cast<float>(code - input.zero_point);
    const float scaled = function(x) * inverse_scale;
    const auto rounded = static_cast<float>(numerics::round_half_away(static_cast<double>(scaled)));
    const float shifted = rounded + static_cast<float>(output.zero_point);
    return numerics::clamp_to_int32(static_cast<double>(shifted), lowest_code, highest_code);
  });
}

float sigmoid(float x) {
  return 1.0F / (1.0F + static_cast<float>(std::exp(-static_cast<double>(x))));
}

float hyperbolic_tangent(float x) {
  return static_cast<float>(std::tanh(static_cast<double>(x)));
}

float elu(float x) {
  return x < 0.0F ? static_cast<float>(std::expm1(static_cast<double>(x))) : x;
}

float gelu(float x) {
  const auto minus_sqrt_half = static_cast<float>(-1.0 / std::numbers::sqrt2);
  const float scaled = x * minus_sqrt_half;
  return 0.5F * x * static_cast<float>(std::erfc(static_cast<double>(scaled)));
}

float gelu_tanh(float x) {
  const auto factor = static_cast<float>(2.0 * std::numbers::inv_sqrtpi / std::numbers::sqrt2);
  const float cube = 0.044715F * x * x * x;
  return 0.5F * x * (1.0F + hyperbolic_tangent(factor * (x + cube)));
}

/// Requantize: codes of one scale to another.
UnaryTable tabulate_rescaling(const ir::QuantParams& input, const ir::QuantParams& output) {
  const FixedPointMultiplier scaling = numerics::tflite::ratio_scaling(input.scale(), output.scale());
  return tabulate([&](std::int32_t code) {
    return numerics::requantize_to_int8(code - input.zero_point, scaling.multiplier, scaling.shift, output.zero_point,
                                        lowest_code, highest_code);
  });
}

/// Sums of codes and zero points may leave 32 bits where scales are extreme.
std::int32_t saturated(std::int64_t code, std::int32_t low, std::int32_t high) {
  return static_cast<std::int32_t>(std::min<std::int64_t>(std::max<std::int64_t>(code, low), high));
}

/// ReluX: rescaled, then clamped to [bounds[0], bounds[1]].
UnaryTable tabulate_clamp(std::span<const double> bounds, const ir::QuantParams& input, const ir::QuantParams& output) {
  const FixedPointMultiplier scaling = numerics::tflite::float_ratio_scaling(input.scale(), output.scale());
  const auto code_of = [&](double bound) {
    return numerics::tflite::activation_code(bound, output.scale(), output.zero_point, lowest_code, highest_code);
  };
  const std::int32_t low = code_of(bounds[0]);
  const std::int32_t high = code_of(bounds[1]);
  return tabulate([&](std::int32_t code) {
    const std::int32_t scaled = numerics::requantize(code - input.zero_point, scaling.multiplier, scaling.shift);
    return saturated(std::int64_t{scaled} + output.zero_point, low, high);
  });
}

/// QuantizeLeakyRelu: one multiplier for each sign; that of a negative slope is applied without its sign.
UnaryTable tabulate_leaky_relu(double slope, const ir::QuantParams& input, const ir::QuantParams& output) {
  const FixedPointMultiplier identity = numerics::tflite::float_ratio_scaling(input.scale(), output.scale());
  const FixedPointMultiplier sloped =
      numerics::tflite::float_product_scaling(input.scale(), std::abs(static_cast<float>(slope)), output.scale());
  return tabulate([&](std::int32_t code) {
    const std::int32_t x = code - input.zero_point;
    const FixedPointMultiplier& scaling = x >= 0 ? identity : sloped;
    const std::int32_t scaled = numerics::requantize(x, scaling.multiplier, scaling.shift);
    const std::int64_t signed_result = x < 0 && slope < 0.0 ? -std::int64_t{scaled} : scaled;
    return saturated(signed_result + output.zero_point, lowest_code, highest_code);
  });
}

constexpr std::int32_t saturate_to_int16(std::int32_t value) {
  return numerics::clamp(value, INT16_MIN, INT16_MAX);
}

/// Upper half of a doubled product of int16 numbers, to the nearest.
constexpr std::int32_t rounding_doubling_high_multiply_int16(std::int32_t a, std::int32_t b) {
  return saturate_to_int16((a * b + (1 << 14)) >> 15);
}

/// A Q0.31 multiplier in 16 bits.
constexpr std::int32_t narrow_multiplier(std::int32_t multiplier) {
  constexpr std::int32_t half = 1 << 15;
  return multiplier >= INT32_MAX - half ? INT16_MAX : (multiplier + half) >> 16;
}

/// The constants of HardSwish: factors from the input's scale, at 1/128 of it, to the output's and to 3 / 2^15.
struct HardSwish {
  std::int32_t output_multiplier, output_exponent;
  std::int32_t gate_multiplier, gate_exponent;

  static HardSwish of(float input_scale, float output_scale) {
    const float fine_scale = (1.0F / 128.0F) * input_scale;
    const FixedPointMultiplier output = numerics::tflite::float_ratio_scaling(fine_scale, output_scale);
    const FixedPointMultiplier gate = numerics::tflite::float_ratio_scaling(fine_scale, 3.0F / 32768.0F);
    return {narrow_multiplier(output.multiplier), output.shift, narrow_multiplier(gate.multiplier), gate.shift};
  }

  /// clamp(x + 3, 0, 6) / 6 in Q0.15.
  std::int32_t gate(std::int32_t fine) const {
    std::int32_t value = fine;
    if (gate_exponent > 0) value = saturating_shift_left(value, gate_exponent - 1);
    value = rounding_doubling_high_multiply_int16(value, gate_multiplier);
    if (gate_exponent > 0) value = saturating_shift_left(value, 1);
    if (gate_exponent < 0) value = numerics::rounding_divide_by_power_of_two(value, -gate_exponent);
    return (value + (1 << 15)) >> 1;
  }

  std::int32_t apply(std::int32_t difference) const {
    const std::int32_t fine = difference * (1 << 7);
    const std::int32_t scaled = rounding_doubling_high_multiply_int16(fine, output_multiplier);
    const std::int32_t product = gate(fine) * scaled / (1 << 15);
    return numerics::rounding_divide_by_power_of_two(product, -output_exponent);
  }

  static std::int32_t saturating_shift_left(std::int32_t value, std::int32_t bits) {
    return numerics::clamp_to_int32(std::ldexp(static_cast<double>(value), bits), INT16_MIN, INT16_MAX);
  }
};

Result<UnaryTable> tabulate_hardswish(const ir::QuantParams& input, const ir::QuantParams& output) {
  const HardSwish function = HardSwish::of(input.scale(), output.scale());
  if (function.output_exponent > 0) {
    return unsupported({.found = "hardswish from scale " + std::to_string(input.scale()) + " to scale " +
                                 std::to_string(output.scale()),
                        .allowed = "an input scale below 128 output scales, as in TensorFlow Lite"});
  }
  return tabulate([&](std::int32_t code) {
    return numerics::clamp(function.apply(code - input.zero_point) + output.zero_point, lowest_code, highest_code);
  });
}

}  // namespace

Result<UnaryTable> make_tflite_unary_table(const UnaryFunction& function, std::span<const double> parameters,
                                           const ir::QuantParams& input, const ir::QuantParams& output) {
  if (function.name == "identity") return tabulate_rescaling(input, output);
  if (function.name == "clamp") return tabulate_clamp(parameters, input, output);
  if (function.name == "leaky_relu") return tabulate_leaky_relu(parameters[0], input, output);
  if (function.name == "hardswish") return tabulate_hardswish(input, output);
  if (function.name == "sigmoid") return tabulate_float(sigmoid, input, output);
  if (function.name == "tanh") return tabulate_float(hyperbolic_tangent, input, output);
  if (function.name == "gelu") return tabulate_float(gelu, input, output);
  if (function.name == "gelu_tanh") return tabulate_float(gelu_tanh, input, output);
  if (function.name == "elu" && parameters[0] == 1.0 && parameters[1] == 1.0 && parameters[2] == 1.0) {
    return tabulate_float(elu, input, output);
  }
  return make_unary_table(function, parameters, input, output);
}

}  // namespace pudu::ops
