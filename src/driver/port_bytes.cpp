#include "driver/port_bytes.hpp"

#include <cstring>

#include "kernels/quantize/quantize_f32_s8.hpp"
#include "kernels/quantize_s16/quantize_f32_s16.hpp"

namespace pudu::driver {

std::vector<float> in_memory_order(const ops::Tensor& tensor, const ops::DimOrder& order) {
  const std::span<const float> data = tensor.data();
  if (ops::same_in_memory(tensor.shape(), order, ops::contiguous_order(tensor.rank()))) {
    return {data.begin(), data.end()};
  }
  const std::vector<std::int64_t> strides = ops::memory_strides(tensor.shape(), order);
  std::vector<float> result(data.size());
  std::vector<std::int64_t> index(tensor.rank(), 0);
  std::int64_t at = 0;
  for (const float element : data) {
    result[static_cast<std::size_t>(at)] = element;
    for (std::size_t dim = tensor.rank(); dim-- > 0;) {
      at += strides[dim];
      if (++index[dim] < tensor.dim(dim)) break;
      at -= strides[dim] * tensor.dim(dim);
      index[dim] = 0;
    }
  }
  return result;
}

std::vector<std::byte> to_bytes(std::span<const float> numbers, const program::Buffer& buffer) {
  std::vector<std::byte> bytes(buffer.bytes());
  const auto count = static_cast<std::int32_t>(numbers.size());
  switch (buffer.type) {
    case program::ElementType::Float32:
      std::memcpy(bytes.data(), numbers.data(), bytes.size());
      break;
    case program::ElementType::Int32: {
      const std::vector<std::int32_t> integers(numbers.begin(), numbers.end());
      std::memcpy(bytes.data(), integers.data(), bytes.size());
      break;
    }
    case program::ElementType::Int16:
      kernels::QuantizeF32S16::run(
          {count, buffer.quantization->scale, buffer.quantization->zero_point, INT16_MIN, INT16_MAX},
          {numbers.data(), reinterpret_cast<std::int16_t*>(bytes.data())});
      break;
    default:
      kernels::QuantizeF32S8::run(
          {count, buffer.quantization->scale, buffer.quantization->zero_point, INT8_MIN, INT8_MAX},
          {numbers.data(), reinterpret_cast<std::int8_t*>(bytes.data())});
      break;
  }
  return bytes;
}

}  // namespace pudu::driver
