// argmax_s8 against std::max_element, of equal elements the first.
#include "kernels/argmax/argmax_s8.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "kernels/testing/reference.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

TEST(ArgmaxS8, RandomShapes) {
  Random random(1);
  for (int i = 0; i < 2000; ++i) {
    const ArgmaxS8Params p{random.between(1, 4), random.between(1, 12), random.between(1, 5)};
    auto input = random.codes(static_cast<std::size_t>(p.outer_count * p.depth * p.inner_count));
    if (random.one_in(3)) {
      for (std::int8_t& code : input) code = static_cast<std::int8_t>(code % 2);
    }
    std::vector<std::int32_t> expected;
    for (std::int32_t o = 0; o < p.outer_count; ++o)
      for (std::int32_t k = 0; k < p.inner_count; ++k) {
        std::vector<std::int8_t> row;
        for (std::int32_t n = 0; n < p.depth; ++n) {
          row.push_back(input[static_cast<std::size_t>((o * p.depth + n) * p.inner_count + k)]);
        }
        expected.push_back(static_cast<std::int32_t>(std::max_element(row.begin(), row.end()) - row.begin()));
      }
    GuardedBuffer<std::int32_t> output(expected.size());
    ArgmaxS8::run(p, {input.data(), output.data()});
    ASSERT_EQ(output.values(), expected) << describe(p);
  }
}

static_assert(ArgmaxS8::scratch_bytes({}, Isa::Mve) == 0);

}  // namespace
}  // namespace pudu::kernels
