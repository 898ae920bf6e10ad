// Tests only: maximum pooling against the plain maximum, for int8 and int16 codes, dilation and ceil windows included;
// rows through rings.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "kernels/testing/code_layers.hpp"
#include "kernels/testing/pool_shapes.hpp"
#include "kernels/testing/row_streaming.hpp"

namespace pudu::kernels::testing {

template <class Kernel>
void check_max_pool(const PoolShape& s, Random& random) {
  typename Kernel::Params p{};
  p.batches = s.batches, p.input_h = s.h, p.input_w = s.w, p.channels = s.channels;
  p.output_h = pool_extent(s.h, s.top, s.bottom, s.kh, s.dh, s.sh, s.overhang);
  p.output_w = pool_extent(s.w, s.left, s.right, s.kw, s.dw, s.sw, s.overhang);
  p.kernel_h = s.kh, p.kernel_w = s.kw, p.stride_h = s.sh, p.stride_w = s.sw;
  p.pad_top = s.top, p.pad_left = s.left, p.dilation_h = s.dh, p.dilation_w = s.dw;
  draw_codes<Kernel>(p, random);
  if (p.output_h == 0 || p.output_w == 0) return;
  const auto input = random_codes<Kernel>(random, p.batches * p.input_h * p.input_w * p.channels);
  const Clamp bounds = bounds_of(p);
  std::vector<CodeOf<Kernel>> expected;
  for (std::int32_t n = 0; n < p.batches; ++n)
    for (std::int32_t oy = 0; oy < p.output_h; ++oy)
      for (std::int32_t ox = 0; ox < p.output_w; ++ox)
        for (std::int32_t c = 0; c < p.channels; ++c) {
          std::vector<std::int32_t> taps;
          for (std::int32_t ky = 0; ky < p.kernel_h; ++ky)
            for (std::int32_t kx = 0; kx < p.kernel_w; ++kx) {
              const std::int32_t y = oy * p.stride_h - p.pad_top + ky * p.dilation_h;
              const std::int32_t x = ox * p.stride_w - p.pad_left + kx * p.dilation_w;
              if (y < 0 || y >= p.input_h || x < 0 || x >= p.input_w) continue;
              taps.push_back(input[((n * p.input_h + y) * p.input_w + x) * p.channels + c]);
            }
          const std::int32_t largest =
              taps.empty() ? std::numeric_limits<CodeOf<Kernel>>::min() : *std::max_element(taps.begin(), taps.end());
          expected.push_back(static_cast<CodeOf<Kernel>>(std::clamp(largest, bounds.low, bounds.high)));
        }
  GuardedBuffer<CodeOf<Kernel>> output(expected.size());
  const typename Kernel::Operands operands{input.data(), output.data()};
  Kernel::run(p, operands);
  ASSERT_EQ(output.values(), expected) << describe(p);
  const StreamShape stream{p.batches,
                           p.input_h,
                           p.input_w * p.channels,
                           p.output_h,
                           p.output_w * p.channels,
                           p.stride_h,
                           p.pad_top,
                           (p.kernel_h - 1) * p.dilation_h + 1};
  ASSERT_EQ(run_through_rings<Kernel>(p, operands, stream, input), expected) << "streamed:" << describe(p);
}

template <class Kernel>
void check_max_pools() {
  Random random(1);
  for (int i = 0; i < 4000; ++i) check_max_pool<Kernel>(random_pool(random), random);
  check_max_pool<Kernel>({1, 112, 112, 5, 3, 3, 2, 2, 1, 1, 1, 1, 1, 1, Overhang::Cut}, random);
  check_max_pool<Kernel>({1, 28, 28, 12, 2, 2, 2, 2, 0, 0, 0, 0, 1, 1, Overhang::Keep}, random);
}

}  // namespace pudu::kernels::testing
