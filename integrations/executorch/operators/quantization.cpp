// quantize_per_tensor and dequantize_per_tensor, int8 and int16.
#include "kernels/dequantize/dequantize_s8_f32.hpp"
#include "kernels/dequantize_s16/dequantize_s16_f32.hpp"
#include "kernels/quantize/quantize_f32_s8.hpp"
#include "kernels/quantize_s16/quantize_f32_s16.hpp"
#include "operators/layout.hpp"
#include "operators/operators.hpp"

namespace pudu::executorch_ops {
namespace {

struct Quantization {
  const Tensor *input, *out;
  float scale;
  std::int32_t zero_point, quant_min, quant_max;
  ScalarType type;  ///< of the codes
};

Quantization read_quantization(Arguments& arguments) noexcept {
  Quantization q{};
  q.input = arguments.any_tensor("input");
  q.scale = arguments.real("scale");
  q.zero_point = arguments.integer("zero_point", -32768, 32767);
  q.quant_min = arguments.integer("quant_min", -32768, 32767);
  q.quant_max = arguments.integer("quant_max", -32768, 32767);
  q.type = static_cast<ScalarType>(arguments.integer("dtype", 0, 127));
  q.out = arguments.any_tensor("out");
  if (!arguments) return q;
  arguments.require(q.type == ScalarType::Char || q.type == ScalarType::Short, "dtype is not int8 or int16");
  const std::int32_t low = q.type == ScalarType::Char ? -128 : -32768;
  const std::int32_t high = q.type == ScalarType::Char ? 127 : 32767;
  arguments.require(q.quant_min >= low && q.quant_max <= high && q.quant_min <= q.quant_max,
                    "quant_min to quant_max is no range within the element type");
  arguments.require(q.zero_point >= low && q.zero_point <= high, "the zero point is outside of the element type");
  arguments.require(q.scale > 0.0f, "the scale is not positive");
  return q;
}

bool shape_alike(Arguments& arguments, const Quantization& q, const Tensor* codes, const Tensor* reals) noexcept {
  return arguments && arguments.require(codes->scalar_type() == q.type, "the codes are not of type dtype") &&
         arguments.require(reals->scalar_type() == ScalarType::Float, "the real values are not float32") &&
         arguments.shape_output(*q.out, q.input->sizes().data(), rank_of(*q.input)) &&
         arguments.require(is_laid_out_alike(*q.input, *q.out), "input and output differ in the order of their bytes");
}

}  // namespace

void quantize_per_tensor(KernelRuntimeContext& context, Stack stack) {
  Arguments arguments(context, stack, "cortex_m::quantize_per_tensor.out", 7);
  const Quantization q = read_quantization(arguments);
  if (!shape_alike(arguments, q, q.out, q.input)) return;
  const std::int32_t count = element_count(*q.input);
  const auto* input = input_data<float>(q.input);
  if (q.type == ScalarType::Char) {
    kernels::QuantizeF32S8::run({count, q.scale, q.zero_point, q.quant_min, q.quant_max},
                                {input, output_data<std::int8_t>(q.out)});
  } else {
    kernels::QuantizeF32S16::run({count, q.scale, q.zero_point, q.quant_min, q.quant_max},
                                 {input, output_data<std::int16_t>(q.out)});
  }
}

void dequantize_per_tensor(KernelRuntimeContext& context, Stack stack) {
  Arguments arguments(context, stack, "cortex_m::dequantize_per_tensor.out", 7);
  const Quantization q = read_quantization(arguments);
  if (!shape_alike(arguments, q, q.input, q.out)) return;
  const std::int32_t count = element_count(*q.input);
  auto* output = output_data<float>(q.out);
  if (q.type == ScalarType::Char) {
    kernels::DequantizeS8F32::run({count, q.scale, q.zero_point}, {input_data<std::int8_t>(q.input), output});
  } else {
    kernels::DequantizeS16F32::run({count, q.scale, q.zero_point}, {input_data<std::int16_t>(q.input), output});
  }
}

}  // namespace pudu::executorch_ops
