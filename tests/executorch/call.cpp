#include "executorch/call.hpp"

#include <executorch/runtime/core/exec_aten/util/scalar_type_util.h>
#include <executorch/runtime/kernel/kernel_runtime_context.h>
#include <executorch/runtime/platform/runtime.h>

#include <algorithm>
#include <numeric>

namespace pudu::testing {

TestTensor::TestTensor(ScalarType type, Sizes sizes, DimOrder dim_order)
    : type_(type), sizes_(std::move(sizes)), dim_order_(std::move(dim_order)), strides_(sizes_.size()) {
  if (dim_order_.empty()) {
    dim_order_.resize(sizes_.size());
    std::iota(dim_order_.begin(), dim_order_.end(), std::uint8_t{0});
  }
  std::int32_t stride = 1;
  for (std::size_t position = sizes_.size(); position-- > 0;) {
    strides_[dim_order_[position]] = stride;
    stride *= sizes_[dim_order_[position]];
  }
  bytes_ = elements() * executorch::runtime::elementSize(type);
  memory_.assign(bytes_ + 2 * guard_bytes, guard);
  impl_ = std::make_unique<executorch::aten::TensorImpl>(type, static_cast<ssize_t>(sizes_.size()), sizes_.data(),
                                                         data<void*>(), dim_order_.data(), strides_.data());
}

std::size_t TestTensor::elements() const {
  std::size_t count = 1;
  for (const std::int32_t size : sizes_) count *= static_cast<std::size_t>(size);
  return count;
}

bool TestTensor::has_intact_guards() const {
  const auto is_guard = [](std::uint8_t byte) { return byte == guard; };
  return std::all_of(memory_.begin(), memory_.begin() + guard_bytes, is_guard) &&
         std::all_of(memory_.end() - guard_bytes, memory_.end(), is_guard);
}

TestTensor& Call::add_tensor(Kind kind, ScalarType type, Sizes sizes, DimOrder dim_order) {
  auto tensor = std::make_unique<TestTensor>(type, std::move(sizes), std::move(dim_order));
  TestTensor& added = *tensor;
  add(kind, EValue(added.value()));
  tensors_.back() = std::move(tensor);
  return added;
}

void Call::add(Kind kind, EValue value) {
  tensors_.emplace_back();
  kinds_.push_back(kind);
  arguments_.push_back(std::move(value));
}

Call& Call::none() {
  add(Kind::OptionalTensor, EValue());
  return *this;
}
Call& Call::integer(std::int64_t value) {
  add(Kind::Integer, EValue(value));
  return *this;
}
Call& Call::any_integer(std::int64_t value) {
  add(Kind::AnyInteger, EValue(value));
  return *this;
}
Call& Call::real(double value) {
  add(Kind::Real, EValue(value));
  return *this;
}
Call& Call::boolean(bool value) {
  add(Kind::Boolean, EValue(value));
  return *this;
}
Call& Call::list(const std::vector<std::int64_t>& values) {
  std::vector<EValue> elements;
  for (const std::int64_t value : values) elements.emplace_back(value);
  add(Kind::List, make_list(elements));
  return *this;
}
Call& Call::ignored() {
  add(Kind::Ignored, EValue());
  return *this;
}

EValue Call::make_list(const std::vector<EValue>& values) {
  List& list = lists_.emplace_back();
  for (const EValue& value : values) list.values.push_back(value);
  for (EValue& value : list.values) list.wrapped.push_back(&value);
  list.wrapped.reserve(1);  // an empty list has an address, too
  list.unwrapped.resize(values.size() + 1);
  list.boxed = std::make_unique<executorch::runtime::BoxedEvalueList<std::int64_t>>(
      list.wrapped.data(), list.unwrapped.data(), static_cast<int>(values.size()));
  return EValue(list.boxed.get());
}

void Call::set_list_with_hole(std::size_t index) {
  set_list(index, {EValue(std::int64_t{1}), EValue(std::int64_t{1})});
  lists_.back().wrapped[1] = nullptr;
}

std::vector<EValue*> Call::stack() {
  std::vector<EValue*> stack;
  for (EValue& argument : arguments_) stack.push_back(&argument);
  stack.push_back(&arguments_.back());
  return stack;
}

Error Call::run() {
  return run_stack(stack());
}

Error Call::run_with(std::size_t count) {
  std::vector<EValue*> short_stack = stack();
  short_stack.resize(count, &arguments_.back());
  return run_stack(std::move(short_stack));
}

Error Call::run_with_hole(std::size_t index) {
  std::vector<EValue*> holed = stack();
  holed[index] = nullptr;
  return run_stack(std::move(holed));
}

Error Call::run_stack(std::vector<EValue*> stack) {
  executorch::runtime::runtime_init();
  const auto found = executorch::runtime::get_op_function_from_registry(name_.c_str());
  if (!found.ok()) return found.error();
  executorch::runtime::KernelRuntimeContext context;  // no temporary allocator
  (*found)(context, {stack.data(), stack.size()});
  return context.failure_state();
}

bool Call::has_intact_guards() const {
  return std::all_of(tensors_.begin(), tensors_.end(),
                     [](const auto& tensor) { return tensor == nullptr || tensor->has_intact_guards(); });
}

}  // namespace pudu::testing
