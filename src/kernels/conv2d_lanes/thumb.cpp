#include "kernels/conv2d_lanes/code_layout.hpp"
#include "kernels/conv2d_lanes/gemm.hpp"

#if PUDU_CONV2D_LANES_ASSEMBLY

namespace pudu::kernels::conv2d_lanes {

// Cortex-M3 has instructions that Armv6-M and Armv8-M baseline lack. They are as long as the two that they replace, so
// streams are the same. Its assembler knows the size of an instruction only when it has seen all, and cannot check.
#if __ARM_ARCH == 7
constexpr int multiplies_long = 1, checks_positions = 0;
#else
constexpr int multiplies_long = 0, checks_positions = __ARM_ARCH == 6 ? 1 : 0;
#endif

void gemm(Block& block) noexcept {
  asm volatile(
      R"(
.syntax unified
.macro pudu_check name, position
.if %c[checks]
.if (\name - .Lpudu_lanes_runs) - (\position)
.error "code_layout.hpp does not know where \name lies"
.endif
.endif
.endm
@ Shorter code is filled up, so that everything lies where it does on Armv6-M.
.macro pudu_place position
.if %c[multiplies_long]
.org .Lpudu_lanes_runs + (\position)
.endif
.endm
@ One weight of four words of x: r4-r7 hold the products.
.macro pudu_multiply weight
  ldm r0!, {r4-r7}
  muls r4, \weight, r4
  muls r5, \weight, r5
  muls r6, \weight, r6
  muls r7, \weight, r7
.endm
.macro pudu_first weight
.if %c[multiplies_long]
  ldm r0!, {r4-r7}
  mul r8, r4, \weight
  mul r9, r5, \weight
  mul r10, r6, \weight
  mul r11, r7, \weight
.else
  pudu_multiply \weight
  mov r8, r4
  mov r9, r5
  mov r10, r6
  mov r11, r7
.endif
.endm
.macro pudu_middle weight
.if %c[multiplies_long]
  ldm r0!, {r4-r7}
  mla r8, r4, \weight, r8
  mla r9, r5, \weight, r9
  mla r10, r6, \weight, r10
  mla r11, r7, \weight, r11
.else
  pudu_multiply \weight
  add r8, r4
  add r9, r5
  add r10, r6
  add r11, r7
.endif
.endm
.macro pudu_last weight
.if %c[multiplies_long]
  ldm r0!, {r4-r7}
  mla r4, r4, \weight, r8
  mla r5, r5, \weight, r9
  mla r6, r6, \weight, r10
  mla r7, r7, \weight, r11
.else
  pudu_multiply \weight
  add r4, r8
  add r5, r9
  add r6, r10
  add r7, r11
.endif
  push {r4-r7}
.endm
.macro pudu_even_run length
  ldm r1!, {r2, r3}
  pudu_first r2
.if \length == 2
  pudu_last r3
.else
  pudu_middle r3
.rept \length / 2 - 2
  ldm r1!, {r2, r3}
  pudu_middle r2
  pudu_middle r3
.endr
  ldm r1!, {r2, r3}
  pudu_middle r2
  pudu_last r3
.endif
  ldm r1!, {r2}
  add pc, r2
.endm
.macro pudu_odd_run length
  ldm r1!, {r2, r3}
  pudu_first r2
  pudu_middle r3
.rept \length / 2 - 1
  ldm r1!, {r2, r3}
  pudu_middle r2
  pudu_middle r3
.endr
  ldm r1!, {r2, r3}
  pudu_last r2
  add pc, r3
.endm
@ The sums of both halves, biased: r0-r2 and five words on the stack.
.macro pudu_split
  mov r12, r4
  lsls r4, r0, #16
  subs r4, r6, r4
  add r4, r8
  lsls r5, r1, #16
  subs r5, r6, r5
  add r5, r9
  lsls r7, r2, #16
  subs r7, r6, r7
  add r7, r10
  add r11, r6
  lsls r6, r3, #16
  rsbs r6, r6, #0
  add r6, r11
  push {r3-r7}
.endm
@ r3 output, r10 its stride; the constants' end goes to r12.
.macro pudu_output
  ldr r7, [sp, #28]
  mov r10, r7
.endm
.macro pudu_output_pointer temporary
  mov r12, r3
  ldr r3, [sp, #24]
  adds \temporary, r3, #1
  str \temporary, [sp, #24]
.endm
.macro pudu_store value
  strb \value, [r3]
  add r3, r10
.endm
@ The bits of a product from bit k on.
.macro pudu_product_long value, k
  umull r7, \value, \value, r4
  lsrs r7, r7, #\k
  add \value, r7, \value, lsl #(32 - \k)
.endm
.macro pudu_product_narrow value
.if %c[multiplies_long]
  pudu_product_long \value, 5
.else
  lsls r7, \value, #27
  lsrs r7, r7, #27
  lsrs \value, \value, #5
  muls \value, r4, \value
  muls r7, r4, r7
  lsrs r7, r7, #5
  adds \value, \value, r7
.endif
.endm
.macro pudu_product_medium value
.if %c[multiplies_long]
  pudu_product_long \value, 8
.else
  uxtb r7, \value
  lsrs \value, \value, #8
  muls \value, r4, \value
  muls r7, r4, r7
  lsrs r7, r7, #8
  adds \value, \value, r7
.endif
.endm
.macro pudu_product_wide value
.if %c[multiplies_long]
  pudu_product_long \value, 16
.else
  movs r6, r5
  muls r6, \value, r6
  lsrs r6, r6, #8
  uxtb r7, \value
  lsrs \value, \value, #8
  muls \value, r4, \value
  muls r7, r4, r7
  adds r7, r7, r6
  lsrs r7, r7, #8
  adds \value, \value, r7
.endif
.endm
@ Both parts of a multiplier of form Wide.
.macro pudu_join_multiplier
.if %c[multiplies_long]
  orr r4, r5, r4, lsl #8
.endif
.endm
.macro pudu_saturate form, value, number
.Lpudu_\form\()_saturate_\number:
  lsrs \value, \value, #31
  adds \value, #127
  b .Lpudu_\form\()_store_\number
.endm
.macro pudu_below form, product, value, number
.Lpudu_\form\()_below_\number:
  pudu_product_\product \value
  add \value, lr
  lsrs \value, \value, #24
  b .Lpudu_\form\()_store_\number
.endm
@ One output; range and offset are registers.
.macro pudu_above form, product, value, number, range, offset
  cmp \value, \range
  bhi .Lpudu_\form\()_saturate_\number
  pudu_product_\product \value
  add \value, \offset
  lsrs \value, \value, #24
.Lpudu_\form\()_store_\number:
  pudu_store \value
.endm
.macro pudu_one_sided form, range, offset
  pudu_above \form, \form, r0, 0, \range, \offset
  pudu_above \form, \form, r1, 1, \range, \offset
  pudu_above \form, \form, r2, 2, \range, \offset
  pop {r0-r2}
  pudu_above \form, \form, r0, 3, \range, \offset
  pudu_above \form, \form, r1, 4, \range, \offset
  pudu_above \form, \form, r2, 5, \range, \offset
  pop {r0, r1}
  pudu_above \form, \form, r1, 6, \range, \offset
  pudu_above \form, \form, r0, 7, \range, \offset
  b .Lpudu_lanes_next
  pudu_saturate \form, r1, 4
  pudu_saturate \form, r2, 5
  pudu_saturate \form, r1, 6
  pudu_saturate \form, r0, 7
.endm
.macro pudu_either form, product, value, number, range, offset
  cmp \value, r11
  blo .Lpudu_\form\()_below_\number
  pudu_above \form, \product, \value, \number, \range, \offset
.endm
.macro pudu_two_sided form, product, range, offset
  pudu_either \form, \product, r0, 0, \range, \offset
  pudu_either \form, \product, r1, 1, \range, \offset
  pudu_either \form, \product, r2, 2, \range, \offset
  pop {r0-r2}
  pudu_either \form, \product, r0, 3, \range, \offset
  b .Lpudu_\form\()_second_half
  pudu_below \form, \product, r0, 0
  pudu_below \form, \product, r1, 1
  pudu_below \form, \product, r2, 2
  pudu_below \form, \product, r0, 3
.Lpudu_\form\()_second_half:
  pudu_either \form, \product, r1, 4, \range, \offset
  pudu_either \form, \product, r2, 5, \range, \offset
  pop {r0, r1}
  pudu_either \form, \product, r1, 6, \range, \offset
  pudu_either \form, \product, r0, 7, \range, \offset
  b .Lpudu_lanes_next
  pudu_saturate \form, r1, 4
  pudu_saturate \form, r2, 5
  pudu_saturate \form, r1, 6
  pudu_saturate \form, r0, 7
  pudu_below \form, \product, r1, 4
  pudu_below \form, \product, r2, 5
  pudu_below \form, \product, r1, 6
  pudu_below \form, \product, r0, 7
.endm
.macro pudu_frame_sum value, place
  ldr r5, [sp, #\place]
  add r5, \value
  str r5, [sp, #\place]
.endm
.macro pudu_merge_sum value, place
  ldr r5, [sp, #\place]
  add \value, r5
.endm
.macro pudu_saturate_first form
  pudu_saturate \form, r0, 0
  pudu_saturate \form, r1, 1
  pudu_saturate \form, r2, 2
  pudu_saturate \form, r0, 3
.endm

  push {r4-r7, lr}
  mov r0, %[block]
  mov r4, r8
  mov r5, r9
  mov r6, r10
  mov r7, r11
  push {r4-r7}
  sub sp, #60
  str r0, [sp, #12]
  ldm r0!, {r1-r7}
  str r1, [sp]
  str r2, [sp, #4]
  str r3, [sp, #8]
  str r4, [sp, #52]
  mov r12, r4
  str r5, [sp, #48]
  str r6, [sp, #56]
  bl .Lpudu_lanes_next

.Lpudu_lanes_runs:
  ldm r1!, {r2, r3}
  pudu_multiply r2
  push {r4-r7}
  add pc, r3
  pudu_even_run 2
  pudu_odd_run 3
  pudu_even_run 4
  pudu_odd_run 5
  pudu_even_run 6
  pudu_odd_run 7
  pudu_even_run 8
  pudu_odd_run 9
  pudu_even_run 10
  pudu_odd_run 11
  pudu_even_run 12
  pudu_even_run 14
  pudu_even_run 16
  pudu_even_run 20
  pudu_even_run 24

@ The last run's sums begin the folding: high halves r0-r3 with the bias, all r8-r11.
  pudu_place %c[fold]
.Lpudu_lanes_fold:
  ldm r1!, {r2, r3}
  mov r12, r1
  mov lr, r2
  pop {r4-r7}
  mov r8, r4
  mov r9, r5
  mov r10, r6
  mov r11, r7
  asrs r4, r4, #16
  mov r0, r3
  adcs r0, r4
  asrs r5, r5, #16
  mov r1, r3
  adcs r1, r5
  asrs r6, r6, #16
  mov r2, r3
  adcs r2, r6
  asrs r7, r7, #16
  adcs r3, r7
  add pc, lr
.Lpudu_lanes_chain:
.rept %c[chain]
  pop {r4-r7}
  add r8, r4
  asrs r4, r4, #16
  adcs r0, r4
  add r9, r5
  asrs r5, r5, #16
  adcs r1, r5
  add r10, r6
  asrs r6, r6, #16
  adcs r2, r6
  add r11, r7
  asrs r7, r7, #16
  adcs r3, r7
.endr
  mov r4, r12
  ldm r4!, {r5, r6}
  add pc, r5

  pudu_saturate_first narrow_two
  pudu_place %c[narrow_two]
.Lpudu_lanes_narrow_two:
  pudu_split
  pudu_output
  mov r3, r12
  ldm r3!, {r4-r7}
  mov r11, r7
  ldm r3!, {r7}
  mov lr, r7
  pudu_output_pointer r7
  pudu_two_sided narrow_two, narrow, r5, r6

  pudu_saturate_first wide_two
  pudu_place %c[wide_two]
.Lpudu_lanes_wide_two:
  pudu_split
  pudu_output
  mov r3, r12
  ldm r3!, {r4-r7}
  mov r8, r6
  mov r9, r7
  pudu_join_multiplier
  ldm r3!, {r6, r7}
  mov r11, r6
  mov lr, r7
  pudu_output_pointer r7
  pudu_two_sided wide_two, wide, r8, r9

  pudu_place %c[next]
.Lpudu_lanes_next:
  mov r1, r12
  ldr r0, [sp]
  ldm r1!, {r2}
  add pc, r2

  pudu_saturate_first medium
  pudu_place %c[medium]
.Lpudu_lanes_medium:
  pudu_split
  pudu_output
  mov r3, r12
  ldm r3!, {r4-r6}
  pudu_output_pointer r7
  pudu_one_sided medium, r5, r6

  pudu_saturate_first narrow
  pudu_place %c[narrow]
.Lpudu_lanes_narrow:
  pudu_split
  pudu_output
  mov r3, r12
  ldm r3!, {r4-r6}
  pudu_output_pointer r7
  pudu_one_sided narrow, r5, r6

  pudu_saturate_first wide
  pudu_place %c[wide]
.Lpudu_lanes_wide:
  pudu_split
  pudu_output
  mov r3, r12
  ldm r3!, {r4-r7}
  mov r8, r6
  mov r9, r7
  pudu_join_multiplier
  pudu_output_pointer r6
  pudu_one_sided wide, r8, r9

@ The sums themselves, for the caller to requantize.
  pudu_place %c[general]
.Lpudu_lanes_general:
  pudu_split
  ldr r4, [sp, #32]
  ldr r5, [r4, #24]
  stm r5!, {r0-r2}
  pop {r0-r2}
  stm r5!, {r0-r2}
  pop {r0, r1}
  str r1, [r5]
  str r0, [r5, #4]
  movs r1, #1
  b .Lpudu_lanes_leave

@ More runs than the stack should hold: what they sum up to waits in the frame.
  pudu_place %c[save]
.Lpudu_lanes_save:
  str r0, [sp, #16]
  str r1, [sp, #20]
  str r2, [sp, #24]
  str r3, [sp, #28]
  mov r0, r8
  mov r1, r9
  mov r2, r10
  mov r3, r11
  str r0, [sp, #32]
  str r1, [sp, #36]
  str r2, [sp, #40]
  str r3, [sp, #44]
  ldr r0, [sp]
  adds r0, r0, r6
  mov r1, r4
  ldm r1!, {r2}
  add pc, r2
  pudu_place %c[sum]
.Lpudu_lanes_add:
  pudu_frame_sum r0, 16
  pudu_frame_sum r1, 20
  pudu_frame_sum r2, 24
  pudu_frame_sum r3, 28
  pudu_frame_sum r8, 32
  pudu_frame_sum r9, 36
  pudu_frame_sum r10, 40
  pudu_frame_sum r11, 44
  ldr r0, [sp]
  adds r0, r0, r6
  mov r1, r4
  ldm r1!, {r2}
  add pc, r2
  pudu_place %c[merge]
.Lpudu_lanes_merge:
  pudu_merge_sum r0, 16
  pudu_merge_sum r1, 20
  pudu_merge_sum r2, 24
  pudu_merge_sum r3, 28
  pudu_merge_sum r8, 32
  pudu_merge_sum r9, 36
  pudu_merge_sum r10, 40
  pudu_merge_sum r11, 44
  ldm r4!, {r5, r6}
  add pc, r5

@ The same channel of the next eight positions.
  pudu_place %c[next_block]
.Lpudu_lanes_next_block:
  str r3, [sp, #4]
  ldr r0, [sp]
  ldr r1, [sp, #56]
  adds r0, r0, r1
  str r0, [sp]
  ldr r1, [sp, #52]
  mov r12, r1
  ldr r1, [sp, #48]
  subs r1, #1
  str r1, [sp, #48]
  beq .Lpudu_lanes_done
  b .Lpudu_lanes_next
  pudu_place %c[done]
.Lpudu_lanes_done:
  movs r1, #0
.Lpudu_lanes_leave:
  ldr r4, [sp, #12]
  str r1, [r4, #28]
  mov r0, r12
  str r0, [r4, #12]
  ldr r0, [sp, #4]
  str r0, [r4, #4]
  add sp, #60
  pop {r4-r7}
  mov r8, r4
  mov r9, r5
  mov r10, r6
  mov r11, r7
  pop {r4-r7}
  pop {r0}
  mov lr, r0

  pudu_check .Lpudu_lanes_fold, %c[fold]
  pudu_check .Lpudu_lanes_chain, %c[chain_start]
  pudu_check .Lpudu_lanes_narrow_two, %c[narrow_two]
  pudu_check .Lpudu_lanes_wide_two, %c[wide_two]
  pudu_check .Lpudu_lanes_next, %c[next]
  pudu_check .Lpudu_lanes_medium, %c[medium]
  pudu_check .Lpudu_lanes_narrow, %c[narrow]
  pudu_check .Lpudu_lanes_wide, %c[wide]
  pudu_check .Lpudu_lanes_general, %c[general]
  pudu_check .Lpudu_lanes_save, %c[save]
  pudu_check .Lpudu_lanes_add, %c[sum]
  pudu_check .Lpudu_lanes_merge, %c[merge]
  pudu_check .Lpudu_lanes_next_block, %c[next_block]
  pudu_check .Lpudu_lanes_done, %c[done]
)"
      :
      : [block] "r"(&block), [checks] "i"(checks_positions), [multiplies_long] "i"(multiplies_long),
        [chain] "i"(most_runs - 1), [fold] "i"(fold_position), [chain_start] "i"(chain_position(most_runs)),
        [narrow_two] "i"(step_position(Step::NarrowTwoSided)), [wide_two] "i"(step_position(Step::WideTwoSided)),
        [next] "i"(next_position), [medium] "i"(step_position(Step::Medium)), [narrow] "i"(step_position(Step::Narrow)),
        [wide] "i"(step_position(Step::Wide)), [general] "i"(step_position(Step::General)),
        [save] "i"(step_position(Step::Save)), [sum] "i"(step_position(Step::Add)),
        [merge] "i"(step_position(Step::Merge)), [next_block] "i"(next_block_position), [done] "i"(done_position)
      : "r0", "r1", "r2", "r3", "r12", "cc", "memory");
}

}  // namespace pudu::kernels::conv2d_lanes

#endif
