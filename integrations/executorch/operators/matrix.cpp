// quantized_linear and quantized_batch_matmul.
#include "kernels/batch_matmul/batch_matmul_s8.hpp"
#include "kernels/linear_per_tensor/linear_per_tensor_s8.hpp"
#include "operators/layout.hpp"
#include "operators/operators.hpp"
#include "operators/scratch.hpp"

namespace pudu::executorch_ops {
namespace {

constexpr std::size_t linear_arguments = 12, batch_matmul_arguments = 9;

}  // namespace

/// A program for MVE carries kernel sums (bias and input offset folded), one for the other instruction sets the bias,
/// one for any of them both. Each is computed right on every build: with kernel sums the input has no offset left. The
/// stock kernels run the wrong one and drop the bias.
void quantized_linear(KernelRuntimeContext& context, Stack stack) {
  Arguments arguments(context, stack, "cortex_m::quantized_linear.out", linear_arguments);
  const Tensor* input = arguments.tensor("input", ScalarType::Char);
  const Tensor* weights = arguments.tensor("weights", ScalarType::Char);
  const Tensor* bias = arguments.optional_tensor("bias", ScalarType::Int);
  const Tensor* kernel_sum = arguments.optional_tensor("kernel_sum", ScalarType::Int);
  kernels::LinearPerTensorS8Params params{};
  params.input_offset = arguments.integer("input_offset", -127, 128);
  params.filter_offset = arguments.integer("filter_offset", -127, 128);
  params.output_offset = arguments.integer("output_offset", -128, 127);
  std::int32_t multiplier[1] = {}, shift[1] = {};
  arguments.integers("requantize_multipliers", multiplier, INT32_MIN, INT32_MAX);
  arguments.integers("requantize_shifts", shift, -31, 30);
  params.activation_max = arguments.integer("activation_max", -128, 127);
  params.activation_min = arguments.integer("activation_min", -128, 127);
  const Tensor* out = arguments.tensor("out", ScalarType::Char);
  if (!arguments ||
      !arguments.require(rank_of(*weights) == 2 && is_contiguous(*weights), "the weights are no contiguous matrix") ||
      !arguments.require(rank_of(*input) >= 1 && rank_of(*input) <= 16 && is_contiguous(*input),
                         "the input is not contiguous")) {
    return;
  }
  params.multiplier = multiplier[0];
  params.shift = shift[0];
  params.output_features = size_of(*weights, 0);
  params.input_features = size_of(*weights, 1);
  const std::int32_t last = rank_of(*input) - 1;
  std::int32_t output_sizes[16] = {};
  params.batches = 1;
  for (std::int32_t dim = 0; dim < last; ++dim) {
    output_sizes[dim] = size_of(*input, dim);
    params.batches *= output_sizes[dim];
  }
  output_sizes[last] = params.output_features;
  const Tensor* start = bias != nullptr ? bias : kernel_sum;
  if (bias == nullptr && kernel_sum != nullptr) params.input_offset = 0;
  if (!arguments.require(size_of(*input, last) == params.input_features,
                         "the input's last extent is not that of the weights") ||
      !arguments.require((bias == nullptr || element_count(*bias) == params.output_features) &&
                             (kernel_sum == nullptr || element_count(*kernel_sum) == params.output_features),
                         "bias or kernel_sum is not one for each output") ||
      !arguments.require(params.activation_min <= params.activation_max, "activation_min is above activation_max") ||
      !arguments.shape_output(*out, output_sizes, rank_of(*input)) ||
      !arguments.require(is_contiguous(*out), "the output is not contiguous")) {
    return;
  }
  kernels::LinearPerTensorS8::run(params, {input_data<std::int8_t>(input), input_data<std::int8_t>(weights),
                                           input_data<std::int32_t>(start), output_data<std::int8_t>(out)});
}

/// The arguments named `*_zero_point` of the two inputs carry minus the zero point.
void quantized_batch_matmul(KernelRuntimeContext& context, Stack stack) {
  Arguments arguments(context, stack, "cortex_m::quantized_batch_matmul.out", batch_matmul_arguments);
  kernels::BatchMatmulS8Params params{};
  const Tensor* lhs = arguments.tensor("lhs", ScalarType::Char);
  params.lhs_offset = arguments.integer("lhs_zero_point", -127, 128);
  const Tensor* rhs = arguments.tensor("rhs_transposed", ScalarType::Char);
  params.rhs_offset = arguments.integer("rhs_zero_point", -127, 128);
  params.output_offset = arguments.integer("output_zero_point", -128, 127);
  params.multiplier = arguments.integer("output_multiplier");
  params.shift = arguments.integer("output_shift", -31, 30);
  const Tensor* scratch = arguments.scratch("scratch");
  const Tensor* out = arguments.tensor("out", ScalarType::Char);
  if (!arguments ||
      !arguments.require(rank_of(*lhs) == 3 && rank_of(*rhs) == 3, "an operand is no stack of matrices (rank 3)") ||
      !arguments.require(is_contiguous(*lhs) && is_contiguous(*rhs), "an operand is not contiguous") ||
      !arguments.require(size_of(*lhs, 0) == size_of(*rhs, 0) && size_of(*lhs, 2) == size_of(*rhs, 2),
                         "the operands differ in batches or inner extent")) {
    return;
  }
  params.batches = size_of(*lhs, 0);
  params.rows = size_of(*lhs, 1);
  params.columns = size_of(*rhs, 1);
  params.depth = size_of(*lhs, 2);
  params.activation_min = -128;
  params.activation_max = 127;
  const std::int32_t sizes[] = {params.batches, params.rows, params.columns};
  const targets::cmsis_nn::BatchMatmulCall call{{params.depth, -1, -1, params.columns}};
  if (!arguments.shape_output(*out, sizes, 3) ||
      !arguments.require(is_contiguous(*out), "the output is not contiguous") ||
      !check_scratch(arguments, "scratch", *scratch, kernels::BatchMatmulS8::scratch_bytes(params, build_isa),
                     scratch_size(build_isa, targets::cmsis_nn::DataType::A8W8, call))) {
    return;
  }
  kernels::BatchMatmulS8::run(
      params, {input_data<std::int8_t>(lhs), input_data<std::int8_t>(rhs), output_data<std::int8_t>(out)});
}

}  // namespace pudu::executorch_ops
