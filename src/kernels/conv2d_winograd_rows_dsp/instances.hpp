// All inner loops that conv2d_winograd_rows_dsp::multiply_for can give, for the file that defines them to instantiate.
// The linker keeps those that a model calls.
#pragma once

// clang-format off
#define PUDU_WINOGRAD_ROWS_INSTANCES                            \
  template void multiply<RequantizeForm::General>(Blocks&) noexcept; \
  template void multiply<RequantizeForm::Rounded>(Blocks&) noexcept; \
  template void multiply<RequantizeForm::Line9>(Blocks&) noexcept;   \
  template void multiply<RequantizeForm::Line11>(Blocks&) noexcept;  \
  template void multiply<RequantizeForm::Line13>(Blocks&) noexcept;  \
  template void multiply<RequantizeForm::Line15>(Blocks&) noexcept;
// clang-format on
