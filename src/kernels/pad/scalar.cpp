// Portable pad_s8: fills the whole output, then copies what is left of the input into it.
#include <cstring>

#include "kernels/pad/pad_s8.hpp"
#include "kernels/strided_loop.hpp"

namespace pudu::kernels {

void PadS8::run(const Params& params, const Operands& operands) noexcept {
  std::int32_t output_shape[max_rank] = {};
  std::int32_t copied_shape[max_rank] = {};
  std::int32_t input_strides[max_rank] = {};
  std::int32_t output_strides[max_rank] = {};
  std::int32_t output_bytes = 1;
  bool copies = true;
  for (std::int32_t dim = 0; dim < params.rank; ++dim) {
    const std::int32_t before = params.pad_before[dim];
    const std::int32_t after = params.pad_after[dim];
    output_shape[dim] = before + params.input_shape[dim] + after;
    copied_shape[dim] = params.input_shape[dim] + (before < 0 ? before : 0) + (after < 0 ? after : 0);
    output_bytes *= output_shape[dim];
    copies = copies && copied_shape[dim] > 0;
  }
  if (output_bytes == 0) return;
  std::memset(operands.output, params.pad_value, static_cast<std::size_t>(output_bytes));
  if (!copies) return;
  fill_contiguous_strides(params.rank, params.input_shape, input_strides);
  fill_contiguous_strides(params.rank, output_shape, output_strides);
  std::int8_t* output = operands.output;
  const std::int8_t* input = operands.input;
  for (std::int32_t dim = 0; dim < params.rank; ++dim) {
    const std::int32_t before = params.pad_before[dim];
    if (before > 0) output += before * output_strides[dim];
    if (before < 0) input -= before * input_strides[dim];
  }
  copy_strided(params.rank, copied_shape, output, output_strides, input, input_strides);
}

}  // namespace pudu::kernels
