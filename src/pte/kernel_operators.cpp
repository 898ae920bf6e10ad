#include "pte/kernel_operators.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <initializer_list>
#include <type_traits>

#include "kernels/call_extents.hpp"
#include "kernels/float_extents.hpp"

namespace pudu::pte {
namespace {

template <class Field>
constexpr bool is_written = !std::is_const_v<std::remove_pointer_t<Field>>;

template <class Field>
constexpr ScalarType element_type() {
  using Element = std::remove_cv_t<std::remove_pointer_t<Field>>;
  if constexpr (std::is_same_v<Element, std::int16_t>) {
    return ScalarType::Int16;
  } else if constexpr (std::is_same_v<Element, std::int32_t>) {
    return ScalarType::Int32;
  } else if constexpr (std::is_same_v<Element, float>) {
    return ScalarType::Float32;
  } else if constexpr (std::is_void_v<Element>) {
    return ScalarType::UInt8;
  } else {
    static_assert(std::is_same_v<Element, std::int8_t>);
    return ScalarType::Int8;
  }
}

constexpr std::string_view scratch_name = "scratch", output_name = "output", out_name = "out";

template <class Kernel>
Schema schema_of() {
  Schema schema{kernels::operator_name<Kernel>.text, "out", {}};
  std::optional<Argument> scratch;
  std::vector<Argument> written;
  typename Kernel::Operands operands{};
  Kernel::Operands::visit(operands, [&](std::string_view name, auto& field) {
    using Field = std::remove_reference_t<decltype(field)>;
    Argument argument{name, "Tensor", ArgumentKind::Tensor};
    if (name == scratch_name) {
      argument.access = Access::Scratch;
      scratch = argument;
    } else if (is_written<Field>) {
      argument.access = Access::Write;
      if (name == output_name) argument.name = out_name;
      written.push_back(argument);
    } else {
      schema.arguments.push_back(argument);
    }
  });
  typename Kernel::Params params{};
  Kernel::Params::visit(params, [&](std::string_view name, auto& field) {
    using Field = std::remove_reference_t<decltype(field)>;
    constexpr bool is_list = std::is_array_v<Field>;
    if constexpr (std::is_same_v<Field, float>)
      return schema.arguments.push_back({name, "float", ArgumentKind::Double});
    schema.arguments.push_back({name, is_list ? "int[]" : "int", is_list ? ArgumentKind::IntList : ArgumentKind::Int});
  });
  if (scratch) schema.arguments.push_back(*scratch);
  std::stable_sort(written.begin(), written.end(),
                   [](const Argument& a, const Argument& b) { return a.name != out_name && b.name == out_name; });
  schema.arguments.insert(schema.arguments.end(), written.begin(), written.end());
  if constexpr (requires { Kernel::in_place_input; }) schema.in_place_input = Kernel::in_place_input;
  return schema;
}

/// Keeps the first fault; the `Bounds` of kernels/call_extents.hpp.
class CallBounds {
 public:
  CallBounds(const Plan& plan, const KernelCall& call, const Schema& schema)
      : plan_(plan), call_(call), schema_(schema) {}

  std::optional<CallFault> fault() && { return std::move(fault_); }
  bool ok() const { return !fault_; }
  void add(std::string found, std::string allowed) {
    if (!fault_) fault_ = {std::move(found), std::move(allowed)};
  }
  void require(bool holds, std::string_view what, std::int64_t found, std::string_view allowed) {
    if (!holds) add(fmt::format("{} is {}", what, found), std::string(allowed));
  }
  void fits(std::string_view what, std::int64_t value) {
    require(value >= 0 && value <= kernels::largest_index, what, value, "0 to 2147483647");
  }
  void is_zero_point(std::int64_t value) {
    require(value >= -128 && value <= 127, "output_offset", value, "-128 to 127");
  }
  void windows_fit(std::int64_t outputs, std::int64_t stride, std::int64_t taps, std::int64_t dilation,
                   std::int64_t padding) {
    fits("a window's begin", std::max(outputs * stride, padding));
    fits("a last position", std::max(outputs * stride, padding) + taps * dilation + padding);
  }
  void touches(std::string_view operand, std::initializer_list<std::int64_t> sizes) {
    std::int64_t elements = 1;
    for (const std::int64_t size : sizes) {
      if (size > 0 && elements > kernels::largest_index / size) {
        return add(fmt::format("'{}' of more than 2147483647 elements", operand), "sizes that 32 bits hold");
      }
      elements *= size;
    }
    const std::int64_t present = elements_of(operand);
    if (present < elements) {
      add(fmt::format("'{}' of {} elements", operand, present), fmt::format("the kernel touches {}", elements));
    }
  }
  void touches_channels(std::int64_t channels) {
    for (const std::string_view operand : {"bias", "multipliers"}) touches(operand, {channels});
    touches_integers("shifts", channels, -31, 30);
  }
  void touches_integers(std::string_view operand, std::int64_t count, std::int64_t low, std::int64_t high) {
    touches(operand, {count});
    if (!ok()) return;
    const std::span<const std::byte> data = tensor(operand).data;
    if (!tensor(operand).is_constant()) return add(fmt::format("'{}' is computed", operand), "a constant");
    for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
      std::int32_t value = 0;
      std::memcpy(&value, data.data() + i * sizeof value, sizeof value);
      if (value >= low && value <= high) continue;
      return add(fmt::format("'{}' holds {}", operand, value), fmt::format("{} to {}", low, high));
    }
  }
  void touches_strided(std::string_view operand, std::int32_t rank, const std::int32_t* shape,
                       const std::int32_t* strides, std::int64_t start) {
    touches(operand, {kernels::strided_elements(*this, rank, shape, strides, start)});
  }
  void touches_shape(std::string_view operand, std::int32_t rank, const std::int32_t* shape) {
    std::int64_t elements = 1;
    for (std::int32_t dim = 0; dim < rank && elements <= kernels::largest_index; ++dim) elements *= shape[dim];
    touches(operand, {elements});
  }

  const Tensor& tensor(std::string_view operand) const {
    return std::get<Tensor>(value(operand == output_name ? out_name : operand));
  }
  const Value& value(std::string_view argument) const {
    return plan_.values[static_cast<std::size_t>(call_.args[schema_.position(argument)])];
  }
  const Plan& plan() const { return plan_; }

 private:
  std::int64_t elements_of(std::string_view operand) const {
    const Tensor& found = tensor(operand);
    return static_cast<std::int64_t>(found.bytes / element_bytes(found.type));
  }

  const Plan& plan_;
  const KernelCall& call_;
  const Schema& schema_;
  std::optional<CallFault> fault_;
};

void read_number(CallBounds& bounds, std::string_view name, std::int64_t found, std::int32_t& field) {
  const kernels::ParameterRange* range = kernels::find_range(name.data());
  bounds.require(found >= range->low && found <= range->high, name, found,
                 fmt::format("{} to {}", range->low, range->high));
  if (bounds.ok()) field = static_cast<std::int32_t>(found);
}

template <class Params>
Params read_params(CallBounds& bounds) {
  Params params{};
  Params::visit(params, [&](std::string_view name, auto& field) {
    using Field = std::remove_reference_t<decltype(field)>;
    if constexpr (std::is_array_v<Field>) {
      const std::vector<std::int64_t> items = bounds.plan().integers(std::get<IntList>(bounds.value(name)));
      if (items.size() != std::extent_v<Field>) {
        return bounds.add(fmt::format("'{}' of {} integers", name, items.size()), std::to_string(std::extent_v<Field>));
      }
      for (std::size_t i = 0; i < items.size(); ++i) read_number(bounds, name, items[i], field[i]);
    } else if constexpr (std::is_same_v<Field, float>) {
      field = static_cast<float>(std::get<double>(bounds.value(name)));
      const bool is_allowed = kernels::may_be_any_real(name.data()) ? field - field == 0.0F : field > 0.0F;
      if (!is_allowed) bounds.add(fmt::format("'{}' is {}", name, field), "a finite number; a divisor is positive");
    } else {
      read_number(bounds, name, std::get<std::int64_t>(bounds.value(name)), field);
    }
  });
  return params;
}

template <class Kernel>
std::optional<CallFault> fault_of(const Plan& plan, const KernelCall& call, const Schema& schema) {
  CallBounds bounds(plan, call, schema);
  typename Kernel::Operands operands{};
  Kernel::Operands::visit(operands, [&](std::string_view name, auto& field) {
    constexpr ScalarType wanted = element_type<std::remove_reference_t<decltype(field)>>();
    const ScalarType type = bounds.tensor(name).type;
    if (type != wanted) bounds.add(fmt::format("'{}' of {}", name, to_string(type)), to_string(wanted));
  });
  const auto params = read_params<typename Kernel::Params>(bounds);
  if (bounds.ok()) kernels::check_extents(bounds, params);
  return std::move(bounds).fault();
}

template <class Kernel>
std::size_t scratch_of(const Plan& plan, const KernelCall& call, const Schema& schema, kernels::Isa isa) {
  CallBounds bounds(plan, call, schema);
  return Kernel::scratch_bytes(read_params<typename Kernel::Params>(bounds), isa);
}

struct KernelOperator {
  const char* name;
  Schema (*schema)();
  std::optional<CallFault> (*fault)(const Plan&, const KernelCall&, const Schema&);
  std::size_t (*scratch_bytes)(const Plan&, const KernelCall&, const Schema&, kernels::Isa);
};

constexpr KernelOperator kernel_operators[] = {
#define PUDU_KERNEL_OPERATOR(TYPE)                                                                \
  {kernels::operator_name<kernels::TYPE>.text, schema_of<kernels::TYPE>, fault_of<kernels::TYPE>, \
   scratch_of<kernels::TYPE>},
    PUDU_OPERATOR_KERNELS(PUDU_KERNEL_OPERATOR)
#undef PUDU_KERNEL_OPERATOR
};

const KernelOperator* find_kernel_operator(const Schema& schema) {
  const auto found = std::find_if(std::begin(kernel_operators), std::end(kernel_operators),
                                  [&](const KernelOperator& candidate) { return schema.name == candidate.name; });
  return found == std::end(kernel_operators) ? nullptr : found;
}

}  // namespace

std::vector<Schema> kernel_operator_schemas() {
  std::vector<Schema> schemas;
  for (const KernelOperator& op : kernel_operators) schemas.push_back(op.schema());
  return schemas;
}

std::optional<CallFault> find_kernel_fault(const Plan& plan, const KernelCall& call, const Schema& schema) {
  const KernelOperator* op = find_kernel_operator(schema);
  return op == nullptr ? std::nullopt : op->fault(plan, call, schema);
}

std::size_t kernel_scratch_bytes(const Plan& plan, const KernelCall& call, const Schema& schema, kernels::Isa isa) {
  const KernelOperator* op = find_kernel_operator(schema);
  return op == nullptr ? 0 : op->scratch_bytes(plan, call, schema, isa);
}

}  // namespace pudu::pte
