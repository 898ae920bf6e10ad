// One call of an operator through ExecuTorch's registry, built argument by argument, with guarded memory behind every
// tensor.
#pragma once

#include <executorch/runtime/core/evalue.h>
#include <executorch/runtime/kernel/operator_registry.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace pudu::testing {

using executorch::aten::ScalarType;
using executorch::runtime::Error;
using executorch::runtime::EValue;

using Sizes = std::vector<std::int32_t>;
using DimOrder = std::vector<std::uint8_t>;

inline const DimOrder nchw{0, 1, 2, 3}, channels_last{0, 2, 3, 1};

/// A tensor with memory of its own, guarded on both sides.
class TestTensor {
 public:
  TestTensor(ScalarType type, Sizes sizes, DimOrder dim_order = {});
  TestTensor(const TestTensor&) = delete;
  TestTensor& operator=(const TestTensor&) = delete;

  const Sizes& sizes() const { return sizes_; }
  const DimOrder& dim_order() const { return dim_order_; }
  ScalarType type() const { return type_; }
  executorch::aten::Tensor value() { return executorch::aten::Tensor(&*impl_); }
  std::size_t elements() const;
  std::size_t bytes() const { return bytes_; }

  /// Elements in the order in which they lie in memory.
  template <class T>
  T* data() {
    return reinterpret_cast<T*>(memory_.data() + guard_bytes);
  }
  template <class T>
  std::vector<T> values() {
    return {data<T>(), data<T>() + elements()};
  }
  template <class T>
  void assign(const std::vector<T>& values) {
    std::copy(values.begin(), values.end(), data<T>());
  }
  /// The element at a logical index.
  template <class T>
  T& at(const Sizes& index) {
    std::size_t offset = 0;
    for (std::size_t dim = 0; dim < index.size(); ++dim) {
      offset += static_cast<std::size_t>(index[dim]) * static_cast<std::size_t>(strides_[dim]);
    }
    return data<T>()[offset];
  }

  bool has_intact_guards() const;

  // Ways to be damaged.
  void set_data(void* data) { impl_->set_data(data); }

 private:
  static constexpr std::size_t guard_bytes = 64;
  static constexpr std::uint8_t guard = 0xa5;

  ScalarType type_;
  Sizes sizes_;
  DimOrder dim_order_;
  std::vector<executorch::aten::StridesType> strides_;
  std::size_t bytes_ = 0;
  std::vector<std::uint8_t> memory_;
  std::unique_ptr<executorch::aten::TensorImpl> impl_;
};

/// What the schema says of an argument, for tests that damage it.
enum class Kind { Tensor, OptionalTensor, Scratch, Out, Integer, AnyInteger, Real, Boolean, List, Ignored };

class Call {
 public:
  explicit Call(std::string operator_name) : name_(std::move(operator_name)) {}

  TestTensor& tensor(ScalarType type, Sizes sizes, DimOrder dim_order = {}) {
    return add_tensor(Kind::Tensor, type, std::move(sizes), std::move(dim_order));
  }
  TestTensor& optional_tensor(ScalarType type, Sizes sizes) {
    return add_tensor(Kind::OptionalTensor, type, std::move(sizes), {});
  }
  TestTensor& scratch(std::int32_t bytes) { return add_tensor(Kind::Scratch, ScalarType::Byte, {bytes}, {}); }
  TestTensor& out(ScalarType type, Sizes sizes, DimOrder dim_order = {}) {
    return add_tensor(Kind::Out, type, std::move(sizes), std::move(dim_order));
  }
  Call& none();
  Call& integer(std::int64_t value);
  /// Of no influence, or of any int32 value.
  Call& any_integer(std::int64_t value);
  Call& real(double value);
  Call& boolean(bool value);
  Call& list(const std::vector<std::int64_t>& values);
  Call& ignored();

  const std::string& name() const { return name_; }
  std::size_t size() const { return arguments_.size(); }
  Kind kind(std::size_t index) const { return kinds_[index]; }
  TestTensor& tensor_at(std::size_t index) { return *tensors_[index]; }
  TestTensor& output() { return *tensors_.back(); }

  /// Replaces an argument.
  void set(std::size_t index, EValue value) { arguments_[index] = std::move(value); }
  void set_list(std::size_t index, const std::vector<EValue>& values) { arguments_[index] = make_list(values); }
  /// A list one of whose elements is no value at all.
  void set_list_with_hole(std::size_t index);

  /// Calls the registered operator with `out` repeated, as a program does.
  Error run();
  /// With the first `count` arguments of the stack (out of range: `out` once more).
  Error run_with(std::size_t count);
  /// With no value behind one pointer of the stack.
  Error run_with_hole(std::size_t index);

  /// False when a byte beside a tensor was written.
  bool has_intact_guards() const;

 private:
  TestTensor& add_tensor(Kind kind, ScalarType type, Sizes sizes, DimOrder dim_order);
  void add(Kind kind, EValue value);
  EValue make_list(const std::vector<EValue>& values);
  Error run_stack(std::vector<EValue*> stack);
  std::vector<EValue*> stack();

  struct List {
    std::deque<EValue> values;
    std::vector<EValue*> wrapped;
    std::vector<std::int64_t> unwrapped;
    std::unique_ptr<executorch::runtime::BoxedEvalueList<std::int64_t>> boxed;
  };

  std::string name_;
  std::vector<std::unique_ptr<TestTensor>> tensors_;  ///< by argument; null where it is no tensor
  std::vector<Kind> kinds_;
  std::vector<EValue> arguments_;
  std::deque<List> lists_;
};

}  // namespace pudu::testing
