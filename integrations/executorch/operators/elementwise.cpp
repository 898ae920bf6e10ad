// quantized_add, quantized_mul, quantized_div, minimum, maximum and quantized_activation. Shapes broadcast as NumPy's,
// which includes the channel broadcast of the sheet, in any order of the bytes.
#include "kernels/add/add_s8.hpp"
#include "kernels/div/div_s16.hpp"
#include "kernels/div/div_s8.hpp"
#include "kernels/lut/lut_s8.hpp"
#include "kernels/maximum/maximum_s8.hpp"
#include "kernels/minimum/minimum_s8.hpp"
#include "kernels/mul/mul_s8.hpp"
#include "operators/layout.hpp"
#include "operators/operators.hpp"

namespace pudu::executorch_ops {
namespace {

/// Zero points may lie outside int8: a hard swish folds a constant into one. Sums with a code and their products stay
/// within int32.
constexpr std::int32_t min_zero_point = -32768, max_zero_point = 32767;

template <class Params>
void set_loop(const BroadcastLoop& loop, Params& params) noexcept {
  params.rank = loop.rank;
  for (std::int32_t dim = 0; dim < loop.rank; ++dim) {
    params.output_shape[dim] = loop.shape[dim];
    params.input1_strides[dim] = loop.strides1[dim];
    params.input2_strides[dim] = loop.strides2[dim];
  }
}

/// The three tensors of a binary operator over a loop; runs nothing when a check failed.
template <class Kernel>
void run_broadcast(Arguments& arguments, typename Kernel::Params& params, const Tensor* input1, const Tensor* input2,
                   const Tensor* out) noexcept {
  BroadcastLoop loop{};
  if (!arguments || !make_broadcast_loop(arguments, *input1, *input2, *out, loop)) return;
  set_loop(loop, params);
  Kernel::run(params,
              {input_data<std::int8_t>(input1), input_data<std::int8_t>(input2), output_data<std::int8_t>(out)});
}

template <class Kernel>
void run_extremum(Arguments& arguments) noexcept {
  const Tensor* input1 = arguments.tensor("self", ScalarType::Char);
  const Tensor* input2 = arguments.tensor("other", ScalarType::Char);
  const Tensor* out = arguments.tensor("out", ScalarType::Char);
  typename Kernel::Params params{};
  run_broadcast<Kernel>(arguments, params, input1, input2, out);
}

struct Division {
  const Tensor *input1, *input2, *out;
  std::int32_t zero_point1, zero_point2, output_zero_point;
  float scale;
};

template <class Kernel, class T>
void run_division(const Division& d, std::int32_t low, std::int32_t high) noexcept {
  typename Kernel::Params params{};
  params.count = element_count(*d.input1);
  params.input1_offset = -d.zero_point1;
  params.input2_offset = -d.zero_point2;
  params.output_offset = d.output_zero_point;
  params.scale = d.scale;
  params.activation_min = low;
  params.activation_max = high;
  Kernel::run(params, {input_data<T>(d.input1), input_data<T>(d.input2), output_data<T>(d.out)});
}

}  // namespace

void quantized_add(KernelRuntimeContext& context, Stack stack) {
  Arguments arguments(context, stack, "cortex_m::quantized_add.out", 14);
  kernels::AddS8Params params{};
  const Tensor* input1 = arguments.tensor("self", ScalarType::Char);
  params.input1_offset = -arguments.integer("self_zero_point", min_zero_point, max_zero_point);
  params.input1_multiplier = arguments.integer("self_multiplier");
  params.input1_shift = arguments.integer("self_shift", -31, 30);
  const Tensor* input2 = arguments.tensor("other", ScalarType::Char);
  params.input2_offset = -arguments.integer("other_zero_point", min_zero_point, max_zero_point);
  params.input2_multiplier = arguments.integer("other_multiplier");
  params.input2_shift = arguments.integer("other_shift", -31, 30);
  params.output_offset = arguments.integer("output_zero_point", -128, 127);
  params.output_multiplier = arguments.integer("output_multiplier");
  params.output_shift = arguments.integer("output_shift", -31, 30);
  params.activation_min = arguments.integer("activation_min", -128, 127);
  params.activation_max = arguments.integer("activation_max", -128, 127);
  const Tensor* out = arguments.tensor("out", ScalarType::Char);
  arguments.require(params.activation_min <= params.activation_max, "activation_min is above activation_max");
  run_broadcast<kernels::AddS8>(arguments, params, input1, input2, out);
}

void quantized_mul(KernelRuntimeContext& context, Stack stack) {
  Arguments arguments(context, stack, "cortex_m::quantized_mul.out", 8);
  kernels::MulS8Params params{};
  const Tensor* input1 = arguments.tensor("self", ScalarType::Char);
  params.input1_offset = -arguments.integer("self_zero_point", min_zero_point, max_zero_point);
  const Tensor* input2 = arguments.tensor("other", ScalarType::Char);
  params.input2_offset = -arguments.integer("other_zero_point", min_zero_point, max_zero_point);
  params.output_offset = arguments.integer("output_zero_point", -128, 127);
  params.output_multiplier = arguments.integer("output_multiplier");
  params.output_shift = arguments.integer("output_shift", -31, 30);
  params.activation_min = -128;
  params.activation_max = 127;
  const Tensor* out = arguments.tensor("out", ScalarType::Char);
  run_broadcast<kernels::MulS8>(arguments, params, input1, input2, out);
}

void quantized_div(KernelRuntimeContext& context, Stack stack) {
  Arguments arguments(context, stack, "cortex_m::quantized_div.out", 7);
  Division d{};
  d.input1 = arguments.any_tensor("self");
  d.zero_point1 = arguments.integer("self_zero_point", min_zero_point, max_zero_point);
  d.input2 = arguments.any_tensor("other");
  d.zero_point2 = arguments.integer("other_zero_point", min_zero_point, max_zero_point);
  d.output_zero_point = arguments.integer("output_zero_point", min_zero_point, max_zero_point);
  d.scale = arguments.real("output_scale");
  d.out = arguments.any_tensor("out");
  if (!arguments) return;
  const ScalarType type = d.out->scalar_type();
  if (!arguments.require((type == ScalarType::Char || type == ScalarType::Short) && d.input1->scalar_type() == type &&
                             d.input2->scalar_type() == type,
                         "the tensors are not all int8 or all int16") ||
      !arguments.require(is_laid_out_alike(*d.input1, *d.input2), "the inputs differ in shape or order of bytes") ||
      !arguments.shape_output(*d.out, d.input1->sizes().data(), rank_of(*d.input1)) ||
      !arguments.require(is_laid_out_alike(*d.input1, *d.out), "input and output differ in the order of their bytes")) {
    return;
  }
  if (type == ScalarType::Char) {
    run_division<kernels::DivS8, std::int8_t>(d, -128, 127);
  } else {
    run_division<kernels::DivS16, std::int16_t>(d, -32768, 32767);
  }
}

void minimum(KernelRuntimeContext& context, Stack stack) {
  Arguments arguments(context, stack, "cortex_m::minimum.out", 3);
  run_extremum<kernels::MinimumS8>(arguments);
}

void maximum(KernelRuntimeContext& context, Stack stack) {
  Arguments arguments(context, stack, "cortex_m::maximum.out", 3);
  run_extremum<kernels::MaximumS8>(arguments);
}

void quantized_activation(KernelRuntimeContext& context, Stack stack) {
  Arguments arguments(context, stack, "cortex_m::quantized_activation.out", 3);
  const Tensor* input = arguments.tensor("input", ScalarType::Char);
  const Tensor* lut = arguments.tensor("lut", ScalarType::Char);
  const Tensor* out = arguments.tensor("out", ScalarType::Char);
  if (!arguments || !arguments.require(element_count(*lut) == 256, "the table has not 256 entries") ||
      !arguments.shape_output(*out, input->sizes().data(), rank_of(*input)) ||
      !arguments.require(is_laid_out_alike(*input, *out), "input and output differ in the order of their bytes")) {
    return;
  }
  kernels::LutS8::run({element_count(*input)},
                      {input_data<std::int8_t>(input), input_data<std::int8_t>(lut), output_data<std::int8_t>(out)});
}

}  // namespace pudu::executorch_ops
