// What the kernels for MVE (Helium: Cortex-M52, M55, M85) share: inner products of int8 vectors, requantization of four
// lanes, copies. Only included by mve.cpp files, which are empty in builds without MVE.
//
// The loops are assembly, because the compilers at hand (GCC 12, clang 19) neither make tail-predicated low-overhead
// loops of them nor keep the sums in even registers without moves; each states its portable twin. No predicate here is
// a constant: GCC 12 turns constant predicates into all-ones, so every one comes from a count.
#pragma once

#include <arm_mve.h>

#include <cstdint>

#include "kernels/kernel.hpp"
#include "numerics/requantize.hpp"

namespace pudu::kernels::mve {

inline std::int32_t wrapping_product(std::int32_t a, std::int32_t b) noexcept {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(a) * static_cast<std::uint32_t>(b));
}

// What an asm statement reads from a pointer on, as operands: cheaper than calling all memory changed. Not for Clang,
// which takes a register for each of them, as GCC does at -O0, and whose version 14 knows no arrays without an extent.
#if defined(__clang__) || !defined(__OPTIMIZE__)
#define PUDU_MVE_READS(x, w, starts)
#define PUDU_MVE_MEMORY , "memory"
#else
template <class T>
[[gnu::always_inline]] inline const T (&whole(const T* first) noexcept)[] {
  return *reinterpret_cast<const T(*)[]>(first);
}
#define PUDU_MVE_READS(x, w, starts) , "m"(whole(x)), "m"(whole(w)), "m"(whole(starts))
#define PUDU_MVE_MEMORY
#endif

/// Lane n: starts[n] + sum over k in [0, length) of x[k] * w[n * stride + k], wrapping in 32 bits; length is at
/// least 1.
[[gnu::always_inline]] inline int32x4_t dot_4(const std::int8_t* x, const std::int8_t* w, std::int32_t stride,
                                              std::int32_t length, const std::int32_t* starts) noexcept {
  int32x4_t sums;
  const std::int8_t *w1, *w2, *w3;
  std::int32_t a0, a1, a2, a3;
  asm("ldrd %[a0], %[a1], [%[starts]]\n"
      "ldrd %[a2], %[a3], [%[starts], #8]\n"
      "add %[w1], %[w0], %[stride]\n"
      "add %[w2], %[w1], %[stride]\n"
      "add %[w3], %[w2], %[stride]\n"
      "dlstp.8 lr, %[length]\n"
      "1:\n"
      "vldrb.8 q0, [%[x]], #16\n"
      "vldrb.8 q1, [%[w0]], #16\n"
      "vldrb.8 q2, [%[w1]], #16\n"
      "vmladava.s8 %[a0], q0, q1\n"
      "vldrb.8 q3, [%[w2]], #16\n"
      "vmladava.s8 %[a1], q0, q2\n"
      "vldrb.8 q1, [%[w3]], #16\n"
      "vmladava.s8 %[a2], q0, q3\n"
      "vmladava.s8 %[a3], q0, q1\n"
      "letp lr, 1b\n"
      "vmov %q[sums][2], %q[sums][0], %[a0], %[a2]\n"
      "vmov %q[sums][3], %q[sums][1], %[a1], %[a3]\n"
      : [x] "+r"(x), [w0] "+r"(w), [w1] "=&r"(w1), [w2] "=&r"(w2), [w3] "=&r"(w3), [a0] "=&Te"(a0), [a1] "=&Te"(a1),
        [a2] "=&Te"(a2), [a3] "=&Te"(a3), [sums] "=&w"(sums)
      : [length] "r"(length), [stride] "r"(stride), [starts] "r"(starts)PUDU_MVE_READS(x, w, starts)
      : "lr", "q0", "q1", "q2", "q3" PUDU_MVE_MEMORY);
  return sums;
}

/// Sums of three rows of products or weights.
struct Sums {
  std::int32_t s0, s1, s2;
};

/// sums[n] = sum of x[k] * w[n * stride + k] and totals[n] = sum of w[n * stride + k], for three rows in one pass over
/// the weights; length is at least 1.
[[gnu::always_inline]] inline void dot_and_total_3(const std::int8_t* x, const std::int8_t* w, std::int32_t stride,
                                                   std::int32_t length, Sums& sums, Sums& totals) noexcept {
  const std::int8_t *w1 = w + stride, *w2 = w1 + stride;
  std::int32_t a0 = 0, a1 = 0, a2 = 0, t0 = 0, t1 = 0, t2 = 0;
  asm volatile(
      "dlstp.8 lr, %[length]\n"
      "1:\n"
      "vldrb.8 q0, [%[x]], #16\n"
      "vldrb.8 q1, [%[w0]], #16\n"
      "vldrb.8 q2, [%[w1]], #16\n"
      "vmladava.s8 %[a0], q0, q1\n"
      "vaddva.s8 %[t0], q1\n"
      "vldrb.8 q3, [%[w2]], #16\n"
      "vmladava.s8 %[a1], q0, q2\n"
      "vaddva.s8 %[t1], q2\n"
      "vmladava.s8 %[a2], q0, q3\n"
      "vaddva.s8 %[t2], q3\n"
      "letp lr, 1b\n"
      : [x] "+r"(x), [w0] "+r"(w), [w1] "+r"(w1), [w2] "+r"(w2), [a0] "+Te"(a0), [a1] "+Te"(a1), [a2] "+Te"(a2),
        [t0] "+Te"(t0), [t1] "+Te"(t1), [t2] "+Te"(t2)
      : [length] "r"(length)PUDU_MVE_READS(x, w, w)
      : "lr", "q0", "q1", "q2", "q3" PUDU_MVE_MEMORY);
  sums = {a0, a1, a2};
  totals = {t0, t1, t2};
}

/// Sum of `length` weights.
[[gnu::always_inline]] inline std::int32_t total(const std::int8_t* w, std::int32_t length) noexcept {
  std::int32_t sum = 0;
  asm volatile(
      "wlstp.8 lr, %[length], 2f\n"
      "1:\n"
      "vldrb.8 q0, [%[w]], #16\n"
      "vaddva.s8 %[sum], q0\n"
      "letp lr, 1b\n"
      "2:\n"
      : [w] "+r"(w), [sum] "+Te"(sum)
      : [length] "r"(length)
      : "lr", "q0", "memory");
  return sum;
}

/// memcpy without the call; returns the end of the output.
[[gnu::always_inline]] inline std::int8_t* copy_bytes(std::int8_t* to, const std::int8_t* from,
                                                      std::int32_t count) noexcept {
  std::int8_t* next = to;
  asm volatile(
      "wlstp.8 lr, %[count], 2f\n"
      "1:\n"
      "vldrb.8 q0, [%[from]], #16\n"
      "vstrb.8 q0, [%[next]], #16\n"
      "letp lr, 1b\n"
      "2:\n"
      : [next] "+r"(next), [from] "+r"(from)
      : [count] "r"(count)
      : "lr", "q0", "memory");
  return to + count;
}

/// to[i] = from[i] + offset; returns the end of the output.
[[gnu::always_inline]] inline std::int16_t* widen(std::int16_t* to, const std::int8_t* from, std::int32_t count,
                                                  std::int32_t offset) noexcept {
  std::int16_t* next = to;
  asm volatile(
      "wlstp.16 lr, %[count], 2f\n"
      "1:\n"
      "vldrb.s16 q0, [%[from]], #8\n"
      "vadd.i16 q0, q0, %[offset]\n"
      "vstrh.16 q0, [%[next]], #16\n"
      "letp lr, 1b\n"
      "2:\n"
      : [next] "+r"(next), [from] "+l"(from)
      : [count] "r"(count), [offset] "r"(offset)
      : "lr", "q0", "memory");
  return to + count;
}

/// memset; returns the end.
[[gnu::always_inline]] inline std::int8_t* fill_bytes(std::int8_t* to, std::int32_t value,
                                                      std::int32_t count) noexcept {
  std::int8_t* next = to;
  asm volatile(
      "vdup.8 q0, %[value]\n"
      "wlstp.8 lr, %[count], 2f\n"
      "1:\n"
      "vstrb.8 q0, [%[next]], #16\n"
      "letp lr, 1b\n"
      "2:\n"
      : [next] "+r"(next)
      : [count] "r"(count), [value] "r"(value)
      : "lr", "q0", "memory");
  return to + count;
}

/// How the shifts of a layer are: right shifts alone need fewer instructions.
enum class ShiftForm : std::uint8_t { Any, Right };

/// Right when every shift is -1 or less.
inline ShiftForm shift_form(const std::int32_t* shifts, std::int32_t count) noexcept {
  for (std::int32_t i = 0; i < count; ++i) {
    if (shifts[i] >= 0) return ShiftForm::Any;
  }
  return ShiftForm::Right;
}

/// numerics::requantize in every lane. VQRDMULH is its rounding doubling multiply; VRSHL rounds ties up, so 1 is taken
/// from negative values first, which sends their ties away from zero.
template <ShiftForm Form>
[[gnu::always_inline]] inline int32x4_t requantize(int32x4_t x, int32x4_t multipliers, int32x4_t shifts) noexcept {
  if constexpr (Form == ShiftForm::Right) {
    x = vqrdmulhq_s32(x, multipliers);
    x = vqdmlahq_n_s32(x, x, 1);  // x + floor(x / 2^31)
    return vrshlq_s32(x, shifts);
  } else {
    const int32x4_t zero = vdupq_n_s32(0);
    const int32x4_t right = vminq_s32(shifts, zero);
    x = vqrdmulhq_s32(vshlq_s32(x, vmaxq_s32(shifts, zero)), multipliers);
    x = vqaddq_s32(x, vshrq_n_s32(vandq_s32(x, right), 31));
    return vrshlq_s32(x, right);
  }
}

/// As requantize<ShiftForm::Right> with the same parameters in every lane.
[[gnu::always_inline]] inline int32x4_t requantize_right(int32x4_t x, std::int32_t multiplier,
                                                         std::int32_t shift) noexcept {
  x = vqrdmulhq_n_s32(x, multiplier);
  x = vqdmlahq_n_s32(x, x, 1);
  return vrshlq_n_s32(x, shift);
}

/// What follows requantization, the same for all channels: clamp, then zero point, as in
/// numerics::requantize_to_int8.
class OutputRange {
 public:
  OutputRange(std::int32_t output_offset, std::int32_t low, std::int32_t high) noexcept
      : offset_(output_offset), low_(vdupq_n_s32(low - output_offset)), high_(vdupq_n_s32(high - output_offset)) {}

  [[gnu::always_inline]] int32x4_t apply(int32x4_t x) const noexcept {
    return vaddq_n_s32(vmaxq_s32(vminq_s32(x, high_), low_), offset_);
  }

 private:
  std::int32_t offset_;
  int32x4_t low_, high_;
};

/// Three sums in the lanes 0 to 2; lane 3 holds anything. The compilers go through memory for {a, b, c, d}.
[[gnu::always_inline]] inline int32x4_t to_vector(const Sums& sums) noexcept {
  int32x4_t vector;
  asm("vmov %q0[2], %q0[0], %1, %2\n"
      "vmov %q0[3], %q0[1], %3, %3\n"
      : "=&w"(vector)
      : "r"(sums.s0), "r"(sums.s2), "r"(sums.s1));
  return vector;
}

/// Multipliers and shifts of four neighbouring channels, one a lane.
struct ChannelLanes {
  int32x4_t multipliers, shifts;

  ChannelLanes(const std::int32_t* first_multiplier, const std::int32_t* first_shift) noexcept
      : multipliers(vldrwq_s32(first_multiplier)), shifts(vldrwq_s32(first_shift)) {}
};

/// Requantizes and stores four channels.
template <ShiftForm Form>
[[gnu::always_inline]] inline void store_4(int32x4_t sums, const ChannelLanes& channels, const OutputRange& range,
                                           std::int8_t* output) noexcept {
  vstrbq_s32(output, range.apply(requantize<Form>(sums, channels.multipliers, channels.shifts)));
}

}  // namespace pudu::kernels::mve
