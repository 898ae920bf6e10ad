// where_f32 against NumPy broadcasting.
#include "kernels/where_f32/where_f32.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "kernels/testing/broadcasting.hpp"
#include "kernels/testing/float_data.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

TEST(WhereF32, RandomShapes) {
  Random random(1);
  for (int i = 0; i < 1000; ++i) {
    const BroadcastCase shapes = random_broadcast(random);
    Shape mask = shapes.output;
    for (std::int32_t& extent : mask) extent = random.one_in(4) ? 1 : extent;
    WhereF32Params p{};
    p.rank = static_cast<std::int32_t>(shapes.output.size());
    for (std::size_t dim = 0; dim < shapes.output.size(); ++dim) p.output_shape[dim] = shapes.output[dim];
    fill_broadcast_strides(mask, shapes.output, p.condition_strides);
    fill_broadcast_strides(shapes.input1, shapes.output, p.input1_strides);
    fill_broadcast_strides(shapes.input2, shapes.output, p.input2_strides);
    auto condition = reals(random, element_count(mask));
    for (float& value : condition) value = random.one_in(2) ? 0.0F : value;
    const auto x1 = reals(random, element_count(shapes.input1)), x2 = reals(random, element_count(shapes.input2));
    std::vector<float> expected;
    for (std::size_t k = 0; k < element_count(shapes.output); ++k) {
      const Shape index = index_of(k, shapes.output);
      expected.push_back(condition[broadcast_position(index, mask)] != 0.0F
                             ? x1[broadcast_position(index, shapes.input1)]
                             : x2[broadcast_position(index, shapes.input2)]);
    }
    GuardedBuffer<float> output(expected.size());
    WhereF32::run(p, {condition.data(), x1.data(), x2.data(), output.data()});
    ASSERT_EQ(output.values(), expected);
  }
}

}  // namespace
}  // namespace pudu::kernels
