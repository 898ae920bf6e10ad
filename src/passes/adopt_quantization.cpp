#include "passes/adopt_quantization.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

#include "ops/registry.hpp"
#include "passes/graph_editor.hpp"

namespace pudu::passes {
namespace {

using ir::NodeId;
using ir::ValueId;

bool is_codes(const ir::Value& value) {
  return value.type.dtype == ir::DType::Int8 && value.quant.has_value();
}

bool is_boundary(const ir::Node& node) {
  return node.op == "quantize" || node.op == "dequantize";
}

/// Rounding and this operator may change places: it moves elements, or takes the largest.
bool commutes_with_rounding(const ir::Node& node) {
  constexpr std::array names = {std::string_view("concat"),      std::string_view("expand"),
                                std::string_view("max_pool2d"),  std::string_view("permute"),
                                std::string_view("reshape"),     std::string_view("slice"),
                                std::string_view("index_select")};
  if (node.op == "pad") return node.attributes.real("value") == 0.0;
  return std::find(names.begin(), names.end(), node.op) != names.end();
}

/// The codes that `value` stands for, if a node dequantizes them.
std::optional<ValueId> codes_of(const GraphEditor& editor, ValueId value) {
  const ir::Node* producer = editor.producer(value, "dequantize");
  if (producer == nullptr || !is_codes(editor.value(*producer->inputs[0]))) return std::nullopt;
  return *producer->inputs[0];
}

void swap_value_names(GraphEditor& editor, ValueId a, ValueId b) {
  // The caller knows ports by their names.
  if (!editor.is_graph_output(a) && !editor.is_graph_output(b)) editor.swap_names(a, b);
}

// ---- what only moves elements

/// op(dequantize(codes)) = dequantize(op(codes))
Status move_before_dequantize(GraphEditor& editor, NodeId id) {
  const ir::Node& node = editor.node(id);
  if (!commutes_with_rounding(node) || node.outputs.size() != 1) return {};
  NodeInputs codes;
  for (const std::optional<ValueId>& input : node.inputs) {
    const std::optional<ValueId> source = input ? codes_of(editor, *input) : std::nullopt;
    if (!source) return {};
    codes.emplace_back(source);
    if (editor.value(*source).quant != editor.value(*codes.front()).quant) return {};
  }
  if (codes.empty()) return {};
  const ir::QuantParams params = *editor.value(*codes.front()).quant;
  PUDU_TRY_ASSIGN(const ValueId moved,
                  editor.insert(node.name + "_codes", node.op, codes, node.attributes, node.source));
  editor.set_quantization(moved, ir::DType::Int8, params);
  editor.swap_names(editor.producer(moved)->id, id);
  swap_value_names(editor, moved, editor.node(id).outputs[0]);
  return editor.replace(id, "dequantize", {moved}, {});
}

/// quantize(op(values)) = op(quantize(values)), where nothing else reads op's result.
Status move_behind_quantize(GraphEditor& editor, NodeId id) {
  const ir::Node& quantize = editor.node(id);
  if (quantize.op != "quantize") return {};
  const ValueId result = *quantize.inputs[0];
  const ir::Node* mover = editor.producer(result);
  if (mover == nullptr || !commutes_with_rounding(*mover) || !editor.has_single_user(result)) return {};
  const NodeInputs sources = mover->inputs;
  bool all_dequantized = true;
  for (const std::optional<ValueId>& source : sources) {
    if (!source || editor.value(*source).is_constant()) return {};
    all_dequantized = all_dequantized && codes_of(editor, *source);
  }
  if (all_dequantized) return {};  // the operator itself is made int8
  const ir::QuantParams params = *editor.value(quantize.outputs[0]).quant;
  const std::string name = quantize.name, op = mover->op;
  const NodeId mover_id = mover->id;
  const ir::Attributes attributes = mover->attributes;
  NodeInputs codes;
  for (const std::optional<ValueId>& source : sources) {
    PUDU_TRY_ASSIGN(const ValueId quantized, editor.insert(name, "quantize", {*source}, {}, {}));
    editor.set_quantization(quantized, ir::DType::Int8, params);
    codes.emplace_back(quantized);
  }
  editor.swap_names(mover_id, id);
  swap_value_names(editor, result, editor.node(id).outputs[0]);
  return editor.replace(id, op, std::move(codes), attributes);
}

Status rescale(GraphEditor& editor, NodeId quantize, ValueId codes) {
  ir::Attributes attributes;
  attributes.set("function", std::string("identity"));
  return editor.replace(quantize, "unary", {codes}, std::move(attributes));
}

/// quantize(dequantize(codes)) is the codes, or the codes rescaled.
Status cancel_pair(GraphEditor& editor, NodeId id) {
  const ir::Node& node = editor.node(id);
  if (node.op != "quantize") return {};
  const std::optional<ValueId> codes = codes_of(editor, *node.inputs[0]);
  if (!codes) return {};
  if (editor.value(*codes).quant != editor.value(node.outputs[0]).quant) return rescale(editor, id, *codes);
  editor.drop(id, *codes);
  return {};
}

// ---- operators

constexpr std::int32_t full_low = -128, full_high = 127;

bool has_full_range(const ir::QuantParams& params) {
  return params.quant_min == full_low && params.quant_max == full_high;
}

/// Kernels that clamp to the codes of the result.
bool clamps_result(const ir::Node& node) {
  constexpr std::array names = {std::string_view("conv2d"), std::string_view("conv_transpose2d"),
                                std::string_view("linear"), std::string_view("add"), std::string_view("mul")};
  return std::find(names.begin(), names.end(), node.op) != names.end();
}

/// A constant that stands for int8 codes of one scale, or, for weights, of symmetric ones along `axis`.
bool stands_for_int8(const ir::Value& value, std::optional<std::int32_t> weight_axis) {
  if (!value.is_constant() || !value.quant) return false;
  const ir::QuantParams& params = *value.quant;
  if (params.quant_min < full_low || params.quant_max > full_high) return false;
  if (!weight_axis) return !params.per_channel();
  return params.zero_point == 0 && (!params.per_channel() || params.axis == weight_axis);
}

enum class Role : std::uint8_t { Data, Weight, Bias, StaysFloat, Position };

Role role_of(const GraphEditor& editor, const ir::Node& node, std::size_t input) {
  const ops::QuantizationRule& rule = ops::operator_of(node).quantization;
  if (rule.weight_input == input) return Role::Weight;
  if (rule.bias_input == input) return Role::Bias;
  if (rule.stays_float(input)) return Role::StaysFloat;
  const ir::DType dtype = editor.value(*node.inputs[input]).type.dtype;
  return dtype == ir::DType::Float32 ? Role::Data : Role::Position;
}

/// What keeps an operand from being codes; empty for none.
std::string obstacle_of(const GraphEditor& editor, const ir::Node& node, std::size_t input) {
  const ir::Value& value = editor.value(*node.inputs[input]);
  const auto unquantized = [&](std::string_view what) {
    return fmt::format("its {} '{}' is not quantized in the file", what, value.name);
  };
  switch (role_of(editor, node, input)) {
    case Role::Data:
      if (value.is_constant() ? stands_for_int8(value, {}) : codes_of(editor, value.id).has_value()) return "";
      return unquantized("operand");
    case Role::Weight:
      if (stands_for_int8(value, ops::operator_of(node).quantization.weight_axis)) return "";
      if (!value.quant) return unquantized("weight");
      return fmt::format("its weight '{}' has other codes than symmetric int8 along its output channels", value.name);
    case Role::Bias:
    case Role::StaysFloat:
      return value.is_constant() ? "" : fmt::format("its operand '{}' is computed by the model", value.name);
    case Role::Position:
      break;
  }
  return "";
}

/// The parameters that all users of the node's result quantize it with; empty where one does not.
std::optional<ir::QuantParams> wanted_params(const GraphEditor& editor, const ir::Node& node) {
  const ValueId result = node.outputs[0];
  if (node.outputs.size() != 1 || editor.is_graph_output(result) || editor.users(result).empty()) return std::nullopt;
  std::optional<ir::QuantParams> params;
  for (const NodeId user : editor.users(result)) {
    if (editor.node(user).op != "quantize") return std::nullopt;
    const std::optional<ir::QuantParams>& each = editor.value(editor.node(user).outputs[0]).quant;
    if (params && params != each) return std::nullopt;
    params = each;
  }
  return params;
}

template <class T>
std::vector<std::byte> to_bytes(const std::vector<T>& values) {
  std::vector<std::byte> bytes(values.size() * sizeof(T));
  if (!bytes.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

/// Index of the scale of each element.
std::size_t channel_of(const ir::Value& value, std::size_t element) {
  if (!value.quant->per_channel()) return 0;
  const ir::Shape& shape = value.type.shape;
  std::size_t inner = 1;
  for (auto dim = static_cast<std::size_t>(*value.quant->axis) + 1; dim < shape.size(); ++dim) {
    inner *= static_cast<std::size_t>(shape[dim]);
  }
  return element / inner % value.quant->scales.size();
}

/// The codes again that the reader dequantized: exact, for codes below 2^24.
template <class Code>
std::vector<Code> codes_of_constant(const ir::Value& value) {
  const std::span<const float> elements = value.data<float>();
  const ir::QuantParams& params = *value.quant;
  std::vector<Code> codes(elements.size());
  for (std::size_t i = 0; i < codes.size(); ++i) {
    const double code = std::nearbyint(static_cast<double>(elements[i]) / params.scales[channel_of(value, i)]);
    codes[i] = static_cast<Code>(std::clamp(code + params.zero_point, static_cast<double>(params.quant_min),
                                            static_cast<double>(params.quant_max)));
  }
  return codes;
}

class OperatorAdoption {
 public:
  OperatorAdoption(GraphEditor& editor, NodeId id) : editor_(editor), id_(id) {}

  Status run() {
    const ir::Node& node = editor_.node(id_);
    if (is_boundary(node) || node.outputs.size() != 1) return {};
    if (editor_.value(node.outputs[0]).type.dtype != ir::DType::Float32) return {};
    const std::optional<ir::QuantParams> wanted = wanted_params(editor_, node);
    if (!wanted || (!has_full_range(*wanted) && !clamps_result(node))) return {};
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      if (node.inputs[i] && !obstacle_of(editor_, node, i).empty()) return {};
    }
    PUDU_TRY(take_data_operands(*wanted));
    PUDU_TRY(take_weights());
    finish(own_params(*wanted), *wanted);
    return std::move(status_);
  }

 private:
  const ir::Node& node() const { return editor_.node(id_); }
  const ops::QuantizationRule& rule() const { return ops::operator_of(node()).quantization; }

  Status take_data_operands(const ir::QuantParams& wanted) {
    std::optional<ir::QuantParams> first;
    bool differ = false;
    for (std::size_t i = 0; i < node().inputs.size(); ++i) {
      if (!node().inputs[i] || role_of(editor_, node(), i) != Role::Data) continue;
      editor_.set_input(id_, i, codes_of_operand(*node().inputs[i]));
      const std::optional<ir::QuantParams>& params = editor_.value(*node().inputs[i]).quant;
      differ = differ || (first && first != params);
      if (!first) first = params;
    }
    if (!differ || rule().output != ops::OutputQuantization::SameAsInput) return {};
    for (std::size_t i = 0; i < node().inputs.size(); ++i) PUDU_TRY(rescale_operand(i, wanted));
    return {};
  }

  ValueId codes_of_operand(ValueId operand) {
    const ir::Value& value = editor_.value(operand);
    if (!value.is_constant()) return *codes_of(editor_, operand);
    std::vector<std::byte> codes = to_bytes(codes_of_constant<std::int8_t>(value));
    return editor_.add_constant(value.name + "_q", {ir::DType::Int8, value.type.shape}, std::move(codes), *value.quant);
  }

  Status rescale_operand(std::size_t input, const ir::QuantParams& wanted) {
    const std::optional<ValueId> operand = node().inputs[input];
    if (!operand || !is_codes(editor_.value(*operand)) || editor_.value(*operand).quant == wanted) return {};
    ir::Attributes attributes;
    attributes.set("function", std::string("identity"));
    const std::string name = editor_.value(*operand).name + ".rescaled";
    PUDU_TRY_ASSIGN(const ValueId rescaled,
                    editor_.insert(name, "unary", {*operand}, std::move(attributes), node().source));
    editor_.set_quantization(rescaled, ir::DType::Int8, wanted);
    editor_.set_input(id_, input, rescaled);
    return {};
  }

  Status take_weights() {
    if (!rule().weight_input) return {};
    const std::size_t index = *rule().weight_input;
    const ir::Value weight = editor_.value(*node().inputs[index]);
    ir::QuantParams params = *weight.quant;
    const auto channels = static_cast<std::size_t>(weight.type.shape[static_cast<std::size_t>(rule().weight_axis)]);
    if (!params.per_channel()) params.scales.assign(channels, params.scale());
    params.axis = rule().weight_axis;
    std::vector<std::int8_t> codes = codes_of_constant<std::int8_t>(weight);
    if (rule().bias_input && ops::has_input(node(), *rule().bias_input)) PUDU_TRY(take_bias(weight, codes, params));
    PUDU_TRY(check_sums(weight, codes));
    editor_.set_input(id_, index,
                      editor_.add_constant(weight.name + "_q", {ir::DType::Int8, weight.type.shape}, to_bytes(codes),
                                           std::move(params)));
    return {};
  }

  /// int32 codes of input scale times weight scale. A channel whose weights are all 0 may have any scale: one that its
  /// bias fits.
  Status take_bias(const ir::Value& weight, const std::vector<std::int8_t>& weights, ir::QuantParams& weight_params) {
    constexpr double largest = 1 << 30;  // leaves a bit for the sum of products
    const std::size_t index = *rule().bias_input;
    const ir::Value bias = editor_.value(*node().inputs[index]);
    const std::span<const float> elements = bias.data<float>();
    const double input_scale = editor_.value(*node().inputs[0]).quant->scale();
    std::vector<bool> is_used(weight_params.scales.size(), false);
    ir::Value per_channel = weight;
    per_channel.quant = weight_params;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      if (weights[i] != 0) is_used[channel_of(per_channel, i)] = true;
    }
    std::vector<std::int32_t> codes;
    std::vector<float> scales;
    for (std::size_t channel = 0; channel < weight_params.scales.size(); ++channel) {
      const auto element = static_cast<double>(elements[channel]);
      float& scale = weight_params.scales[channel];
      if (std::abs(element) > largest * input_scale * scale) {
        if (is_used[channel]) return bias_too_large(channel, element / (input_scale * scale));
        scale = static_cast<float>(std::abs(element) / input_scale / (1 << 20));
      }
      codes.push_back(static_cast<std::int32_t>(std::nearbyint(element / (input_scale * scale))));
      scales.push_back(static_cast<float>(input_scale * scale));
      if (!std::isnormal(scales.back())) return scale_not_a_number(channel, input_scale * scale);
    }
    editor_.set_input(
        id_, index,
        editor_.add_constant(
            bias.name + "_q", {ir::DType::Int32, bias.type.shape}, to_bytes(codes),
            {.scales = std::move(scales), .zero_point = 0, .axis = 0, .quant_min = INT32_MIN, .quant_max = INT32_MAX}));
    return {};
  }

  /// Products with inputs of up to 255 steps from their zero point.
  Status check_sums(const ir::Value& weight, const std::vector<std::int8_t>& codes) const {
    constexpr std::int64_t largest = (1 << 30) / 255;
    const auto channels = static_cast<std::size_t>(weight.type.shape[static_cast<std::size_t>(rule().weight_axis)]);
    if (codes.size() / channels <= static_cast<std::size_t>(largest / 127)) return {};
    ir::Value by_channel = weight;
    by_channel.quant = {.scales = std::vector<float>(channels, 1.0F), .axis = rule().weight_axis};
    std::vector<std::int64_t> sums(channels, 0);
    for (std::size_t i = 0; i < codes.size(); ++i) {
      sums[channel_of(by_channel, i)] += std::abs(static_cast<std::int64_t>(codes[i]));
    }
    for (std::size_t channel = 0; channel < channels; ++channel) {
      if (sums[channel] <= largest) continue;
      return unsupported({.where = node().name,
                          .found = fmt::format("the weights of channel {} add up to {}", channel, sums[channel]),
                          .allowed = fmt::format("{}: an accumulator of 32 bits could overflow", largest)});
    }
    return {};
  }

  Error bias_too_large(std::size_t channel, double code) const {
    return unsupported({.where = node().name,
                        .found = fmt::format("the bias of channel {} is {:.4g} steps of input scale times weight scale",
                                             channel, code),
                        .allowed = "30 bits",
                        .hint = "the scale of that channel's weights is too small for its bias"});
  }

  Error scale_not_a_number(std::size_t channel, double scale) const {
    return unsupported({.where = node().name,
                        .found = fmt::format("input scale times weight scale of channel {} is {:.4g}", channel, scale),
                        .allowed = "normal numbers of float32"});
  }

  /// What the operator's kernel gives its result.
  ir::QuantParams own_params(const ir::QuantParams& wanted) const {
    if (rule().output == ops::OutputQuantization::Fixed) return rule().fixed_output;
    if (rule().output == ops::OutputQuantization::Observed) return wanted;
    for (const std::optional<ValueId>& input : node().inputs) {
      if (input && is_codes(editor_.value(*input))) return *editor_.value(*input).quant;
    }
    return wanted;
  }

  void finish(const ir::QuantParams& own, const ir::QuantParams& wanted) {
    editor_.set_quantization(node().outputs[0], ir::DType::Int8, own);
    const auto users = editor_.users(node().outputs[0]);
    for (const NodeId user : std::vector<NodeId>(users.begin(), users.end())) {
      if (own == wanted) {
        editor_.drop(user, node().outputs[0]);
      } else if (status_) {
        status_ = rescale(editor_, user, node().outputs[0]);
      }
    }
  }

  GraphEditor& editor_;
  NodeId id_;
  Status status_;
};

}  // namespace

Status adopt_quantization(ir::Graph& graph) {
  PUDU_TRY(rewrite_until_stable(graph, move_before_dequantize));
  PUDU_TRY(rewrite_until_stable(graph, move_behind_quantize));
  PUDU_TRY(rewrite_until_stable(graph, cancel_pair));
  return rewrite_until_stable(graph, [](GraphEditor& editor, NodeId id) { return OperatorAdoption(editor, id).run(); });
}

Result<std::vector<FloatRemainder>> find_float_remainders(const ir::Graph& graph) {
  ir::Graph copy = graph;
  const GraphEditor editor(copy);
  std::vector<FloatRemainder> remainders;
  Error refused{ErrorKind::Unsupported, {}};
  for (const ir::Node& node : graph.nodes()) {
    if (is_boundary(node) || graph.value(node.outputs[0]).type.dtype != ir::DType::Float32) continue;
    std::string reason;
    for (std::size_t i = 0; i < node.inputs.size() && reason.empty(); ++i) {
      if (node.inputs[i]) reason = obstacle_of(editor, node, i);
    }
    if (reason.empty()) reason = "its result is not quantized in the file";
    if (!ops::operator_of(node).float_kernels) {
      refused.diagnostics.push_back(
          {.where = node.name,
           .found = fmt::format("{}, and operator {} has no float kernel", reason, node.op),
           .allowed = "operators between dequantize and quantize",
           .hint = "have the quantizer annotate this operator, or export the float model and use --calibration"});
    }
    remainders.push_back({node.name, node.op, std::move(reason)});
  }
  if (!refused.diagnostics.empty()) return refused;
  return remainders;
}

}  // namespace pudu::passes
