// Tests only: runs a kernel row by row through ring buffers, as a streaming schedule does.
#pragma once

#include <algorithm>
#include <cstdint>
#include <type_traits>
#include <vector>

#include "kernels/kernel.hpp"
#include "kernels/testing/random_data.hpp"

namespace pudu::kernels::testing {

/// Sizes of one image, and the rows that one output row reads.
struct StreamShape {
  std::int32_t batches;
  std::int32_t input_h, input_row_elements;
  std::int32_t output_h, output_row_elements;
  std::int32_t stride_h, pad_top;
  std::int32_t window_rows;  ///< (kernel_h - 1) * dilation_h + 1
};

/// Output of Kernel::run_rows when the input ring holds no more rows than a window and the output ring holds two.
template <class Kernel, class Code>
auto run_through_rings(const typename Kernel::Params& params, const typename Kernel::Operands& operands,
                       const StreamShape& shape, const std::vector<Code>& input) {
  using Result = std::remove_pointer_t<decltype(operands.output)>;
  constexpr std::int32_t output_capacity = 2;
  std::vector<Result> result;
  for (std::int32_t image = 0; image < shape.batches; ++image) {
    GuardedBuffer<Code> in_ring(static_cast<std::size_t>(shape.window_rows * shape.input_row_elements));
    GuardedBuffer<Result> out_ring(static_cast<std::size_t>(output_capacity * shape.output_row_elements));
    const Rows<const Code> in{in_ring.data(), shape.input_row_elements, shape.window_rows};
    const Rows<Result> out{out_ring.data(), shape.output_row_elements, output_capacity};
    std::int32_t fed = 0;
    for (std::int32_t y = 0; y < shape.output_h; ++y) {
      const std::int32_t needed = std::min(shape.input_h, y * shape.stride_h - shape.pad_top + shape.window_rows);
      for (; fed < needed; ++fed) {
        const auto row = input.begin() + (image * shape.input_h + fed) * shape.input_row_elements;
        std::copy_n(row, shape.input_row_elements,
                    in_ring.data() + (fed % shape.window_rows) * shape.input_row_elements);
      }
      Kernel::run_rows(params, operands, in, out, y, y + 1);
      const Result* written = out_ring.data() + (y % output_capacity) * shape.output_row_elements;
      result.insert(result.end(), written, written + shape.output_row_elements);
    }
  }
  return result;
}

}  // namespace pudu::kernels::testing
