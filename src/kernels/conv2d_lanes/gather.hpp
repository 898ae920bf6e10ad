// Gathering for conv2d_lanes_s8: rows of two windows become words that hold a value of each.
#pragma once

#include <cstdint>
#include <cstring>

namespace pudu::kernels::conv2d_lanes {

/// One word of four bytes; `from` is a multiple of 4.
inline std::uint32_t load_word(const std::int8_t* from) noexcept {
  std::uint32_t word;
  std::memcpy(&word, __builtin_assume_aligned(from, 4), sizeof word);
  return word;
}

/// Values low + 65536 * high, one every four words, for whole words of codes that are 4-byte aligned.
inline std::uint32_t* join_words(const std::int8_t* low, const std::int8_t* high, std::int32_t bytes,
                                 std::uint32_t* to) noexcept {
  constexpr std::uint32_t halves = 0x00ff00ff, half_codes = 0x00800080, codes = 0x80808080;
  for (const std::int8_t* end = low + bytes; low != end; low += 4, high += 4, to += 16) {
    // Codes from 0 to 255, whose fields do not borrow; what was added is taken away from both halves at once.
    const std::uint32_t a = load_word(low) ^ codes, b = load_word(high) ^ codes;
    const std::uint32_t first = static_cast<std::uint16_t>(a) | b << 16, second = a >> 16 | (b >> 16) << 16;
    to[0] = (first & halves) - half_codes;
    to[4] = (first >> 8 & halves) - half_codes;
    to[8] = (second & halves) - half_codes;
    to[12] = (second >> 8 & halves) - half_codes;
  }
  return to;
}

/// The same for any number of codes at any address.
inline std::uint32_t* join_codes(const std::int8_t* low, const std::int8_t* high, std::int32_t count,
                                 std::uint32_t* to) noexcept {
  for (const std::int8_t* end = low + count; low != end; ++low, ++high, to += 4) {
    *to = static_cast<std::uint32_t>(*low) + (static_cast<std::uint32_t>(*high) << 16);
  }
  return to;
}

}  // namespace pudu::kernels::conv2d_lanes
