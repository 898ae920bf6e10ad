// concat_f32 against pieces put together.
#include "kernels/concat_f32/concat_f32.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "kernels/testing/float_data.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

TEST(ConcatF32, PutsPiecesTogether) {
  Random random(1);
  for (int i = 0; i < 300; ++i) {
    ConcatF32Params p{};
    p.input_count = random.between(1, 16);
    p.outer_count = random.between(1, 5);
    std::vector<std::vector<float>> inputs;
    ConcatF32Operands operands{};
    for (std::int32_t k = 0; k < p.input_count; ++k) {
      p.sizes[k] = random.between(0, 7);
      inputs.push_back(reals(random, static_cast<std::size_t>(p.sizes[k] * p.outer_count)));
      operands.inputs[k] = inputs.back().data();
      p.output_stride += p.sizes[k];
    }
    std::vector<float> expected;
    for (std::int32_t step = 0; step < p.outer_count; ++step) {
      for (std::int32_t k = 0; k < p.input_count; ++k) {
        const auto begin = inputs[static_cast<std::size_t>(k)].begin() + step * p.sizes[k];
        expected.insert(expected.end(), begin, begin + p.sizes[k]);
      }
    }
    GuardedBuffer<float> output(expected.size());
    operands.output = output.data();
    ConcatF32::run(p, operands);
    ASSERT_EQ(output.values(), expected);
  }
}

}  // namespace
}  // namespace pudu::kernels
