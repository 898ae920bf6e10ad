// div_s8 and div_s16 against the C library's float arithmetic: every pair of codes, random int16 pairs, special scales.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "kernels/div/div_s16.hpp"
#include "kernels/div/div_s8.hpp"
#include "kernels/testing/reference.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

template <class Params>
std::int32_t reference(const Params& p, std::int32_t x1, std::int32_t x2) {
  const std::int32_t divisor = x2 + p.input2_offset;
  const volatile float quotient =
      divisor != 0 ? static_cast<float>(x1 + p.input1_offset) / static_cast<float>(divisor) : 0.0f;
  const volatile float scaled = quotient * p.scale;
  const float code = std::isnan(scaled) ? static_cast<float>(p.output_offset)
                                        : std::round(scaled) + static_cast<float>(p.output_offset);
  return static_cast<std::int32_t>(
      std::fmin(std::fmax(code, static_cast<float>(p.activation_min)), static_cast<float>(p.activation_max)));
}

template <class Kernel, class T>
void check(typename Kernel::Params p, const std::vector<T>& x1, const std::vector<T>& x2) {
  p.count = static_cast<std::int32_t>(x1.size());
  GuardedBuffer<T> output(x1.size());
  Kernel::run(p, {x1.data(), x2.data(), output.data()});
  const auto values = output.values();
  for (std::size_t i = 0; i < x1.size(); ++i) {
    ASSERT_EQ(values[i], reference(p, x1[i], x2[i])) << x1[i] + 0 << " / " << x2[i] + 0 << describe(p);
  }
  output.assign(x1);
  Kernel::run(p, {output.data(), x2.data(), output.data()});
  ASSERT_EQ(output.values(), values) << "in place";
}

float random_scale(Random& random) {
  return std::ldexp(static_cast<float>(random.between(1, 1 << 20)), random.between(-24, -8));
}

TEST(DivS8, EveryPairOfCodes) {
  Random random(1);
  std::vector<std::int8_t> x1, x2;
  for (int a = -128; a <= 127; ++a)
    for (int b = -128; b <= 127; ++b)
      x1.push_back(static_cast<std::int8_t>(a)), x2.push_back(static_cast<std::int8_t>(b));
  for (int repeat = 0; repeat < 20; ++repeat) {
    const Clamp clamp = random_clamp(random);
    const float scale = repeat == 0 ? 1.0f : repeat == 1 ? 0.5f : random_scale(random);
    check<DivS8>({0, -random.zero_point(), -random.zero_point(), random.zero_point(), scale, clamp.low, clamp.high}, x1,
                 x2);
  }
}

TEST(DivS8, TiesGoAwayFromZero) {
  const std::int8_t x1[] = {1, 3, -1, -3, 5}, x2[] = {2, 2, 2, 2, 0};
  std::int8_t output[5];
  DivS8::run({5, 0, 0, 10, 1.0f, -128, 127}, {x1, x2, output});
  EXPECT_EQ(std::vector<std::int8_t>(output, output + 5), (std::vector<std::int8_t>{11, 12, 9, 8, 10}));
}

TEST(DivS8, ExtremeScales) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  const std::vector<std::int8_t> x1{5, -5, 0, 5}, x2{1, 1, 1, 0};
  for (const float scale : {infinity, -infinity, std::numeric_limits<float>::quiet_NaN(), 3e38f, 1e-45f, 0.0f}) {
    check<DivS8>({0, 0, 0, 7, scale, -128, 127}, x1, x2);
  }
}

TEST(DivS16, RandomPairs) {
  Random random(2);
  for (int repeat = 0; repeat < 50; ++repeat) {
    std::vector<std::int16_t> x1, x2;
    for (int i = 0; i < 500; ++i) {
      x1.push_back(static_cast<std::int16_t>(random.between(-32768, 32767)));
      x2.push_back(static_cast<std::int16_t>(random.one_in(10) ? 0 : random.between(-32768, 32767)));
    }
    check<DivS16>({0, random.between(-9, 9), 0, random.between(-9, 9), random_scale(random) * 100, -32768, 32767}, x1,
                  x2);
  }
}

static_assert(DivS8::scratch_bytes({}, Isa::Mve) == 0 && DivS16::scratch_bytes({}, Isa::Mve) == 0);

}  // namespace
}  // namespace pudu::kernels
