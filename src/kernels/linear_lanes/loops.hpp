// Which loops of linear_lanes_s8 a build has.
#pragma once

// Not at -O0, which leaves too few registers to the assembler's loops. 1: Armv6-M, Armv8-M baseline; 2: M3.
#if defined(__thumb__) && !defined(__ARM_FEATURE_DSP) && defined(__OPTIMIZE__)
#define PUDU_LINEAR_LANES_THUMB __ARM_ARCH_ISA_THUMB
#else
#define PUDU_LINEAR_LANES_THUMB 0
#endif
