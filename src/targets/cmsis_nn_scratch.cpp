#include "targets/cmsis_nn_scratch.hpp"

#include <array>

namespace pudu::targets::cmsis_nn {
namespace {

constexpr std::array<std::string_view, 3> data_type_names = {"A8W4", "A8W8", "A16W8"};
constexpr std::array<std::string_view, 3> backend_names = {"SCALAR", "DSP", "MVE"};

template <class Enum>
std::optional<Enum> find_name(const std::array<std::string_view, 3>& names, std::string_view name) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<Enum>(found - names.begin());
}

std::string text_of(std::int32_t value) {
  return std::to_string(value);
}
std::string text_of(const Hw& size) {
  return text_of(size.h) + "," + text_of(size.w);
}
std::string text_of(const Nhwc& size) {
  return text_of(size.n) + "," + text_of(size.h) + "," + text_of(size.w) + "," + text_of(size.c);
}

template <class Op>
Error unsupported_data_type(Isa isa, DataType type) {
  std::string taken;
  for (const DataType candidate : {DataType::A8W4, DataType::A8W8, DataType::A16W8}) {
    if (Op::takes(candidate)) taken += (taken.empty() ? "" : ", ") + std::string(to_string(candidate));
  }
  return unsupported({.where = std::string(Op::name) + " " + std::string(to_string(type)),
                      .found = invalid_combination_text(isa, type),
                      .allowed = "it takes " + taken});
}

template <class Op>
Error invalid_shape(const Op& call) {
  Diagnostic diagnostic{.where = std::string(Op::name)};
  Op::visit(call, [&](std::string_view name, const auto& field, std::int32_t least) {
    if (detail::at_least(field, least) || !diagnostic.found.empty()) return;
    diagnostic.found = std::string(name) + " is " + text_of(field);
    diagnostic.allowed = "at least " + std::to_string(least);
  });
  if (diagnostic.found.empty()) {
    diagnostic.found = "a negative number of columns";
    diagnostic.allowed = "at least 1";
  }
  return invalid_input(std::move(diagnostic));
}

}  // namespace

std::string_view to_string(DataType type) {
  return data_type_names[static_cast<std::size_t>(type)];
}

std::optional<DataType> parse_data_type(std::string_view name) {
  return find_name<DataType>(data_type_names, name);
}

std::string_view backend_name(Isa isa) {
  return backend_names[static_cast<std::size_t>(isa)];
}

std::optional<Isa> parse_backend(std::string_view name) {
  return find_name<Isa>(backend_names, name);
}

std::string invalid_combination_text(Isa isa, DataType type) {
  // The binding's Backend counts from MVE = 0 to SCALAR = 2.
  return "invalid Backend/DataType combination: backend=" + std::to_string(2 - static_cast<int>(isa)) +
         " data_type=" + std::to_string(static_cast<int>(type));
}

std::string to_string(const Call& call) {
  std::string text;
  std::visit(
      [&](const auto& one) {
        one.visit(one, [&](std::string_view name, const auto& field, std::int32_t) {
          text += (text.empty() ? "" : ", ") + std::string(name) + " " + text_of(field);
        });
      },
      call);
  return text;
}

Result<std::int32_t> scratch_bytes(Isa isa, DataType type, const Call& call) {
  const ScratchSize size = scratch_size(isa, type, call);
  if (size.ok()) return size.bytes;
  return std::visit(
      [&]<class Op>(const Op& one) -> Error {
        if (size.fault == ScratchFault::UnsupportedDataType) return unsupported_data_type<Op>(isa, type);
        if (size.fault == ScratchFault::InvalidShape) return invalid_shape(one);
        return limit_exceeded({.where = std::string(Op::name),
                               .found = "more than 2147483647 bytes of scratch for " + to_string(call),
                               .allowed = "CMSIS-NN counts them in an int32"});
      },
      call);
}

}  // namespace pudu::targets::cmsis_nn
