// Assembly for Armv6-M and Armv8-M baseline: the forms of requantize_lanes.hpp, 11 instructions where the output is in
// range (Wide 14), and 3 more with a pivot. Operands of the asm statement: `form` of LanesForm, `pivot` 0 or 1.
#pragma once

// clang-format off

// u times the multiplier r4, shifted; Narrow has 31 in r6, Wide the low part of the multiplier. Uses r3 and r7.
#define PUDU_LANES_PRODUCT(u) \
  ".if %c[form] == 1\n" \
  "lsrs r3, " u ", #5\n" \
  "muls r3, r4, r3\n" \
  "ands " u ", r6\n" \
  "muls " u ", r4, " u "\n" \
  "lsrs " u ", " u ", #5\n" \
  ".else\n" \
  "lsrs r3, " u ", #8\n" \
  "muls r3, r4, r3\n" \
  ".if %c[form] == 3\n" \
  "uxtb r7, " u "\n" \
  "muls r7, r4, r7\n" \
  "muls " u ", r6, " u "\n" \
  "lsrs " u ", " u ", #8\n" \
  "adds " u ", " u ", r7\n" \
  ".else\n" \
  "uxtb " u ", " u "\n" \
  "muls " u ", r4, " u "\n" \
  ".endif\n" \
  "lsrs " u ", " u ", #8\n" \
  ".endif\n" \
  "adds " u ", " u ", r3\n"

// The output of sum u, to which `add_bias` adds the bias. r9: range; r10: offset; with a pivot, r11: pivot; lr: offset
// below; r12: the one taken.
#define PUDU_LANES_OUTPUT(add_bias, u) \
  add_bias \
  "cmp " u ", r9\n" \
  "bls 3f\n" \
  "lsrs " u ", " u ", #31\n" \
  "adds " u ", #127\n" \
  "b 5f\n" \
  "3:\n" \
  ".if %c[pivot]\n" \
  "mov r12, r10\n" \
  "cmp " u ", r11\n" \
  "bhs 4f\n" \
  "mov r12, lr\n" \
  "4:\n" \
  ".endif\n" \
  PUDU_LANES_PRODUCT(u) \
  ".if %c[pivot]\n" \
  "add " u ", r12\n" \
  ".else\n" \
  "add " u ", r10\n" \
  ".endif\n" \
  "lsrs " u ", " u ", #24\n" \
  "5:\n"

// clang-format on
