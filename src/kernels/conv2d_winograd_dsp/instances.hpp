// All inner loops that conv2d_winograd_dsp::multiply_for can give, for the file that defines them to instantiate. The
// linker keeps those that a model calls.
#pragma once

// clang-format off
#define PUDU_WINOGRAD_INSTANCE(form, units) template void multiply<RequantizeForm::form, units>(Blocks&) noexcept;
#define PUDU_WINOGRAD_UNITS(form)    \
  PUDU_WINOGRAD_INSTANCE(form, 2)    \
  PUDU_WINOGRAD_INSTANCE(form, 3)    \
  PUDU_WINOGRAD_INSTANCE(form, 4)    \
  PUDU_WINOGRAD_INSTANCE(form, 5)    \
  PUDU_WINOGRAD_INSTANCE(form, 6)    \
  PUDU_WINOGRAD_INSTANCE(form, 7)    \
  PUDU_WINOGRAD_INSTANCE(form, 8)    \
  PUDU_WINOGRAD_INSTANCE(form, 10)   \
  PUDU_WINOGRAD_INSTANCE(form, 12)   \
  PUDU_WINOGRAD_INSTANCE(form, 14)   \
  PUDU_WINOGRAD_INSTANCE(form, 16)   \
  PUDU_WINOGRAD_INSTANCE(form, 20)   \
  PUDU_WINOGRAD_INSTANCE(form, 24)   \
  PUDU_WINOGRAD_INSTANCE(form, 28)   \
  PUDU_WINOGRAD_INSTANCE(form, 32)
#define PUDU_WINOGRAD_INSTANCES      \
  PUDU_WINOGRAD_UNITS(General)       \
  PUDU_WINOGRAD_UNITS(Rounded)       \
  PUDU_WINOGRAD_UNITS(Line9)         \
  PUDU_WINOGRAD_UNITS(Line11)        \
  PUDU_WINOGRAD_UNITS(Line13)        \
  PUDU_WINOGRAD_UNITS(Line15)
// clang-format on
