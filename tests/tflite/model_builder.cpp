#include "tflite/model_builder.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace pudu::testing {

std::size_t size_in_bytes(TensorCode type) {
  switch (type) {
    case TensorCode::Float32:
    case TensorCode::Int32:
      return 4;
    case TensorCode::Int64:
      return 8;
    case TensorCode::Int16:
      return 2;
    case TensorCode::Int8:
    case TensorCode::Resource:
      break;
  }
  return 1;
}

ModelBuilder::ModelBuilder() {
  model_.version = 3;
  model_.buffers.push_back(std::make_unique<wire::BufferT>());  // by convention empty: of tensors without data
  model_.subgraphs.push_back(std::make_unique<wire::SubGraphT>());
}

TensorIndex ModelBuilder::add(const TensorSpec& spec) {
  auto tensor = std::make_unique<wire::TensorT>();
  tensor->shape = spec.shape;
  tensor->type = static_cast<std::int8_t>(spec.type);
  tensor->is_variable = spec.is_variable;
  tensor->name = "tensor" + std::to_string(graph().tensors.size());
  if (!spec.quantization.scales.empty()) {
    tensor->quantization = std::make_unique<wire::QuantizationParametersT>();
    tensor->quantization->scale = spec.quantization.scales;
    tensor->quantization->zero_point.assign(spec.quantization.scales.size(), spec.quantization.zero_point);
    tensor->quantization->quantized_dimension = spec.quantization.axis;
  }
  if (!spec.data.empty()) {
    auto buffer = std::make_unique<wire::BufferT>();
    buffer->data.resize(spec.data.size());
    std::transform(spec.data.begin(), spec.data.end(), buffer->data.begin(),
                   [](std::byte byte) { return static_cast<std::uint8_t>(byte); });
    tensor->buffer = static_cast<std::uint32_t>(model_.buffers.size());
    model_.buffers.push_back(std::move(buffer));
  }
  graph().tensors.push_back(std::move(tensor));
  return static_cast<TensorIndex>(graph().tensors.size() - 1);
}

TensorIndex ModelBuilder::add_input(const TensorSpec& spec) {
  graph().inputs.push_back(add(spec));
  return graph().inputs.back();
}

void ModelBuilder::add_operator(std::int32_t builtin_code, std::int32_t version, std::vector<TensorIndex> inputs,
                                std::vector<TensorIndex> outputs) {
  auto code = std::make_unique<wire::OperatorCodeT>();
  code->builtin_code = builtin_code;
  code->deprecated_builtin_code = static_cast<std::int8_t>(std::min(builtin_code, 127));
  code->version = version;
  auto operation = std::make_unique<wire::OperatorT>();
  operation->opcode_index = static_cast<std::uint32_t>(model_.operator_codes.size());
  operation->inputs = std::move(inputs);
  operation->outputs = std::move(outputs);
  model_.operator_codes.push_back(std::move(code));
  graph().operators.push_back(std::move(operation));
}

void ModelBuilder::begin_subgraph() {
  subgraph_ = model_.subgraphs.size();
  model_.subgraphs.push_back(std::make_unique<wire::SubGraphT>());
}

std::vector<std::byte> ModelBuilder::finish(std::vector<TensorIndex> outputs) {
  subgraph_ = 0;
  graph().outputs = std::move(outputs);
  flatbuffers::FlatBufferBuilder builder;
  builder.Finish(wire::CreateModel(builder, &model_), "TFL3");
  const auto* begin = reinterpret_cast<const std::byte*>(builder.GetBufferPointer());
  return {begin, begin + builder.GetSize()};
}

}  // namespace pudu::testing
