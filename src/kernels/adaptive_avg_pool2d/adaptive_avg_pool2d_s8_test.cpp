// adaptive_avg_pool2d_s8 against the mean over PyTorch's windows, for every pair of extents.
#include "kernels/adaptive_avg_pool2d/adaptive_avg_pool2d_s8.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "kernels/testing/reference.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

void check(const AdaptiveAvgPool2dS8Params& p, Random& random) {
  const auto input = random.codes(static_cast<std::size_t>(p.batches * p.input_h * p.input_w * p.channels));
  std::vector<std::int8_t> expected;
  for (std::int32_t n = 0; n < p.batches; ++n)
    for (std::int32_t oy = 0; oy < p.output_h; ++oy)
      for (std::int32_t ox = 0; ox < p.output_w; ++ox)
        for (std::int32_t c = 0; c < p.channels; ++c) {
          std::int32_t sum = 0, count = 0;
          const auto covers = [](std::int32_t position, std::int32_t index, std::int32_t in, std::int32_t out) {
            return position >= std::floor(index * in / static_cast<double>(out)) &&
                   position < std::ceil((index + 1) * in / static_cast<double>(out));
          };
          for (std::int32_t y = 0; y < p.input_h; ++y)
            for (std::int32_t x = 0; x < p.input_w; ++x) {
              if (!covers(y, oy, p.input_h, p.output_h) || !covers(x, ox, p.input_w, p.output_w)) continue;
              sum += input[((n * p.input_h + y) * p.input_w + x) * p.channels + c];
              ++count;
            }
          const long mean = std::lround(static_cast<double>(sum) / count);  // ties away from zero; exact in double
          expected.push_back(static_cast<std::int8_t>(std::clamp<long>(mean, p.activation_min, p.activation_max)));
        }
  GuardedBuffer<std::int8_t> output(expected.size());
  AdaptiveAvgPool2dS8::run(p, {input.data(), output.data()});
  ASSERT_EQ(output.values(), expected) << describe(p);
}

TEST(AdaptiveAvgPool2dS8, EveryPairOfExtents) {
  Random random(1);
  for (std::int32_t in = 1; in <= 12; ++in)
    for (std::int32_t out = 1; out <= 12; ++out) {
      const Clamp clamp = random_clamp(random);
      check({random.between(1, 2), in, random.between(1, 9), random.between(1, 9), out, random.between(1, 9), clamp.low,
             clamp.high},
            random);
    }
}

TEST(AdaptiveAvgPool2dS8, GlobalMeans) {
  Random random(2);
  for (const std::int32_t extent : {7, 18, 19, 20, 56}) check({1, extent, extent, 6, 1, 1, -128, 127}, random);
}

static_assert(AdaptiveAvgPool2dS8::scratch_bytes({}, Isa::Mve) == 0);

}  // namespace
}  // namespace pudu::kernels
