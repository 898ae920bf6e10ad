// float32 arithmetic with the same bits on every host and every core: what the float kernels compute with.
//
// IEEE 754 defines +, -, *, / and comparisons to the bit; compilers may still contract a * b + c to one rounding, and
// vectorize with an instruction set that flushes denormal numbers (MVE). `rounded` keeps them from both at no cost: its
// argument has to exist, as one float. The functions below use nothing else, no libm, whose results differ between
// libraries: what they return is defined by their code. They are accurate to a few units in the last place where the
// comment says nothing else.
// Limits: the FPU's mode is the one after reset (round to nearest, denormals kept). NaN results have no defined bits.
#pragma once

#include <cstdint>
#include <cstring>

#if defined(__FAST_MATH__)
#error "Pudu's float kernels need IEEE arithmetic: build them without -ffast-math"
#endif

namespace pudu::kernels {

/// The value itself.
inline float rounded(float value) noexcept {
#if defined(__x86_64__)
  __asm__("" : "+x"(value));
#elif defined(__aarch64__)
  __asm__("" : "+w"(value));
#elif defined(__ARM_FP) && !defined(__SOFTFP__)
  __asm__("" : "+t"(value));
#else
  __asm__("" : "+r"(value));
#endif
  return value;
}

inline float product(float a, float b) noexcept {
  return rounded(a * b);
}
/// sum + a * b, rounded twice.
inline float plus_product(float sum, float a, float b) noexcept {
  return rounded(sum + rounded(a * b));
}

inline std::uint32_t bits_of(float value) noexcept {
  std::uint32_t bits = 0;
  static_assert(sizeof bits == sizeof value, "float is IEEE 754 binary32");
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}
inline float float_of(std::uint32_t bits) noexcept {
  float value = 0;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

inline constexpr std::uint32_t infinity_bits = 0x7f800000;
inline float quiet_nan() noexcept {
  return float_of(0x7fc00000);
}
inline float positive_infinity() noexcept {
  return float_of(infinity_bits);
}
inline bool is_nan(float x) noexcept {
  return (bits_of(x) & 0x7fffffff) > infinity_bits;
}
inline float magnitude(float x) noexcept {
  return float_of(bits_of(x) & 0x7fffffff);
}

/// NaN stays NaN.
inline float clamp_float(float x, float low, float high) noexcept {
  return rounded(x < low ? low : x > high ? high : x);
}

/// Polynomial of x by Horner's rule, coefficients from the highest power down.
template <int Count>
inline float polynomial(float x, const float (&coefficients)[Count]) noexcept {
  float sum = coefficients[0];
  for (int i = 1; i < Count; ++i) sum = plus_product(coefficients[i], sum, x);
  return sum;
}

/// x * 2^exponent for |exponent| <= 252, rounded where the result is denormal.
inline float scale_by_power(float x, std::int32_t exponent) noexcept {
  const std::int32_t half = exponent / 2;
  const float first = float_of(static_cast<std::uint32_t>(half + 127) << 23);
  const float second = float_of(static_cast<std::uint32_t>(exponent - half + 127) << 23);
  return product(product(x, first), second);
}

/// Nearest integer below 2^23 in magnitude, halves away from zero; beyond it the value is an integer already.
inline std::int32_t nearest_integer(float x) noexcept {
  return static_cast<std::int32_t>(rounded(x < 0 ? x - 0.5f : x + 0.5f));
}

/// e^x: x = n ln 2 + r, and a polynomial of r (Cephes' expf).
inline float exponential(float x) noexcept {
  if (is_nan(x)) return quiet_nan();
  if (x > 88.72284f) return positive_infinity();
  if (x < -103.97208f) return 0.0f;
  const std::int32_t n = nearest_integer(product(x, 1.44269504f));
  const auto whole = static_cast<float>(n);
  float r = plus_product(x, whole, -0.693359375f);
  r = plus_product(r, whole, 2.12194440e-4f);
  constexpr float coefficients[] = {1.9875691500e-4f, 1.3981999507e-3f, 8.3334519073e-3f,
                                    4.1665795894e-2f, 1.6666665459e-1f, 5.0000001201e-1f};
  const float tail = plus_product(r, polynomial(r, coefficients), product(r, r));
  return scale_by_power(rounded(tail + 1.0f), n);
}

/// Natural logarithm: x = m 2^e with m in [sqrt(1/2), sqrt(2)), and a polynomial of m - 1 (Cephes' logf).
inline float logarithm(float x) noexcept {
  if (is_nan(x) || x < 0) return quiet_nan();
  if (x == 0) return -positive_infinity();
  if (bits_of(x) == infinity_bits) return x;
  std::int32_t exponent = 0;
  if (x < 1.17549435e-38f) {
    x = product(x, 8388608.0f);
    exponent = -23;
  }
  exponent += static_cast<std::int32_t>(bits_of(x) >> 23) - 126;
  float m = float_of((bits_of(x) & 0x7fffff) | 0x3f000000);  // in [1/2, 1)
  if (m < 0.707106781f) {
    --exponent;
    m = rounded(m + m);
  }
  m = rounded(m - 1.0f);
  const float square = product(m, m);
  constexpr float coefficients[] = {7.0376836292e-2f,  -1.1514610310e-1f, 1.1676998740e-1f,
                                    -1.2420140846e-1f, 1.4249322787e-1f,  -1.6668057665e-1f,
                                    2.0000714765e-1f,  -2.4999993993e-1f, 3.3333331174e-1f};
  const auto e = static_cast<float>(exponent);
  float y = product(product(polynomial(m, coefficients), m), square);
  y = plus_product(y, e, -2.12194440e-4f);
  y = plus_product(y, square, -0.5f);
  return plus_product(rounded(m + y), e, 0.693359375f);
}

/// log(1 + x) for x in [0, 1]; within 1e-7.
inline float logarithm_of_one_plus(float x) noexcept {
  if (x < 1e-4f) return plus_product(x, product(x, x), -0.5f);
  return logarithm(rounded(1.0f + x));
}

/// e^x - 1, within 1e-7 of max(1, e^x).
inline float exponential_minus_one(float x) noexcept {
  if (magnitude(x) < 1e-3f) return plus_product(x, product(x, x), plus_product(0.5f, x, 0.16666667f));
  return rounded(exponential(x) - 1.0f);
}

inline float logistic(float x) noexcept {
  if (x >= 0) return rounded(1.0f / rounded(1.0f + exponential(-x)));
  const float power = exponential(x);
  return rounded(power / rounded(1.0f + power));
}

/// Cephes' tanhf.
inline float hyperbolic_tangent(float x) noexcept {
  const float size = magnitude(x);
  if (is_nan(x)) return quiet_nan();
  if (size >= 0.625f) {
    const float power = exponential(rounded(size + size));
    const float y = rounded(1.0f - rounded(2.0f / rounded(power + 1.0f)));
    return x < 0 ? -y : y;
  }
  const float square = product(x, x);
  constexpr float coefficients[] = {-5.70498872745e-3f, 2.06390887954e-2f, -5.37397155531e-2f, 1.33314422036e-1f,
                                    -3.33332819422e-1f};
  return plus_product(x, product(polynomial(square, coefficients), square), x);
}

/// Error function within 6e-7 (Abramowitz and Stegun 7.1.26).
inline float error_function(float x) noexcept {
  const float size = magnitude(x);
  const float t = rounded(1.0f / plus_product(1.0f, size, 0.3275911f));
  constexpr float coefficients[] = {1.061405429f, -1.453152027f, 1.421413741f, -0.284496736f, 0.254829592f, 0.0f};
  const float tail = product(polynomial(t, coefficients), exponential(-product(size, size)));
  const float y = rounded(1.0f - tail);
  return x < 0 ? -y : y;
}

/// The root, correctly rounded: digit by digit in integers.
inline float square_root(float x) noexcept {
  if (is_nan(x) || x < 0) return quiet_nan();
  if (x == 0 || bits_of(x) == infinity_bits) return x;
  std::int32_t exponent = 0;
  if (x < 1.17549435e-38f) {
    x = product(x, 16777216.0f);
    exponent = -24;
  }
  exponent += static_cast<std::int32_t>(bits_of(x) >> 23) - 127;
  std::uint32_t rest = (bits_of(x) & 0x7fffff) | 0x800000;
  if ((exponent & 1) != 0) {
    rest += rest;
    --exponent;
  }
  // 25 bits of the root: one to round by.
  rest += rest;
  std::uint32_t root = 0, subtrahend = 0;
  for (std::uint32_t digit = 0x1000000; digit != 0; digit >>= 1) {
    const std::uint32_t trial = subtrahend + digit;
    if (trial <= rest) {
      subtrahend = trial + digit;
      rest -= trial;
      root += digit;
    }
    rest += rest;
  }
  root += root & 1;  // never a tie: the root of a 24-bit number is no 25-bit number
  return float_of((root >> 1) + (static_cast<std::uint32_t>(exponent / 2 + 126) << 23));
}

/// Sine (quarter 0) or cosine (quarter 1): x less a multiple of pi / 2, and Cephes' polynomials. For |x| up to 8192
/// within 1e-6; NaN beyond 1e6, where float32 cannot tell the angle.
inline float sine_from_quarter(float x, std::int32_t quarter) noexcept {
  if (!(magnitude(x) <= 1e6f)) return quiet_nan();
  const std::int32_t n = nearest_integer(product(x, 0.636619772f));
  const auto whole = static_cast<float>(n);
  float r = plus_product(x, whole, -1.5703125f);
  r = plus_product(r, whole, -4.837512969970703e-4f);
  r = plus_product(r, whole, -7.549789948768648e-8f);
  const float square = product(r, r);
  constexpr float sine[] = {-1.9515295891e-4f, 8.3321608736e-3f, -1.6666654611e-1f};
  constexpr float cosine[] = {2.443315711809948e-5f, -1.388731625493765e-3f, 4.166664568298827e-2f};
  const std::uint32_t place = static_cast<std::uint32_t>(n + quarter) & 3;
  float y = 0;
  if ((place & 1) == 0) {
    y = plus_product(r, product(polynomial(square, sine), square), r);
  } else {
    y = plus_product(plus_product(1.0f, square, -0.5f), product(polynomial(square, cosine), square), square);
  }
  return (place & 2) == 0 ? y : -y;
}

/// Largest integer that is not larger.
inline float floor_of(float x) noexcept {
  if (!(magnitude(x) < 8388608.0f)) return x;
  const auto whole = static_cast<float>(static_cast<std::int32_t>(x));
  return rounded(whole > x ? whole - 1.0f : whole);
}

/// Nearest integer, ties to even.
inline float nearest_even(float x) noexcept {
  if (!(magnitude(x) < 8388608.0f)) return x;
  const float low = floor_of(x);
  const float rest = rounded(x - low);
  const bool is_odd = (static_cast<std::int32_t>(low) & 1) != 0;
  return rounded(rest > 0.5f || (rest == 0.5f && is_odd) ? low + 1.0f : low);
}

/// x^exponent: products for integers to 64, else e^(exponent log x), whose relative error grows with the logarithm.
inline float power_function(float x, float exponent) noexcept {
  const float size = magnitude(exponent);
  if (size <= 64.0f && floor_of(size) == size) {
    float result = 1.0f;
    for (auto left = static_cast<std::int32_t>(size); left > 0; --left) result = product(result, x);
    return exponent < 0 ? rounded(1.0f / result) : result;
  }
  if (exponent == 0.5f) return square_root(x);
  if (exponent == -0.5f) return rounded(1.0f / square_root(x));
  return exponential(product(exponent, logarithm(x)));
}

}  // namespace pudu::kernels
