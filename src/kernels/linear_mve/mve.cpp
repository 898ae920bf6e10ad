// linear_mve_s8 for MVE: sixteen features of four outputs in 9 instructions and the loop's, which is 1 for 64 features
// or, where their number is no multiple of 16, for 16 with a predicate; four outputs end in 18. GCC finds neither the
// tail-predicated loop nor the even registers of the sums, so it is assembly, with scalar.cpp as twin.
#if defined(__ARM_FEATURE_MVE)

#include "kernels/linear_mve/linear_mve_s8.hpp"

namespace pudu::kernels::linear_mve {

// Sixteen features: r1 input, r3 weights.
#define PUDU_UNIT            \
  "vldrb.8 q0, [r1], #16\n"  \
  "vldrb.8 q1, [r3], #16\n"  \
  "vldrb.8 q2, [r3], #16\n"  \
  "vmladava.s8 r0, q0, q1\n" \
  "vldrb.8 q3, [r3], #16\n"  \
  "vmladava.s8 r2, q0, q2\n" \
  "vldrb.8 q1, [r3], #16\n"  \
  "vmladava.s8 r4, q0, q3\n" \
  "vmladava.s8 r6, q0, q1\n"

#define PUDU_FOUR_OUTPUTS(sums)          \
  "push {r4-r11, lr}\n"                  \
  "mov r12, %[arguments]\n"              \
  "ldm r12, {r3, r5, r7, r8, r9, r10}\n" \
  "vldrw.32 q6, [r12, #32]\n"            \
  "vldrw.32 q7, [r12, #48]\n"            \
  "ldr r12, [r12, #24]\n"                \
  "mov r11, #1\n"                        \
  "1:\n"                                 \
  "ldrd r0, r2, [r5]\n"                  \
  "ldrd r4, r6, [r5, #8]\n"              \
  "mov r1, r9\n" sums                    \
  "vmov q4[2], q4[0], r0, r4\n"          \
  "vmov q4[3], q4[1], r2, r6\n"          \
  "vldrw.32 q0, [r5, #16]\n"             \
  "vldrw.32 q1, [r5, #32]\n"             \
  "vqrdmulh.s32 q4, q4, q0\n"            \
  "vqdmlah.s32 q4, q4, r11\n"            \
  "vrshl.s32 q4, q4, q1\n"               \
  "vmax.s32 q4, q4, q6\n"                \
  "vmin.s32 q4, q4, q7\n"                \
  "vadd.i32 q4, q4, r12\n"               \
  "vstrb.32 q4, [r7], #4\n"              \
  "add r5, r5, #48\n"                    \
  "subs r8, r8, #1\n"                    \
  "bne 1b\n"                             \
  "pop {r4-r11, lr}\n"

#define PUDU_CLOBBERS "r0", "r1", "r2", "r3", "r12", "q0", "q1", "q2", "q3", "q4", "q6", "q7", "cc", "memory"

[[gnu::noinline]] void write_groups(const GroupArguments& arguments) noexcept {
  asm volatile(PUDU_FOUR_OUTPUTS("dlstp.8 lr, r10\n"
                                 "2:\n" PUDU_UNIT "letp lr, 2b\n")
               :
               : [arguments] "r"(&arguments)
               : PUDU_CLOBBERS);
}

/// Whole units, `Lead` of them before the loop.
template <int Lead>
[[gnu::noinline]] void write_whole_groups(const GroupArguments& arguments) noexcept {
  asm volatile(PUDU_FOUR_OUTPUTS(".rept %c[lead]\n" PUDU_UNIT ".endr\n"
                                 "wls lr, r10, 3f\n"
                                 "2:\n" PUDU_UNIT PUDU_UNIT PUDU_UNIT PUDU_UNIT "le lr, 2b\n"
                                 "3:\n")
               :
               : [arguments] "r"(&arguments), [lead] "i"(Lead)
               : PUDU_CLOBBERS);
}

template void write_whole_groups<0>(const GroupArguments&) noexcept;
template void write_whole_groups<1>(const GroupArguments&) noexcept;
template void write_whole_groups<2>(const GroupArguments&) noexcept;
template void write_whole_groups<3>(const GroupArguments&) noexcept;

void run(const LinearMveS8Params& p, const LinearMveS8Operands& operands, Writer write) noexcept {
  using Kernel = LinearMveS8;
  GroupArguments arguments{};
  arguments.features = Kernel::has_whole_units(p) ? Kernel::units(p) / 4 : p.input_features;
  arguments.output_offset = p.output_offset;
  for (std::int32_t i = 0; i < 4; ++i) {
    arguments.clamp[i] = p.activation_min - p.output_offset;
    arguments.clamp[4 + i] = p.activation_max - p.output_offset;
  }
  const std::int32_t whole = p.output_features / 4;
  for (std::int32_t batch = 0; batch < p.batches; ++batch) {
    arguments.input = operands.input + batch * p.input_features;
    arguments.output = operands.output + batch * p.output_features;
    arguments.weights = operands.weights, arguments.constants = operands.constants;
    arguments.groups = whole;
    write(arguments);
    if (p.output_features % 4 == 0) continue;
    arguments.output += p.output_features - 4;
    arguments.weights += whole * Kernel::units(p) * 64, arguments.constants += 12 * whole;
    arguments.groups = 1;
    write(arguments);
  }
}

}  // namespace pudu::kernels::linear_mve

#endif
