// Tests only: random pairs of broadcastable shapes, and indexing as NumPy defines it.
#pragma once

#include <cstdint>
#include <type_traits>
#include <vector>

#include "kernels/kernel.hpp"
#include "kernels/testing/random_data.hpp"

namespace pudu::kernels::testing {

using Shape = std::vector<std::int32_t>;

inline std::size_t element_count(const Shape& shape) {
  std::size_t count = 1;
  for (const std::int32_t extent : shape) count *= static_cast<std::size_t>(extent);
  return count;
}

/// Index of flat position `position` in a tensor of `shape`, outermost dimension first.
inline Shape index_of(std::size_t position, const Shape& shape) {
  Shape index(shape.size());
  for (std::size_t dim = shape.size(); dim-- > 0;) {
    index[dim] = static_cast<std::int32_t>(position % static_cast<std::size_t>(shape[dim]));
    position /= static_cast<std::size_t>(shape[dim]);
  }
  return index;
}

/// Flat position of an index of the output in a tensor of `shape` (equal rank), whose extents of 1 are broadcast.
inline std::size_t broadcast_position(const Shape& index, const Shape& shape) {
  std::size_t position = 0;
  for (std::size_t dim = 0; dim < shape.size(); ++dim) {
    position =
        position * static_cast<std::size_t>(shape[dim]) + static_cast<std::size_t>(shape[dim] == 1 ? 0 : index[dim]);
  }
  return position;
}

/// What the compiler passes to a kernel: contiguous strides, 0 where an extent of 1 meets a larger one.
inline void fill_broadcast_strides(const Shape& shape, const Shape& output, std::int32_t (&strides)[max_rank]) {
  std::int32_t stride = 1;
  for (std::size_t dim = shape.size(); dim-- > 0;) {
    strides[dim] = shape[dim] == 1 && output[dim] != 1 ? 0 : stride;
    stride *= shape[dim];
  }
}

struct BroadcastCase {
  Shape output, input1, input2;
};

/// Any rank; each extent is full in both inputs, or 1 in one of them, or 1 in both.
inline BroadcastCase random_broadcast(Random& random) {
  BroadcastCase result;
  const std::int32_t rank = random.between(0, max_rank);
  for (std::int32_t dim = 0; dim < rank; ++dim) {
    const std::int32_t extent = random.one_in(4) ? 1 : random.between(2, 5);
    const std::int32_t kind = random.between(0, 5);
    result.input1.push_back(kind == 4 ? 1 : extent);
    result.input2.push_back(kind == 5 ? 1 : extent);
    result.output.push_back(extent);
  }
  return result;
}

template <class Code>
std::vector<Code> random_codes(Random& random, std::size_t count) {
  if constexpr (std::is_same_v<Code, std::int16_t>) {
    return random.wide_codes(count);
  } else {
    return random.codes(count);
  }
}

/// Runs Kernel on random codes and compares every element with `expected(x1, x2)`.
template <class Kernel, class Expected>
void check_binary(typename Kernel::Params params, const BroadcastCase& shapes, Random& random, Expected&& expected) {
  params.rank = static_cast<std::int32_t>(shapes.output.size());
  for (std::size_t dim = 0; dim < shapes.output.size(); ++dim) params.output_shape[dim] = shapes.output[dim];
  fill_broadcast_strides(shapes.input1, shapes.output, params.input1_strides);
  fill_broadcast_strides(shapes.input2, shapes.output, params.input2_strides);
  using Code = std::remove_pointer_t<decltype(Kernel::Operands::output)>;
  const auto x1 = random_codes<Code>(random, element_count(shapes.input1));
  const auto x2 = random_codes<Code>(random, element_count(shapes.input2));
  std::vector<Code> wanted;
  for (std::size_t i = 0; i < element_count(shapes.output); ++i) {
    const Shape index = index_of(i, shapes.output);
    wanted.push_back(
        expected(x1[broadcast_position(index, shapes.input1)], x2[broadcast_position(index, shapes.input2)]));
  }
  GuardedBuffer<Code> output(wanted.size());
  Kernel::run(params, {x1.data(), x2.data(), output.data()});
  ASSERT_EQ(output.values(), wanted);

  const bool same1 = shapes.input1 == shapes.output;
  ASSERT_EQ(Kernel::input1_in_place(params), same1);
  if (same1) {
    output.assign(x1);
    Kernel::run(params, {output.data(), x2.data(), output.data()});
    ASSERT_EQ(output.values(), wanted) << "in place on input 1";
  }
  const bool same2 = shapes.input2 == shapes.output;
  ASSERT_EQ(Kernel::input2_in_place(params), same2);
  if (same2) {
    output.assign(x2);
    Kernel::run(params, {x1.data(), output.data(), output.data()});
    ASSERT_EQ(output.values(), wanted) << "in place on input 2";
  }
}

}  // namespace pudu::kernels::testing
