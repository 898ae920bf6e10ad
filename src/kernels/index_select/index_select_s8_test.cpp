// index_select_s8 against indexing of five dimensions.
#include "kernels/index_select/index_select_s8.hpp"

#include <gtest/gtest.h>

#include "kernels/testing/reference.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

std::vector<std::int32_t> random_indices(Random& random, std::int32_t count, std::int32_t size) {
  std::vector<std::int32_t> indices;
  for (std::int32_t i = 0; i < count; ++i) indices.push_back(random.between(0, size - 1));
  return indices;
}

void check(const IndexSelectS8Params& p, Random& random) {
  const auto input =
      random.codes(static_cast<std::size_t>(p.outer_count * p.size1 * p.middle_count * p.size2 * p.inner_count));
  const auto indices1 = random_indices(random, p.count1, p.size1);
  const auto indices2 = random_indices(random, p.count2, p.size2);
  std::vector<std::int8_t> expected;
  for (std::int32_t o = 0; o < p.outer_count; ++o)
    for (const std::int32_t i : indices1)
      for (std::int32_t m = 0; m < p.middle_count; ++m)
        for (const std::int32_t j : indices2)
          for (std::int32_t k = 0; k < p.inner_count; ++k) {
            const std::int32_t position = (((o * p.size1 + i) * p.middle_count + m) * p.size2 + j) * p.inner_count + k;
            expected.push_back(input[static_cast<std::size_t>(position)]);
          }
  GuardedBuffer<std::int8_t> output(expected.size());
  IndexSelectS8::run(p, {input.data(), indices1.data(), indices2.data(), output.data()});
  ASSERT_EQ(output.values(), expected) << describe(p);
}

TEST(IndexSelectS8, RandomShapes) {
  Random random(1);
  for (int i = 0; i < 2000; ++i) {
    check({random.between(1, 3), random.between(1, 6), random.between(1, 7), random.between(1, 3), random.between(1, 6),
           random.between(1, 7), random.between(1, 17)},
          random);
    if (HasFatalFailure()) return;
  }
}

TEST(IndexSelectS8, OneDimension) {
  Random random(2);
  for (std::int32_t inner = 1; inner < 20; ++inner) check({2, 5, 9, 1, 1, 1, inner}, random);
}

static_assert(IndexSelectS8::scratch_bytes({}, Isa::Mve) == 0);

}  // namespace
}  // namespace pudu::kernels
