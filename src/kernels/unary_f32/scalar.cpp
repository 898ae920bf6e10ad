// Portable unary_f32.
#include "kernels/float_math.hpp"
#include "kernels/unary_f32/unary_f32.hpp"

namespace pudu::kernels {
namespace {

float clamped(float x, float low, float high) noexcept {
  return x < low ? low : x > high ? high : x;
}

/// log(1 + e^x)
float softplus(float x) noexcept {
  return rounded((x > 0 ? x : 0.0f) + logarithm_of_one_plus(exponential(-magnitude(x))));
}

float gelu_by_tanh(float x) noexcept {
  const float cube = product(product(x, x), x);
  const float y = hyperbolic_tangent(product(0.797884561f, plus_product(x, 0.044715f, cube)));
  return product(product(0.5f, x), rounded(1.0f + y));
}

float truth(bool holds) noexcept {
  return holds ? 1.0f : 0.0f;
}

/// Activations and what they are made of.
float activation(std::int32_t function, float x, const float (&c)[3]) noexcept {
  switch (function) {
    case UnaryF32::OfClamp:
      return clamped(x, c[0], c[1]);
    case UnaryF32::OfSigmoid:
      return logistic(x);
    case UnaryF32::OfTanh:
      return hyperbolic_tangent(x);
    case UnaryF32::OfHardswish:
      return rounded(product(x, clamped(rounded(x + 3.0f), 0.0f, 6.0f)) / 6.0f);
    case UnaryF32::OfHardsigmoid:
      return rounded(clamped(rounded(x + 3.0f), 0.0f, 6.0f) / 6.0f);
    case UnaryF32::OfSilu:
      return product(x, logistic(x));
    case UnaryF32::OfGelu:
      return product(product(0.5f, x), rounded(1.0f + error_function(product(x, 0.707106781f))));
    case UnaryF32::OfGeluTanh:
      return gelu_by_tanh(x);
    case UnaryF32::OfElu:
      return product(c[1], x > 0 ? x : product(c[0], exponential_minus_one(product(c[2], x))));
    case UnaryF32::OfLeakyRelu:
      return x > 0 ? x : product(c[0], x);
    case UnaryF32::OfMish:
      return product(x, hyperbolic_tangent(softplus(x)));
    case UnaryF32::OfSoftplus: {
      const float scaled = product(c[0], x);
      return scaled > c[1] ? x : rounded(softplus(scaled) / c[0]);
    }
    default:
      return x;
  }
}

float comparison(std::int32_t function, float x, float bound) noexcept {
  switch (function) {
    case UnaryF32::OfGreater:
      return truth(x > bound);
    case UnaryF32::OfGreaterEqual:
      return truth(x >= bound);
    case UnaryF32::OfLess:
      return truth(x < bound);
    case UnaryF32::OfLessEqual:
      return truth(x <= bound);
    case UnaryF32::OfEqual:
      return truth(x == bound);
    default:
      return truth(x != bound);
  }
}

float apply(std::int32_t function, float x, const float (&c)[3]) noexcept {
  if (function <= UnaryF32::OfSoftplus) return activation(function, x, c);
  switch (function) {
    case UnaryF32::OfExp:
      return exponential(x);
    case UnaryF32::OfLog:
      return logarithm(x);
    case UnaryF32::OfSqrt:
      return square_root(x);
    case UnaryF32::OfRsqrt:
      return rounded(1.0f / square_root(x));
    case UnaryF32::OfNeg:
      return -x;
    case UnaryF32::OfAbs:
      return magnitude(x);
    case UnaryF32::OfReciprocal:
      return rounded(1.0f / x);
    case UnaryF32::OfPow:
      return power_function(x, c[0]);
    case UnaryF32::OfScaleShift:
      return plus_product(c[1], c[0], x);
    case UnaryF32::OfSin:
      return sine_from_quarter(x, 0);
    case UnaryF32::OfCos:
      return sine_from_quarter(x, 1);
    case UnaryF32::OfFloor:
      return floor_of(x);
    case UnaryF32::OfRound:
      return nearest_even(x);
    case UnaryF32::OfSign:
      return rounded(truth(x > 0) - truth(x < 0));
    case UnaryF32::OfPowerOf:
      return power_function(c[0], x);
    default:
      return comparison(function, x, c[0]);
  }
}

}  // namespace

void UnaryF32::run(const Params& params, const Operands& operands) noexcept {
  const float constants[] = {params.first, params.second, params.third};
  for (std::int32_t i = 0; i < params.count; ++i) {
    operands.output[i] = rounded(apply(params.function, operands.input[i], constants));
  }
}

}  // namespace pudu::kernels
