// The exact requantization of prepared kernels on cores that multiply 32 bits by 32 bits to 32 bits only (Armv6-M,
// Armv8-M baseline): the bytes of numerics::requantize_to_int8 without a product of 64 bits. requantize_lanes_fit.hpp
// finds the constants and proves them.
//
//   u = x + bias               0 where the output becomes -127
//   u > range (unsigned):      127, or -128 where u is negative: one comparison finds both
//   else the top byte of       floor(u * m / 2^k) + offset  (mod 2^32), where the product is put together of parts:
//     Narrow   k =  5   (u >> 5) * m + ((u & 31) * m >> 5)                           scales from 2^-8 to 1/4
//     Medium   k =  8   (u >> 8) * m + ((u & 255) * m >> 8)                          scales from 2^-10 to 2^-8
//     Wide     k = 16   (u >> 8) * h + ((u & 255) * h + (u * l >> 8) >> 8), m = 256 h + l, from 2^-14 to 2^-8
//
// Outputs at and below their zero point have an offset of their own, because ties go away from zero on both sides; with
// a fused ReLU, whose zero is -128, there are none. Limits: outputs clamped to the whole of int8.
#pragma once

#include <cstdint>

#include "numerics/requantize.hpp"

namespace pudu::kernels {

/// The number is a parameter or an element of kernels' constants. General: numerics::requantize_to_int8.
enum class LanesForm : std::int32_t { General = 0, Narrow = 1, Medium = 2, Wide = 3 };

/// Constants of one channel for the forms but General.
struct LanesConstants {
  std::int32_t bias;           ///< added to the sum, without overflow
  std::uint32_t range;         ///< of u whose output the product gives
  std::uint32_t multiplier;    ///< m; of Wide: h
  std::uint32_t low;           ///< of Wide: l, below 256; else 0
  std::uint32_t offset;        ///< of u from pivot on
  std::uint32_t pivot;         ///< 0: `offset` holds for every u
  std::uint32_t offset_below;  ///< of u below pivot
};

/// Top byte: the output where `u` is in range, before the offset.
constexpr std::uint32_t lanes_product(LanesForm form, std::uint32_t u, std::uint32_t multiplier,
                                      std::uint32_t low) noexcept {
  if (form == LanesForm::Narrow) return (u >> 5) * multiplier + ((u & 31) * multiplier >> 5);
  const std::uint32_t fraction = form == LanesForm::Wide ? u * low >> 8 : 0;
  return (u >> 8) * multiplier + (((u & 255) * multiplier + fraction) >> 8);
}

/// The output of a sum; `form` is not General.
constexpr std::int8_t apply_lanes(LanesForm form, const LanesConstants& channel, std::int32_t x) noexcept {
  const auto u = static_cast<std::uint32_t>(numerics::wrapping_add(x, channel.bias));
  if (u > channel.range) return (u >> 31) != 0 ? std::int8_t{-128} : std::int8_t{127};
  const std::uint32_t offset = u < channel.pivot ? channel.offset_below : channel.offset;
  const std::uint32_t top = (lanes_product(form, u, channel.multiplier, channel.low) + offset) >> 24;
  return static_cast<std::int8_t>(static_cast<std::int32_t>(top ^ 128) - 128);
}

}  // namespace pudu::kernels
