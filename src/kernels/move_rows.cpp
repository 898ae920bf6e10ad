// Blocks are loaded before they are stored, so that no block overwrites what is still to be read. MVE: 64 bytes at a
// time, at any alignment. Others: eight words at a time where both addresses are on a word's border, which is so for
// rows of a multiple of four bytes.
#include "kernels/move_rows.hpp"

#include <cstdint>
#include <cstring>

#if defined(__ARM_FEATURE_MVE)
#include <arm_mve.h>
#endif

namespace pudu::kernels {

#if defined(__ARM_FEATURE_MVE)

void move_down(void* to, const void* from, std::size_t bytes) noexcept {
  auto* out = static_cast<std::uint8_t*>(to);
  const auto* in = static_cast<const std::uint8_t*>(from);
  for (; bytes >= 64; bytes -= 64, in += 64, out += 64) {
    const uint8x16_t a = vldrbq_u8(in), b = vldrbq_u8(in + 16), c = vldrbq_u8(in + 32), d = vldrbq_u8(in + 48);
    vstrbq_u8(out, a), vstrbq_u8(out + 16, b), vstrbq_u8(out + 32, c), vstrbq_u8(out + 48, d);
  }
  for (; bytes > 0; in += 16, out += 16) {
    const mve_pred16_t is_left = vctp8q(static_cast<std::uint32_t>(bytes));
    vstrbq_p_u8(out, vldrbq_z_u8(in, is_left), is_left);
    bytes -= bytes < 16 ? bytes : 16;
  }
}

void move_up(void* to, const void* from, std::size_t bytes) noexcept {
  auto* out = static_cast<std::uint8_t*>(to);
  const auto* in = static_cast<const std::uint8_t*>(from);
  for (; bytes >= 64; bytes -= 64) {
    const std::uint8_t* end = in + bytes - 64;
    const uint8x16_t a = vldrbq_u8(end), b = vldrbq_u8(end + 16), c = vldrbq_u8(end + 32), d = vldrbq_u8(end + 48);
    std::uint8_t* out_end = out + bytes - 64;
    vstrbq_u8(out_end, a), vstrbq_u8(out_end + 16, b), vstrbq_u8(out_end + 32, c), vstrbq_u8(out_end + 48, d);
  }
  for (; bytes >= 16; bytes -= 16) vstrbq_u8(out + bytes - 16, vldrbq_u8(in + bytes - 16));
  const mve_pred16_t is_left = vctp8q(static_cast<std::uint32_t>(bytes));
  if (bytes > 0) vstrbq_p_u8(out, vldrbq_z_u8(in, is_left), is_left);
}

#elif defined(__thumb2__)

namespace {

bool are_words(const void* a, const void* b) noexcept {
  return ((reinterpret_cast<std::uintptr_t>(a) | reinterpret_cast<std::uintptr_t>(b)) & 3) == 0;
}

}  // namespace

// Registers that a compiler may keep for itself (r7, r11) are not used.
#define PUDU_EIGHT "{r3, r4, r5, r6, r8, r9, r10, r12}"
#define PUDU_EIGHT_CHANGED "r3", "r4", "r5", "r6", "r8", "r9", "r10", "r12", "memory"

void move_down(void* to, const void* from, std::size_t bytes) noexcept {
  auto* out = static_cast<std::uint8_t*>(to);
  const auto* in = static_cast<const std::uint8_t*>(from);
  if (are_words(in, out)) {
    for (; bytes >= 32; bytes -= 32) {
      asm volatile("ldm %[in]!, " PUDU_EIGHT "\nstm %[out]!, " PUDU_EIGHT
                   : [in] "+r"(in), [out] "+r"(out)
                   :
                   : PUDU_EIGHT_CHANGED);
    }
  }
  for (; bytes >= 4; bytes -= 4, in += 4, out += 4) {
    std::uint32_t word;
    std::memcpy(&word, in, 4);
    std::memcpy(out, &word, 4);
  }
  for (; bytes > 0; --bytes) *out++ = *in++;
}

void move_up(void* to, const void* from, std::size_t bytes) noexcept {
  auto* out = static_cast<std::uint8_t*>(to) + bytes;
  const auto* in = static_cast<const std::uint8_t*>(from) + bytes;
  if (are_words(in, out)) {
    for (; bytes >= 32; bytes -= 32) {
      asm volatile("ldmdb %[in]!, " PUDU_EIGHT "\nstmdb %[out]!, " PUDU_EIGHT
                   : [in] "+r"(in), [out] "+r"(out)
                   :
                   : PUDU_EIGHT_CHANGED);
    }
  }
  for (; bytes >= 4; bytes -= 4) {
    std::uint32_t word;
    in -= 4, out -= 4;
    std::memcpy(&word, in, 4);
    std::memcpy(out, &word, 4);
  }
  for (; bytes > 0; --bytes) *--out = *--in;
}

#undef PUDU_EIGHT
#undef PUDU_EIGHT_CHANGED

#else

void move_down(void* to, const void* from, std::size_t bytes) noexcept {
  std::memmove(to, from, bytes);
}
void move_up(void* to, const void* from, std::size_t bytes) noexcept {
  std::memmove(to, from, bytes);
}

#endif

}  // namespace pudu::kernels
