// avg_pool2d_s16 against the mean of taps by PyTorch's rules; rows through rings; sums at their limits.
#include "kernels/avg_pool2d_s16/avg_pool2d_s16.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "kernels/testing/pool_shapes.hpp"
#include "kernels/testing/row_streaming.hpp"
#include "kernels/testing/wide_layers.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

AvgPool2dS16Params params_of(const PoolShape& s, Random& random) {
  AvgPool2dS16Params p{};
  p.batches = s.batches, p.input_h = s.h, p.input_w = s.w, p.channels = s.channels;
  p.output_h = pool_extent(s.h, s.top, s.bottom, s.kh, 1, s.sh, s.overhang);
  p.output_w = pool_extent(s.w, s.left, s.right, s.kw, 1, s.sw, s.overhang);
  p.kernel_h = s.kh, p.kernel_w = s.kw, p.stride_h = s.sh, p.stride_w = s.sw;
  p.pad_top = s.top, p.pad_left = s.left, p.pad_bottom = s.bottom, p.pad_right = s.right;
  p.count_include_pad = random.between(0, 1);
  p.divisor_override = random.one_in(4) ? random.between(1, 2000) : 0;
  const Clamp clamp = random_wide_clamp(random);
  p.output_min = clamp.low, p.output_max = clamp.high;
  return p;
}

/// round(numerator / divisor), ties away from zero.
std::int64_t round_quotient(std::int64_t numerator, std::int64_t divisor) {
  return numerator >= 0 ? floor_divide(2 * numerator + divisor, 2 * divisor)
                        : -floor_divide(-2 * numerator + divisor, 2 * divisor);
}

std::vector<std::int16_t> reference(const AvgPool2dS16Params& p, const std::vector<std::int16_t>& input) {
  std::vector<std::int16_t> output;
  for (std::int32_t n = 0; n < p.batches; ++n)
    for (std::int32_t oy = 0; oy < p.output_h; ++oy)
      for (std::int32_t ox = 0; ox < p.output_w; ++ox)
        for (std::int32_t c = 0; c < p.channels; ++c) {
          std::int64_t sum = 0, valid = 0, pool_size = 0;
          for (std::int32_t ky = 0; ky < p.kernel_h; ++ky)
            for (std::int32_t kx = 0; kx < p.kernel_w; ++kx) {
              const std::int32_t y = oy * p.stride_h - p.pad_top + ky, x = ox * p.stride_w - p.pad_left + kx;
              if (y >= p.input_h + p.pad_bottom || x >= p.input_w + p.pad_right) continue;
              ++pool_size;
              if (y < 0 || y >= p.input_h || x < 0 || x >= p.input_w) continue;
              ++valid;
              sum += input[((n * p.input_h + y) * p.input_w + x) * p.channels + c];
            }
          std::int64_t divisor = p.count_include_pad != 0 ? pool_size : valid;
          if (p.divisor_override != 0) divisor = p.divisor_override;
          const std::int64_t code = valid == 0 ? 0 : round_quotient(sum, divisor);
          output.push_back(static_cast<std::int16_t>(std::clamp<std::int64_t>(code, p.output_min, p.output_max)));
        }
  return output;
}

void check_input(const AvgPool2dS16Params& p, const std::vector<std::int16_t>& input) {
  const auto expected = reference(p, input);
  GuardedBuffer<std::int16_t> output(expected.size());
  const AvgPool2dS16Operands operands{input.data(), output.data()};
  AvgPool2dS16::run(p, operands);
  ASSERT_EQ(output.values(), expected) << describe(p);
  const StreamShape stream{
      p.batches, p.input_h, p.input_w * p.channels, p.output_h, p.output_w * p.channels, p.stride_h,
      p.pad_top, p.kernel_h};
  ASSERT_EQ(run_through_rings<AvgPool2dS16>(p, operands, stream, input), expected) << "streamed:" << describe(p);
}

void check(const AvgPool2dS16Params& p, Random& random) {
  if (p.output_h == 0 || p.output_w == 0) return;
  check_input(p, random.wide_codes(static_cast<std::size_t>(p.batches * p.input_h * p.input_w * p.channels)));
}

TEST(AvgPool2dS16, RandomShapes) {
  Random random(1);
  for (int i = 0; i < 4000; ++i) check(params_of(random_pool(random), random), random);
}

TEST(AvgPool2dS16, EveryWindowSizeAtTheExtremes) {
  Random random(2);
  for (std::int32_t k = 1; k <= 25; ++k)
    for (std::int32_t w = 1; w <= 25; ++w) {
      AvgPool2dS16Params p = params_of({1, k, w, 5, k, w, 1, 1, 0, 0, 0, 0, 1, 1, Overhang::Cut}, random);
      p.divisor_override = 0, p.output_min = -32768, p.output_max = 32767;
      check(p, random);
      for (const std::int32_t value : {-32768, 32767, 0, -1}) {
        check_input(p,
                    std::vector<std::int16_t>(static_cast<std::size_t>(k * w * 5), static_cast<std::int16_t>(value)));
      }
    }
}

TEST(AvgPool2dS16, LargestWindow) {
  Random random(3);
  AvgPool2dS16Params p = params_of({1, 255, 257, 1, 255, 257, 1, 1, 0, 0, 0, 0, 1, 1, Overhang::Cut}, random);
  p.divisor_override = 0, p.output_min = -32768, p.output_max = 32767;
  for (const std::int32_t value : {-32768, 32767}) {
    check_input(p, std::vector<std::int16_t>(255 * 257, static_cast<std::int16_t>(value)));
  }
  check(p, random);
}

TEST(AvgPool2dS16, TiesGoAwayFromZero) {
  Random random(4);
  AvgPool2dS16Params p = params_of({1, 1, 2, 1, 1, 2, 1, 1, 0, 0, 0, 0, 1, 1, Overhang::Cut}, random);
  p.divisor_override = 0, p.output_min = -32768, p.output_max = 32767;
  std::int16_t output = 0;
  const std::int16_t positive[] = {1001, 1002}, negative[] = {-1001, -1002};
  AvgPool2dS16::run(p, {positive, &output});
  EXPECT_EQ(output, 1002);
  AvgPool2dS16::run(p, {negative, &output});
  EXPECT_EQ(output, -1002);
}

static_assert(AvgPool2dS16::scratch_bytes({}, Isa::Mve) == 0);

}  // namespace
}  // namespace pudu::kernels
