#include "program/program.hpp"

#include <algorithm>
#include <array>

namespace pudu::program {
namespace {

struct ElementInfo {
  ElementType type;
  std::string_view name;
  std::size_t bytes;
};

constexpr std::array element_table = {
    ElementInfo{ElementType::Int8, "i8", 1},     ElementInfo{ElementType::UInt8, "u8", 1},
    ElementInfo{ElementType::Int16, "i16", 2},   ElementInfo{ElementType::Int32, "i32", 4},
    ElementInfo{ElementType::Float32, "f32", 4},
};

constexpr std::array<std::string_view, 5> kind_names = {"input", "activation", "scratch", "constant", "state"};

struct UpdatedOperand {
  std::string_view read, written;
};
constexpr std::array updated_operands = {UpdatedOperand{"state", "output_state"},
                                         UpdatedOperand{"cell", "output_cell"}};

template <class Items>
auto find_named(const Items& items, std::string_view name) -> decltype(items.data()) {
  const auto found = std::find_if(items.begin(), items.end(), [&](const auto& item) { return item.name == name; });
  return found == items.end() ? nullptr : &*found;
}

}  // namespace

std::size_t size_in_bytes(ElementType type) {
  return element_table[static_cast<std::size_t>(type)].bytes;
}

std::string_view to_string(ElementType type) {
  return element_table[static_cast<std::size_t>(type)].name;
}

std::optional<ElementType> parse_element_type(std::string_view name) {
  const auto* const found = find_named(element_table, name);
  if (found == nullptr) return std::nullopt;
  return found->type;
}

std::string_view to_string(BufferKind kind) {
  return kind_names[static_cast<std::size_t>(kind)];
}

std::optional<BufferKind> parse_buffer_kind(std::string_view name) {
  const auto* const found = std::find(kind_names.begin(), kind_names.end(), name);
  if (found == kind_names.end()) return std::nullopt;
  return static_cast<BufferKind>(found - kind_names.begin());
}

std::size_t Buffer::bytes() const {
  std::size_t count = size_in_bytes(type);
  for (const std::int64_t size : shape) count *= static_cast<std::size_t>(size);
  return count;
}

const Operand* KernelCall::find_operand(std::string_view operand_name) const {
  return find_named(operands, operand_name);
}

const Parameter* KernelCall::find_parameter(std::string_view parameter_name) const {
  return find_named(parameters, parameter_name);
}

BufferId Program::add_buffer(Buffer buffer) {
  buffer.id = static_cast<BufferId>(buffers.size());
  buffers.push_back(std::move(buffer));
  return buffers.back().id;
}

bool is_written(std::string_view operand_name) {
  return operand_name == "output" || operand_name == "output_state" || operand_name == "output_cell" ||
         operand_name == "scratch";
}

std::string_view updated_operand(std::string_view operand_name) {
  for (const UpdatedOperand& pair : updated_operands) {
    if (pair.read == operand_name) return pair.written;
  }
  return {};
}

}  // namespace pudu::program
