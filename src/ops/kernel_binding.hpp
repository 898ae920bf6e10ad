// Binds a kernel's description (kernels/kernel.hpp) to the host by name: the compiler writes KernelCalls from Params,
// the simulator runs them, the emitters print them, all through this one table, so no parameter list is written twice.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "kernels/kernel.hpp"
#include "program/program.hpp"

namespace pudu::ops {

enum class FieldType : std::uint8_t { Int32, Float };

/// One field of a kernel's Params.
struct ParamField {
  std::string_view name;
  FieldType type;
  std::size_t count;  ///< 1 for a scalar, the array's length otherwise
  bool is_array;
};

/// One field of a kernel's Operands.
struct OperandField {
  std::string_view name;
  program::ElementType element;
  bool is_written;
  bool is_scratch;
  std::size_t count;
  bool is_array;
};

/// Gives the address of an operand for a call ("inputs.1"), or null when it is not bound.
using OperandAddress = std::function<void*(std::string_view name)>;

struct KernelBinding {
  std::string_view name;    ///< "conv2d_s8"
  std::string_view type;    ///< C++ name of the description inside pudu::kernels: "Conv2dS8"
  std::string_view header;  ///< "kernels/conv2d/conv2d_s8.hpp"
  std::vector<ParamField> params;
  std::vector<OperandField> operands;
  std::size_t (*scratch_bytes)(std::span<const program::Parameter> parameters, kernels::Isa isa);
  void (*run)(std::span<const program::Parameter> parameters, const OperandAddress& address);
  /// Every input operand whose buffer the output of this call may be; depends on the parameters where operands may be
  /// broadcast (add, mul).
  std::vector<std::string_view> (*in_place_inputs)(std::span<const program::Parameter> parameters);
};

namespace detail {

template <class T>
constexpr program::ElementType element_of() {
  using Element = std::remove_cv_t<T>;
  if constexpr (std::is_same_v<Element, std::int8_t>)
    return program::ElementType::Int8;
  else if constexpr (std::is_same_v<Element, std::int16_t>)
    return program::ElementType::Int16;
  else if constexpr (std::is_same_v<Element, std::int32_t>)
    return program::ElementType::Int32;
  else if constexpr (std::is_same_v<Element, float>)
    return program::ElementType::Float32;
  else
    return program::ElementType::UInt8;
}

const program::Parameter& parameter_named(std::span<const program::Parameter> parameters, std::string_view name);

template <class Field>
void read_field(const program::Parameter& parameter, Field& field) {
  using Scalar = std::remove_all_extents_t<Field>;
  std::visit(
      [&](const auto& values) {
        if constexpr (std::is_array_v<Field>) {
          for (std::size_t i = 0; i < std::extent_v<Field>; ++i) field[i] = static_cast<Scalar>(values.at(i));
        } else {
          field = static_cast<Scalar>(values.at(0));
        }
      },
      parameter.values);
}

template <class Field>
program::Parameter write_field(std::string_view name, const Field& field) {
  using Scalar = std::remove_all_extents_t<Field>;
  using Stored = std::conditional_t<std::is_same_v<Scalar, float>, double, std::int64_t>;
  std::vector<Stored> values;
  if constexpr (std::is_array_v<Field>) {
    values.assign(std::begin(field), std::end(field));
  } else {
    values.push_back(static_cast<Stored>(field));
  }
  return {std::string(name), std::move(values)};
}

template <class Params>
Params to_params(std::span<const program::Parameter> parameters) {
  Params params{};
  Params::visit(params,
                [&](std::string_view name, auto& field) { read_field(parameter_named(parameters, name), field); });
  return params;
}

template <class Operands>
Operands to_operands(const OperandAddress& address) {
  Operands operands{};
  Operands::visit(operands, [&](std::string_view name, auto& field) {
    using Field = std::remove_reference_t<decltype(field)>;
    if constexpr (std::is_array_v<Field>) {
      for (std::size_t i = 0; i < std::extent_v<Field>; ++i) {
        field[i] = static_cast<std::remove_extent_t<Field>>(address(std::string(name) + "." + std::to_string(i)));
      }
    } else {
      field = static_cast<Field>(address(name));
    }
  });
  return operands;
}

template <class Params>
std::vector<ParamField> param_fields() {
  std::vector<ParamField> fields;
  const Params params{};
  Params::visit(params, [&](std::string_view name, const auto& field) {
    using Field = std::remove_cvref_t<decltype(field)>;
    using Scalar = std::remove_all_extents_t<Field>;
    static_assert(std::is_same_v<Scalar, std::int32_t> || std::is_same_v<Scalar, float>);
    fields.push_back({name, std::is_same_v<Scalar, float> ? FieldType::Float : FieldType::Int32,
                      std::is_array_v<Field> ? std::extent_v<Field> : 1, std::is_array_v<Field>});
  });
  return fields;
}

template <class Operands>
std::vector<OperandField> operand_fields() {
  std::vector<OperandField> fields;
  const Operands operands{};
  Operands::visit(operands, [&](std::string_view name, const auto& field) {
    using Field = std::remove_cvref_t<decltype(field)>;
    using Pointer = std::remove_cv_t<std::remove_all_extents_t<Field>>;
    using Element = std::remove_pointer_t<Pointer>;
    fields.push_back({name, element_of<Element>(), !std::is_const_v<Element>, name == "scratch",
                      std::is_array_v<Field> ? std::extent_v<Field> : 1, std::is_array_v<Field>});
  });
  return fields;
}

template <class Kernel>
std::vector<std::string_view> in_place_inputs(const typename Kernel::Params& params) {
  std::vector<std::string_view> inputs;
  if constexpr (requires { Kernel::in_place_input; }) inputs.emplace_back(Kernel::in_place_input);
  if constexpr (requires { Kernel::input1_in_place(params); }) {
    if (Kernel::input1_in_place(params)) inputs.emplace_back("input1");
    if (Kernel::input2_in_place(params)) inputs.emplace_back("input2");
  }
  return inputs;
}

}  // namespace detail

/// All fields of `params` as named parameters.
template <class Params>
std::vector<program::Parameter> to_parameters(const Params& params) {
  std::vector<program::Parameter> parameters;
  Params::visit(params, [&](std::string_view name, const auto& field) {
    parameters.push_back(detail::write_field(name, field));
  });
  return parameters;
}

/// The binding of a kernel description; `type` is its C++ name inside pudu::kernels.
template <class Kernel>
KernelBinding make_kernel_binding(std::string_view type) {
  return {
      .name = Kernel::name,
      .type = type,
      .header = Kernel::header,
      .params = detail::param_fields<typename Kernel::Params>(),
      .operands = detail::operand_fields<typename Kernel::Operands>(),
      .scratch_bytes =
          [](std::span<const program::Parameter> parameters, kernels::Isa isa) {
            return Kernel::scratch_bytes(detail::to_params<typename Kernel::Params>(parameters), isa);
          },
      .run =
          [](std::span<const program::Parameter> parameters, const OperandAddress& address) {
            Kernel::run(detail::to_params<typename Kernel::Params>(parameters),
                        detail::to_operands<typename Kernel::Operands>(address));
          },
      .in_place_inputs =
          [](std::span<const program::Parameter> parameters) {
            return detail::in_place_inputs<Kernel>(detail::to_params<typename Kernel::Params>(parameters));
          },
  };
}

}  // namespace pudu::ops

/// Defines `const KernelBinding& NAME()` for the description pudu::kernels::TYPE.
#define PUDU_KERNEL_BINDING(NAME, TYPE)                                                         \
  const ::pudu::ops::KernelBinding& NAME() {                                                    \
    static const auto binding = ::pudu::ops::make_kernel_binding<::pudu::kernels::TYPE>(#TYPE); \
    return binding;                                                                             \
  }
