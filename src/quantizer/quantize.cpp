#include "quantizer/quantize.hpp"

#include <map>
#include <set>
#include <string>
#include <utility>

#include "base/own_check.hpp"
#include "ops/registry.hpp"
#include "quantizer/float_islands.hpp"
#include "quantizer/int16.hpp"
#include "quantizer/int4.hpp"
#include "quantizer/weights.hpp"

namespace pudu::quantizer {
namespace {

using Int16Params = std::vector<std::optional<ir::QuantParams>>;  ///< by value; int8 values have none

/// Gives every activation and every data constant its parameters and type.
Status quantize_values(ir::Graph& graph, const Ranges& ranges, const Islands& islands, const Int16Params& int16) {
  Error missing{ErrorKind::Unsupported, {}};
  for (std::size_t index = 0; index < graph.values().size(); ++index) {
    ir::Value& value = graph.value(static_cast<ir::ValueId>(index));
    if (islands.stays_float[index]) continue;
    const std::optional<ir::QuantParams>& params =
        int16[index] ? int16[index] : ranges.params[ir::index_of(islands.origin[index])];
    if (!params) {
      if (!value.is_constant() && value.type.dtype != ir::DType::Int32) {
        missing.diagnostics.push_back({.where = value.name,
                                       .found = "a value of type " + std::string(ir::to_string(value.type.dtype)),
                                       .allowed = "float32 values, which are quantized to int8, and int32 positions"});
      }
      continue;
    }
    if (value.is_constant()) {
      value.constant = std::make_shared<const std::vector<std::byte>>(quantize_data(value.data<float>(), *params));
    }
    value.type.dtype = int16[index] ? ir::DType::Int16 : ir::DType::Int8;
    value.quant = params;
  }
  if (!missing.diagnostics.empty()) return missing;
  for (ir::State& state : graph.states) {
    const std::optional<ir::QuantParams>& params = ranges.params[ir::index_of(state.before)];
    if (!params) continue;
    const auto* elements = reinterpret_cast<const float*>(state.initial->data());
    state.initial = std::make_shared<const std::vector<std::byte>>(
        quantize_data({elements, state.initial->size() / sizeof(float)}, *params));
  }
  return {};
}

class WeightQuantizer {
 public:
  WeightQuantizer(ir::Graph& graph, const ir::Graph& float_graph, const Ranges& ranges, const Islands& islands,
                  LinearWeights linear_weights, std::set<std::string> int4_layers)
      : graph_(graph),
        float_graph_(float_graph),
        ranges_(ranges),
        islands_(islands),
        linear_weights_(linear_weights),
        int4_layers_(std::move(int4_layers)) {}

  /// Replaces weight and bias of node number `index` by integer constants of its own.
  Status quantize(std::size_t index) {
    const ir::Node& node = graph_.nodes()[index];
    const ops::QuantizationRule& rule = ops::operator_of(node).quantization;
    if (!rule.weight_input || graph_.value(node.outputs.front()).type.dtype == ir::DType::Float32) return {};
    const ir::Value& weight = float_graph_.value(*node.inputs[*rule.weight_input]);
    if (!weight.is_constant()) {
      return unsupported({.where = node.name,
                          .found = "the weight '" + weight.name + "' is computed by the model",
                          .allowed = "constant weights"});
    }
    const float input_scale = graph_.value(*node.inputs.front()).quant->scale();
    const float output_scale = graph_.value(node.outputs.front()).quant->scale();
    std::span<const float> bias;
    const bool has_bias = rule.bias_input && ops::has_input(node, *rule.bias_input);
    if (has_bias) {
      PUDU_TRY_ASSIGN(bias, constant_bias(node, *rule.bias_input));
    }
    const std::vector<double>& power =
        ranges_.channel_power[ir::index_of(islands_.origin[ir::index_of(*node.inputs.front())])];
    const std::int32_t largest_code = int4_layers_.contains(node.name) ? largest_int4_code : largest_int8_code;
    PUDU_TRY_ASSIGN(std::vector<float> scales, weight_scales(weight, {.axis = rule.weight_axis,
                                                                      .bias = bias,
                                                                      .input_scale = input_scale,
                                                                      .output_scale = output_scale,
                                                                      .input_power = power,
                                                                      .linear_weights = linear_weights_,
                                                                      .largest_code = largest_code}));
    if (has_bias) {
      std::vector<float> bias_scales;
      for (const float scale : scales) bias_scales.push_back(input_scale * scale);
      replace_input(index, *rule.bias_input, ir::DType::Int32, quantize_bias(bias, input_scale, scales),
                    {.scales = std::move(bias_scales),
                     .zero_point = 0,
                     .axis = 0,
                     .quant_min = INT32_MIN,
                     .quant_max = INT32_MAX});
    }
    std::vector<std::byte> codes = quantize_weights(weight, rule.weight_axis, scales, largest_code);
    replace_input(index, *rule.weight_input, ir::DType::Int8, std::move(codes),
                  {.scales = std::move(scales), .zero_point = 0, .axis = rule.weight_axis, .quant_min = -largest_code});
    return {};
  }

 private:
  Result<std::span<const float>> constant_bias(const ir::Node& node, std::size_t input) const {
    const ir::Value& bias = float_graph_.value(*node.inputs[input]);
    if (bias.is_constant()) return bias.data<float>();
    return unsupported({.where = node.name,
                        .found = "the bias '" + bias.name + "' is computed by the model",
                        .allowed = "a constant bias"});
  }

  void replace_input(std::size_t index, std::size_t input, ir::DType dtype, std::vector<std::byte> data,
                     ir::QuantParams params) {
    const ir::Value& old = graph_.value(*graph_.nodes()[index].inputs[input]);
    const ir::TensorType type{dtype, old.type.shape};
    const ir::ValueId id = graph_.add_constant(graph_.unique_value_name(old.name + "_q"), type, std::move(data));
    graph_.value(id).quant = std::move(params);
    graph_.nodes()[index].inputs[input] = id;
  }

  ir::Graph& graph_;
  const ir::Graph& float_graph_;
  const Ranges& ranges_;
  const Islands& islands_;
  LinearWeights linear_weights_;
  std::set<std::string> int4_layers_;  ///< names
};

/// The model's input becomes float32; its quantized form is the result of a quantize node in front of all others.
Status quantize_on_device(ir::Graph& graph, std::size_t port) {
  const ir::ValueId inner = graph.inputs[port];
  const std::string name = graph.value(inner).name;
  const ir::TensorType inner_type = graph.value(inner).type;
  const std::optional<ir::QuantParams> params = graph.value(inner).quant;
  graph.value(inner).name = graph.unique_value_name(name + "_replaced");  // the caller knows the port by this name

  ir::TensorType outer_type = inner_type;
  outer_type.dtype = ir::DType::Float32;
  const ir::ValueId outer = graph.add_value(name, outer_type);
  PUDU_TRY_ASSIGN(const ir::NodeId node,
                  ops::append_node(graph, graph.unique_value_name(name + "_int8"), "quantize", {outer}, {}));
  const ir::ValueId quantized = graph.nodes()[ir::index_of(node)].outputs.front();
  graph.value(quantized).type = {inner_type.dtype, inner_type.shape};
  graph.value(quantized).quant = params;
  graph.replace_uses(inner, quantized);
  graph.inputs[port] = outer;
  graph.move_node(node, ir::NodeId{});
  return {};
}

/// The model's output becomes float32: a dequantize node behind all others. A value that is returned twice is
/// dequantized once.
Status dequantize_on_device(ir::Graph& graph, std::size_t port, std::map<ir::ValueId, ir::ValueId>& done) {
  const ir::ValueId inner = graph.outputs[port];
  if (const auto earlier = done.find(inner); earlier != done.end()) {
    graph.outputs[port] = earlier->second;
    return {};
  }
  const std::string name = graph.value(inner).name;
  PUDU_TRY_ASSIGN(const ir::NodeId node,
                  ops::append_node(graph, graph.unique_value_name(name + "_float"), "dequantize", {inner}, {}));
  const ir::ValueId outer = graph.nodes()[ir::index_of(node)].outputs.front();
  graph.value(outer).type = {ir::DType::Float32, graph.value(inner).type.shape};
  graph.value(outer).quant.reset();
  graph.value(inner).name = graph.unique_value_name(name + "_int8");
  graph.value(outer).name = name;  // the caller knows the port by this name
  graph.outputs[port] = outer;
  done[inner] = outer;
  return {};
}

}  // namespace

/// Ports of positions are left as they are.
Status add_float_boundary(ir::Graph& graph) {
  const auto has_codes = [&](ir::ValueId id) {
    const ir::DType dtype = graph.value(id).type.dtype;
    return dtype == ir::DType::Int8 || dtype == ir::DType::Int16;
  };
  for (std::size_t port = graph.inputs.size(); port-- > 0;) {
    if (has_codes(graph.inputs[port])) PUDU_TRY(quantize_on_device(graph, port));
  }
  std::map<ir::ValueId, ir::ValueId> dequantized;
  for (std::size_t port = 0; port < graph.outputs.size(); ++port) {
    if (has_codes(graph.outputs[port])) PUDU_TRY(dequantize_on_device(graph, port, dequantized));
  }
  return {};
}

Result<ir::Graph> quantize(const ir::Graph& float_graph, const Ranges& ranges, const QuantizerOptions& options) {
  ir::Graph graph = float_graph;
  PUDU_TRY_ASSIGN(const std::vector<bool> is_int4, find_int4_layers(float_graph, options.int4_weights));
  std::set<std::string> int4_layers;  // nodes move when islands and conversions are added
  for (std::size_t i = 0; i < is_int4.size(); ++i) {
    if (is_int4[i]) int4_layers.insert(float_graph.nodes()[i].name);
  }
  PUDU_TRY_ASSIGN(const std::vector<FloatPart> parts, find_float_parts(graph, options.keep_float, options.io));
  PUDU_TRY_ASSIGN(std::vector<bool> chosen, find_int16_values(graph, options.int16, parts));
  PUDU_TRY_ASSIGN(Islands islands, add_islands(graph, parts, options.io));
  PUDU_TRY_ASSIGN(const Int16Params int16, add_int16_conversions(graph, ranges, std::move(chosen), islands));
  PUDU_TRY(quantize_values(graph, ranges, islands, int16));
  WeightQuantizer weights(graph, float_graph, ranges, islands, options.linear_weights, std::move(int4_layers));
  for (std::size_t index = 0; index < graph.nodes().size(); ++index) PUDU_TRY(weights.quantize(index));
  if (options.io == IoType::Float32) PUDU_TRY(add_float_boundary(graph));
  graph.remove_dead_code();
  PUDU_TRY(base::as_own_check(ops::verify(graph)));
  return graph;
}

}  // namespace pudu::quantizer
