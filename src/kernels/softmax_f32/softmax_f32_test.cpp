// softmax_f32 against the formula in double, along any dimension.
#include "kernels/softmax_f32/softmax_f32.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "kernels/testing/float_data.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

TEST(SoftmaxF32, RandomShapes) {
  Random random(1);
  for (int i = 0; i < 300; ++i) {
    const SoftmaxF32Params p{random.between(1, 4), random.between(1, 9), random.between(1, 4), random.between(0, 1)};
    const auto input = reals(random, static_cast<std::size_t>(p.outer_count * p.depth * p.inner_count), -20.0F, 20.0F);
    std::vector<double> expected(input.size());
    for (std::int32_t o = 0; o < p.outer_count; ++o) {
      for (std::int32_t k = 0; k < p.inner_count; ++k) {
        const auto at = [&](std::int32_t d) { return static_cast<std::size_t>((o * p.depth + d) * p.inner_count + k); };
        double sum = 0;
        for (std::int32_t d = 0; d < p.depth; ++d) sum += std::exp(static_cast<double>(input[at(d)]));
        for (std::int32_t d = 0; d < p.depth; ++d) {
          const auto x = static_cast<double>(input[at(d)]);
          expected[at(d)] = p.logarithm != 0 ? x - std::log(sum) : std::exp(x) / sum;
        }
      }
    }
    GuardedBuffer<float> output(input.size());
    SoftmaxF32::run(p, {input.data(), output.data()});
    expect_near(output.values(), expected, 1e-6);
  }
}

}  // namespace
}  // namespace pudu::kernels
