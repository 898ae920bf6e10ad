#include "driver/dequantized_graph.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "ops/registry.hpp"

namespace pudu::driver {
namespace {

using ir::DType;
using ir::QuantParams;
using ir::Value;

/// Where an operator has an int32 bias, and whose scales multiply to the bias's.
struct BiasRule {
  std::string_view op;
  std::size_t bias, operand, weights;
};
constexpr std::array bias_rules = {BiasRule{"conv2d", 2, 0, 1}, BiasRule{"conv_transpose2d", 2, 0, 1},
                                   BiasRule{"linear", 2, 0, 1}, BiasRule{"svdf", 4, 3, 2}};

/// Operators whose biases have scales of several operands.
constexpr std::array many_scales = {std::string_view("sequence_lstm")};

constexpr std::array conversions = {std::string_view("quantize"), std::string_view("dequantize"),
                                    std::string_view("requantize")};

/// Elements of a dimension's index stand so far apart in row-major order.
std::size_t inner_elements(const ir::Shape& shape, std::size_t axis) {
  std::size_t elements = 1;
  for (std::size_t i = axis + 1; i < shape.size(); ++i) elements *= static_cast<std::size_t>(shape[i]);
  return elements;
}

template <class T>
std::vector<float> numbers_of(std::span<const T> codes, const ir::Shape& shape, const QuantParams& quant) {
  const std::size_t axis = static_cast<std::size_t>(quant.axis.value_or(0));
  const std::size_t inner = quant.per_channel() ? inner_elements(shape, axis) : 1;
  std::vector<float> numbers;
  numbers.reserve(codes.size());
  for (std::size_t i = 0; i < codes.size(); ++i) {
    const std::size_t channel = quant.per_channel() ? i / inner % static_cast<std::size_t>(shape[axis]) : 0;
    numbers.push_back(quant.scales[channel] *
                      static_cast<float>(static_cast<std::int32_t>(codes[i]) - quant.zero_point));
  }
  return numbers;
}

template <class T>
std::span<const T> as(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const T*>(bytes.data()), bytes.size() / sizeof(T)};
}

ir::ConstantData constant_of(const std::vector<float>& numbers) {
  const auto bytes = std::as_bytes(std::span<const float>(numbers));
  return std::make_shared<const std::vector<std::byte>>(bytes.begin(), bytes.end());
}

class Dequantizer {
 public:
  explicit Dequantizer(const ir::Graph& graph) : source_(graph), graph_(graph) {}

  Result<ir::Graph> run() {
    for (ir::Node& node : graph_.nodes()) PUDU_TRY(convert(node));
    for (std::size_t i = 0; i < graph_.states.size(); ++i) convert(graph_.states[i]);
    for (std::size_t i = 0; i < source_.values().size(); ++i)
      convert(graph_.value(ir::ValueId{static_cast<unsigned>(i)}));
    graph_.arithmetic = ir::Arithmetic::ExecuTorch;
    PUDU_TRY(ops::verify(graph_));
    return std::move(graph_);
  }

 private:
  Status convert(ir::Node& node) {
    if (std::find(conversions.begin(), conversions.end(), node.op) != conversions.end()) {
      node.op = "unary";
      node.attributes = {};
      node.attributes.set("function", "identity");
      return {};
    }
    if (std::find(many_scales.begin(), many_scales.end(), node.op) != many_scales.end() &&
        source_.value(node.outputs.front()).quant) {
      return unsupported({.where = node.name,
                          .found = "an int8 " + node.op + ", whose biases have scales of several operands",
                          .allowed = "layers of which a float network can be made",
                          .hint = "compile the model, and `pudu run --labels` tells its accuracy"});
    }
    for (const BiasRule& rule : bias_rules) {
      if (rule.op == node.op) convert_bias(node, rule);
    }
    return {};
  }

  /// A bias may be shared by layers of other scales: each gets its own.
  void convert_bias(ir::Node& node, const BiasRule& rule) {
    if (node.inputs.size() <= rule.bias || !node.inputs[rule.bias]) return;
    const Value& bias = source_.value(*node.inputs[rule.bias]);
    const Value& operand = source_.value(*node.inputs[rule.operand]);
    const Value& weights = source_.value(*node.inputs[rule.weights]);
    if (bias.type.dtype != DType::Int32 || !operand.quant || !weights.quant) return;
    std::vector<float> numbers;
    const std::span<const std::int32_t> integers = bias.data<std::int32_t>();
    for (std::size_t i = 0; i < integers.size(); ++i) {
      const float scale = weights.quant->per_channel() ? weights.quant->scales[i] : weights.quant->scale();
      numbers.push_back(static_cast<float>(static_cast<double>(integers[i]) * operand.quant->scale() * scale));
    }
    const std::string name = graph_.unique_value_name(bias.name + "_numbers");
    node.inputs[rule.bias] = graph_.add_constant_f32(name, bias.type.shape, numbers);
  }

  void convert(ir::State& state) const {
    const Value& before = source_.value(state.before);
    if (before.quant) state.initial = constant_of(dequantized(*state.initial, before.type, *before.quant));
  }

  static void convert(Value& value) {
    if (!value.quant) return;
    if (value.constant) value.constant = constant_of(dequantized(*value.constant, value.type, *value.quant));
    value.type.dtype = DType::Float32;
    value.quant.reset();
  }

  const ir::Graph& source_;
  ir::Graph graph_;
};

}  // namespace

std::vector<float> dequantized(std::span<const std::byte> codes, const ir::TensorType& type, const QuantParams& quant) {
  if (type.dtype == DType::Int32) return numbers_of(as<std::int32_t>(codes), type.shape, quant);
  if (type.dtype == DType::Int16) return numbers_of(as<std::int16_t>(codes), type.shape, quant);
  return numbers_of(as<std::int8_t>(codes), type.shape, quant);
}

Result<ir::Graph> dequantized(const ir::Graph& graph) {
  return Dequantizer(graph).run();
}

}  // namespace pudu::driver
