// pad_s8 against indexing, every rank, cutting and growing.
#include "kernels/pad/pad_s8.hpp"

#include <gtest/gtest.h>

#include "kernels/testing/broadcasting.hpp"
#include "kernels/testing/reference.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

void check(const Shape& shape, const Shape& before, const Shape& after, Random& random) {
  PadS8Params p{};
  p.rank = static_cast<std::int32_t>(shape.size());
  p.pad_value = random.zero_point();
  Shape out_shape;
  for (std::size_t dim = 0; dim < shape.size(); ++dim) {
    p.input_shape[dim] = shape[dim], p.pad_before[dim] = before[dim], p.pad_after[dim] = after[dim];
    out_shape.push_back(before[dim] + shape[dim] + after[dim]);
  }
  const auto input = random.codes(element_count(shape));
  std::vector<std::int8_t> expected;
  for (std::size_t i = 0; i < element_count(out_shape); ++i) {
    const Shape index = index_of(i, out_shape);
    std::size_t position = 0;
    bool inside = true;
    for (std::size_t dim = 0; dim < shape.size(); ++dim) {
      const std::int32_t in_index = index[dim] - before[dim];
      inside = inside && in_index >= 0 && in_index < shape[dim];
      position = position * static_cast<std::size_t>(shape[dim]) + static_cast<std::size_t>(in_index);
    }
    expected.push_back(inside ? input[position] : static_cast<std::int8_t>(p.pad_value));
  }
  GuardedBuffer<std::int8_t> output(expected.size());
  PadS8::run(p, {input.data(), output.data()});
  ASSERT_EQ(output.values(), expected) << describe(p);
}

TEST(PadS8, RandomShapes) {
  Random random(1);
  for (int i = 0; i < 5000; ++i) {
    Shape shape, before, after;
    const std::int32_t rank = random.between(0, max_rank);
    for (std::int32_t dim = 0; dim < rank; ++dim) {
      shape.push_back(random.between(1, 5));
      before.push_back(random.one_in(2) ? 0 : random.between(-2, 3));
      after.push_back(random.one_in(2) ? 0 : random.between(-2, 3));
      // An extent must not become negative; one of 0 is an empty output.
      while (before.back() + shape.back() + after.back() < 0) ++after.back();
    }
    check(shape, before, after, random);
    if (HasFatalFailure()) return;
  }
}

TEST(PadS8, AnImageBorder) {
  Random random(2);
  check({1, 96, 96, 3}, {0, 1, 1, 0}, {0, 1, 1, 0}, random);
  check({1, 7, 7, 64}, {0, 0, 0, 0}, {0, 0, 0, 0}, random);
  check({2, 3}, {5, 0}, {-4, 0}, random);  // nothing of the input is left
}

static_assert(PadS8::scratch_bytes({}, Isa::Mve) == 0);

}  // namespace
}  // namespace pudu::kernels
