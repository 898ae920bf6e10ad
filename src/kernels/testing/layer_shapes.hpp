// Tests only: the random convolutions and depthwise convolutions that several of the prepared kernels are tested with.
#pragma once

#include "kernels/testing/layer_case.hpp"
#include "kernels/testing/random_data.hpp"

namespace pudu::kernels::testing {

/// In which random shapes for one kernel differ from those for another.
struct ShapeLimits {
  std::int32_t least_output_channels;
  std::int32_t widest;
};

/// Every height of up to 4 with every window of up to 3x3, its strides down and paddings above and below.
template <class Check>
void for_small_windows(Random& random, ShapeLimits limits, Check check) {
  for (std::int32_t h = 1; h <= 4; ++h)
    for (std::int32_t kh = 1; kh <= 3; ++kh)
      for (std::int32_t kw = 1; kw <= 3; ++kw)
        for (std::int32_t sh = 1; sh <= 3; ++sh)
          for (std::int32_t top = 0; top <= 2; ++top)
            for (std::int32_t bottom = 0; bottom <= 2; ++bottom) {
              check(Conv2dShape{.batches = random.between(1, 2),
                                .h = h,
                                .w = random.between(1, limits.widest),
                                .in = random.between(1, 5),
                                .out = random.between(limits.least_output_channels, 5),
                                .kh = kh,
                                .kw = kw,
                                .sh = sh,
                                .sw = random.between(1, 3),
                                .top = top,
                                .left = random.between(0, 2),
                                .bottom = bottom,
                                .right = random.between(0, 2)});
            }
}

template <class Check>
void for_pointwise_of_many_channels(Random& random, std::int32_t least_output_channels, Check check) {
  for (std::int32_t in = 1; in <= 140; ++in) {
    check(Conv2dShape{.h = random.between(1, 5),
                      .w = random.between(1, 5),
                      .in = in,
                      .out = random.between(least_output_channels, 9),
                      .kh = 1,
                      .kw = 1,
                      .sh = random.one_in(4) ? 2 : 1,
                      .sw = random.one_in(4) ? 2 : 1});
  }
}

template <class Check>
void for_larger_convolutions(Random& random, std::int32_t least_output_channels, Check check) {
  for (int i = 0; i < 60; ++i) {
    const std::int32_t kernel = random.between(1, 7);
    check(Conv2dShape{.h = random.between(5, 14),
                      .w = random.between(5, 14),
                      .in = random.between(1, 20),
                      .out = random.between(least_output_channels, 17),
                      .kh = kernel,
                      .kw = random.between(1, 5),
                      .sh = random.between(1, 3),
                      .sw = random.between(1, 3),
                      .top = random.between(0, kernel),
                      .left = random.between(0, 3),
                      .bottom = random.between(0, 3),
                      .right = random.between(0, 3)});
  }
}

struct ImageSizes {
  std::int32_t tallest, narrowest, widest;
};

/// Every image of these sizes with every stride and most paddings.
template <class Check>
void for_small_depthwise_images(Random& random, ImageSizes sizes, Check check) {
  for (std::int32_t h = 1; h <= sizes.tallest; ++h)
    for (std::int32_t w = sizes.narrowest; w <= sizes.widest; ++w)
      for (std::int32_t stride = 1; stride <= 2; ++stride)
        for (std::int32_t top = 0; top <= 2; ++top)
          for (std::int32_t left = 0; left <= 2; ++left)
            for (std::int32_t right = 0; right <= 3; ++right) {
              check(DepthwiseShape{.h = h,
                                   .w = w,
                                   .channels = random.between(4, 9),
                                   .stride = stride,
                                   .top = top,
                                   .left = left,
                                   .bottom = random.between(0, 3),
                                   .right = right});
            }
}

template <class Check>
void for_larger_depthwise_images(Random& random, Check check) {
  for (int i = 0; i < 200; ++i) {
    check(DepthwiseShape{.batches = random.between(1, 2),
                         .h = random.between(1, 19),
                         .w = random.between(1, 19),
                         .channels = random.between(4, 37),
                         .stride = random.between(1, 2),
                         .top = random.between(0, 2),
                         .left = random.between(0, 2),
                         .bottom = random.between(0, 2),
                         .right = random.between(0, 2)});
  }
}

}  // namespace pudu::kernels::testing
