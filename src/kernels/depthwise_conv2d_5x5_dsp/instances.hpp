// All inner loops that depthwise_conv2d_5x5_dsp::row_of can give, for the file that defines them to instantiate. The
// linker keeps those that a model calls.
#pragma once

// clang-format off
#define PUDU_ROW_INSTANCES(form)                                      \
  template void make_row<RequantizeForm::form, 1>(const Row&) noexcept; \
  template void make_row<RequantizeForm::form, 2>(const Row&) noexcept;
#define PUDU_DEPTHWISE_5X5_INSTANCES \
  PUDU_ROW_INSTANCES(Rounded)        \
  PUDU_ROW_INSTANCES(Line9)          \
  PUDU_ROW_INSTANCES(Line11)         \
  PUDU_ROW_INSTANCES(Line13)         \
  PUDU_ROW_INSTANCES(Line15)
// clang-format on
