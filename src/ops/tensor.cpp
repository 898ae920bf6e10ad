// Storage of a host tensor: one shared block, left uninitialized until the operator writes it.
#include "ops/tensor.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

namespace pudu::ops {

Tensor::Tensor(ir::Shape shape)
    : shape_(std::move(shape)), data_(new float[static_cast<std::size_t>(ir::element_count(shape_))]) {}

Tensor::Tensor(ir::Shape shape, std::vector<float> data) : Tensor(std::move(shape)) {
  if (data.size() != static_cast<std::size_t>(elements())) {
    throw std::logic_error("a tensor of shape " + ir::to_string(shape_) + " cannot hold " +
                           std::to_string(data.size()) + " elements");
  }
  std::copy(data.begin(), data.end(), data_.get());
}

Tensor Tensor::sharing(const ir::ConstantData& data, ir::Shape shape) {
  Tensor result;
  result.shape_ = std::move(shape);
  if (data->size() != static_cast<std::size_t>(result.elements()) * sizeof(float)) {
    throw std::logic_error("a constant of " + std::to_string(data->size()) +
                           " bytes cannot be a float tensor of shape " + ir::to_string(result.shape_));
  }
  // The element type is not const because operators share one tensor type for what they read and write.
  auto* elements = const_cast<float*>(reinterpret_cast<const float*>(data->data()));
  result.data_ = std::shared_ptr<float[]>(data, elements);
  return result;
}

Tensor Tensor::reshaped(ir::Shape shape) const {
  if (ir::element_count(shape) != elements()) {
    throw std::logic_error("cannot see a tensor of shape " + ir::to_string(shape_) + " as " + ir::to_string(shape));
  }
  Tensor result = *this;
  result.shape_ = std::move(shape);
  return result;
}

}  // namespace pudu::ops
