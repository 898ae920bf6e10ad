// The arguments of one kernel call, read in the order of the operator's schema and checked one by one.
//
// Why not EXECUTORCH_LIBRARY: its wrapper unboxes without looking, so a program with a wrong argument list ends the
// process. Here every fault of a call is logged once, with the operator, the argument, what was found and what is
// allowed, and reported by KernelRuntimeContext::fail; the readers then return harmless values, and the operator leaves
// before it touches memory.
// Limits: C++17 without heap, exceptions or RTTI, as the runtime itself.
#pragma once

#include <executorch/runtime/core/evalue.h>
#include <executorch/runtime/core/event_tracer_hooks.h>
#include <executorch/runtime/core/span.h>
#include <executorch/runtime/kernel/kernel_runtime_context.h>
#include <executorch/runtime/platform/log.h>

#include <cinttypes>
#include <cstddef>
#include <cstdint>

namespace pudu::executorch_ops {

using executorch::aten::ScalarType;
using executorch::aten::Tensor;
using executorch::runtime::Error;
using executorch::runtime::EValue;
using executorch::runtime::KernelRuntimeContext;

/// As the registry passes them: one pointer per schema argument, then the returned tensor once more.
using Stack = executorch::runtime::Span<EValue*>;

class Arguments {
 public:
  /// `schema_arguments` counts `out`, and not the repetition behind it.
  Arguments(KernelRuntimeContext& context, Stack stack, const char* operator_name,
            std::size_t schema_arguments) noexcept;

  /// False once anything was refused.
  explicit operator bool() const noexcept { return is_ok_; }
  const char* operator_name() const noexcept { return operator_name_; }
  KernelRuntimeContext& context() const noexcept { return context_; }

  // The next argument. Each names itself for the message.

  /// A tensor of that type whose elements are all there; null when refused.
  const Tensor* tensor(const char* name, ScalarType type) noexcept;
  /// As tensor, but None gives null without a fault.
  const Tensor* optional_tensor(const char* name, ScalarType type) noexcept;
  /// Scratch memory: bytes, signed or not.
  const Tensor* scratch(const char* name) noexcept;
  /// A tensor of any type.
  const Tensor* any_tensor(const char* name) noexcept;

  std::int32_t integer(const char* name, std::int32_t least, std::int32_t most) noexcept;
  std::int32_t integer(const char* name) noexcept { return integer(name, INT32_MIN, INT32_MAX); }
  float real(const char* name) noexcept;
  bool boolean(const char* name) noexcept;

  /// A list of exactly `Count` integers.
  template <int Count>
  void integers(const char* name, std::int32_t (&values)[Count], std::int32_t least, std::int32_t most) noexcept {
    read_integers(name, values, Count, Count, least, most);
  }
  /// A list of at most `Capacity` integers; returns how many.
  template <int Capacity>
  std::int32_t some_integers(const char* name, std::int32_t (&values)[Capacity], std::int32_t least,
                             std::int32_t most) noexcept {
    return read_integers(name, values, 0, Capacity, least, most);
  }
  /// An argument that the computation does not need.
  void skip() noexcept { ++next_; }

  // Checks of what was read.

  /// Refuses when `holds` is false: logs "operator: what" and fails with InvalidArgument.
  bool require(bool holds, const char* what) noexcept;
  /// Fails without a message of its own.
  void fail(Error error) noexcept;

  /// Gives `out` these sizes: already there, or by resizing a tensor of dynamic shape.
  bool shape_output(const Tensor& out, const std::int32_t* sizes, std::int32_t rank) noexcept;

 private:
  const EValue* take(const char* name) noexcept;
  const Tensor* checked_tensor(const char* name, const EValue* value) noexcept;
  const Tensor* typed(const char* name, const Tensor* tensor, ScalarType type) noexcept;
  std::int32_t read_integers(const char* name, std::int32_t* values, std::int32_t least_count, std::int32_t most_count,
                             std::int32_t least, std::int32_t most) noexcept;
  bool within(const char* name, std::int64_t value, std::int32_t least, std::int32_t most) noexcept;

  KernelRuntimeContext& context_;
  Stack stack_;
  const char* operator_name_;
  executorch::runtime::internal::EventTracerProfileOpScope profile_;  ///< the call's time, by the operator's name
  std::size_t next_ = 0;
  bool is_ok_ = true;
};

// Contents of tensors that Arguments let through.

inline std::int32_t element_count(const Tensor& tensor) noexcept {
  return static_cast<std::int32_t>(tensor.numel());
}
inline std::int32_t rank_of(const Tensor& tensor) noexcept {
  return static_cast<std::int32_t>(tensor.dim());
}
inline std::int32_t size_of(const Tensor& tensor, std::int32_t dim) noexcept {
  return static_cast<std::int32_t>(tensor.sizes()[static_cast<std::size_t>(dim)]);
}
template <class T>
const T* input_data(const Tensor* tensor) noexcept {
  return tensor == nullptr ? nullptr : static_cast<const T*>(tensor->const_data_ptr());
}
template <class T>
T* output_data(const Tensor* tensor) noexcept {
  return static_cast<T*>(tensor->mutable_data_ptr());
}

}  // namespace pudu::executorch_ops
