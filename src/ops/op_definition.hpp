// What Pudu knows about one operator, in one value: operands, attributes, shapes, float reference, quantization,
// lowering. Each folder of ops/ defines one; ops.def lists them; everything else (reader, passes, quantizer, lowering,
// docs, tests) asks the registry and never switches over operator names.
#pragma once

#include <algorithm>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "ir/graph.hpp"
#include "ops/kernel_binding.hpp"
#include "ops/tensor.hpp"

namespace pudu::ops {

class LowerContext;

enum class AttributeType : std::uint8_t { Integer, Real, Text, Integers, Reals };

struct AttributeSpec {
  std::string_view name;
  AttributeType type;
  std::optional<ir::AttributeValue> default_value;  ///< filled in by normalize(); absent = the attribute is required
  std::string_view meaning;                         ///< one line for the docs
};

enum class OperandPresence : std::uint8_t { Required, Optional, Variadic };

struct OperandSpec {
  std::string_view name;
  OperandPresence presence = OperandPresence::Required;
  std::string_view meaning;
};

/// How the output's quantization parameters come about.
enum class OutputQuantization : std::uint8_t {
  Observed,     ///< from the calibrated range of the output
  SameAsInput,  ///< those of the data inputs, which share one set (reshape, pooling, concat, pad, ...)
  Fixed,        ///< `fixed_output`, whatever the data (softmax: scale 1/256, zero point -128)
};

struct QuantizationRule {
  OutputQuantization output = OutputQuantization::Observed;
  ir::QuantParams fixed_output = {};
  /// Weights: symmetric int8, one scale per index of `weight_axis`. Bias: int32 with scale input_scale * weight_scale.
  std::optional<std::size_t> weight_input = std::nullopt;
  std::int32_t weight_axis = 0;
  std::optional<std::size_t> bias_input = std::nullopt;
  /// Constant operands that stay float32: the lowering turns their numbers into integers by itself.
  std::vector<std::size_t> float_inputs = {};

  bool stays_float(std::size_t input) const {
    return std::find(float_inputs.begin(), float_inputs.end(), input) != float_inputs.end();
  }
};

struct OpDefinition {
  std::string_view name;
  std::string_view summary;  ///< one line for the docs; the rest stands in ops/<name>/<name>.md
  std::vector<OperandSpec> inputs;
  std::vector<AttributeSpec> attributes;

  /// Result types from the node's inputs (constants included) and attributes. Unsupported for what the operator
  /// cannot do, InvalidInput for what makes no sense; diagnostics need no file or node name, the caller adds them.
  Result<std::vector<ir::TensorType>> (*infer)(const ir::Graph& graph, const ir::Node& node) = nullptr;

  /// Float result: `inputs` are in operand order (absent optional ones are empty tensors), `outputs` have their shapes.
  Status (*reference)(const ir::Node& node, std::span<const Tensor> inputs, std::span<Tensor> outputs) = nullptr;

  QuantizationRule quantization;

  /// Appends the KernelCalls (or aliases) of a quantized node to the program under construction.
  Status (*lower)(LowerContext& context) = nullptr;

  /// The kernels `lower` may call, and those prepared in their place; empty for operators that never reach the device
  /// by themselves.
  std::vector<const KernelBinding*> kernels;

  /// What `lower` may call when the node's values stay float32 (float_node.hpp); none: it has no float form.
  std::optional<std::vector<const KernelBinding*>> float_kernels = {};

  /// What `lower` may call when data operands and results are int16, weights int8; none: it has no int16 form.
  std::optional<std::vector<const KernelBinding*>> int16_kernels = {};

  /// Multiply-accumulates of the node; null = none.
  std::int64_t (*macs)(const ir::Graph& graph, const ir::Node& node) = nullptr;
};

/// Helpers for infer/reference/lower implementations.
const ir::TensorType& input_type(const ir::Graph& graph, const ir::Node& node, std::size_t index);
bool has_input(const ir::Node& node, std::size_t index);
/// `axis` counted from the end when negative; InvalidInput when outside of [-rank, rank).
Result<std::int64_t> normalize_axis(std::int64_t axis, std::size_t rank);
/// Shape of a broadcast of a and b as PyTorch has it, or InvalidInput naming both.
Result<ir::Shape> broadcast_shapes(const ir::Shape& a, const ir::Shape& b);

}  // namespace pudu::ops
