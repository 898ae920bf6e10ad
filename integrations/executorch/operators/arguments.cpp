#include "operators/arguments.hpp"

#include <executorch/runtime/core/exec_aten/util/scalar_type_util.h>
#include <executorch/runtime/core/exec_aten/util/tensor_util.h>

namespace pudu::executorch_ops {
namespace {

/// Elements of the tensor, or -1 when an extent is negative or they are more than an int32 counts.
std::int64_t counted_elements(const Tensor& tensor) noexcept {
  std::int64_t count = 1;
  for (const auto size : tensor.sizes()) {
    if (size < 0) return -1;
    count *= size;
    if (count > INT32_MAX) return -1;
  }
  return count;
}

bool is_aligned(const Tensor& tensor) noexcept {
  const std::size_t element_bytes = executorch::runtime::elementSize(tensor.scalar_type());
  return element_bytes == 0 || reinterpret_cast<std::uintptr_t>(tensor.const_data_ptr()) % element_bytes == 0;
}

/// The permutation of dimensions, if there is one: sizes alone would do for a contiguous tensor.
bool has_sound_dim_order(const Tensor& tensor) noexcept {
  const auto order = tensor.dim_order();
  if (order.data() == nullptr) return true;
  std::uint32_t seen = 0;
  for (const auto dim : order) {
    if (dim >= tensor.dim() || dim >= 32 || (seen & (std::uint32_t{1} << dim)) != 0) return false;
    seen |= std::uint32_t{1} << dim;
  }
  return true;
}

}  // namespace

Arguments::Arguments(KernelRuntimeContext& context, Stack stack, const char* operator_name,
                     std::size_t schema_arguments) noexcept
    : context_(context),
      stack_(stack),
      operator_name_(operator_name),
      profile_(context.internal_event_tracer(), operator_name) {
  if (stack.size() == schema_arguments + 1) return;
  ET_LOG(Error, "%s: %" PRIu32 " arguments; the operator takes %" PRIu32 " and returns one", operator_name,
         static_cast<std::uint32_t>(stack.size()), static_cast<std::uint32_t>(schema_arguments));
  fail(Error::InvalidProgram);
}

void Arguments::fail(Error error) noexcept {
  if (is_ok_) context_.fail(error);
  is_ok_ = false;
}

bool Arguments::require(bool holds, const char* what) noexcept {
  if (holds || !is_ok_) return is_ok_;
  ET_LOG(Error, "%s: %s", operator_name_, what);
  fail(Error::InvalidArgument);
  return false;
}

const EValue* Arguments::take(const char* name) noexcept {
  if (!is_ok_) return nullptr;
  const EValue* value = next_ < stack_.size() ? stack_[next_] : nullptr;
  ++next_;
  if (value == nullptr) {
    ET_LOG(Error, "%s: argument '%s' is missing", operator_name_, name);
    fail(Error::InvalidProgram);
  }
  return value;
}

const Tensor* Arguments::checked_tensor(const char* name, const EValue* value) noexcept {
  if (value == nullptr) return nullptr;
  const char* fault = nullptr;
  if (!value->isTensor() || value->toTensor().unsafeGetTensorImpl() == nullptr) {
    fault = "is no tensor";
  } else if (counted_elements(value->toTensor()) < 0) {
    fault = "has more elements than an int32 counts, or a negative extent";
  } else if (value->toTensor().numel() > 0 && value->toTensor().const_data_ptr() == nullptr) {
    fault = "has no memory";
  } else if (!is_aligned(value->toTensor())) {
    fault = "is not aligned to its elements";
  } else if (!has_sound_dim_order(value->toTensor())) {
    fault = "has a dim order that is no permutation of its dimensions";
  }
  if (fault == nullptr) return &value->toTensor();
  ET_LOG(Error, "%s: argument '%s' %s", operator_name_, name, fault);
  fail(Error::InvalidArgument);
  return nullptr;
}

const Tensor* Arguments::typed(const char* name, const Tensor* tensor, ScalarType type) noexcept {
  if (tensor == nullptr || tensor->scalar_type() == type) return tensor;
  ET_LOG(Error, "%s: argument '%s' has element type %d; it takes %d", operator_name_, name,
         static_cast<int>(tensor->scalar_type()), static_cast<int>(type));
  fail(Error::InvalidArgument);
  return nullptr;
}

const Tensor* Arguments::tensor(const char* name, ScalarType type) noexcept {
  return typed(name, any_tensor(name), type);
}

const Tensor* Arguments::any_tensor(const char* name) noexcept {
  return checked_tensor(name, take(name));
}

const Tensor* Arguments::optional_tensor(const char* name, ScalarType type) noexcept {
  const EValue* value = take(name);
  if (value == nullptr || value->isNone()) return nullptr;
  return typed(name, checked_tensor(name, value), type);
}

const Tensor* Arguments::scratch(const char* name) noexcept {
  const Tensor* tensor = any_tensor(name);
  if (tensor == nullptr) return nullptr;
  const bool is_bytes = tensor->scalar_type() == ScalarType::Byte || tensor->scalar_type() == ScalarType::Char;
  const bool is_aligned_for_words = reinterpret_cast<std::uintptr_t>(tensor->const_data_ptr()) % 4 == 0;
  if (is_bytes && (tensor->numel() == 0 || is_aligned_for_words)) return tensor;
  ET_LOG(Error, "%s: argument '%s' is no scratch memory; it takes bytes, aligned to 4", operator_name_, name);
  fail(Error::InvalidArgument);
  return nullptr;
}

bool Arguments::within(const char* name, std::int64_t value, std::int32_t least, std::int32_t most) noexcept {
  if (value >= least && value <= most) return true;
  ET_LOG(Error, "%s: argument '%s' is %" PRId64 "; it takes %" PRId32 " to %" PRId32, operator_name_, name, value,
         least, most);
  fail(Error::InvalidArgument);
  return false;
}

std::int32_t Arguments::integer(const char* name, std::int32_t least, std::int32_t most) noexcept {
  const EValue* value = take(name);
  if (value == nullptr) return least;
  if (!value->isInt()) {
    ET_LOG(Error, "%s: argument '%s' is no integer", operator_name_, name);
    fail(Error::InvalidArgument);
    return least;
  }
  return within(name, value->toInt(), least, most) ? static_cast<std::int32_t>(value->toInt()) : least;
}

float Arguments::real(const char* name) noexcept {
  const EValue* value = take(name);
  if (value == nullptr) return 0.0f;
  if (value->isDouble()) return static_cast<float>(value->toDouble());
  ET_LOG(Error, "%s: argument '%s' is no floating-point number", operator_name_, name);
  fail(Error::InvalidArgument);
  return 0.0f;
}

bool Arguments::boolean(const char* name) noexcept {
  const EValue* value = take(name);
  if (value == nullptr) return false;
  if (value->isBool()) return value->toBool();
  ET_LOG(Error, "%s: argument '%s' is no truth value", operator_name_, name);
  fail(Error::InvalidArgument);
  return false;
}

std::int32_t Arguments::read_integers(const char* name, std::int32_t* values, std::int32_t least_count,
                                      std::int32_t most_count, std::int32_t least, std::int32_t most) noexcept {
  for (std::int32_t i = 0; i < most_count; ++i) values[i] = least;
  const EValue* value = take(name);
  if (value == nullptr) return 0;
  const auto list = value->tryToIntList();
  if (!list.ok()) {
    ET_LOG(Error, "%s: argument '%s' is no list of integers", operator_name_, name);
    fail(Error::InvalidArgument);
    return 0;
  }
  const auto count = static_cast<std::int64_t>(list->size());
  if (count < least_count || count > most_count) {
    ET_LOG(Error, "%s: argument '%s' has %" PRId64 " integers; it takes %" PRId32 " to %" PRId32, operator_name_, name,
           count, least_count, most_count);
    fail(Error::InvalidArgument);
    return 0;
  }
  for (std::size_t i = 0; i < list->size(); ++i) {
    if (!within(name, (*list)[i], least, most)) return 0;
    values[i] = static_cast<std::int32_t>((*list)[i]);
  }
  return static_cast<std::int32_t>(count);
}

bool Arguments::shape_output(const Tensor& out, const std::int32_t* sizes, std::int32_t rank) noexcept {
  if (!is_ok_) return false;
  bool is_equal = rank_of(out) == rank;
  for (std::int32_t dim = 0; dim < rank && is_equal; ++dim) is_equal = size_of(out, dim) == sizes[dim];
  if (is_equal) return true;
  // Refuses a tensor of static shape, another rank and more elements than there is memory for.
  const executorch::aten::ArrayRef<executorch::aten::SizesType> wanted(sizes, static_cast<std::size_t>(rank));
  const bool is_resized =
      out.unsafeGetTensorImpl()->shape_dynamism() != executorch::runtime::TensorShapeDynamism::STATIC &&
      executorch::runtime::resize_tensor(out, wanted) == Error::Ok;
  return require(is_resized && (out.numel() == 0 || out.const_data_ptr() != nullptr),
                 "the output's shape is not the one that the arguments give");
}

}  // namespace pudu::executorch_ops
