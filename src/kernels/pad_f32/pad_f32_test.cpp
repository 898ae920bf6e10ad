// pad_f32 against plain positions, cut borders included.
#include "kernels/pad_f32/pad_f32.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "kernels/testing/float_data.hpp"
#include "kernels/testing/reference.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

TEST(PadF32, PadsAndCuts) {
  Random random(1);
  for (int i = 0; i < 500; ++i) {
    PadF32Params p{};
    p.rank = random.between(0, 4);
    p.value = 0.25F * static_cast<float>(random.between(-9, 9));
    std::size_t inputs = 1, outputs = 1;
    std::int32_t extents[max_rank] = {};
    for (std::int32_t dim = 0; dim < p.rank; ++dim) {
      p.input_shape[dim] = random.between(1, 5);
      p.pad_before[dim] = random.between(-2, 3);
      p.pad_after[dim] = random.between(-2, 3);
      extents[dim] = p.pad_before[dim] + p.input_shape[dim] + p.pad_after[dim];
      if (extents[dim] < 1) p.pad_after[dim] += 1 - extents[dim], extents[dim] = 1;
      inputs *= static_cast<std::size_t>(p.input_shape[dim]);
      outputs *= static_cast<std::size_t>(extents[dim]);
    }
    const std::vector<float> input = reals(random, inputs);
    std::vector<float> expected;
    for (std::size_t k = 0; k < outputs; ++k) {
      std::size_t rest = k;
      std::int32_t position = 0, stride = 1;
      bool is_inside = true;
      for (std::int32_t dim = p.rank - 1; dim >= 0; --dim) {
        const auto extent = static_cast<std::size_t>(extents[dim]);
        const std::int32_t index = static_cast<std::int32_t>(rest % extent) - p.pad_before[dim];
        rest /= extent;
        is_inside = is_inside && index >= 0 && index < p.input_shape[dim];
        position += index * stride;
        stride *= p.input_shape[dim];
      }
      expected.push_back(is_inside ? input[static_cast<std::size_t>(position)] : p.value);
    }
    GuardedBuffer<float> output(outputs);
    PadF32::run(p, {input.data(), output.data()});
    ASSERT_EQ(output.values(), expected) << describe(p);
  }
}

}  // namespace
}  // namespace pudu::kernels
