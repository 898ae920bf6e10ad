// transpose_s8 against indexing: every permutation of every rank, identities included.
#include "kernels/transpose/transpose_s8.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "kernels/testing/broadcasting.hpp"
#include "kernels/testing/reference.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

void check(const Shape& shape, const std::vector<std::size_t>& permutation, Random& random) {
  std::vector<std::int32_t> strides(shape.size());
  std::int32_t stride = 1;
  for (std::size_t dim = shape.size(); dim-- > 0;) {
    strides[dim] = stride;
    stride *= shape[dim];
  }
  TransposeS8Params p{};
  p.rank = static_cast<std::int32_t>(shape.size());
  Shape out_shape;
  for (std::size_t dim = 0; dim < shape.size(); ++dim) {
    out_shape.push_back(shape[permutation[dim]]);
    p.output_shape[dim] = out_shape[dim];
    p.input_strides[dim] = strides[permutation[dim]];
  }
  const auto input = random.codes(element_count(shape));
  std::vector<std::int8_t> expected(input.size());
  for (std::size_t i = 0; i < input.size(); ++i) {
    const Shape index = index_of(i, shape);
    std::size_t position = 0;
    for (std::size_t dim = 0; dim < shape.size(); ++dim) {
      position =
          position * static_cast<std::size_t>(out_shape[dim]) + static_cast<std::size_t>(index[permutation[dim]]);
    }
    expected[position] = input[i];
  }
  GuardedBuffer<std::int8_t> output(expected.size());
  TransposeS8::run(p, {input.data(), output.data()});
  ASSERT_EQ(output.values(), expected) << describe(p);
}

TEST(TransposeS8, EveryPermutationOfEveryRank) {
  Random random(1);
  for (std::size_t rank = 0; rank <= max_rank; ++rank) {
    std::vector<std::size_t> permutation(rank);
    std::iota(permutation.begin(), permutation.end(), std::size_t{0});
    do {
      Shape shape;
      for (std::size_t dim = 0; dim < rank; ++dim) shape.push_back(random.one_in(4) ? 1 : random.between(2, 5));
      check(shape, permutation, random);
      if (HasFatalFailure()) return;
    } while (std::next_permutation(permutation.begin(), permutation.end()));
  }
}

TEST(TransposeS8, LargeBlocks) {
  Random random(2);
  check({1, 3, 61, 47}, {0, 2, 3, 1}, random);  // NCHW to NHWC
  check({1, 61, 47, 3}, {0, 3, 1, 2}, random);  // and back
  check({197, 64}, {1, 0}, random);
  check({1, 197, 3, 16}, {0, 2, 1, 3}, random);  // attention heads
  check({1, 197, 3, 4}, {0, 2, 1, 3}, random);   // runs too short for memcpy
}

static_assert(TransposeS8::scratch_bytes({}, Isa::Mve) == 0);

}  // namespace
}  // namespace pudu::kernels
