#include "ops/checks.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "ops/float_node.hpp"
#include "ops/int16_node.hpp"
#include "ops/lower_context.hpp"
#include "ops/op_definition.hpp"
#include "ops/quantized.hpp"

namespace pudu::ops {

std::string to_text(const std::vector<std::int64_t>& values) {
  return ir::to_string(values);
}

Status check_input(const ir::Graph& graph, const ir::Node& node, std::size_t index) {
  const ir::TensorType& type = input_type(graph, node, index);
  if (type.dtype != ir::DType::Float32 && type.dtype != ir::DType::Int8 && type.dtype != ir::DType::Int16) {
    return unsupported(
        {.found = "input " + std::to_string(index) + " has data type " + std::string(ir::to_string(type.dtype)),
         .allowed = "the data types are f32 and, after quantization, i8 or i16"});
  }
  if (std::any_of(type.shape.begin(), type.shape.end(), [](std::int64_t size) { return size < 1; })) {
    return unsupported(
        {.found = "input " + std::to_string(index) + " of shape " + ir::to_string(type.shape) + " has no elements",
         .allowed = "every size is at least 1"});
  }
  return {};
}

Status check_image_input(const ir::Graph& graph, const ir::Node& node, std::size_t index) {
  PUDU_TRY(check_input(graph, node, index));
  const ir::Shape& shape = input_type(graph, node, index).shape;
  if (shape.size() != 4) {
    return unsupported({.found = "input " + std::to_string(index) + " of shape " + ir::to_string(shape) + " has rank " +
                                 std::to_string(shape.size()),
                        .allowed = "the input is an image batch [N, C, H, W]",
                        .hint = "add a batch dimension with unsqueeze(0)"});
  }
  return {};
}

Status check_integers(const ir::Node& node, std::string_view name, std::size_t count, std::int64_t low,
                      std::int64_t high) {
  const std::vector<std::int64_t>& values = node.attributes.integers(name);
  const bool in_range =
      std::all_of(values.begin(), values.end(), [&](std::int64_t value) { return value >= low && value <= high; });
  if (values.size() == count && in_range) return {};
  return invalid_input({.found = std::string(name) + " is " + to_text(values),
                        .allowed = std::string(name) + " has " + std::to_string(count) + " values from " +
                                   std::to_string(low) + " to " + std::to_string(high)});
}

Result<std::vector<ir::TensorType>> single_result(ir::DType dtype, ir::Shape shape) {
  std::int64_t elements = 1;
  for (const std::int64_t size : shape) {
    if (size < 1) {
      return unsupported({.found = "the result of shape " + ir::to_string(shape) + " has no elements",
                          .allowed = "every size is at least 1"});
    }
    if (size > INT32_MAX / elements) {
      return unsupported({.found = "the result of shape " + ir::to_string(shape) + " is too large",
                          .allowed = "a tensor has at most 2147483647 elements"});
    }
    elements *= size;
  }
  return std::vector<ir::TensorType>{{.dtype = dtype, .shape = std::move(shape), .layout = ir::Layout::Contiguous}};
}

Status require_shared_quantization(const LowerContext& context) {
  if (is_float(context)) return require_float_operands(context);
  PUDU_TRY(is_int16(context) ? require_int16_operands(context) : require_int8_operands(context));
  const ir::QuantParams& result = *context.output_value().quant;
  for (std::size_t i = 0; i < context.node().inputs.size(); ++i) {
    const ir::QuantParams& input = *context.input_value(i).quant;
    if (input.scales == result.scales && input.zero_point == result.zero_point) continue;
    return internal_error({.found = "input " + std::to_string(i) + " and the result have different quantization",
                           .allowed = "one scale and zero point"});
  }
  return {};
}

}  // namespace pudu::ops
