#include "driver/random_samples.hpp"

#include <random>
#include <utility>
#include <vector>

namespace pudu::driver {
namespace {

using Generator = std::mt19937;

base::Array random_floats(const program::Port& port, std::size_t count, Generator& generator) {
  std::normal_distribution<float> normal;
  std::vector<float> values(count);
  for (float& value : values) value = normal(generator);
  return base::make_array(port.shape, std::span<const float>(values));
}

base::Array random_codes(base::ArrayType type, const program::Port& port, std::size_t bytes, Generator& generator) {
  base::Array array{type, port.shape, {}};
  for (std::size_t i = 0; i < bytes; ++i) array.bytes.push_back(static_cast<std::byte>(generator() & 0xFF));
  return array;
}

base::Array random_array(const program::Port& port, const program::Buffer& buffer, Generator& generator) {
  switch (buffer.type) {
    case program::ElementType::Float32:
      return random_floats(port, buffer.bytes() / sizeof(float), generator);
    case program::ElementType::Int32:
      return {base::ArrayType::Int32, port.shape, std::vector<std::byte>(buffer.bytes(), std::byte{0})};
    case program::ElementType::Int16:
      return random_codes(base::ArrayType::Int16, port, buffer.bytes(), generator);
    case program::ElementType::UInt8:
      return random_codes(base::ArrayType::UInt8, port, buffer.bytes(), generator);
    case program::ElementType::Int8:
      break;
  }
  return random_codes(base::ArrayType::Int8, port, buffer.bytes(), generator);
}

}  // namespace

Samples random_samples(const program::Program& program) {
  Generator generator(1);
  std::vector<base::Array> sample;
  for (const program::Port& port : program.inputs) {
    sample.push_back(random_array(port, program.buffer(port.buffer), generator));
  }
  return {std::move(sample)};
}

}  // namespace pudu::driver
