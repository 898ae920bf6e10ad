// All inner loops that linear_dsp::groups_for can give, for the file that defines them to instantiate. The linker keeps
// those that a model calls.
#pragma once

// clang-format off
#define PUDU_LINEAR_DSP_INSTANCE(form)                                             \
  template void run_groups<8, RequantizeForm::form, 2>(Groups&) noexcept;          \
  template void run_groups<16, RequantizeForm::form, 2>(Groups&) noexcept;         \
  template void run_groups<8, RequantizeForm::form, 4>(Groups&) noexcept;          \
  template void run_groups<16, RequantizeForm::form, 4>(Groups&) noexcept;
#define PUDU_LINEAR_DSP_INSTANCES  \
  PUDU_LINEAR_DSP_INSTANCE(Line9)  \
  PUDU_LINEAR_DSP_INSTANCE(Line11) \
  PUDU_LINEAR_DSP_INSTANCE(Line13) \
  PUDU_LINEAR_DSP_INSTANCE(Line15) \
  template void run_groups<8, RequantizeForm::Line9, 1>(Groups&) noexcept; \
  template void run_groups<16, RequantizeForm::Line9, 1>(Groups&) noexcept;
// clang-format on
