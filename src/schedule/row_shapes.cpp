#include "schedule/row_shapes.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "ops/row_calls.hpp"

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
  return result;
}

/// By buffer: the images that windows pass over in it, each once.
std::vector<std::vector<Shape>> images_of(const program::Program& program) {
  std::vector<std::vector<Shape>> images(program.buffers.size());
  for (const program::KernelCall& call : program.calls) {
    for (const program::Operand& operand : call.operands) {
      const std::optional<Shape> image = ops::window_image(program, call, operand.name);
      if (!image) continue;
      std::vector<Shape>& known = images[program::index_of(operand.buffer)];
      if (std::find(known.begin(), known.end(), *image) == known.end()) known.push_back(*image);
    }
  }
  return images;
}

bool give(program::Buffer& buffer, const std::optional<Shape>& shape) {
  if (!shape || *shape == buffer.shape) return false;
  buffer.shape = *shape;
  return true;
}

}  // namespace

bool give_row_shapes(program::Program& program) {
  const std::vector<std::vector<Shape>> images = images_of(program);
  bool has_new_shapes = false;
  for (program::Buffer& buffer : program.buffers) {
    if (!is_in_arena(buffer)) continue;
    const std::vector<Shape>& found = images[program::index_of(buffer.id)];
    if (found.size() == 1 && give(buffer, found.front())) has_new_shapes = true;
    if (give(buffer, upright(buffer.shape))) has_new_shapes = true;
  }
  return has_new_shapes;
}

}  // namespace pudu::schedule
