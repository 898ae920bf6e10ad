#include "tflite/case_builder.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

namespace pudu::testing {
namespace {

template <class T>
std::vector<std::byte> bytes_of(const std::vector<T>& values) {
  std::vector<std::byte> bytes(values.size() * sizeof(T));
  if (!bytes.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

std::size_t elements_of(const std::vector<std::int32_t>& shape) {
  std::size_t elements = 1;
  for (const std::int32_t size : shape) elements *= static_cast<std::size_t>(size);
  return elements;
}

std::vector<std::byte> random_codes(Random& random, std::size_t count, std::int32_t low, std::int32_t high) {
  std::vector<std::int8_t> codes(count);
  std::generate(codes.begin(), codes.end(), [&] { return static_cast<std::int8_t>(random.integer(low, high)); });
  return bytes_of(codes);
}

}  // namespace

std::int32_t Random::integer(std::int32_t low, std::int32_t high) {
  const auto range = static_cast<std::uint64_t>(static_cast<std::int64_t>(high) - low + 1);
  return static_cast<std::int32_t>(low + static_cast<std::int64_t>(engine_() * range >> 32));
}

float Random::real(float low, float high) {
  return low + (high - low) * static_cast<float>(engine_() >> 8) / static_cast<float>(1 << 24);
}

float Random::scale(float low, float high) {
  return std::exp(real(std::log(low), std::log(high)));
}

std::int32_t Random::one_of(std::initializer_list<std::int32_t> values) {
  return *(values.begin() + integer(0, static_cast<std::int32_t>(values.size()) - 1));
}

std::vector<std::int32_t> Random::shape(std::int32_t least_rank, std::int32_t most_rank, std::int32_t most_elements) {
  std::vector<std::int32_t> sizes(static_cast<std::size_t>(integer(least_rank, most_rank)));
  std::generate(sizes.begin(), sizes.end(), [&] { return integer(1, most_elements); });
  return sizes;
}

std::vector<std::byte> CaseBuilder::random_values(std::size_t count, std::int32_t low, std::int32_t high) {
  if (type_ == TensorCode::Int8) return random_codes(random_, count, low, high);
  std::vector<std::int16_t> codes(count);
  for (std::int16_t& code : codes) {
    code = static_cast<std::int16_t>(random_.chance(6) ? random_.one_of({INT16_MIN, INT16_MAX, 0})
                                                       : random_.integer(INT16_MIN, INT16_MAX));
  }
  return bytes_of(codes);
}

Quantization CaseBuilder::quantization(float least_scale, float most_scale) {
  if (type_ == TensorCode::Int16) return {{random_.scale(least_scale, most_scale) / fineness()}, 0};
  const std::int32_t zero_point = random_.chance(20) ? random_.one_of({-128, 0, 127}) : random_.integer(-128, 127);
  return {{random_.scale(least_scale, most_scale)}, zero_point};
}

TensorIndex CaseBuilder::input(const Shape& shape, const Quantization& quantization, std::int32_t low,
                               std::int32_t high) {
  case_.inputs.push_back(random_values(elements_of(shape), low, high));
  return model_.add_input({shape, type_, quantization, {}});
}

TensorIndex CaseBuilder::float_input(const Shape& shape, float low, float high) {
  std::vector<float> values(elements_of(shape));
  std::generate(values.begin(), values.end(), [&] { return random_.real(low, high); });
  case_.inputs.push_back(bytes_of(values));
  return model_.add_input({shape, TensorCode::Float32, {}, {}});
}

TensorIndex CaseBuilder::codes(const Shape& shape, const Quantization& quantization, std::int32_t low,
                               std::int32_t high) {
  return model_.add({shape, TensorCode::Int8, quantization, random_codes(random_, elements_of(shape), low, high)});
}

TensorIndex CaseBuilder::value_codes(const Shape& shape, const Quantization& quantization) {
  return model_.add({shape, type_, quantization, random_values(elements_of(shape), INT8_MIN, INT8_MAX)});
}

TensorIndex CaseBuilder::bias(std::int32_t channels, std::int32_t magnitude, std::vector<float> scales) {
  std::vector<std::int32_t> values(static_cast<std::size_t>(channels));
  std::generate(values.begin(), values.end(), [&] { return random_.integer(-magnitude, magnitude); });
  if (type_ == TensorCode::Int8) {
    return model_.add({{channels}, TensorCode::Int32, {std::move(scales)}, bytes_of(values)});
  }
  std::vector<std::int64_t> wide(values.begin(), values.end());
  for (std::int64_t& value : wide) value *= static_cast<std::int64_t>(fineness());
  return model_.add({{channels}, TensorCode::Int64, {std::move(scales)}, bytes_of(wide)});
}

TensorIndex CaseBuilder::integers(const std::vector<std::int32_t>& values) {
  return integer_matrix({static_cast<std::int32_t>(values.size())}, values);
}

TensorIndex CaseBuilder::integer_matrix(const Shape& shape, const std::vector<std::int32_t>& values) {
  return model_.add({shape, TensorCode::Int32, {}, bytes_of(values)});
}

TensorIndex CaseBuilder::scalar(std::int32_t value) {
  return model_.add({{}, TensorCode::Int32, {}, bytes_of(std::vector{value})});
}

TensorIndex CaseBuilder::result(const Shape& shape, const Quantization& quantization) {
  return model_.add({shape, type_, quantization, {}});
}

TensorIndex CaseBuilder::result(const Shape& shape, TensorCode type) {
  return model_.add({shape, type, {}, {}});
}

Family of_int16(const std::string& name, std::function<void(CaseBuilder&)> build) {
  return {name + " of INT16", [build = std::move(build)](CaseBuilder& builder) {
            builder.use_int16();
            build(builder);
          }};
}

Case CaseBuilder::finish() {
  case_.model = model_.finish(outputs_);
  return std::move(case_);
}

}  // namespace pudu::testing
