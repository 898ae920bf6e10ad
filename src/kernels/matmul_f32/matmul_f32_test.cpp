// matmul_f32 against the plain sum in double.
#include "kernels/matmul_f32/matmul_f32.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "kernels/testing/float_data.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

TEST(MatmulF32, IsTheSumOfProducts) {
  Random random(1);
  for (int i = 0; i < 200; ++i) {
    MatmulF32Params p{random.between(1, 3), random.between(1, 5), random.between(1, 6), random.between(1, 33), 0, 0};
    p.minimum = random.one_in(2) ? 0.0F : -largest_float;
    p.maximum = random.one_in(2) ? 3.0F : largest_float;
    const auto count = [](std::int32_t a, std::int32_t b, std::int32_t c) {
      return static_cast<std::size_t>(a * b * c);
    };
    const auto lhs = reals(random, count(p.batches, p.rows, p.depth));
    const auto rhs = reals(random, count(p.batches, p.columns, p.depth));
    const auto bias = reals(random, static_cast<std::size_t>(p.columns));
    std::vector<double> expected;
    for (std::int32_t b = 0; b < p.batches; ++b) {
      for (std::int32_t r = 0; r < p.rows; ++r) {
        for (std::int32_t c = 0; c < p.columns; ++c) {
          double sum = static_cast<double>(bias[static_cast<std::size_t>(c)]);
          for (std::int32_t k = 0; k < p.depth; ++k) {
            sum += static_cast<double>(lhs[static_cast<std::size_t>((b * p.rows + r) * p.depth + k)]) *
                   static_cast<double>(rhs[static_cast<std::size_t>((b * p.columns + c) * p.depth + k)]);
          }
          expected.push_back(std::clamp(sum, static_cast<double>(p.minimum), static_cast<double>(p.maximum)));
        }
      }
    }
    GuardedBuffer<float> output(expected.size());
    MatmulF32::run(p, {lhs.data(), rhs.data(), bias.data(), output.data()});
    expect_near(output.values(), expected, 2e-5);
  }
}

TEST(MatmulF32, RoundsEveryProductAndSum) {
  // 1 + 2^-23 squared has a bit below float32, which a fused multiply-add would keep.
  const float x = 1.0F + 1.1920929e-7F;
  const float lhs[] = {x, 1.0F};
  const float rhs[] = {x, -1.0F};
  const float bias = 0.0F;
  GuardedBuffer<float> output(1);
  MatmulF32::run({1, 1, 1, 2, -largest_float, largest_float}, {lhs, rhs, &bias, output.data()});
  EXPECT_EQ(output.values().front(), 2.3841858e-7F);
}

}  // namespace
}  // namespace pudu::kernels
