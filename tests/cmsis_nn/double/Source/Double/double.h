// Test double of CMSIS-NN: the functions that the emitted C++ calls, as the plainest loops over the formulas of
// docs/arithmetic.md and docs/scratch.md. Text of this project; it shares no code with src/kernels. The folder above is
// laid out as CMSIS-NN's, so that it stands in wherever CMSIS_NN_ROOT is asked for.
//
// It is built for the ISA that the compiler's flags tell, or for the one of ARM_MATH_MVEI or ARM_MATH_DSP on other
// machines, and asks for that ISA's scratch, which it fills with junk, so that scratch that overlaps anything else is
// seen. Where CMSIS-NN is wrong on an ISA, it fails: the emitted C++ must not get there.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "arm_nnfunctions.h"

#if defined(ARM_MATH_MVEI)
enum { is_mve = true, is_dsp = false };
#elif defined(ARM_MATH_DSP)
enum { is_mve = false, is_dsp = true };
#else
enum { is_mve = false, is_dsp = false };
#endif

// Arithmetic: RDHM, SQRDH, RDP and REQ of docs/arithmetic.md.

static inline int32_t min32(int32_t a, int32_t b) {
  return a < b ? a : b;
}
static inline int32_t max32(int32_t a, int32_t b) {
  return a > b ? a : b;
}

static inline int32_t wrap(int64_t value) {
  return (int32_t)((uint32_t)value);
}

static inline int32_t rounding_doubling_high_multiply(int32_t a, int32_t b) {
  return wrap(((int64_t)a * b + ((int64_t)1 << 30)) >> 31);
}

static inline int32_t saturating_doubling_high_multiply(int32_t a, int32_t b) {
  return a == INT32_MIN && b == INT32_MIN ? INT32_MAX : rounding_doubling_high_multiply(a, b);
}

/// Nearest, ties away from zero.
static inline int32_t divide_by_power_of_two(int32_t x, int exponent) {
  if (exponent == 0) return x;
  const int64_t half = (int64_t)1 << (exponent - 1);
  return (int32_t)((x + half - (x < 0 ? 1 : 0)) >> exponent);
}

static inline int32_t requantize(int32_t x, int32_t multiplier, int32_t shift) {
  const int32_t shifted = wrap((int64_t)x * ((int64_t)1 << max32(shift, 0)));
  return divide_by_power_of_two(rounding_doubling_high_multiply(shifted, multiplier), max32(-shift, 0));
}

static inline int8_t clamped(int32_t value, int32_t low, int32_t high) {
  return (int8_t)(min32(max32(value, low), high));
}

// Scratch

static inline bool take_scratch(const cmsis_nn_context* context, int32_t bytes) {
  if (bytes == 0) return true;
  if (context->buf == NULL || context->size < bytes) return false;
  memset(context->buf, 0xA5, (size_t)bytes);
  return true;
}

static inline int32_t round_up(int32_t value, int32_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}
