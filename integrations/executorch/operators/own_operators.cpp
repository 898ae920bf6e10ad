// The operators that only this library has: each kernel of kernels/operator_kernels.hpp as `pudu::NAME.out`. One
// template reads the arguments in the order of the kernel's description, checks them, and runs the kernel.
#include <initializer_list>
#include <type_traits>

#include "kernels/call_extents.hpp"
#include "kernels/float_extents.hpp"
#include "operators/layout.hpp"
#include "operators/operators.hpp"
#include "operators/scratch.hpp"

namespace pudu::executorch_ops {
namespace {

using kernels::is_same_name;

/// A kernel has fewer operands.
constexpr std::size_t max_operands = 16;

struct BoundTensor {
  const char* name;
  const Tensor* tensor;
};

/// The tensors of a call by their names, and the `Bounds` of kernels/call_extents.hpp. A fault ends in
/// Arguments::require, which keeps the first.
class TensorBounds {
 public:
  explicit TensorBounds(Arguments& arguments) noexcept : arguments_(arguments) {}

  void bind(const char* name, const Tensor* tensor) noexcept {
    if (tensor != nullptr && !is_same_name(name, "scratch")) {
      arguments_.require(is_contiguous(*tensor), "a tensor's bytes are not in the order of its dimensions");
    }
    tensors_[count_++] = {name, tensor};
  }
  /// Null after a fault.
  const Tensor* find(const char* name) const noexcept {
    for (std::size_t i = 0; i < count_; ++i) {
      if (is_same_name(tensors_[i].name, name)) return tensors_[i].tensor;
    }
    return nullptr;
  }

  bool ok() const noexcept { return static_cast<bool>(arguments_); }
  void require(bool holds, const char* what, std::int64_t found, const char* allowed) noexcept {
    if (holds || !ok()) return;
    ET_LOG(Error, "%s: %s is %" PRId64 "; %s", arguments_.operator_name(), what, found, allowed);
    arguments_.fail(Error::InvalidArgument);
  }
  void fits(const char* what, std::int64_t value) noexcept {
    require(value >= 0 && value <= kernels::largest_index, what, value, "0 to 2147483647");
  }
  void is_zero_point(std::int64_t value) noexcept {
    require(value >= -128 && value <= 127, "output_offset", value, "-128 to 127");
  }
  void windows_fit(std::int64_t outputs, std::int64_t stride, std::int64_t taps, std::int64_t dilation,
                   std::int64_t padding) noexcept {
    const std::int64_t begin = outputs * stride > padding ? outputs * stride : padding;
    fits("a window's begin", begin);
    fits("a last position", begin + taps * dilation + padding);
  }

  /// Exactly so many elements: a program states each tensor as its kernel takes it.
  void touches(const char* operand, std::initializer_list<std::int64_t> sizes) noexcept {
    std::int64_t elements = 1;
    for (const std::int64_t size : sizes) {
      fits(operand, size);
      if (!ok()) return;
      if (size > 0 && elements > kernels::largest_index / size) return fits(operand, -1);
      elements *= size;
    }
    require(counted(operand) == elements, operand, counted(operand), "elements; the parameters give another number");
  }
  void touches_channels(std::int64_t channels) noexcept {
    touches("bias", {channels});
    touches("multipliers", {channels});
    touches_integers("shifts", channels, -31, 30);
  }
  void touches_integers(const char* operand, std::int64_t count, std::int64_t low, std::int64_t high) noexcept {
    touches(operand, {count});
    if (!ok()) return;
    const auto* values = input_data<std::int32_t>(find(operand));
    for (std::int64_t i = 0; i < count && ok(); ++i) {
      require(values[i] >= low && values[i] <= high, operand, values[i], "an element out of its range");
    }
  }
  /// At least so many elements: a slice reads part of a tensor.
  void touches_strided(const char* operand, std::int32_t rank, const std::int32_t* shape, const std::int32_t* strides,
                       std::int64_t start) noexcept {
    const std::int64_t elements = kernels::strided_elements(*this, rank, shape, strides, start);
    require(elements <= counted(operand), operand, counted(operand), "elements; the strides go beyond them");
  }
  void touches_shape(const char* operand, std::int32_t rank, const std::int32_t* shape) noexcept {
    std::int64_t elements = 1;
    for (std::int32_t dim = 0; dim < rank && elements <= kernels::largest_index; ++dim) elements *= shape[dim];
    touches(operand, {elements});
  }

 private:
  std::int64_t counted(const char* operand) const noexcept {
    const Tensor* tensor = find(operand);
    return tensor == nullptr ? -1 : element_count(*tensor);
  }

  Arguments& arguments_;
  BoundTensor tensors_[max_operands] = {};
  std::size_t count_ = 0;
};

template <class Field>
using ElementOf = std::remove_pointer_t<Field>;
template <class Field>
constexpr bool is_read = std::is_const_v<ElementOf<Field>>;

template <class Field>
constexpr ScalarType element_type() noexcept {
  using Element = std::remove_cv_t<ElementOf<Field>>;
  if constexpr (std::is_same_v<Element, std::int16_t>) {
    return ScalarType::Short;
  } else if constexpr (std::is_same_v<Element, std::int32_t>) {
    return ScalarType::Int;
  } else if constexpr (std::is_same_v<Element, float>) {
    return ScalarType::Float;
  } else {
    return ScalarType::Char;
  }
}

template <class Fields>
constexpr std::size_t field_count() noexcept {
  Fields fields{};
  std::size_t count = 0;
  Fields::visit(fields, [&count](const char*, const auto&) { ++count; });
  return count;
}

/// The ranges of a kernel's parameters, found when the library is compiled.
template <class Params>
struct Ranges {
  kernels::ParameterRange rows[field_count<Params>()] = {};
  bool are_complete = true;

  constexpr Ranges() noexcept {
    Params params{};
    std::size_t next = 0;
    Params::visit(params, [this, &next](const char* name, const auto& field) {
      const kernels::ParameterRange* range = kernels::find_range(name);
      if (std::is_same_v<std::decay_t<decltype(field)>, float>) {
        // Real numbers have no row.
      } else if (range == nullptr) {
        are_complete = false;
      } else {
        rows[next] = *range;
      }
      ++next;
    });
  }
};

template <class Params>
Params read_params(Arguments& arguments) noexcept {
  static constexpr Ranges<Params> ranges;
  static_assert(ranges.are_complete, "kernels/parameter_ranges.hpp has a row for every parameter");
  Params params{};
  const kernels::ParameterRange* range = ranges.rows;
  Params::visit(params, [&](const char* name, auto& field) {
    if constexpr (std::is_array_v<std::remove_reference_t<decltype(field)>>) {
      arguments.integers(name, field, range->low, range->high);
    } else if constexpr (std::is_same_v<std::remove_reference_t<decltype(field)>, float>) {
      field = arguments.real(name);
      const bool is_allowed = kernels::may_be_any_real(name) ? field - field == 0.0f : field > 0.0f;
      arguments.require(is_allowed, "a real parameter is not finite, or a divisor is not positive");
    } else {
      field = arguments.integer(name, range->low, range->high);
    }
    ++range;
  });
  return params;
}

/// Reads the operands that `wanted` names, in the order of the description.
template <class Operands, class Wanted>
void bind_operands(Arguments& arguments, TensorBounds& bounds, Wanted&& wanted) noexcept {
  Operands operands{};
  Operands::visit(operands, [&](const char* name, auto& field) {
    using Field = std::remove_reference_t<decltype(field)>;
    if (!wanted(name, is_read<Field>)) return;
    if constexpr (std::is_void_v<ElementOf<Field>>) {
      bounds.bind(name, arguments.scratch(name));
    } else {
      bounds.bind(name, arguments.tensor(name, element_type<Field>()));
    }
  });
}

template <class Kernel>
void run_kernel(Arguments& arguments) noexcept {
  using Operands = typename Kernel::Operands;
  TensorBounds bounds(arguments);
  const auto is_scratch = [](const char* name) { return is_same_name(name, "scratch"); };
  const auto is_output = [](const char* name) { return is_same_name(name, "output"); };
  bind_operands<Operands>(arguments, bounds, [](const char*, bool is_input) { return is_input; });
  const auto params = read_params<typename Kernel::Params>(arguments);
  bind_operands<Operands>(arguments, bounds, [&](const char* name, bool) { return is_scratch(name); });
  bind_operands<Operands>(arguments, bounds, [&](const char* name, bool is_input) {
    return !is_input && !is_scratch(name) && !is_output(name);
  });
  bind_operands<Operands>(arguments, bounds, [&](const char* name, bool) { return is_output(name); });
  if (!arguments) return;
  kernels::check_extents(bounds, params);
  if (const Tensor* scratch = bounds.find("scratch"); scratch != nullptr && arguments) {
    check_scratch(arguments, "scratch", *scratch, Kernel::scratch_bytes(params, build_isa), {});
  }
  if (!arguments) return;
  Operands operands{};
  Operands::visit(operands, [&bounds](const char* name, auto& field) {
    using Field = std::remove_reference_t<decltype(field)>;
    field = static_cast<Field>(const_cast<void*>(bounds.find(name)->const_data_ptr()));
  });
  Kernel::run(params, operands);
}

}  // namespace

#define PUDU_OWN_OPERATOR(TYPE)                                                                         \
  void own_##TYPE(KernelRuntimeContext& context, Stack stack) {                                         \
    static_assert(field_count<kernels::TYPE::Operands>() <= max_operands);                              \
    Arguments arguments(context, stack, kernels::operator_full_name<kernels::TYPE>.text,                \
                        field_count<kernels::TYPE::Operands>() + field_count<kernels::TYPE::Params>()); \
    run_kernel<kernels::TYPE>(arguments);                                                               \
  }
PUDU_OPERATOR_KERNELS(PUDU_OWN_OPERATOR)
#undef PUDU_OWN_OPERATOR

}  // namespace pudu::executorch_ops
