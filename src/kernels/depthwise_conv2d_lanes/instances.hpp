// Instances of the loops of depthwise_conv2d_lanes_s8: one for each pattern of runs and stride, and each form of
// outputs. Each lands in a section of its own, so that the linker keeps those that a model uses.
#pragma once

#define PUDU_DEPTHWISE_CONV2D_LANES_PATTERN(pattern)                           \
  template void sum_products<run_masks[pattern], 1>(const Products&) noexcept; \
  template void sum_products<run_masks[pattern], 2>(const Products&) noexcept;

#define PUDU_DEPTHWISE_CONV2D_LANES_PRODUCTS \
  PUDU_DEPTHWISE_CONV2D_LANES_PATTERN(0)     \
  PUDU_DEPTHWISE_CONV2D_LANES_PATTERN(1)     \
  PUDU_DEPTHWISE_CONV2D_LANES_PATTERN(2)     \
  PUDU_DEPTHWISE_CONV2D_LANES_PATTERN(3)     \
  PUDU_DEPTHWISE_CONV2D_LANES_PATTERN(4)     \
  PUDU_DEPTHWISE_CONV2D_LANES_PATTERN(5)     \
  PUDU_DEPTHWISE_CONV2D_LANES_PATTERN(6)     \
  PUDU_DEPTHWISE_CONV2D_LANES_PATTERN(7)     \
  PUDU_DEPTHWISE_CONV2D_LANES_PATTERN(8)     \
  PUDU_DEPTHWISE_CONV2D_LANES_PATTERN(9)     \
  PUDU_DEPTHWISE_CONV2D_LANES_PATTERN(10)    \
  PUDU_DEPTHWISE_CONV2D_LANES_PATTERN(11)    \
  PUDU_DEPTHWISE_CONV2D_LANES_PATTERN(12)    \
  PUDU_DEPTHWISE_CONV2D_LANES_PATTERN(13)    \
  PUDU_DEPTHWISE_CONV2D_LANES_PATTERN(14)    \
  PUDU_DEPTHWISE_CONV2D_LANES_PATTERN(15)

#define PUDU_DEPTHWISE_CONV2D_LANES_OUTPUTS                                      \
  template void write_outputs<LanesForm::Narrow, 0>(const OutputRows&) noexcept; \
  template void write_outputs<LanesForm::Narrow, 1>(const OutputRows&) noexcept; \
  template void write_outputs<LanesForm::Medium, 0>(const OutputRows&) noexcept; \
  template void write_outputs<LanesForm::Medium, 1>(const OutputRows&) noexcept; \
  template void write_outputs<LanesForm::Wide, 0>(const OutputRows&) noexcept;   \
  template void write_outputs<LanesForm::Wide, 1>(const OutputRows&) noexcept;
