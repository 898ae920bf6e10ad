// conv2d_mve_s8 for MVE. A unit of three positions and two channels is 5 loads and 6 VMLADAVA for 96 products; the sums
// are the even registers r0 to r10, as VMLADAVA wants them. Twelve outputs then take 6 moves to lanes and three times a
// bias, three steps of requantization, clamp, zero point and store. GCC spills where it has to keep six sums in even
// registers, so it is assembly, with scalar.cpp as twin.
#if defined(__ARM_FEATURE_MVE)

#include "kernels/mve.hpp"
#include "kernels/conv2d_mve/conv2d_mve_s8.hpp"
#include "kernels/taps.hpp"

namespace pudu::kernels {
namespace {

/// What three positions and all channels are made of; the assembly counts in it.
struct Arguments {
  const std::int8_t* weights;
  const std::int32_t* constants;
  std::int8_t* output;        ///< of the first position
  const std::int8_t* x;       ///< window of the first position
  std::int32_t window_bytes;  ///< from one window to the next
  std::int32_t units;         ///< less 1
  std::int32_t groups;        ///< of four channels that lie one behind the other
  std::int32_t output_step;   ///< from one position to the next
  std::int32_t output_offset;
  std::int32_t rest;                 ///< from the last of `groups` to the last four channels, less 4; 0: there are none
  alignas(8) std::int32_t clamp[8];  ///< four times each bound less the zero point
};

// r1, r3, r5 windows, r7 weights. The first unit starts the sums.
#define PUDU_UNIT(accumulate) \
  "vldrb.8 q0, [r1], #16\n"   \
  "vldrb.8 q3, [r7], #16\n"   \
  "vldrb.8 q1, [r3], #16\n"   \
  "vmladav" accumulate        \
  ".s8 r0, q0, q3\n"          \
  "vldrb.8 q4, [r7], #16\n"   \
  "vmladav" accumulate        \
  ".s8 r4, q1, q3\n"          \
  "vldrb.8 q2, [r5], #16\n"   \
  "vmladav" accumulate        \
  ".s8 r2, q0, q4\n"          \
  "vmladav" accumulate        \
  ".s8 r6, q1, q4\n"          \
  "vmladav" accumulate        \
  ".s8 r8, q2, q3\n"          \
  "vmladav" accumulate ".s8 r10, q2, q4\n"

#define PUDU_PAIR(loop, end, odd, even)                                                                             \
  "ldrd r1, r9, [r12, #12]\n"                                                                                       \
  "ldr r11, [r12, #20]\n"                                                                                           \
  "add r3, r1, r9\n"                                                                                                \
  "add r5, r3, r9\n" PUDU_UNIT("") "wls lr, r11, " end "f\n" loop ":\n" PUDU_UNIT("a") "le lr, " loop "b\n" end     \
                                                                                       ":\n"                        \
                                                                                       "vmov q5[" odd "], q5[" even \
                                                                                       "], r0, r2\n"                \
                                                                                       "vmov q6[" odd "], q6[" even \
                                                                                       "], r4, r6\n"                \
                                                                                       "vmov q7[" odd "], q7[" even \
                                                                                       "], r8, r10\n"

#define PUDU_OUTPUT(q, address) \
  "vqrdmulh.s32 " q ", " q      \
  ", q1\n"                      \
  "vqdmlah.s32 " q ", " q       \
  ", r2\n"                      \
  "vrshl.s32 " q ", " q         \
  ", q2\n"                      \
  "vmax.s32 " q ", " q          \
  ", q3\n"                      \
  "vmin.s32 " q ", " q          \
  ", q4\n"                      \
  "vadd.i32 " q ", " q          \
  ", r4\n"                      \
  "vstrb.32 " q ", [" address "]\n"

/// All channels of three positions.
void write_three(Arguments& arguments) noexcept {
  asm volatile(
      "push {r4-r11, lr}\n"
      "mov r12, %[arguments]\n"
      "1:\n"
      "ldr r7, [r12]\n"
      PUDU_PAIR("2", "3", "2", "0")
      PUDU_PAIR("4", "5", "3", "1")
      "ldrd r0, r3, [r12, #4]\n"
      "str r7, [r12]\n"
      "ldrd r1, r4, [r12, #28]\n"
      "vldrw.32 q0, [r0]\n"
      "vldrw.32 q1, [r0, #16]\n"
      "vldrw.32 q2, [r0, #32]\n"
      "vldrw.32 q3, [r12, #40]\n"
      "vldrw.32 q4, [r12, #56]\n"
      "vadd.i32 q5, q5, q0\n"
      "vadd.i32 q6, q6, q0\n"
      "vadd.i32 q7, q7, q0\n"
      "mov r2, #1\n"
      "add r5, r3, r1\n"
      "add r6, r5, r1\n"
      PUDU_OUTPUT("q5", "r3")
      PUDU_OUTPUT("q6", "r5")
      PUDU_OUTPUT("q7", "r6")
      "add r0, r0, #48\n"
      "add r3, r3, #4\n"
      "strd r0, r3, [r12, #4]\n"
      "ldr r5, [r12, #24]\n"
      "subs r5, r5, #1\n"
      "str r5, [r12, #24]\n"
      "bgt 1b\n"
      // The last four channels, which overlap those before: once, when the others are done.
      "ldr r5, [r12, #36]\n"
      "cbz r5, 6f\n"
      "add r3, r3, r5\n"
      "movs r5, #0\n"
      "str r3, [r12, #8]\n"
      "str r5, [r12, #36]\n"
      "b 1b\n"
      "6:\n"
      "pop {r4-r11, lr}\n"
      :
      : [arguments] "r"(&arguments)
      : "r0", "r1", "r2", "r3", "r12", "q0", "q1", "q2", "q3", "q4", "q5", "q6", "q7", "cc", "memory");
}

/// `rows` pieces of `row_bytes`, `step` apart, one behind the other.
[[gnu::always_inline]] inline void copy_rows(std::int8_t* to, const std::int8_t* from, std::int32_t rows,
                                             std::int32_t row_bytes, std::int32_t step) noexcept {
  std::int8_t* next;
  const std::int8_t* source;
  asm volatile(
      "1:\n"
      "mov %[source], %[from]\n"
      "mov %[next], %[to]\n"
      "wlstp.8 lr, %[row_bytes], 3f\n"
      "2:\n"
      "vldrb.8 q0, [%[source]], #16\n"
      "vstrb.8 q0, [%[next]], #16\n"
      "letp lr, 2b\n"
      "3:\n"
      "add %[to], %[to], %[row_bytes]\n"
      "add %[from], %[from], %[step]\n"
      "subs %[rows], %[rows], #1\n"
      "bne 1b\n"
      : [to] "+r"(to), [from] "+r"(from), [rows] "+r"(rows), [next] "=&r"(next), [source] "=&r"(source)
      : [row_bytes] "r"(row_bytes), [step] "r"(step)
      : "lr", "q0", "cc", "memory");
}

/// One window that reaches over the border, which is filled with the zero point.
[[gnu::noinline]] void copy_cut_window(const Conv2dMveS8Params& p, const std::int8_t* image, std::int32_t first_y,
                                       std::int32_t first_x, std::int8_t* to) noexcept {
  const std::int32_t channels = p.input_channels, row_bytes = p.kernel_w * channels;
  const TapRange columns = valid_taps(first_x, 1, p.kernel_w, p.input_w);
  const TapRange rows = valid_taps(first_y, 1, p.kernel_h, p.input_h);
  const std::int8_t* from = image + ((first_y + rows.begin) * p.input_w + first_x + columns.begin) * channels;
  const std::int32_t before = columns.begin * channels, inside = columns.size() * channels;
  const std::int32_t after = row_bytes - before - inside;
  if (rows.begin > 0) to = mve::fill_bytes(to, p.pad_value, rows.begin * row_bytes);
  for (std::int32_t row = rows.begin; row < rows.end; ++row, from += p.input_w * channels) {
    if (before > 0) to = mve::fill_bytes(to, p.pad_value, before);
    to = mve::copy_bytes(to, from, inside);
    if (after > 0) to = mve::fill_bytes(to, p.pad_value, after);
  }
  if (rows.end < p.kernel_h) mve::fill_bytes(to, p.pad_value, (p.kernel_h - rows.end) * row_bytes);
}

/// Windows of output positions, one behind the other.
class WindowCopier {
 public:
  WindowCopier(const Conv2dMveS8Params& p, const std::int8_t* image) noexcept
      : p_(p),
        image_(image),
        row_bytes_(p.kernel_w * p.input_channels),
        image_row_(p.input_w * p.input_channels),
        last_x_(p.input_w - p.kernel_w),
        last_y_(p.input_h - p.kernel_h) {}

  void copy_three(std::int32_t position, std::int32_t window, std::int8_t* to) const noexcept {
    const std::int32_t row = position / p_.output_w;
    std::int32_t left = p_.output_w - (position - row * p_.output_w);
    std::int32_t y = row * p_.stride_h - p_.pad_top;
    std::int32_t x = (p_.output_w - left) * p_.stride_w - p_.pad_left;
    for (std::int32_t i = 0; i < 3; ++i, to += window) {
      if (x >= 0 && x <= last_x_ && y >= 0 && y <= last_y_) {
        copy_rows(to, image_ + y * image_row_ + x * p_.input_channels, p_.kernel_h, row_bytes_, image_row_);
      } else {
        copy_cut_window(p_, image_, y, x, to);
      }
      x += p_.stride_w;
      if (--left == 0) left = p_.output_w, x = -p_.pad_left, y += p_.stride_h;
    }
  }

 private:
  const Conv2dMveS8Params& p_;
  const std::int8_t* image_;
  std::int32_t row_bytes_, image_row_, last_x_, last_y_;
};

}  // namespace

void Conv2dMveS8::run(const Params& p, const Operands& operands) noexcept {
  const bool is_in_place = is_pointwise(p);
  const std::int32_t positions = p.output_h * p.output_w, window = 16 * units(p);
  auto* scratch = static_cast<std::int8_t*>(operands.scratch);
  Arguments arguments{};
  arguments.units = units(p) - 1;
  arguments.output_step = p.output_channels;
  arguments.output_offset = p.output_offset;
  for (std::int32_t i = 0; i < 4; ++i) {
    arguments.clamp[i] = p.activation_min - p.output_offset;
    arguments.clamp[4 + i] = p.activation_max - p.output_offset;
  }
  const std::int8_t* image = operands.input;
  std::int8_t* output = operands.output;
  for (std::int32_t batch = 0; batch < p.batches; ++batch) {
    const WindowCopier windows(p, image);
    for (std::int32_t next = 0; next < positions; next += 3) {
      // The last three overlap those before.
      const std::int32_t position = next + 3 <= positions ? next : positions - 3;
      // In place, windows that are no whole units load values of the next position.
      if (is_in_place && (position + 2) * p.input_channels + window <= positions * p.input_channels) {
        arguments.x = image + position * p.input_channels, arguments.window_bytes = p.input_channels;
      } else {
        windows.copy_three(position, window, scratch);
        arguments.x = scratch, arguments.window_bytes = window;
      }
      arguments.weights = operands.weights, arguments.constants = operands.constants;
      arguments.output = output + position * p.output_channels;
      arguments.groups = p.output_channels / 4;
      // Of 4 n + r channels, the last four start r - 4 after the end of the n groups.
      arguments.rest = p.output_channels % 4 == 0 ? 0 : p.output_channels % 4 - 4;
      write_three(arguments);
    }
    image += p.input_h * p.input_w * p.input_channels, output += positions * p.output_channels;
  }
}

}  // namespace pudu::kernels

#endif
