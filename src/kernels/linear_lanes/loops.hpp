// Which loops of linear_lanes_s8 a build has.
#pragma once

// Not at -O0, which leaves too few registers to the assembler's loops. 1: Armv6-M, Armv8-M baseline; 2: M3.
#if defined(__thumb__) && !defined(__ARM_FEATURE_DSP) && defined(__OPTIMIZE__)
#define PUDU_LINEAR_LANES_THUMB __ARM_ARCH_ISA_THUMB
#else
#define PUDU_LINEAR_LANES_THUMB 0
#endif

#define PUDU_LINEAR_LANES_FORM(form, pivot)                                                                          \
  template void write_alike<LanesForm::form, pivot>(const LanesConstants&, const std::int32_t*, const std::int32_t*, \
                                                    std::int32_t, std::int8_t*) noexcept;

/// Instances of write_alike, each in a section of its own.
#define PUDU_LINEAR_LANES_OUTPUTS   \
  PUDU_LINEAR_LANES_FORM(Narrow, 0) \
  PUDU_LINEAR_LANES_FORM(Narrow, 1) \
  PUDU_LINEAR_LANES_FORM(Medium, 0) \
  PUDU_LINEAR_LANES_FORM(Medium, 1) \
  PUDU_LINEAR_LANES_FORM(Wide, 0)   \
  PUDU_LINEAR_LANES_FORM(Wide, 1)
