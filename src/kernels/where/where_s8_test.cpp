// where_s8 against NumPy broadcasting, every rank.
#include "kernels/where/where_s8.hpp"

#include <gtest/gtest.h>

#include "kernels/testing/broadcasting.hpp"
#include "kernels/testing/reference.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

TEST(WhereS8, RandomShapes) {
  Random random(1);
  const auto table1 = random.codes(256), table2 = random.codes(256);
  for (int i = 0; i < 3000; ++i) {
    const BroadcastCase shapes = random_broadcast(random);
    Shape mask = shapes.output;
    for (std::int32_t& extent : mask) extent = random.one_in(4) ? 1 : extent;
    WhereS8Params p{};
    p.rank = static_cast<std::int32_t>(shapes.output.size());
    p.condition_zero = random.zero_point();
    for (std::size_t dim = 0; dim < shapes.output.size(); ++dim) p.output_shape[dim] = shapes.output[dim];
    fill_broadcast_strides(mask, shapes.output, p.condition_strides);
    fill_broadcast_strides(shapes.input1, shapes.output, p.input1_strides);
    fill_broadcast_strides(shapes.input2, shapes.output, p.input2_strides);
    auto condition = random.codes(element_count(mask));
    for (std::int8_t& code : condition) code = random.one_in(2) ? static_cast<std::int8_t>(p.condition_zero) : code;
    const auto x1 = random.codes(element_count(shapes.input1)), x2 = random.codes(element_count(shapes.input2));
    std::vector<std::int8_t> expected;
    for (std::size_t k = 0; k < element_count(shapes.output); ++k) {
      const Shape index = index_of(k, shapes.output);
      const bool chosen = condition[broadcast_position(index, mask)] != p.condition_zero;
      const auto entry = [](const std::vector<std::int8_t>& table, std::int8_t code) {
        return table[static_cast<std::size_t>(code + 128)];
      };
      expected.push_back(chosen ? entry(table1, x1[broadcast_position(index, shapes.input1)])
                                : entry(table2, x2[broadcast_position(index, shapes.input2)]));
    }
    GuardedBuffer<std::int8_t> output(expected.size());
    WhereS8::run(p, {condition.data(), x1.data(), table1.data(), x2.data(), table2.data(), output.data()});
    ASSERT_EQ(output.values(), expected) << describe(p);
  }
}

static_assert(WhereS8::scratch_bytes({}, Isa::Mve) == 0);

}  // namespace
}  // namespace pudu::kernels
