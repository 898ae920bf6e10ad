// Tests only: average pools against the mean of taps by PyTorch's rules, for int8 and int16 codes; rows through rings.
#pragma once

#include <algorithm>
#include <limits>

#include "kernels/testing/code_layers.hpp"
#include "kernels/testing/pool_shapes.hpp"

namespace pudu::kernels::testing::avg_pool2d_checks {

template <class Kernel>
typename Kernel::Params params_of(const PoolShape& s, Random& random) {
  typename Kernel::Params p{};
  p.batches = s.batches, p.input_h = s.h, p.input_w = s.w, p.channels = s.channels;
  p.output_h = pool_extent(s.h, s.top, s.bottom, s.kh, 1, s.sh, s.overhang);
  p.output_w = pool_extent(s.w, s.left, s.right, s.kw, 1, s.sw, s.overhang);
  p.kernel_h = s.kh, p.kernel_w = s.kw, p.stride_h = s.sh, p.stride_w = s.sw;
  p.pad_top = s.top, p.pad_left = s.left, p.pad_bottom = s.bottom, p.pad_right = s.right;
  p.count_include_pad = random.between(0, 1);
  p.divisor_override = random.one_in(4) ? random.between(1, 2000) : 0;
  if constexpr (requires { p.pad_value; }) p.pad_value = random.zero_point();
  draw_codes<Kernel>(p, random);
  return p;
}

/// A pool over a whole image, one output, with every code allowed.
template <class Kernel>
typename Kernel::Params whole_image(std::int32_t h, std::int32_t w, std::int32_t channels, Random& random) {
  auto p = params_of<Kernel>({1, h, w, channels, h, w, 1, 1, 0, 0, 0, 0, 1, 1, Overhang::Cut}, random);
  p.divisor_override = 0;
  using Limits = std::numeric_limits<CodeOf<Kernel>>;
  if constexpr (requires { p.output_min; }) {
    p.output_min = Limits::min(), p.output_max = Limits::max();
  } else {
    p.activation_min = Limits::min(), p.activation_max = Limits::max();
  }
  return p;
}

/// round(numerator / divisor), ties away from zero.
inline std::int64_t round_quotient(std::int64_t numerator, std::int64_t divisor) {
  return numerator >= 0 ? floor_divide(2 * numerator + divisor, 2 * divisor)
                        : -floor_divide(-2 * numerator + divisor, 2 * divisor);
}

template <class Kernel>
std::vector<CodeOf<Kernel>> reference(const typename Kernel::Params& p, const std::vector<CodeOf<Kernel>>& input) {
  std::vector<CodeOf<Kernel>> output;
  std::int64_t zero = 0;
  if constexpr (requires { p.pad_value; }) zero = p.pad_value;
  const Clamp bounds = bounds_of(p);
  for (std::int32_t n = 0; n < p.batches; ++n)
    for (std::int32_t oy = 0; oy < p.output_h; ++oy)
      for (std::int32_t ox = 0; ox < p.output_w; ++ox)
        for (std::int32_t c = 0; c < p.channels; ++c) {
          std::int64_t sum = 0, valid = 0, pool_size = 0;  // sum of code - zero point
          for (std::int32_t ky = 0; ky < p.kernel_h; ++ky)
            for (std::int32_t kx = 0; kx < p.kernel_w; ++kx) {
              const std::int32_t y = oy * p.stride_h - p.pad_top + ky, x = ox * p.stride_w - p.pad_left + kx;
              if (y >= p.input_h + p.pad_bottom || x >= p.input_w + p.pad_right) continue;
              ++pool_size;
              if (y < 0 || y >= p.input_h || x < 0 || x >= p.input_w) continue;
              ++valid;
              sum += input[((n * p.input_h + y) * p.input_w + x) * p.channels + c] - zero;
            }
          std::int64_t divisor = p.count_include_pad != 0 ? pool_size : valid;
          if (p.divisor_override != 0) divisor = p.divisor_override;
          // The mean of raw codes decides ties: zero point added before the division.
          const std::int64_t code = valid == 0 ? zero : round_quotient(sum + divisor * zero, divisor);
          output.push_back(static_cast<CodeOf<Kernel>>(std::clamp<std::int64_t>(code, bounds.low, bounds.high)));
        }
  return output;
}

template <class Kernel>
void check_input(const typename Kernel::Params& p, const std::vector<CodeOf<Kernel>>& input) {
  const auto expected = reference<Kernel>(p, input);
  GuardedBuffer<CodeOf<Kernel>> output(expected.size());
  const typename Kernel::Operands operands{input.data(), output.data()};
  Kernel::run(p, operands);
  ASSERT_EQ(output.values(), expected) << describe(p);
  const StreamShape stream{
      p.batches, p.input_h, p.input_w * p.channels, p.output_h, p.output_w * p.channels, p.stride_h,
      p.pad_top, p.kernel_h};
  ASSERT_EQ(run_through_rings<Kernel>(p, operands, stream, input), expected) << "streamed:" << describe(p);
}

template <class Kernel>
void check(const typename Kernel::Params& p, Random& random) {
  if (p.output_h == 0 || p.output_w == 0) return;
  check_input<Kernel>(p, random_codes<Kernel>(random, p.batches * p.input_h * p.input_w * p.channels));
}

template <class Kernel>
void random_shapes() {
  Random random(1);
  for (int i = 0; i < 4000; ++i) check<Kernel>(params_of<Kernel>(random_pool(random), random), random);
}

/// Every divisor from 1 to 25 * 25, so every way to divide, with sums at their extremes.
template <class Kernel>
void every_window_size() {
  Random random(2);
  using Code = CodeOf<Kernel>;
  for (std::int32_t k = 1; k <= 25; ++k)
    for (std::int32_t w = 1; w <= 25; ++w) {
      const auto p = whole_image<Kernel>(k, w, 5, random);
      check<Kernel>(p, random);
      for (const Code value : {std::numeric_limits<Code>::min(), std::numeric_limits<Code>::max(), Code{0}, Code{-1}}) {
        check_input<Kernel>(p, std::vector<Code>(static_cast<std::size_t>(k * w * 5), value));
      }
    }
}

/// The mean of `code` and the next one further from zero is the latter.
template <class Kernel>
void ties_go_away_from_zero(CodeOf<Kernel> code) {
  Random random(4);
  const auto p = whole_image<Kernel>(1, 2, 1, random);
  using Code = CodeOf<Kernel>;
  const auto next = static_cast<Code>(code + 1);
  const Code positive[] = {code, next}, negative[] = {static_cast<Code>(-code), static_cast<Code>(-next)};
  Code output = 0;
  Kernel::run(p, {positive, &output});
  EXPECT_EQ(output, next);
  Kernel::run(p, {negative, &output});
  EXPECT_EQ(output, -next);
}

}  // namespace pudu::kernels::testing::avg_pool2d_checks
