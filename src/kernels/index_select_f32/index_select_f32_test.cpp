// index_select_f32 against plain indices.
#include "kernels/index_select_f32/index_select_f32.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "kernels/testing/float_data.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

TEST(IndexSelectF32, PicksElements) {
  Random random(1);
  for (int i = 0; i < 300; ++i) {
    const IndexSelectS8Params p{random.between(1, 3), random.between(1, 4), random.between(1, 5), random.between(1, 3),
                                random.between(1, 4), random.between(1, 5), random.between(1, 4)};
    const auto positions = [&](std::int32_t count, std::int32_t size) {
      std::vector<std::int32_t> result(static_cast<std::size_t>(count));
      for (std::int32_t& position : result) position = random.between(0, size - 1);
      return result;
    };
    const auto indices1 = positions(p.count1, p.size1), indices2 = positions(p.count2, p.size2);
    const std::vector<float> input =
        reals(random, static_cast<std::size_t>(p.outer_count * p.size1 * p.middle_count * p.size2 * p.inner_count));
    std::vector<float> expected;
    for (std::int32_t o = 0; o < p.outer_count; ++o) {
      for (const std::int32_t a : indices1) {
        for (std::int32_t m = 0; m < p.middle_count; ++m) {
          for (const std::int32_t b : indices2) {
            for (std::int32_t k = 0; k < p.inner_count; ++k) {
              const std::int32_t row = ((o * p.size1 + a) * p.middle_count + m) * p.size2 + b;
              expected.push_back(input[static_cast<std::size_t>(row * p.inner_count + k)]);
            }
          }
        }
      }
    }
    GuardedBuffer<float> output(expected.size());
    IndexSelectF32::run(p, {input.data(), indices1.data(), indices2.data(), output.data()});
    ASSERT_EQ(output.values(), expected);
  }
}

}  // namespace
}  // namespace pudu::kernels
