// binary_f32 against NumPy broadcasting, every function.
#include "kernels/binary_f32/binary_f32.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "kernels/testing/broadcasting.hpp"
#include "kernels/testing/float_data.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

double combine(std::int32_t function, double a, double b, double alpha) {
  switch (function) {
    case BinaryF32::add:
      return a + alpha * b;
    case BinaryF32::multiply:
      return a * b;
    case BinaryF32::divide:
      return a / b;
    case BinaryF32::smaller:
      return std::min(a, b);
    default:
      return std::max(a, b);
  }
}

TEST(BinaryF32, RandomShapes) {
  Random random(1);
  for (int i = 0; i < 1000; ++i) {
    const BroadcastCase shapes = random_broadcast(random);
    BinaryF32Params p{};
    p.function = random.between(0, BinaryF32::larger);
    p.rank = static_cast<std::int32_t>(shapes.output.size());
    p.alpha = random.one_in(2) ? 1.0F : -0.5F;
    p.minimum = random.one_in(2) ? -1.0F : -largest_float;
    p.maximum = random.one_in(2) ? 1.5F : largest_float;
    for (std::size_t dim = 0; dim < shapes.output.size(); ++dim) p.output_shape[dim] = shapes.output[dim];
    fill_broadcast_strides(shapes.input1, shapes.output, p.input1_strides);
    fill_broadcast_strides(shapes.input2, shapes.output, p.input2_strides);
    const auto a = reals(random, element_count(shapes.input1));
    const auto b = reals(random, element_count(shapes.input2), 0.5F, 3.0F);
    std::vector<double> expected;
    for (std::size_t k = 0; k < element_count(shapes.output); ++k) {
      const Shape index = index_of(k, shapes.output);
      const double y =
          combine(p.function, static_cast<double>(a[broadcast_position(index, shapes.input1)]),
                  static_cast<double>(b[broadcast_position(index, shapes.input2)]), static_cast<double>(p.alpha));
      expected.push_back(std::clamp(y, static_cast<double>(p.minimum), static_cast<double>(p.maximum)));
    }
    GuardedBuffer<float> output(expected.size());
    BinaryF32::run(p, {a.data(), b.data(), output.data()});
    expect_near(output.values(), expected, 1e-6);
  }
}

}  // namespace
}  // namespace pudu::kernels
