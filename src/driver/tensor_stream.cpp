#include "driver/tensor_stream.hpp"

#include <utility>

#include "driver/dequantized_graph.hpp"
#include "driver/input_layout.hpp"

namespace pudu::driver {
namespace {

base::ArrayType type_of(const ir::QuantParams& codes) {
  return codes.quant_max > INT8_MAX ? base::ArrayType::Int16 : base::ArrayType::Int8;
}

}  // namespace

Result<TensorStream> TensorStream::open(const ir::Graph& graph, const std::vector<std::filesystem::path>& files,
                                        const InputCodes& codes) {
  std::vector<PortShape> ports;
  std::vector<Input> inputs;
  for (std::size_t i = 0; i < graph.inputs.size(); ++i) {
    const ir::Value& value = graph.value(graph.inputs[i]);
    Input& input = inputs.emplace_back(Input{value.type.shape, value.type.layout, {}});
    PortShape& port = ports.emplace_back(PortShape{value.name, caller_shape(value), content_of(value)});
    if (i < codes.size() && codes[i]) {
      input.codes = codes[i];
      port.codes = type_of(*codes[i]);
    }
  }
  PUDU_TRY_ASSIGN(SampleStream samples, SampleStream::open(files, ports));
  TensorStream stream(std::move(samples));
  stream.inputs_ = std::move(inputs);
  return stream;
}

std::size_t TensorStream::sample_bytes() const {
  std::size_t bytes = 0;
  for (const Input& input : inputs_) bytes += static_cast<std::size_t>(ir::element_count(input.shape)) * sizeof(float);
  return bytes;
}

ops::Tensor TensorStream::to_tensor(const base::Array& array, const Input& input) {
  if (!input.codes || array.dtype != type_of(*input.codes)) return to_input_tensor(array, input.shape, input.layout);
  const ir::DType dtype = array.dtype == base::ArrayType::Int16 ? ir::DType::Int16 : ir::DType::Int8;
  const std::vector<float> numbers = dequantized(array.bytes, {dtype, input.shape}, *input.codes);
  return to_input_tensor(base::make_array(array.shape, numbers), input.shape, input.layout);
}

Result<quantizer::Sample> TensorStream::read(std::size_t index) const {
  PUDU_TRY_ASSIGN(const std::vector<base::Array> arrays, stream_.read(index));
  quantizer::Sample sample;
  for (std::size_t i = 0; i < arrays.size(); ++i) sample.push_back(to_tensor(arrays[i], inputs_[i]));
  return sample;
}

}  // namespace pudu::driver
