// sum_f32 against the plain sum in double.
#include "kernels/sum_f32/sum_f32.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "kernels/testing/float_data.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

TEST(SumF32, SumsAndMeans) {
  Random random(1);
  for (int i = 0; i < 300; ++i) {
    SumF32Params p{random.between(1, 4), random.between(1, 40), random.between(1, 4), 1.0F};
    if (random.one_in(2)) p.divisor = static_cast<float>(p.sum_count);
    const auto input = reals(random, static_cast<std::size_t>(p.outer_count * p.sum_count * p.inner_count));
    std::vector<double> expected;
    for (std::int32_t o = 0; o < p.outer_count; ++o) {
      for (std::int32_t k = 0; k < p.inner_count; ++k) {
        double sum = 0;
        for (std::int32_t s = 0; s < p.sum_count; ++s) {
          sum += static_cast<double>(input[static_cast<std::size_t>((o * p.sum_count + s) * p.inner_count + k)]);
        }
        expected.push_back(sum / static_cast<double>(p.divisor));
      }
    }
    GuardedBuffer<float> output(expected.size());
    SumF32::run(p, {input.data(), output.data()});
    expect_near(output.values(), expected, 1e-5);
  }
}

}  // namespace
}  // namespace pudu::kernels
