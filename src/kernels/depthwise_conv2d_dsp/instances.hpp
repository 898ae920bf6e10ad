// All slides that depthwise_conv2d_dsp::slide_of can give, for the file that defines them to instantiate. The linker
// keeps those that a model calls.
#pragma once

// clang-format off
#define PUDU_SLIDE_INSTANCES(form)                                             \
  template void slide<RequantizeForm::form, 1>(const SlideGroup&) noexcept;    \
  template void slide<RequantizeForm::form, 2>(const SlideGroup&) noexcept;    \
  template void slide<RequantizeForm::form, 3>(const SlideGroup&) noexcept;
#define PUDU_DEPTHWISE_CONV2D_DSP_INSTANCES                                    \
  PUDU_SLIDE_INSTANCES(Rounded)                                                \
  PUDU_SLIDE_INSTANCES(Line9)                                                  \
  PUDU_SLIDE_INSTANCES(Line11)                                                 \
  PUDU_SLIDE_INSTANCES(Line13)                                                 \
  PUDU_SLIDE_INSTANCES(Line15)
// clang-format on
