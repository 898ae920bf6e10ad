// Which calls only move bytes, and which.
#include <algorithm>
#include <string>

#include "kernels/concat/concat_s8.hpp"
#include "kernels/concat_f32/concat_f32.hpp"
#include "kernels/copy/copy_s8.hpp"
#include "kernels/strided_slice/strided_slice_s8.hpp"
#include "kernels/strided_slice_f32/strided_slice_f32.hpp"
#include "ops/kernel_binding.hpp"
#include "schedule/share_storage.hpp"

namespace pudu::schedule {
namespace {

using program::BufferId;
using program::KernelCall;
using program::Program;

template <class Kernel>
typename Kernel::Params params_of(const KernelCall& call) {
  return ops::detail::to_params<typename Kernel::Params>(call.parameters);
}

BufferId operand(const KernelCall& call, std::string_view name) {
  return call.find_operand(name)->buffer;
}

std::vector<MovedPiece> whole_copy(const Program& program, const KernelCall& call) {
  const BufferId output = operand(call, "output");
  return {{operand(call, "input"), 0, output, 0, program.buffer(output).bytes()}};
}

std::size_t piece_bytes(const kernels::ConcatS8Params& params, std::int32_t input) {
  return static_cast<std::size_t>(params.input_bytes[input]);
}

std::size_t piece_bytes(const kernels::ConcatF32Params& params, std::int32_t input) {
  return static_cast<std::size_t>(params.sizes[input]) * sizeof(float);
}

/// `element_bytes` is the size of what the parameters count.
template <class Kernel>
std::vector<MovedPiece> concat_pieces(const KernelCall& call, std::size_t element_bytes) {
  const auto params = params_of<Kernel>(call);
  if (params.outer_count != 1) return {};
  std::vector<MovedPiece> pieces;
  std::size_t begin = static_cast<std::size_t>(params.output_offset) * element_bytes;
  for (std::int32_t i = 0; i < params.input_count; ++i) {
    const std::size_t size = piece_bytes(params, i);
    if (size > 0) {
      pieces.push_back({operand(call, "inputs." + std::to_string(i)), 0, operand(call, "output"), begin, size});
    }
    begin += size;
  }
  return pieces;
}

template <class Kernel>
std::vector<MovedPiece> slice_pieces(const Program& program, const KernelCall& call, std::size_t element_bytes) {
  const auto params = params_of<Kernel>(call);
  std::int64_t stride = 1;  // of a contiguous input
  for (std::int32_t axis = params.rank - 1; axis >= 0; --axis) {
    if (params.output_shape[axis] == 1) continue;
    if (params.input_strides[axis] != stride) return {};
    stride *= params.output_shape[axis];
  }
  const BufferId output = operand(call, "output");
  const std::size_t begin = static_cast<std::size_t>(params.input_start_offset) * element_bytes;
  return {{operand(call, "input"), begin, output, 0, program.buffer(output).bytes()}};
}

}  // namespace

std::vector<MovedPiece> moved_pieces(const Program& program, const KernelCall& call) {
  if (call.parameters.empty()) return {};  // a call in name only
  if (call.kernel == kernels::CopyS8::name) return whole_copy(program, call);
  if (call.kernel == kernels::ConcatS8::name) return concat_pieces<kernels::ConcatS8>(call, 1);
  if (call.kernel == kernels::ConcatF32::name) return concat_pieces<kernels::ConcatF32>(call, sizeof(float));
  if (call.kernel == kernels::StridedSliceS8::name) return slice_pieces<kernels::StridedSliceS8>(program, call, 1);
  if (call.kernel == kernels::StridedSliceF32::name) {
    return slice_pieces<kernels::StridedSliceF32>(program, call, sizeof(float));
  }
  return {};
}

}  // namespace pudu::schedule
