// depthwise_conv2d_mve_s8 for MVE. Eight outputs of one channel, four of each of two lines, take 29 instructions at
// stride 1: 2 loads, 8 VMLADAV, 4 moves to lanes, 8 of requantization, 4 of narrowing and the zero point, a scatter, 2
// of the loop. The sums are even registers, as VMLADAV wants them; GCC finds neither that nor the loop, so it is
// assembly, with scalar.cpp as twin.
#if defined(__ARM_FEATURE_MVE)

#include "kernels/depthwise_conv2d_mve/depthwise_conv2d_mve_s8.hpp"

namespace pudu::kernels::depthwise_conv2d_mve {
namespace {

// q0 to q3 weights, q4 positions, then q5 and q6 outputs, q7 offsets. A line: q5 outputs 0, 2, 4, 6 and q6 1, 3, 5, 7;
// a pair of lines: the second one's from lane 4 of all.
#define PUDU_SUMS_1             \
  "vldrb.8 q4, [r1], #8\n"      \
  "vmladav.s8 r0, q4, q0\n"     \
  "vmladav.s8 r2, q4, q1\n"     \
  "vldrb.8 q4, [r1, #8]\n"      \
  "vmladav.s8 r4, q4, q0\n"     \
  "vmladav.s8 r6, q4, q1\n"     \
  "vldrb.8 q4, [r1], #24\n"     \
  "vmov q5[2], q5[0], r0, r4\n" \
  "vmov q6[2], q6[0], r2, r6\n" \
  "vmladav.s8 r0, q4, q0\n"     \
  "vmladav.s8 r2, q4, q1\n"     \
  "vldrb.8 q4, [r1, #-8]\n"     \
  "vmladav.s8 r4, q4, q0\n"     \
  "vmladav.s8 r6, q4, q1\n"     \
  "vmov q5[3], q5[1], r0, r4\n" \
  "vmov q6[3], q6[1], r2, r6\n"

#define PUDU_SUMS_PAIR          \
  "vldrb.8 q4, [r1], #16\n"     \
  "vmladav.s8 r0, q4, q0\n"     \
  "vmladav.s8 r2, q4, q1\n"     \
  "vmladav.s8 r4, q4, q2\n"     \
  "vmladav.s8 r6, q4, q3\n"     \
  "vldrb.8 q4, [r1, #-8]\n"     \
  "vmov q5[2], q5[0], r0, r4\n" \
  "vmov q6[2], q6[0], r2, r6\n" \
  "vmladav.s8 r0, q4, q0\n"     \
  "vmladav.s8 r2, q4, q1\n"     \
  "vmladav.s8 r4, q4, q2\n"     \
  "vmladav.s8 r6, q4, q3\n"     \
  "vmov q5[3], q5[1], r0, r4\n" \
  "vmov q6[3], q6[1], r2, r6\n"

#define PUDU_SUMS_2             \
  "vldrb.8 q4, [r1], #64\n"     \
  "vldrb.8 q1, [r1, #-32]\n"    \
  "vmladav.s8 r0, q4, q0\n"     \
  "vldrb.8 q4, [r1, #-56]\n"    \
  "vmladav.s8 r4, q1, q0\n"     \
  "vldrb.8 q1, [r1, #-24]\n"    \
  "vmladav.s8 r2, q4, q0\n"     \
  "vldrb.8 q4, [r1, #-48]\n"    \
  "vmladav.s8 r6, q1, q0\n"     \
  "vldrb.8 q1, [r1, #-16]\n"    \
  "vmov q5[2], q5[0], r0, r4\n" \
  "vmladav.s8 r0, q4, q0\n"     \
  "vldrb.8 q4, [r1, #-40]\n"    \
  "vmladav.s8 r4, q1, q0\n"     \
  "vldrb.8 q1, [r1, #-8]\n"     \
  "vmov q6[2], q6[0], r2, r6\n" \
  "vmladav.s8 r2, q4, q0\n"     \
  "vmladav.s8 r6, q1, q0\n"     \
  "vmov q5[3], q5[1], r0, r4\n" \
  "vmov q6[3], q6[1], r2, r6\n"

// 5x5: q0 to q2 weights of two positions each. A load serves the outputs that see its positions: of four outputs, which
// lie two positions apart, the first three, at most.
#define PUDU_SUMS_OF_FOUR(first) \
  first                          \
      "vmladav.s8 r0, q4, q0\n"  \
      "vldrb.8 q4, [r1, #16]\n"  \
      "vmladava.s8 r0, q4, q1\n" \
      "vmladav.s8 r2, q4, q0\n"  \
      "vldrb.8 q4, [r1, #32]\n"  \
      "vmladava.s8 r0, q4, q2\n" \
      "vmladava.s8 r2, q4, q1\n" \
      "vmladav.s8 r4, q4, q0\n"  \
      "vldrb.8 q4, [r1, #48]\n"  \
      "vmladava.s8 r2, q4, q2\n" \
      "vmladava.s8 r4, q4, q1\n" \
      "vmladav.s8 r6, q4, q0\n"  \
      "vldrb.8 q4, [r1, #64]\n"  \
      "vmladava.s8 r4, q4, q2\n" \
      "vmladava.s8 r6, q4, q1\n" \
      "vldrb.8 q4, [r1, #80]\n"  \
      "vmladava.s8 r6, q4, q2\n"

// Outputs 0, 2, 4, 6 and 1, 3, 5, 7.
#define PUDU_SUMS_5X5_1                   \
  PUDU_SUMS_OF_FOUR("vldrb.8 q4, [r1]\n") \
  "vmov q5[2], q5[0], r0, r4\n"                          \
  "vmov q5[3], q5[1], r2, r6\n"                          \
  "add r1, r1, #8\n"                                     \
  PUDU_SUMS_OF_FOUR("vldrb.8 q4, [r1]\n")                \
  "vmov q6[2], q6[0], r0, r4\n"                          \
  "vmov q6[3], q6[1], r2, r6\n"                          \
  "add r1, r1, #56\n"

// Outputs 0 to 3, then 4 to 7: q5 has 0, 4, 2, 6 and q6 1, 5, 3, 7.
#define PUDU_SUMS_5X5_2                   \
  PUDU_SUMS_OF_FOUR("vldrb.8 q4, [r1]\n") \
  "vmov q5[2], q5[0], r0, r4\n"                          \
  "vmov q6[2], q6[0], r2, r6\n"                          \
  "add r1, r1, #64\n"                                    \
  PUDU_SUMS_OF_FOUR("vldrb.8 q4, [r1]\n")                \
  "vmov q5[3], q5[1], r0, r4\n"                          \
  "vmov q6[3], q6[1], r2, r6\n"                          \
  "add r1, r1, #64\n"

// Weights of positions 0 and 1; of the second line.
#define PUDU_WEIGHTS_1     \
  "vldrb.8 q0, [r2, #5]\n" \
  "vldrb.8 q1, [r2, #1]\n" \
  "add r2, r2, #24\n"
#define PUDU_WEIGHTS_PAIR  \
  "vldrb.8 q0, [r2, #5]\n" \
  "vldrb.8 q1, [r2, #1]\n" \
  "vldrb.8 q2, [r2, #4]\n" \
  "vldrb.8 q3, [r2], #24\n"
#define PUDU_WEIGHTS_2     \
  "vldrb.8 q0, [r2, #5]\n" \
  "add r2, r2, #24\n"

#define PUDU_WEIGHTS_5X5    \
  "vldrb.8 q0, [r2]\n"      \
  "vldrb.8 q1, [r2, #16]\n" \
  "vldrb.8 q2, [r2, #32]\n" \
  "add r2, r2, #48\n"

// Ties away from zero: 1 is taken from negative values, where their bytes are not clamped anyway.
#define PUDU_TIES             \
  "vqdmlah.s32 q5, q5, r10\n" \
  "vqdmlah.s32 q6, q6, r10\n"

#define PUDU_REQUANTIZE(ties)      \
  "vadd.i32 q5, q5, r5\n"          \
  "vadd.i32 q6, q6, r5\n"          \
  "vqrdmulh.s32 q5, q5, r7\n"      \
  "vqrdmulh.s32 q6, q6, r7\n" ties \
  "vrshl.s32 q5, r9\n"             \
  "vrshl.s32 q6, r9\n"             \
  "vqmovnb.s32 q5, q5\n"           \
  "vqmovnt.s32 q5, q6\n"           \
  "vqadd.s16 q5, q5, r8\n"         \
  "vqmovnb.s16 q5, q5\n"

// r0, r2, r4, r6 sums, r1 positions, r3 outputs, r5 bias, r7 multiplier, r8 zero point, r9 shift, r11 step, r12 the
// arguments.
#define PUDU_SLIDE(weights, sums, ties) \
  "push {r4-r11, lr}\n"                  \
  "mov r12, %[arguments]\n"              \
  "ldrd r11, r4, [r12, #36]\n"           \
  "vldrh.u16 q7, [r4]\n"                 \
  "mov r10, #1\n"                        \
  "0:\n"                                 \
  "ldrd r4, r2, [r12, #8]\n"             \
  "ldm r4!, {r5, r7, r8, r9}\n"          \
  weights                                \
  "strd r4, r2, [r12, #8]\n"             \
  "ldrd r1, r3, [r12]\n"                 \
  "ldr r4, [r12, #16]\n"                 \
  "add r4, r4, r1\n"                     \
  "add r6, r3, #1\n"                     \
  "strd r4, r6, [r12]\n"                 \
  "ldr r4, [r12, #24]\n"                 \
  "wls lr, r4, 2f\n"                     \
  "1:\n" sums PUDU_REQUANTIZE(ties)      \
  "vstrb.16 q5, [r3, q7]\n"              \
  "add r3, r3, r11\n"                    \
  "le lr, 1b\n"                          \
  "2:\n"                                 \
  "ldr r4, [r12, #28]\n"                 \
  "cmp r4, #0\n"                         \
  "beq 3f\n" sums PUDU_REQUANTIZE(ties)  \
  "ldr r4, [r12, #20]\n"                 \
  "vmsr p0, r4\n"                        \
  "vpst\n"                               \
  "vstrbt.16 q5, [r3, q7]\n"             \
  "3:\n"                                 \
  "ldr r4, [r12, #32]\n"                 \
  "subs r4, r4, #1\n"                    \
  "str r4, [r12, #32]\n"                 \
  "bne 0b\n"                             \
  "pop {r4-r11, lr}\n"

// The same with offsets for every block, to which r11 points; r3 stays.
#define PUDU_SLIDE_JOINED(weights, sums, ties) \
  "push {r4-r11, lr}\n"                        \
  "mov r12, %[arguments]\n"                    \
  "mov r10, #1\n"                              \
  "0:\n"                                       \
  "ldrd r4, r2, [r12, #8]\n"                   \
  "ldm r4!, {r5, r7, r8, r9}\n"                \
  weights                                      \
  "strd r4, r2, [r12, #8]\n"                   \
  "ldrd r1, r3, [r12]\n"                       \
  "ldr r4, [r12, #16]\n"                       \
  "add r4, r4, r1\n"                           \
  "add r6, r3, #1\n"                           \
  "strd r4, r6, [r12]\n"                       \
  "ldr r11, [r12, #40]\n"                      \
  "ldr r4, [r12, #24]\n"                       \
  "wls lr, r4, 2f\n"                           \
  "1:\n"                                       \
  "vldrh.u16 q7, [r11], #16\n" sums            \
  PUDU_REQUANTIZE(ties)                        \
  "vstrb.16 q5, [r3, q7]\n"                    \
  "le lr, 1b\n"                                \
  "2:\n"                                       \
  "ldr r4, [r12, #28]\n"                       \
  "cmp r4, #0\n"                               \
  "beq 3f\n"                                   \
  "vldrh.u16 q7, [r11]\n" sums                 \
  PUDU_REQUANTIZE(ties)                        \
  "ldr r4, [r12, #20]\n"                       \
  "vmsr p0, r4\n"                              \
  "vpst\n"                                     \
  "vstrbt.16 q5, [r3, q7]\n"                   \
  "3:\n"                                       \
  "ldr r4, [r12, #32]\n"                       \
  "subs r4, r4, #1\n"                          \
  "str r4, [r12, #32]\n"                       \
  "bne 0b\n"                                   \
  "pop {r4-r11, lr}\n"

#define PUDU_DEFINE_SLIDE(name, ...) PUDU_DEFINE_SLIDE_OF(name, PUDU_SLIDE(__VA_ARGS__))
#define PUDU_DEFINE_SLIDE_OF(name, text)                                                                           \
  void name(SlideArguments& arguments) noexcept {                                                                  \
    asm volatile(text                                                                                              \
                 :                                                                                                 \
                 : [arguments] "r"(&arguments)                                                                     \
                 : "r0", "r1", "r2", "r3", "r12", "q0", "q1", "q2", "q3", "q4", "q5", "q6", "q7", "cc", "memory"); \
  }

/// Writes `count` bytes of eight channels, `step` apart in the image, to every Position-th byte of their buffers. Gives
/// the next place.
template <int Position>
[[gnu::always_inline]] inline std::int8_t* write_values(std::int8_t* to, const std::uint16_t* buffers,
                                                        const std::int8_t* from, std::int32_t step,
                                                        std::int32_t count) noexcept {
  std::int32_t pairs;
  asm volatile(
      "vldrh.u16 q0, [%[buffers]]\n"
      "lsrs %[pairs], %[count], #1\n"
      "bcc 1f\n"
      "vldrb.u16 q1, [%[from]]\n"
      "add %[from], %[from], %[step]\n"
      "vstrb.16 q1, [%[to], q0]\n"
      "add %[to], %[to], #%c[position]\n"
      "1:\n"
      "mov %[count], #%c[position]\n"
      "vadd.i16 q3, q0, %[count]\n"
      "wls lr, %[pairs], 3f\n"
      "2:\n"
      "vldrb.u16 q1, [%[from]]\n"
      "add %[from], %[from], %[step]\n"
      "vldrb.u16 q2, [%[from]]\n"
      "add %[from], %[from], %[step]\n"
      "vstrb.16 q1, [%[to], q0]\n"
      "vstrb.16 q2, [%[to], q3]\n"
      "add %[to], %[to], #(2 * %c[position])\n"
      "le lr, 2b\n"
      "3:\n"
      : [to] "+r"(to), [from] "+l"(from), [count] "+r"(count), [pairs] "=&r"(pairs)
      : [buffers] "r"(buffers), [step] "r"(step), [position] "i"(Position)
      : "lr", "q0", "q1", "q2", "q3", "cc", "memory");
  return to;
}

template <int Position>
std::int8_t* write_padding(std::int8_t* to, const std::uint16_t* buffers, std::int32_t value,
                           std::int32_t count) noexcept {
  asm volatile(
      "vldrh.u16 q0, [%[buffers]]\n"
      "vdup.16 q1, %[value]\n"
      "wls lr, %[count], 2f\n"
      "1:\n"
      "vstrb.16 q1, [%[to], q0]\n"
      "add %[to], %[to], #%c[position]\n"
      "le lr, 1b\n"
      "2:\n"
      : [to] "+r"(to)
      : [buffers] "r"(buffers), [count] "r"(count), [value] "r"(value), [position] "i"(Position)
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
template <int Position>
void write_line(const Directions& d, const std::int8_t* image, std::int32_t index, std::int32_t positions,
                std::int32_t pad_value, const std::uint16_t* buffers, std::int8_t* to) noexcept {
  if (index < 0 || index >= d.across) {
    write_padding<Position>(to, buffers, pad_value, positions);
    return;
  }
  const std::int32_t before = d.pad_along < positions ? d.pad_along : positions;
  const std::int32_t room = positions - before, inside = d.along < room ? d.along : room;
  if (before > 0) to = write_padding<Position>(to, buffers, pad_value, before);
  to = write_values<Position>(to, buffers, image + index * d.across_step, d.along_step, inside);
  if (room > inside) write_padding<Position>(to, buffers, pad_value, room - inside);
}

}  // namespace

PUDU_DEFINE_SLIDE(slide_1, PUDU_WEIGHTS_1, PUDU_SUMS_1, PUDU_TIES)
PUDU_DEFINE_SLIDE(slide_pair, PUDU_WEIGHTS_PAIR, PUDU_SUMS_PAIR, PUDU_TIES)
PUDU_DEFINE_SLIDE(slide_2, PUDU_WEIGHTS_2, PUDU_SUMS_2, PUDU_TIES)
PUDU_DEFINE_SLIDE(slide_1_unsigned, PUDU_WEIGHTS_1, PUDU_SUMS_1, "")
PUDU_DEFINE_SLIDE(slide_pair_unsigned, PUDU_WEIGHTS_PAIR, PUDU_SUMS_PAIR, "")
PUDU_DEFINE_SLIDE(slide_2_unsigned, PUDU_WEIGHTS_2, PUDU_SUMS_2, "")
PUDU_DEFINE_SLIDE_OF(slide_joined, PUDU_SLIDE_JOINED(PUDU_WEIGHTS_PAIR, PUDU_SUMS_PAIR, PUDU_TIES))
PUDU_DEFINE_SLIDE_OF(slide_joined_unsigned, PUDU_SLIDE_JOINED(PUDU_WEIGHTS_PAIR, PUDU_SUMS_PAIR, ""))
PUDU_DEFINE_SLIDE(slide_5x5_1, PUDU_WEIGHTS_5X5, PUDU_SUMS_5X5_1, PUDU_TIES)
PUDU_DEFINE_SLIDE(slide_5x5_2, PUDU_WEIGHTS_5X5, PUDU_SUMS_5X5_2, PUDU_TIES)
PUDU_DEFINE_SLIDE(slide_5x5_1_unsigned, PUDU_WEIGHTS_5X5, PUDU_SUMS_5X5_1, "")
PUDU_DEFINE_SLIDE(slide_5x5_2_unsigned, PUDU_WEIGHTS_5X5, PUDU_SUMS_5X5_2, "")

namespace {

/// How one line, or a pair of them, is divided into blocks; the same for all channels and lines.
struct Blocks {
  std::int32_t count, step, rest, rest_mask;
  std::uint16_t offsets[8];
};

/// `order`: which output each lane has.
Blocks blocks_of_line(const Directions& d, const std::uint8_t (&order)[8]) noexcept {
  const std::int32_t step = d.output_along_step, rest = d.outputs_along % 8;
  Blocks blocks{d.outputs_along / 8, 8 * step, rest > 0 ? 1 : 0, 0, {}};
  for (std::int32_t i = 0; i < 8; ++i) {
    blocks.offsets[i] = static_cast<std::uint16_t>(order[i] * step);
    if (order[i] < rest) blocks.rest_mask |= 3 << (2 * i);
  }
  return blocks;
}

Blocks blocks_of_pair(const Directions& d) noexcept {
  const std::int32_t step = d.output_along_step, rest = d.outputs_along % 4;
  Blocks blocks{d.outputs_along / 4, 4 * step, rest > 0 ? 1 : 0, ((1 << (2 * rest)) - 1) * 0x101, {}};
  for (std::int32_t i = 0; i < 4; ++i) {
    blocks.offsets[i] = static_cast<std::uint16_t>(i * step);
    blocks.offsets[4 + i] = static_cast<std::uint16_t>(i * step + d.output_across_step);
  }
  return blocks;
}

constexpr std::uint8_t lanes_in_order[8] = {0, 1, 2, 3, 4, 5, 6, 7};
constexpr std::uint8_t lanes_of_5x5_2[8] = {0, 1, 4, 5, 2, 3, 6, 7};

/// Eight channels from `channel` on.
template <int Kernel>
class EightChannels {
 public:
  EightChannels(const DepthwiseConv2dMveS8Params& p, const DepthwiseConv2dMveS8Operands& operands,
                const Slides& slides) noexcept
      : p_(p), operands_(operands), slides_(slides), d_(directions_of(p)), scratch_(operands.scratch) {
    const std::int32_t buffer_bytes = DepthwiseConv2dMveS8::buffer_bytes(p);
    for (std::int32_t i = 0; i < 8; ++i) buffers_[i] = static_cast<std::uint16_t>(i * buffer_bytes);
    arguments_.buffer_bytes = buffer_bytes;
    if (slides.pair != nullptr) pair_ = blocks_of_pair(d_);
    if (slides.single == nullptr) return;
    single_ = blocks_of_line(d_, Kernel == 5 && p.stride_h == 2 ? lanes_of_5x5_2 : lanes_in_order);
  }

  void write(const std::int8_t* image, std::int8_t* output, std::int32_t channel) noexcept {
    const std::int32_t stride = p_.stride_h, positions = (d_.outputs_along - 1) * stride + Kernel;
    auto* scratch = static_cast<std::int8_t*>(scratch_);
    std::int32_t next = -d_.pad_across, written = 0;  // line of the image, and so many are in scratch
    for (std::int32_t line = 0; line < d_.outputs_across;) {
      const bool is_pair = slides_.pair != nullptr && line + 1 < d_.outputs_across;
      const std::int32_t wanted = line * stride + (is_pair ? Kernel + 1 : Kernel);
      for (; written < wanted; ++written, ++next) {
        write_line<position_bytes(Kernel)>(d_, image + channel, next, positions, p_.pad_value, buffers_,
                                           scratch + written);
      }
      write_slide(is_pair ? slides_.pair : slides_.single, is_pair ? pair_ : single_, scratch + line * stride,
                  output + channel + line * d_.output_across_step, channel);
      line += is_pair ? 2 : 1;
    }
  }

 private:
  void write_slide(Slide slide, const Blocks& blocks, const std::int8_t* x, std::int8_t* output,
                   std::int32_t channel) noexcept {
    arguments_.x = x, arguments_.output = output;
    arguments_.constants = operands_.constants + 4 * channel;
    arguments_.weights = operands_.weights + weight_bytes(Kernel) * channel;
    arguments_.blocks = blocks.count, arguments_.output_step = blocks.step;
    arguments_.rest = blocks.rest, arguments_.rest_mask = blocks.rest_mask;
    arguments_.offsets = blocks.offsets;
    arguments_.channels = 8;
    slide(arguments_);
  }

  const DepthwiseConv2dMveS8Params& p_;
  const DepthwiseConv2dMveS8Operands& operands_;
  const Slides& slides_;
  const Directions d_;
  void* scratch_;
  std::uint16_t buffers_[8];
  Blocks pair_, single_;
  SlideArguments arguments_{};
};

/// Offsets of the eight outputs of each block, from the image's first; lanes of the last block that have an output.
struct JoinedBlocks {
  std::int32_t count, last_mask;
};

/// Between rows lies an output that is dropped: it goes where the next block has one that follows.
JoinedBlocks write_offsets(const DepthwiseConv2dMveS8Params& p, std::uint16_t* lane) noexcept {
  const std::int32_t width = p.output_w, lines = p.output_h / 2, channels = p.channels, row_bytes = width * channels;
  std::int32_t in_block = 0, mask = 0;
  const auto put = [&](std::int32_t offset, std::int32_t lanes) {
    lane[0] = static_cast<std::uint16_t>(offset), lane[4] = static_cast<std::uint16_t>(offset + row_bytes);
    mask |= lanes << (2 * in_block);
    ++lane;
    if (++in_block == 4) in_block = 0, lane += 4;
  };
  for (std::int32_t line = 0, offset = 0; line < lines; ++line) {
    for (std::int32_t x = 0; x < width; ++x, offset += channels) {
      if (in_block == 0) mask = 0;
      put(offset, 0x303);
    }
    offset += row_bytes;
    if (line + 1 == lines) break;
    std::int32_t to_x = 3 - in_block, to_line = line + 1;
    while (to_x > width) to_x -= width + 1, ++to_line;
    if (to_x == width) to_x = 0, ++to_line;
    if (in_block == 0) mask = 0;
    put(to_line < lines ? 2 * to_line * row_bytes + to_x * channels : 0, 0);
  }
  // What the last block has no output for is not written.
  while (in_block != 0) put(0, 0);
  return {(DepthwiseConv2dMveS8::joined_outputs(p) + 3) / 4, mask};
}

/// Writes rows of `count` positions of eight channels, which follow each other in the image, `step` apart: a row to
/// every fourth byte of the channels' buffers, the next one byte further.
void write_rows(std::int8_t* to, const std::uint16_t* buffers, const std::int8_t* from, std::int32_t step,
                std::int32_t count, std::int32_t rows) noexcept {
  if (rows <= 0) return;
  std::int32_t pairs = 4;
  asm volatile(
      "vldrh.u16 q0, [%[buffers]]\n"
      "vadd.i16 q3, q0, %[pairs]\n"
      "1:\n"
      "lsrs %[pairs], %[count], #1\n"
      "bcc 2f\n"
      "vldrb.u16 q1, [%[from]]\n"
      "add %[from], %[from], %[step]\n"
      "vstrb.16 q1, [%[to], q0]\n"
      "add %[to], %[to], #4\n"
      "2:\n"
      "wls lr, %[pairs], 4f\n"
      "3:\n"
      "vldrb.u16 q1, [%[from]]\n"
      "add %[from], %[from], %[step]\n"
      "vldrb.u16 q2, [%[from]]\n"
      "add %[from], %[from], %[step]\n"
      "vstrb.16 q1, [%[to], q0]\n"
      "vstrb.16 q2, [%[to], q3]\n"
      "add %[to], %[to], #8\n"
      "le lr, 3b\n"
      "4:\n"
      "add %[to], %[to], %[back]\n"
      "subs %[rows], %[rows], #1\n"
      "bne 1b\n"
      : [to] "+r"(to), [from] "+l"(from), [pairs] "+r"(pairs), [rows] "+r"(rows)
      : [buffers] "r"(buffers), [step] "r"(step), [count] "r"(count), [back] "r"(1 - 4 * count)
      : "lr", "q0", "q1", "q2", "q3", "cc", "memory");
}

/// `bytes` is a multiple of 16.
void fill(std::int8_t* to, std::int32_t value, std::int32_t bytes) noexcept {
  asm volatile(
      "vdup.8 q0, %[value]\n"
      "wls lr, %[count], 2f\n"
      "1:\n"
      "vstrb.8 q0, [%[to]], #16\n"
      "le lr, 1b\n"
      "2:\n"
      : [to] "+r"(to)
      : [value] "r"(value), [count] "r"(bytes / 16)
      : "lr", "q0", "memory");
}

}  // namespace

void run_joined(const DepthwiseConv2dMveS8Params& p, const DepthwiseConv2dMveS8Operands& operands,
                Slide slide) noexcept {
  const std::int32_t buffer_bytes = DepthwiseConv2dMveS8::buffer_bytes(p);
  auto* scratch = static_cast<std::int8_t*>(operands.scratch);
  auto* offsets = reinterpret_cast<std::uint16_t*>(scratch + 8 * buffer_bytes);
  const JoinedBlocks blocks = write_offsets(p, offsets);
  std::uint16_t buffers[8];
  for (std::int32_t i = 0; i < 8; ++i) buffers[i] = static_cast<std::uint16_t>(i * buffer_bytes);
  fill(scratch, p.pad_value, 8 * buffer_bytes);
  // In registers: the assembly may change any memory.
  const std::int32_t width = p.input_w, channels = p.channels, lines = p.output_h / 2;
  const std::int32_t input_h = p.input_h, pad_top = p.pad_top, row_bytes = width * channels;
  const std::int8_t* image = operands.input;
  std::int8_t* output = operands.output;
  for (std::int32_t batch = 0; batch < p.batches; ++batch) {
    for (std::int32_t block = 0; block < p.channels; block += 8) {
      // The last block is the last eight channels.
      const std::int32_t channel = block + 8 <= p.channels ? block : p.channels - 8;
      // Padding stays from block to block.
      std::int8_t* to = scratch + 4;
      const std::int8_t* from = image + channel - pad_top * row_bytes;
      for (std::int32_t line = 0, row = -pad_top; line < lines; ++line, row += 2) {
        const std::int32_t byte = row < 0 ? -row : 0;
        const std::int32_t end = input_h - row < 4 ? input_h - row : 4;
        write_rows(to + byte, buffers, from + byte * row_bytes, channels, width, end - byte);
        to += 4 * (width + 1), from += 2 * row_bytes;
      }
      SlideArguments arguments{scratch,
                               output + channel,
                               operands.constants + 4 * channel,
                               operands.weights + weight_bytes(3) * channel,
                               buffer_bytes,
                               blocks.last_mask,
                               blocks.count - 1,
                               1,
                               8,
                               0,
                               offsets};
      slide(arguments);
    }
    image += p.input_h * row_bytes, output += p.output_h * p.output_w * p.channels;
  }
}

template <int Kernel>
void run(const DepthwiseConv2dMveS8Params& p, const DepthwiseConv2dMveS8Operands& operands,
         const Slides& slides) noexcept {
  EightChannels<Kernel> eight(p, operands, slides);
  const std::int8_t* image = operands.input;
  std::int8_t* output = operands.output;
  for (std::int32_t batch = 0; batch < p.batches; ++batch) {
    for (std::int32_t block = 0; block < p.channels; block += 8) {
      // The last block is the last eight channels.
      eight.write(image, output, block + 8 <= p.channels ? block : p.channels - 8);
    }
    image += p.input_h * p.input_w * p.channels, output += p.output_h * p.output_w * p.channels;
  }
}

template void run<3>(const DepthwiseConv2dMveS8Params&, const DepthwiseConv2dMveS8Operands&, const Slides&) noexcept;
template void run<5>(const DepthwiseConv2dMveS8Params&, const DepthwiseConv2dMveS8Operands&, const Slides&) noexcept;

}  // namespace pudu::kernels::depthwise_conv2d_mve

#endif
