// softmax (over the last dimension), transpose, pad and _clone_dim_order.
#include "kernels/copy/copy_s8.hpp"
#include "kernels/pad/pad_s8.hpp"
#include "kernels/softmax/softmax_s8.hpp"
#include "kernels/strided_loop.hpp"
#include "operators/layout.hpp"
#include "operators/operators.hpp"

#include <executorch/runtime/core/exec_aten/util/scalar_type_util.h>

namespace pudu::executorch_ops {
namespace {

/// Copies `input` over the index space of `out`: logical dimension d of `out` is input_dim[d] of `input`. Any element
/// size: an element is one more dimension of bytes.
void copy_elements(Arguments& arguments, const Tensor& input, const std::int32_t* input_dim,
                   const Tensor& out) noexcept {
  const auto element_bytes = static_cast<std::int32_t>(executorch::runtime::elementSize(input.scalar_type()));
  const std::int32_t rank = rank_of(out);
  if (!arguments.require(rank < kernels::max_rank || (rank == kernels::max_rank && element_bytes == 1),
                         "the tensors have too many dimensions") ||
      !arguments.require(std::int64_t{element_count(input)} * element_bytes <= INT32_MAX, "the tensor is too large")) {
    return;
  }
  std::int32_t shape[kernels::max_rank] = {}, from[kernels::max_rank] = {}, to[kernels::max_rank] = {};
  std::int32_t input_strides[kernels::max_rank] = {}, out_strides[kernels::max_rank] = {};
  read_strides(input, input_strides);
  read_strides(out, out_strides);
  for (std::int32_t position = 0; position < rank; ++position) {
    const std::int32_t dim = dim_at(out, position);
    shape[position] = size_of(out, dim);
    from[position] = input_strides[input_dim[dim]] * element_bytes;
    to[position] = out_strides[dim] * element_bytes;
  }
  std::int32_t loop_rank = rank;
  if (element_bytes > 1) {
    shape[loop_rank] = element_bytes;
    from[loop_rank] = to[loop_rank] = 1;
    ++loop_rank;
  }
  kernels::copy_strided(loop_rank, shape, output_data<std::int8_t>(&out), to, input_data<std::int8_t>(&input), from);
}

/// True when the elements along dimension `dim` lie side by side: only dimensions of one element come behind it.
bool is_innermost(const Tensor& tensor, std::int32_t dim) noexcept {
  std::int32_t position = rank_of(tensor) - 1;
  while (position >= 0 && dim_at(tensor, position) != dim && size_of(tensor, dim_at(tensor, position)) == 1) --position;
  return position >= 0 && dim_at(tensor, position) == dim;
}

/// The order of dimensions in which ExecuTorch states the pads of a tensor: NHWC for whatever its rule takes for a
/// channels-last image, an image of one channel or one pixel included.
const std::int32_t* pad_order(const Tensor& tensor) noexcept {
  static constexpr std::int32_t logical[] = {0, 1, 2, 3};
  if (rank_of(tensor) != 4) return logical;
  const bool is_ambiguous = size_of(tensor, 1) == 1 || (size_of(tensor, 2) == 1 && size_of(tensor, 3) == 1);
  return is_ambiguous || lies_in_order(tensor, channels_last_order) ? channels_last_order : logical;
}

}  // namespace

void softmax(KernelRuntimeContext& context, Stack stack) {
  Arguments arguments(context, stack, "cortex_m::softmax.out", 8);
  const Tensor* input = arguments.tensor("input", ScalarType::Char);
  const std::int32_t dim = arguments.integer("dim", -16, 15);
  arguments.integer("input_zero_point");
  arguments.integer("output_zero_point", -128, -128);
  kernels::SoftmaxS8Params params{};
  params.multiplier = arguments.integer("input_multiplier");
  params.shift = arguments.integer("input_shift", 0, 31);
  params.diff_min = arguments.integer("diff_min", INT32_MIN, 0);
  const Tensor* out = arguments.tensor("out", ScalarType::Char);
  if (!arguments || !arguments.require(rank_of(*input) >= 1, "the input has no dimension")) return;
  const std::int32_t rank = rank_of(*input);
  const std::int32_t own_dim = dim < 0 ? dim + rank : dim;
  // The rows must lie in one piece. A channels-last image has its channels there, not its last dimension.
  if (!arguments.require(own_dim >= 0 && own_dim < rank && is_innermost(*input, own_dim),
                         "dim is not the innermost dimension in memory") ||
      !arguments.shape_output(*out, input->sizes().data(), rank) ||
      !arguments.require(is_laid_out_alike(*input, *out), "input and output differ in the order of their bytes")) {
    return;
  }
  params.depth = size_of(*input, own_dim);
  params.outer_count = params.depth == 0 ? 0 : element_count(*input) / params.depth;
  kernels::SoftmaxS8::run(params, {input_data<std::int8_t>(input), output_data<std::int8_t>(out)});
}

void transpose(KernelRuntimeContext& context, Stack stack) {
  Arguments arguments(context, stack, "cortex_m::transpose.out", 3);
  const Tensor* input = arguments.tensor("input", ScalarType::Char);
  std::int32_t perm[kernels::max_rank] = {};
  const std::int32_t count = arguments.some_integers("perm", perm, 0, kernels::max_rank - 1);
  const Tensor* out = arguments.tensor("out", ScalarType::Char);
  if (!arguments ||
      !arguments.require(count == rank_of(*input), "perm has not one entry for each dimension of the input")) {
    return;
  }
  std::uint32_t seen = 0;
  std::int32_t sizes[kernels::max_rank] = {};
  for (std::int32_t dim = 0; dim < count; ++dim) {
    if (!arguments.require(perm[dim] < count && (seen & (1u << perm[dim])) == 0, "perm is no permutation")) return;
    seen |= 1u << perm[dim];
    sizes[dim] = size_of(*input, perm[dim]);
  }
  if (arguments.shape_output(*out, sizes, count)) copy_elements(arguments, *input, perm, *out);
}

void pad(KernelRuntimeContext& context, Stack stack) {
  Arguments arguments(context, stack, "cortex_m::pad.out", 5);
  const Tensor* input = arguments.tensor("input", ScalarType::Char);
  constexpr std::int32_t pads = 4, max_pad = 1 << 20;
  std::int32_t before[pads] = {}, after[pads] = {};
  arguments.integers("pre_pad", before, 0, max_pad);
  arguments.integers("post_pad", after, 0, max_pad);
  const std::int32_t value = arguments.integer("pad_value", -128, 127);
  const Tensor* out = arguments.tensor("out", ScalarType::Char);
  if (!arguments || !arguments.require(rank_of(*input) >= 1 && rank_of(*input) <= pads, "the rank is not 1 to 4"))
    return;
  // Pads are aligned at the innermost dimension.
  const std::int32_t rank = rank_of(*input);
  const std::int32_t* order = pad_order(*input);
  kernels::PadS8Params params{};
  params.rank = rank;
  params.pad_value = value;
  std::int32_t sizes[pads] = {};
  std::int64_t elements = 1;
  for (std::int32_t position = 0; position < pads - rank; ++position) {
    if (!arguments.require(before[position] == 0 && after[position] == 0, "a dimension is padded that is not there")) {
      return;
    }
  }
  for (std::int32_t position = 0; position < rank; ++position) {
    params.input_shape[position] = size_of(*input, order[position]);
    params.pad_before[position] = before[pads - rank + position];
    params.pad_after[position] = after[pads - rank + position];
    const std::int64_t size =
        std::int64_t{params.input_shape[position]} + params.pad_before[position] + params.pad_after[position];
    elements *= size;
    if (!arguments.require(size <= INT32_MAX && elements <= INT32_MAX, "the padded tensor is too large")) return;
    sizes[order[position]] = static_cast<std::int32_t>(size);
  }
  if (!arguments.shape_output(*out, sizes, rank) ||
      !arguments.require(lies_in_order(*input, order) && lies_in_order(*out, order),
                         "input and output differ in the order of their bytes")) {
    return;
  }
  kernels::PadS8::run(params, {input_data<std::int8_t>(input), output_data<std::int8_t>(out)});
}

void clone_dim_order(KernelRuntimeContext& context, Stack stack) {
  Arguments arguments(context, stack, "dim_order_ops::_clone_dim_order.out", 4);
  const Tensor* input = arguments.any_tensor("self");
  arguments.boolean("non_blocking");
  arguments.skip();  // dim_order: that of `out` says the same
  const Tensor* out = arguments.any_tensor("out");
  if (!arguments || !arguments.require(input->scalar_type() == out->scalar_type(), "the element types differ") ||
      !arguments.shape_output(*out, input->sizes().data(), rank_of(*input))) {
    return;
  }
  if (is_laid_out_alike(*input, *out)) {
    if (arguments.require(input->nbytes() <= INT32_MAX, "the tensor is too large")) {
      kernels::CopyS8::run({static_cast<std::int32_t>(input->nbytes())},
                           {input_data<std::int8_t>(input), output_data<std::int8_t>(out)});
    }
    return;
  }
  if (!arguments.require(rank_of(*input) <= kernels::max_rank, "the tensors have too many dimensions")) return;
  std::int32_t same[kernels::max_rank] = {0, 1, 2, 3, 4, 5};
  copy_elements(arguments, *input, same, *out);
}

}  // namespace pudu::executorch_ops
