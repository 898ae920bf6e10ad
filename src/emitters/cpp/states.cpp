#include "emitters/cpp/states.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "emitters/cpp/constants.hpp"

namespace pudu::emitters {
namespace {

using program::Buffer;
using program::BufferKind;

bool is_uniform(const Buffer& state) {
  return std::all_of(state.data->begin(), state.data->end(), [&](std::byte each) { return each == (*state.data)[0]; });
}

/// Name of the constant that holds the initial value of a state that is not uniform.
std::string initial_name(const Buffer& state) {
  return fmt::format("state_{}", program::index_of(state.id));
}

std::vector<std::byte> initial_block(const program::Program& program, const program::MemoryMap& memory) {
  std::vector<std::byte> block(memory.state_bytes);
  for (const Buffer& buffer : program.buffers) {
    if (buffer.kind != BufferKind::State) continue;
    std::copy(buffer.data->begin(), buffer.data->end(),
              block.begin() + static_cast<std::ptrdiff_t>(memory.offset(buffer.id)));
  }
  return block;
}

}  // namespace

std::string state_declarations(const program::MemoryMap& memory) {
  if (memory.state_bytes == 0) return "";
  return fmt::format(
      "/// Static RAM, beside the arena, of what the model keeps from one run() to the next.\n"
      "inline constexpr std::size_t state_bytes = {};\n\n"
      "/// Makes the model forget: the next run() is like the first one.\n"
      "void reset() noexcept;\n\n",
      memory.state_bytes);
}

std::string state_definitions(const program::Program& program, const program::MemoryMap& memory) {
  if (memory.state_bytes == 0) return "";
  // In a namespace of their own, where no other constant has their names.
  std::string text = "namespace state_values {\n";
  for (const Buffer& buffer : program.buffers) {
    if (buffer.kind == BufferKind::State && !is_uniform(buffer)) {
      text += constant_definition(initial_name(buffer), buffer);
    }
  }
  text += "}  // namespace state_values\n\n";
  // Zeros cost no flash.
  const std::vector<std::byte> block = initial_block(program, memory);
  const bool is_zero = std::all_of(block.begin(), block.end(), [](std::byte each) { return each == std::byte{0}; });
  std::string values;
  for (std::size_t i = 0; i < block.size() && !is_zero; ++i) {
    values += fmt::format("{}{}", i == 0 ? " = {" : (i % 24 == 0 ? ",\n    " : ", "), std::to_integer<int>(block[i]));
  }
  return text + fmt::format(
                    "alignas({}) std::uint8_t states[state_bytes]{};\n\n"
                    "template <class T>\nT* state_at(std::size_t offset) noexcept {{\n"
                    "  return reinterpret_cast<T*>(states + offset);\n}}\n\n",
                    program::state_alignment, is_zero ? "" : values + "}");
}

std::string reset_definition(const program::Program& program, const program::MemoryMap& memory) {
  if (memory.state_bytes == 0) return "";
  std::string text = "void reset() noexcept {\n";
  for (const Buffer& buffer : program.buffers) {
    if (buffer.kind != BufferKind::State) continue;
    text += is_uniform(buffer) ? fmt::format("  std::memset(states + {}, {}, {});\n", memory.offset(buffer.id),
                                             std::to_integer<int>((*buffer.data)[0]), buffer.bytes())
                               : fmt::format("  std::memcpy(states + {}, state_values::{}, {});\n",
                                             memory.offset(buffer.id), initial_name(buffer), buffer.bytes());
  }
  return text + "}\n\n";
}

}  // namespace pudu::emitters
