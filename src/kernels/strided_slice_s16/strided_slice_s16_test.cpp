// strided_slice_s16 against the sum of indices times strides, backwards and repeated ones included.
#include "kernels/strided_slice_s16/strided_slice_s16.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "kernels/testing/random_data.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

TEST(StridedSliceS16, ReadsByStrides) {
  Random random(1);
  for (int i = 0; i < 500; ++i) {
    StridedSliceS8Params p{};
    p.rank = random.between(0, max_rank);
    std::int32_t low = 0, high = 0;
    std::size_t count = 1;
    for (std::int32_t dim = 0; dim < p.rank; ++dim) {
      p.output_shape[dim] = random.between(1, 4);
      p.input_strides[dim] = random.between(-5, 5);
      const std::int32_t reach = (p.output_shape[dim] - 1) * p.input_strides[dim];
      (reach < 0 ? low : high) += reach;
      count *= static_cast<std::size_t>(p.output_shape[dim]);
    }
    p.input_start_offset = -low;
    const std::vector<std::int16_t> input = random.wide_codes(static_cast<std::size_t>(high - low + 1));
    std::vector<std::int16_t> expected;
    for (std::size_t k = 0; k < count; ++k) {
      std::int32_t position = -low;
      std::size_t rest = k;
      for (std::int32_t dim = p.rank - 1; dim >= 0; --dim) {
        const auto extent = static_cast<std::size_t>(p.output_shape[dim]);
        position += static_cast<std::int32_t>(rest % extent) * p.input_strides[dim];
        rest /= extent;
      }
      expected.push_back(input[static_cast<std::size_t>(position)]);
    }
    GuardedBuffer<std::int16_t> output(count);
    StridedSliceS16::run(p, {input.data(), output.data()});
    ASSERT_EQ(output.values(), expected);
  }
}

}  // namespace
}  // namespace pudu::kernels
