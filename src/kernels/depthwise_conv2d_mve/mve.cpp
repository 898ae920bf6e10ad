// depthwise_conv2d_mve_s8 for MVE. Eight outputs of one channel take 31 instructions at stride 1: 4 loads, 8 VMLADAV, 4
// moves to lanes, 8 of requantization, 4 of narrowing and the zero point, a scatter, 2 of the loop. The sums are even
// registers, as VMLADAV wants them; GCC finds neither that nor the loop, so it is assembly, with scalar.cpp as twin.
#if defined(__ARM_FEATURE_MVE)

#include "kernels/depthwise_conv2d_mve/depthwise_conv2d_mve_s8.hpp"

namespace pudu::kernels::depthwise_conv2d_mve {
namespace {

// q0 and q1 weights, q2 and q3 positions, q4 outputs 0, 2, 4, 6 and q5 1, 3, 5, 7, q6 offsets.
#define PUDU_SUMS_1             \
  "vldrb.8 q2, [r1], #8\n"      \
  "vldrb.8 q3, [r1, #8]\n"      \
  "vmladav.s8 r0, q2, q0\n"     \
  "vmladav.s8 r2, q2, q1\n"     \
  "vmladav.s8 r4, q3, q0\n"     \
  "vmladav.s8 r6, q3, q1\n"     \
  "vldrb.8 q2, [r1], #24\n"     \
  "vmov q4[2], q4[0], r0, r4\n" \
  "vldrb.8 q3, [r1, #-8]\n"     \
  "vmov q5[2], q5[0], r2, r6\n" \
  "vmladav.s8 r0, q2, q0\n"     \
  "vmladav.s8 r2, q2, q1\n"     \
  "vmladav.s8 r4, q3, q0\n"     \
  "vmladav.s8 r6, q3, q1\n"     \
  "vmov q4[3], q4[1], r0, r4\n" \
  "vmov q5[3], q5[1], r2, r6\n"

#define PUDU_SUMS_2             \
  "vldrb.8 q2, [r1], #64\n"     \
  "vldrb.8 q3, [r1, #-32]\n"    \
  "vmladav.s8 r0, q2, q0\n"     \
  "vldrb.8 q2, [r1, #-56]\n"    \
  "vmladav.s8 r4, q3, q0\n"     \
  "vldrb.8 q3, [r1, #-24]\n"    \
  "vmladav.s8 r2, q2, q0\n"     \
  "vldrb.8 q2, [r1, #-48]\n"    \
  "vmladav.s8 r6, q3, q0\n"     \
  "vldrb.8 q3, [r1, #-16]\n"    \
  "vmov q4[2], q4[0], r0, r4\n" \
  "vmladav.s8 r0, q2, q0\n"     \
  "vldrb.8 q2, [r1, #-40]\n"    \
  "vmladav.s8 r4, q3, q0\n"     \
  "vldrb.8 q3, [r1, #-8]\n"     \
  "vmov q5[2], q5[0], r2, r6\n" \
  "vmladav.s8 r2, q2, q0\n"     \
  "vmladav.s8 r6, q3, q0\n"     \
  "vmov q4[3], q4[1], r0, r4\n" \
  "vmov q5[3], q5[1], r2, r6\n"

// Ties away from zero: 1 is taken from negative values, where their bytes are not clamped anyway.
#define PUDU_TIES             \
  "vqdmlah.s32 q4, q4, r10\n" \
  "vqdmlah.s32 q5, q5, r10\n"

#define PUDU_REQUANTIZE(ties)      \
  "vadd.i32 q4, q4, r5\n"          \
  "vadd.i32 q5, q5, r5\n"          \
  "vqrdmulh.s32 q4, q4, r7\n"      \
  "vqrdmulh.s32 q5, q5, r7\n" ties \
  "vrshl.s32 q4, r9\n"             \
  "vrshl.s32 q5, r9\n"             \
  "vqmovnb.s32 q4, q4\n"           \
  "vqmovnt.s32 q4, q5\n"           \
  "vqadd.s16 q4, q4, r8\n"         \
  "vqmovnb.s16 q4, q4\n"

// r0, r2, r4, r6 sums, r1 positions, r3 outputs, r5 bias, r7 multiplier, r8 zero point, r9 shift, r11 step, r12 the
// arguments.
#define PUDU_SLIDE(sums, ties) \
  "push {r4-r11, lr}\n"                  \
  "mov r12, %[arguments]\n"              \
  "ldrd r11, r4, [r12, #36]\n"           \
  "vldrh.u16 q6, [r4]\n"                 \
  "mov r10, #1\n"                        \
  "0:\n"                                 \
  "ldrd r4, r2, [r12, #8]\n"             \
  "ldm r4!, {r5, r7, r8, r9}\n"          \
  "vldrb.8 q0, [r2], #16\n"              \
  "vldrb.8 q1, [r2], #16\n"              \
  "strd r4, r2, [r12, #8]\n"             \
  "ldrd r1, r3, [r12]\n"                 \
  "ldrd r4, r8, [r12, #16]\n"            \
  "add r4, r4, r1\n"                     \
  "add r6, r3, #1\n"                     \
  "strd r4, r6, [r12]\n"                 \
  "ldr r4, [r12, #24]\n"                 \
  "wls lr, r4, 2f\n"                     \
  "1:\n" sums PUDU_REQUANTIZE(ties)      \
  "vstrb.16 q4, [r3, q6]\n"              \
  "add r3, r3, r11\n"                    \
  "le lr, 1b\n"                          \
  "2:\n"                                 \
  "ldr r4, [r12, #28]\n"                 \
  "cmp r4, #0\n"                         \
  "beq 3f\n" sums PUDU_REQUANTIZE(ties)  \
  "ldr r4, [r12, #28]\n"                 \
  "vctp.16 r4\n"                         \
  "vpst\n"                               \
  "vstrbt.16 q4, [r3, q6]\n"             \
  "3:\n"                                 \
  "ldr r4, [r12, #32]\n"                 \
  "subs r4, r4, #1\n"                    \
  "str r4, [r12, #32]\n"                 \
  "bne 0b\n"                             \
  "pop {r4-r11, lr}\n"

#define PUDU_DEFINE_SLIDE(name, sums, ties)                                                                  \
  void name(SlideArguments& arguments) noexcept {                                                            \
    asm volatile(PUDU_SLIDE(sums, ties)                                                                      \
                 :                                                                                           \
                 : [arguments] "r"(&arguments)                                                               \
                 : "r0", "r1", "r2", "r3", "r12", "q0", "q1", "q2", "q3", "q4", "q5", "q6", "cc", "memory"); \
  }

/// Writes `count` bytes of eight channels, `step` apart in the image, to every fourth byte of their buffers. Gives the
/// next place.
std::int8_t* write_values(std::int8_t* to, const std::uint16_t* buffers, const std::int8_t* from, std::int32_t step,
                          std::int32_t count) noexcept {
  asm volatile(
      "vldrh.u16 q0, [%[buffers]]\n"
      "wls lr, %[count], 2f\n"
      "1:\n"
      "vldrb.u16 q1, [%[from]]\n"
      "add %[from], %[from], %[step]\n"
      "vstrb.16 q1, [%[to], q0]\n"
      "add %[to], %[to], #4\n"
      "le lr, 1b\n"
      "2:\n"
      : [to] "+r"(to), [from] "+r"(from)
      : [buffers] "r"(buffers), [count] "r"(count), [step] "r"(step)
      : "lr", "q0", "q1", "memory");
  return to;
}

std::int8_t* write_padding(std::int8_t* to, const std::uint16_t* buffers, std::int32_t value,
                           std::int32_t count) noexcept {
  asm volatile(
      "vldrh.u16 q0, [%[buffers]]\n"
      "vdup.16 q1, %[value]\n"
      "wls lr, %[count], 2f\n"
      "1:\n"
      "vstrb.16 q1, [%[to], q0]\n"
      "add %[to], %[to], #4\n"
      "le lr, 1b\n"
      "2:\n"
      : [to] "+r"(to)
      : [buffers] "r"(buffers), [count] "r"(count), [value] "r"(value)
      : "lr", "q0", "q1", "memory");
  return to;
}

/// The image in the directions of the slide.
struct Directions {
  std::int32_t along, across;            ///< extents of the input
  std::int32_t along_step, across_step;  ///< bytes between neighbours in the input
  std::int32_t pad_along, pad_across;
  std::int32_t outputs_along, outputs_across;
  std::int32_t output_along_step, output_across_step;
};

Directions directions_of(const DepthwiseConv2dMveS8Params& p) noexcept {
  const std::int32_t c = p.channels;
  if (p.slide_down != 0) {
    return {p.input_h, p.input_w, p.input_w * c, c, p.pad_top, p.pad_left, p.output_h, p.output_w, p.output_w * c, c};
  }
  return {p.input_w, p.input_h, c, p.input_w * c, p.pad_left, p.pad_top, p.output_w, p.output_h, c, p.output_w * c};
}

/// One line along the slide, `index` across it, of eight channels.
void write_line(const Directions& d, const std::int8_t* image, std::int32_t index, std::int32_t positions,
                std::int32_t pad_value, const std::uint16_t* buffers, std::int8_t* to) noexcept {
  if (index < 0 || index >= d.across) {
    write_padding(to, buffers, pad_value, positions);
    return;
  }
  const std::int32_t before = d.pad_along < positions ? d.pad_along : positions;
  const std::int32_t room = positions - before, inside = d.along < room ? d.along : room;
  if (before > 0) to = write_padding(to, buffers, pad_value, before);
  to = write_values(to, buffers, image + index * d.across_step, d.along_step, inside);
  if (room > inside) write_padding(to, buffers, pad_value, room - inside);
}

}  // namespace

PUDU_DEFINE_SLIDE(slide_1, PUDU_SUMS_1, PUDU_TIES)
PUDU_DEFINE_SLIDE(slide_2, PUDU_SUMS_2, PUDU_TIES)
PUDU_DEFINE_SLIDE(slide_1_unsigned, PUDU_SUMS_1, "")
PUDU_DEFINE_SLIDE(slide_2_unsigned, PUDU_SUMS_2, "")

void run(const DepthwiseConv2dMveS8Params& p, const DepthwiseConv2dMveS8Operands& operands, Slide slide) noexcept {
  using Kernel = DepthwiseConv2dMveS8;
  const Directions d = directions_of(p);
  const std::int32_t buffer_bytes = Kernel::buffer_bytes(p), stride = p.stride_h;
  const std::int32_t positions = (d.outputs_along - 1) * stride + 3;
  auto* scratch = static_cast<std::int8_t*>(operands.scratch);
  std::uint16_t buffers[8], offsets[8];
  for (std::int32_t i = 0; i < 8; ++i) {
    buffers[i] = static_cast<std::uint16_t>(i * buffer_bytes);
    offsets[i] = static_cast<std::uint16_t>(i * d.output_along_step);
  }
  SlideArguments arguments{};
  arguments.buffer_bytes = buffer_bytes;
  arguments.output_offset = p.output_offset;
  arguments.output_step = 8 * d.output_along_step;
  arguments.blocks = d.outputs_along / 8, arguments.rest = d.outputs_along % 8;
  arguments.offsets = offsets;
  const std::int8_t* image = operands.input;
  std::int8_t* output = operands.output;
  for (std::int32_t batch = 0; batch < p.batches; ++batch) {
    for (std::int32_t block = 0; block < p.channels; block += 8) {
      // The last block is the last eight channels.
      const std::int32_t channel = block + 8 <= p.channels ? block : p.channels - 8;
      std::int32_t next = -d.pad_across;
      for (std::int32_t i = 0; i < 3 - stride; ++i, ++next) {
        write_line(d, image + channel, next, positions, p.pad_value, buffers, scratch + i);
      }
      for (std::int32_t line = 0; line < d.outputs_across; ++line) {
        std::int8_t* base = scratch + line * stride;
        for (std::int32_t i = 3 - stride; i < 3; ++i, ++next) {
          write_line(d, image + channel, next, positions, p.pad_value, buffers, base + i);
        }
        arguments.x = base;
        arguments.output = output + channel + line * d.output_across_step;
        arguments.constants = operands.constants + 4 * channel;
        arguments.weights = operands.weights + 32 * channel;
        arguments.channels = 8;
        slide(arguments);
      }
    }
    image += p.input_h * p.input_w * p.channels, output += p.output_h * p.output_w * p.channels;
  }
}

}  // namespace pudu::kernels::depthwise_conv2d_mve

#endif
