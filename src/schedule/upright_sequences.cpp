#include "schedule/upright_sequences.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

namespace pudu::schedule {
namespace {

using Shape = std::vector<std::int64_t>;

bool is_in_arena(const program::Buffer& buffer) {
  return buffer.kind == program::BufferKind::Activation || buffer.kind == program::BufferKind::Input;
}

/// [1, L, 1, C] where the shape is a sequence that lies in another way.
std::optional<Shape> upright(const Shape& shape) {
  if (shape.size() != 3 && shape.size() != 4) return std::nullopt;
  if (shape.size() == 4 && shape[0] != 1) return std::nullopt;  // a batch
  const auto is_longer = [](std::int64_t size) { return size > 1; };
  if (std::count_if(shape.begin(), shape.end() - 1, is_longer) != 1) return std::nullopt;
  Shape result = {1, *std::find_if(shape.begin(), shape.end() - 1, is_longer), 1, shape.back()};
  return result != shape ? std::optional(std::move(result)) : std::nullopt;
}

}  // namespace

bool make_sequences_upright(program::Program& program) {
  bool has_sequences = false;
  for (program::Buffer& buffer : program.buffers) {
    if (!is_in_arena(buffer)) continue;
    if (std::optional<Shape> shape = upright(buffer.shape)) {
      buffer.shape = std::move(*shape);
      has_sequences = true;
    }
  }
  return has_sequences;
}

}  // namespace pudu::schedule
