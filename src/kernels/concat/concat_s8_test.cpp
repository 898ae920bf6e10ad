// concat_s8 against indexing, every axis, and one output written by several calls.
#include "kernels/concat/concat_s8.hpp"

#include <gtest/gtest.h>

#include "kernels/testing/broadcasting.hpp"
#include "kernels/testing/reference.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

/// Concatenates `count` tensors along `axis`, `per_call` inputs a call.
void check(std::int32_t count, std::int32_t per_call, Random& random) {
  const std::int32_t rank = random.between(1, 4), axis = random.between(0, rank - 1);
  Shape shape;
  for (std::int32_t dim = 0; dim < rank; ++dim) shape.push_back(random.between(1, 4));
  std::int32_t outer = 1, inner = 1;
  for (std::int32_t dim = 0; dim < axis; ++dim) outer *= shape[static_cast<std::size_t>(dim)];
  for (std::int32_t dim = axis + 1; dim < rank; ++dim) inner *= shape[static_cast<std::size_t>(dim)];

  std::vector<std::vector<std::int8_t>> inputs;
  std::vector<std::int32_t> extents;
  std::int32_t total = 0;
  for (std::int32_t i = 0; i < count; ++i) {
    extents.push_back(random.between(0, 4));
    total += extents.back();
    inputs.push_back(random.codes(static_cast<std::size_t>(outer * extents.back() * inner)));
  }
  std::vector<std::int8_t> expected;
  for (std::int32_t step = 0; step < outer; ++step)
    for (std::int32_t i = 0; i < count; ++i)
      for (std::int32_t k = 0; k < extents[i] * inner; ++k)
        expected.push_back(inputs[i][step * extents[i] * inner + k]);

  GuardedBuffer<std::int8_t> output(expected.size());
  std::int32_t offset = 0;
  for (std::int32_t first = 0; first < count; first += per_call) {
    ConcatS8Params p{};
    ConcatS8Operands operands{};
    p.outer_count = outer, p.output_stride = total * inner, p.output_offset = offset;
    for (std::int32_t i = first; i < count && i < first + per_call; ++i) {
      p.input_bytes[p.input_count] = extents[i] * inner;
      operands.inputs[p.input_count++] = inputs[i].data();
      offset += extents[i] * inner;
    }
    operands.output = output.data();
    ConcatS8::run(p, operands);
  }
  ASSERT_EQ(output.values(), expected) << count << " inputs along dimension " << axis << " of " << rank;
}

TEST(ConcatS8, EveryCountOfInputs) {
  Random random(1);
  for (std::int32_t count = 1; count <= ConcatS8::max_inputs; ++count)
    for (int repeat = 0; repeat < 50; ++repeat) check(count, ConcatS8::max_inputs, random);
}

TEST(ConcatS8, SeveralCallsFillOneOutput) {
  Random random(2);
  for (int repeat = 0; repeat < 200; ++repeat) check(random.between(2, 40), random.between(1, 16), random);
}

static_assert(sizeof(ConcatS8Operands::inputs) / sizeof(void*) == ConcatS8::max_inputs);
static_assert(sizeof(ConcatS8Params::input_bytes) / sizeof(std::int32_t) == ConcatS8::max_inputs);
static_assert(ConcatS8::scratch_bytes({}, Isa::Mve) == 0);

}  // namespace
}  // namespace pudu::kernels
