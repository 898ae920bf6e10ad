// Lifetimes across calls that a schedule leaves out.
#include <algorithm>
#include <optional>

#include "schedule/share_storage.hpp"

namespace pudu::schedule {
namespace {

using program::LiveExtent;
using program::Program;

/// Some bytes of a buffer.
struct Bytes {
  program::BufferId buffer{};
  std::size_t begin = 0, end = 0;
};

struct Steps {
  int begin = 0, end = 0;
  friend bool operator==(const Steps&, const Steps&) = default;
};

/// From the first step to the last at which some of the bytes are alive.
std::optional<Steps> steps_of(const std::vector<BufferExtents>& extents, const Bytes& bytes) {
  std::optional<Steps> all;
  for (const LiveExtent& extent : extents[index_of(bytes.buffer)].extents) {
    if (extent.begin_byte >= bytes.end || bytes.begin >= extent.end_byte) continue;
    if (!all) all = Steps{extent.begin_step, extent.end_step};
    all->begin = std::min(all->begin, extent.begin_step);
    all->end = std::max(all->end, extent.end_step);
  }
  return all;
}

void keep_alive(const Program& program, std::vector<BufferExtents>& extents, const Bytes& bytes, Steps steps) {
  BufferExtents& known = extents[index_of(bytes.buffer)];
  known.bytes = program.buffer(bytes.buffer).bytes();
  if (bytes.begin == 0 && bytes.end == known.bytes) known.extents.clear();
  known.extents.push_back({steps.begin, steps.end, bytes.begin, bytes.end});
}

/// Both names of the same bytes live from the first use of one to the last of the other. Returns whether that changed
/// anything.
bool bridge(const Program& program, const MovedPiece& piece, std::vector<BufferExtents>& extents) {
  const Bytes source{piece.source, piece.source_begin, piece.source_begin + piece.size};
  const Bytes target{piece.target, piece.target_begin, piece.target_begin + piece.size};
  const std::optional<Steps> before = steps_of(extents, source);
  const std::optional<Steps> behind = steps_of(extents, target);
  if (before == behind) return false;
  const Steps first = before ? *before : *behind;
  const Steps second = behind ? *behind : *before;
  const Steps steps{std::min(first.begin, second.begin), std::max(first.end, second.end)};
  if (before != steps) keep_alive(program, extents, source, steps);
  if (behind != steps) keep_alive(program, extents, target, steps);
  return true;
}

}  // namespace

void bridge_omitted_calls(const Program& program, const program::Schedule& schedule,
                          std::vector<BufferExtents>& extents) {
  std::vector<bool> has_step(program.calls.size(), false);
  for (const program::Step& step : schedule.steps) {
    if (step.kind == program::StepKind::Whole || step.kind == program::StepKind::Rows) has_step[step.call] = true;
  }
  std::vector<MovedPiece> pieces;
  for (std::size_t call = 0; call < program.calls.size(); ++call) {
    if (has_step[call]) continue;
    const std::vector<MovedPiece> moved = moved_pieces(program, program.calls[call]);
    pieces.insert(pieces.end(), moved.begin(), moved.end());
  }
  // Omitted calls may follow each other; lifetimes only grow, so this ends.
  bool has_changed = true;
  while (has_changed) {
    has_changed = false;
    for (const MovedPiece& piece : pieces) has_changed = bridge(program, piece, extents) || has_changed;
  }
}

}  // namespace pudu::schedule
