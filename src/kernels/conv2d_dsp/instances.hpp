// All inner loops that conv2d_dsp::gemm_for can give, for the file that defines them to instantiate. The linker keeps
// those that a model calls.
#pragma once

// clang-format off
#define PUDU_CONV2D_DSP_INSTANCE(form, units) template void gemm<RequantizeForm::form, units>(const Conv2dDspBlock&) noexcept;
#define PUDU_CONV2D_DSP_EIGHT(form, first)      \
  PUDU_CONV2D_DSP_INSTANCE(form, first)         \
  PUDU_CONV2D_DSP_INSTANCE(form, (first) + 1)   \
  PUDU_CONV2D_DSP_INSTANCE(form, (first) + 2)   \
  PUDU_CONV2D_DSP_INSTANCE(form, (first) + 3)   \
  PUDU_CONV2D_DSP_INSTANCE(form, (first) + 4)   \
  PUDU_CONV2D_DSP_INSTANCE(form, (first) + 5)   \
  PUDU_CONV2D_DSP_INSTANCE(form, (first) + 6)   \
  PUDU_CONV2D_DSP_INSTANCE(form, (first) + 7)
#define PUDU_CONV2D_DSP_UNITS(form)             \
  PUDU_CONV2D_DSP_EIGHT(form, 1)                \
  PUDU_CONV2D_DSP_EIGHT(form, 9)                \
  PUDU_CONV2D_DSP_EIGHT(form, 17)
#define PUDU_CONV2D_DSP_INSTANCES               \
  PUDU_CONV2D_DSP_UNITS(General)                \
  PUDU_CONV2D_DSP_UNITS(Rounded)                \
  PUDU_CONV2D_DSP_UNITS(Line9)                  \
  PUDU_CONV2D_DSP_UNITS(Line11)                 \
  PUDU_CONV2D_DSP_UNITS(Line13)                 \
  PUDU_CONV2D_DSP_UNITS(Line15)
// clang-format on
