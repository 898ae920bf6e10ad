// strided_slice_s8 against indexing, every rank, steps of both signs.
#include "kernels/strided_slice/strided_slice_s8.hpp"

#include <gtest/gtest.h>

#include "kernels/testing/broadcasting.hpp"
#include "kernels/testing/reference.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

/// begin, count and step of one dimension.
struct Slice {
  std::int32_t begin, count, step;
};

void check(const Shape& shape, const std::vector<Slice>& slices, Random& random) {
  StridedSliceS8Params p{};
  p.rank = static_cast<std::int32_t>(shape.size());
  std::int32_t stride = 1;
  Shape out_shape(shape.size());
  for (std::size_t dim = shape.size(); dim-- > 0;) {
    out_shape[dim] = slices[dim].count;
    p.output_shape[dim] = slices[dim].count;
    p.input_strides[dim] = stride * slices[dim].step;
    p.input_start_offset += stride * slices[dim].begin;
    stride *= shape[dim];
  }
  const auto input = random.codes(element_count(shape));
  std::vector<std::int8_t> expected;
  for (std::size_t i = 0; i < element_count(out_shape); ++i) {
    const Shape index = index_of(i, out_shape);
    std::size_t position = 0;
    for (std::size_t dim = 0; dim < shape.size(); ++dim) {
      position = position * static_cast<std::size_t>(shape[dim]) +
                 static_cast<std::size_t>(slices[dim].begin + index[dim] * slices[dim].step);
    }
    expected.push_back(input[position]);
  }
  GuardedBuffer<std::int8_t> output(expected.size());
  StridedSliceS8::run(p, {input.data(), output.data()});
  ASSERT_EQ(output.values(), expected) << describe(p);
}

TEST(StridedSliceS8, RandomSlices) {
  Random random(1);
  for (int i = 0; i < 5000; ++i) {
    Shape shape;
    std::vector<Slice> slices;
    const std::int32_t rank = random.between(0, max_rank);
    for (std::int32_t dim = 0; dim < rank; ++dim) {
      shape.push_back(random.between(1, 5));
      const std::int32_t begin = random.between(0, shape.back() - 1);
      const std::int32_t step = random.one_in(2) ? 1 : random.one_in(3) ? -random.between(1, 2) : random.between(1, 3);
      const std::int32_t room = step > 0 ? shape.back() - 1 - begin : begin;
      slices.push_back({begin, random.one_in(20) ? 0 : random.between(1, room / std::abs(step) + 1), step});
    }
    check(shape, slices, random);
    if (HasFatalFailure()) return;
  }
}

TEST(StridedSliceS8, CommonCases) {
  Random random(2);
  check({1, 8, 8, 32}, {{0, 1, 1}, {0, 8, 1}, {0, 8, 1}, {16, 16, 1}}, random);  // second half of the channels
  check({4, 100}, {{2, 1, 1}, {0, 100, 1}}, random);                             // select
  check({1, 9, 9, 3}, {{0, 1, 1}, {0, 5, 2}, {1, 4, 2}, {0, 3, 1}}, random);     // every second position
}

static_assert(StridedSliceS8::scratch_bytes({}, Isa::Mve) == 0);

}  // namespace
}  // namespace pudu::kernels
