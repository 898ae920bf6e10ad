// Portable pad_f32.
#include "kernels/pad_f32/pad_f32.hpp"
#include "kernels/strided_loop.hpp"

namespace pudu::kernels {

void PadF32::run(const Params& params, const Operands& operands) noexcept {
  std::int32_t output_shape[max_rank] = {}, copied[max_rank] = {};
  std::int32_t input_strides[max_rank] = {}, output_strides[max_rank] = {};
  std::int32_t total = 1, from = 0, to = 0;
  fill_contiguous_strides(params.rank, params.input_shape, input_strides);
  for (std::int32_t dim = 0; dim < params.rank; ++dim) {
    output_shape[dim] = params.pad_before[dim] + params.input_shape[dim] + params.pad_after[dim];
    total *= output_shape[dim];
  }
  fill_contiguous_strides(params.rank, output_shape, output_strides);
  for (std::int32_t i = 0; i < total; ++i) operands.output[i] = params.value;
  for (std::int32_t dim = 0; dim < params.rank; ++dim) {
    const std::int32_t cut_before = params.pad_before[dim] < 0 ? -params.pad_before[dim] : 0;
    const std::int32_t cut_after = params.pad_after[dim] < 0 ? -params.pad_after[dim] : 0;
    copied[dim] = params.input_shape[dim] - cut_before - cut_after;
    if (copied[dim] <= 0) return;
    from += cut_before * input_strides[dim];
    to += (params.pad_before[dim] + cut_before) * output_strides[dim];
  }
  const StridedLoop<2> loop = make_strided_loop<2>(params.rank, copied, {output_strides, input_strides});
  const std::int32_t last = loop.rank - 1;
  for_each_outer(loop, 1, [&](const std::int32_t(&offsets)[2]) {
    const float* input = operands.input + from + offsets[1];
    float* output = operands.output + to + offsets[0];
    for (std::int32_t i = 0; i < loop.shape[last]; ++i) {
      output[i * loop.strides[0][last]] = input[i * loop.strides[1][last]];
    }
  });
}

}  // namespace pudu::kernels
