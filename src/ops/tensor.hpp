// A float tensor on the host: what the float reference of an operator reads and writes.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "ir/graph.hpp"

namespace pudu::ops {

/// Contiguous row-major float32 data in the logical shape. Copies share the data; views with another shape cost
/// nothing.
class Tensor {
 public:
  Tensor() = default;
  explicit Tensor(ir::Shape shape);  ///< uninitialized
  Tensor(ir::Shape shape, std::vector<float> data);

  /// A tensor over float data that somebody else owns and nobody changes (constants of a graph).
  static Tensor sharing(const ir::ConstantData& data, ir::Shape shape);

  /// False for an absent optional operand.
  bool defined() const { return data_ != nullptr; }
  const ir::Shape& shape() const { return shape_; }
  std::int64_t dim(std::size_t axis) const { return shape_[axis]; }
  std::size_t rank() const { return shape_.size(); }
  std::int64_t elements() const { return ir::element_count(shape_); }

  std::span<const float> data() const { return {data_.get(), static_cast<std::size_t>(elements())}; }
  std::span<float> mutable_data() { return {data_.get(), static_cast<std::size_t>(elements())}; }
  /// The same data seen with another shape of equally many elements.
  Tensor reshaped(ir::Shape shape) const;

 private:
  ir::Shape shape_;
  std::shared_ptr<float[]> data_;
};

}  // namespace pudu::ops
