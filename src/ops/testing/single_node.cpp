// Builds the one-node graph, and compares its lowered form with its float reference.
#include "ops/testing/single_node.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <span>
#include <stdexcept>
#include <utility>

#include "ops/registry.hpp"
#include "ops/testing/plain_lowering.hpp"

namespace pudu::ops::testing {
namespace {

template <class T>
std::vector<std::byte> bytes_of(const std::vector<T>& values) {
  const auto bytes = std::as_bytes(std::span(values));
  return {bytes.begin(), bytes.end()};
}

std::string operand_name(std::size_t index) {
  return "operand" + std::to_string(index);
}

/// Elements of a constant or activation as numbers, before scale and zero point.
std::vector<float> numbers_of(ir::DType dtype, std::span<const std::byte> bytes) {
  std::vector<float> result;
  const auto append = [&]<class T>(T) {
    for (std::size_t offset = 0; offset < bytes.size(); offset += sizeof(T)) {
      T value;
      std::memcpy(&value, bytes.data() + offset, sizeof(T));
      result.push_back(static_cast<float>(value));
    }
  };
  if (dtype == ir::DType::Int8) append(std::int8_t{});
  if (dtype == ir::DType::Int16) append(std::int16_t{});
  if (dtype == ir::DType::Int32) append(std::int32_t{});
  if (dtype == ir::DType::Float32) append(float{});
  return result;
}

/// Random codes of a value's type, as bytes.
std::vector<std::byte> random_codes(Random& random, const ir::Value& value) {
  if (value.type.dtype == ir::DType::Int8) return bytes_of(random.codes(value.type.elements()));
  std::vector<std::int16_t> codes;
  for (std::int64_t i = 0; i < value.type.elements(); ++i) {
    codes.push_back(static_cast<std::int16_t>(random.integer(INT16_MIN, INT16_MAX)));
  }
  return bytes_of(codes);
}

ir::QuantParams wide_params(float scale) {
  ir::QuantParams quant = ir::per_tensor(scale, 0);
  quant.quant_min = INT16_MIN;
  quant.quant_max = INT16_MAX;
  return quant;
}

}  // namespace

std::uint32_t Random::next() {
  state_ ^= state_ << 13;
  state_ ^= state_ >> 17;
  state_ ^= state_ << 5;
  return state_;
}

std::int32_t Random::integer(std::int32_t low, std::int32_t high) {
  const auto span = static_cast<std::uint64_t>(static_cast<std::int64_t>(high) - low + 1);
  return static_cast<std::int32_t>(low + static_cast<std::int64_t>(next() % span));
}

float Random::real(float low, float high) {
  return low + (high - low) * (static_cast<float>(next() >> 8) / 16777216.0F);
}

Codes Random::codes(std::int64_t count, std::int32_t low, std::int32_t high) {
  Codes result(static_cast<std::size_t>(count));
  for (std::int8_t& code : result) code = static_cast<std::int8_t>(integer(low, high));
  return result;
}

std::vector<float> Random::reals(std::int64_t count, float low, float high) {
  std::vector<float> result(static_cast<std::size_t>(count));
  for (float& value : result) value = real(low, high);
  return result;
}

SingleNode::SingleNode(std::string_view op, ir::Attributes attributes) : attributes_(std::move(attributes)), op_(op) {
  graph_.name = "single_node";
}

SingleNode& SingleNode::input(ir::Shape shape, Scale quantization, DimOrder order) {
  const ir::ValueId id = graph_.add_value(operand_name(operands_.size()), {ir::DType::Int8, std::move(shape)});
  graph_.value(id).quant = ir::per_tensor(quantization.scale, quantization.zero_point);
  graph_.inputs.push_back(id);
  orders_.push_back(std::move(order));
  operands_.emplace_back(id);
  return *this;
}

SingleNode& SingleNode::float_input(ir::Shape shape, DimOrder order) {
  const ir::ValueId id = graph_.add_value(operand_name(operands_.size()), {ir::DType::Float32, std::move(shape)});
  graph_.inputs.push_back(id);
  orders_.push_back(std::move(order));
  operands_.emplace_back(id);
  return *this;
}

SingleNode& SingleNode::wide_input(ir::Shape shape, float scale, DimOrder order) {
  const ir::ValueId id = graph_.add_value(operand_name(operands_.size()), {ir::DType::Int16, std::move(shape)});
  graph_.value(id).quant = wide_params(scale);
  graph_.inputs.push_back(id);
  orders_.push_back(std::move(order));
  operands_.emplace_back(id);
  return *this;
}

SingleNode& SingleNode::constant(ir::Shape shape, Codes codes, Scale quantization) {
  const ir::ValueId id =
      graph_.add_constant(operand_name(operands_.size()), {ir::DType::Int8, std::move(shape)}, bytes_of(codes));
  graph_.value(id).quant = ir::per_tensor(quantization.scale, quantization.zero_point);
  operands_.emplace_back(id);
  return *this;
}

SingleNode& SingleNode::weights(ir::Shape shape, Codes codes, std::vector<float> scales) {
  const ir::ValueId id =
      graph_.add_constant(operand_name(operands_.size()), {ir::DType::Int8, std::move(shape)}, bytes_of(codes));
  ir::QuantParams quant;
  quant.scales = std::move(scales);
  quant.axis = 0;
  quant.quant_min = -127;
  graph_.value(id).quant = std::move(quant);
  operands_.emplace_back(id);
  return *this;
}

SingleNode& SingleNode::bias(std::vector<std::int32_t> values, std::vector<float> scales) {
  const auto count = static_cast<std::int64_t>(values.size());
  const ir::ValueId id =
      graph_.add_constant(operand_name(operands_.size()), {ir::DType::Int32, {count}}, bytes_of(values));
  ir::QuantParams quant;
  quant.scales = std::move(scales);
  quant.axis = 0;
  quant.quant_min = INT32_MIN;
  quant.quant_max = INT32_MAX;
  graph_.value(id).quant = std::move(quant);
  operands_.emplace_back(id);
  return *this;
}

SingleNode& SingleNode::float_constant(ir::Shape shape, std::vector<float> values) {
  operands_.emplace_back(graph_.add_constant_f32(operand_name(operands_.size()), std::move(shape), values));
  return *this;
}

SingleNode& SingleNode::absent() {
  operands_.emplace_back(std::nullopt);
  return *this;
}

SingleNode& SingleNode::output(Scale quantization) {
  output_ = {ir::DType::Int8, ir::per_tensor(quantization.scale, quantization.zero_point)};
  return *this;
}

SingleNode& SingleNode::wide_output(float scale) {
  output_ = {ir::DType::Int16, wide_params(scale)};
  return *this;
}

Result<ir::Shape> SingleNode::infer() {
  if (!appended_) {
    PUDU_TRY(append_node(graph_, "node", op_, operands_, attributes_));
    appended_ = true;
    graph_.outputs = node().outputs;
    for (const ir::ValueId id : output_ ? node().outputs : std::vector<ir::ValueId>{}) {
      ir::Value& value = graph_.value(id);
      value.type.dtype = output_->dtype;
      value.quant = output_->quant;
    }
  }
  return graph_.value(node().outputs.front()).type.shape;
}

ir::Shape SingleNode::output_shape() {
  Result<ir::Shape> shape = infer();
  if (shape.ok()) return *shape;
  ADD_FAILURE() << to_string(shape.error());
  throw std::runtime_error("the node cannot be built");
}

std::vector<const ir::Value*> SingleNode::activations() const {
  std::vector<const ir::Value*> result;
  for (const ir::ValueId id : graph_.inputs) result.push_back(&graph_.value(id));
  return result;
}

Tensor SingleNode::dequantized(const ir::Value& value) const {
  std::vector<float> numbers = numbers_of(value.type.dtype, *value.constant);
  if (value.quant) {
    const std::size_t channels = value.quant->per_channel() ? value.quant->scales.size() : 1;
    const std::size_t channel_elements = numbers.size() / channels;
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      numbers[i] =
          (numbers[i] - static_cast<float>(value.quant->zero_point)) * value.quant->scales[i / channel_elements];
    }
  }
  return {value.type.shape, std::move(numbers)};
}

std::vector<float> SingleNode::reference(const std::vector<std::vector<float>>& inputs) {
  output_shape();
  std::vector<Tensor> operands;
  std::size_t next_input = 0;
  for (const auto& id : node().inputs) {
    if (!id) {
      operands.emplace_back();
    } else if (const ir::Value& value = graph_.value(*id); value.is_constant()) {
      operands.push_back(dequantized(value));
    } else {
      operands.emplace_back(value.type.shape, inputs.at(next_input++));
    }
  }
  std::vector<Tensor> results;
  for (const ir::ValueId id : node().outputs) results.emplace_back(graph_.value(id).type.shape);
  const Status status = operator_of(node()).reference(node(), operands, results);
  if (!status.ok()) ADD_FAILURE() << to_string(status.error());
  const auto data = std::as_const(results.front()).data();
  return {data.begin(), data.end()};
}

Result<LoweredNode> SingleNode::lower() {
  PUDU_TRY(infer());
  PlainLowering context(graph_, orders_);
  PUDU_TRY(operator_of(node()).lower(context));
  LoweredNode result{context.program(), {}, context.transposes(), context.output_orders()};
  for (const program::KernelCall& call : result.program.calls) result.kernels.push_back(call.kernel);
  return result;
}

std::vector<std::byte> SingleNode::run_bytes(const std::vector<std::vector<std::byte>>& inputs) {
  output_shape();
  PlainLowering context(graph_, orders_);
  if (const Status status = operator_of(node()).lower(context); !status.ok()) {
    ADD_FAILURE() << to_string(status.error());
    return {};
  }
  return context.run(inputs).front();
}

Codes SingleNode::run(const std::vector<Codes>& inputs) {
  std::vector<std::vector<std::byte>> bytes;
  for (const Codes& codes : inputs) bytes.push_back(bytes_of(codes));
  const std::vector<std::byte> result = run_bytes(bytes);
  Codes codes(result.size());
  std::memcpy(codes.data(), result.data(), result.size());
  return codes;
}

void SingleNode::expect_matches_reference(double tolerance_codes, std::uint32_t seed) {
  output_shape();
  Random random(seed);
  std::vector<std::vector<std::byte>> codes;
  std::vector<std::vector<float>> numbers;
  for (const ir::Value* value : activations()) {
    codes.push_back(random_codes(random, *value));
    std::vector<float>& floats = numbers.emplace_back();
    for (const float code : numbers_of(value->type.dtype, codes.back())) {
      floats.push_back((code - static_cast<float>(value->quant->zero_point)) * value->quant->scale());
    }
  }
  const ir::Value& result = graph_.value(node().outputs.front());
  const std::vector<float> actual = numbers_of(result.type.dtype, run_bytes(codes));
  const std::vector<float> expected = reference(numbers);
  ASSERT_EQ(actual.size(), expected.size());
  const ir::QuantParams& quant = *result.quant;
  for (std::size_t i = 0; i < actual.size(); ++i) {
    const double exact = std::clamp(
        static_cast<double>(expected[i]) / static_cast<double>(quant.scale()) + static_cast<double>(quant.zero_point),
        static_cast<double>(quant.quant_min), static_cast<double>(quant.quant_max));
    ASSERT_NEAR(static_cast<double>(actual[i]), exact, tolerance_codes) << "element " << i << " of " << actual.size();
  }
}

}  // namespace pudu::ops::testing
