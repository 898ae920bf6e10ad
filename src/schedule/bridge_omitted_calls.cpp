// Lifetimes across calls that a schedule leaves out.
#include <algorithm>
#include <optional>

#include "schedule/share_storage.hpp"

namespace pudu::schedule {
namespace {

using program::LiveExtent;
using program::Program;

/// From the first step to the last at which some byte is alive.
std::optional<LiveExtent> hull(const BufferExtents& extents) {
  std::optional<LiveExtent> all;
  for (const LiveExtent& extent : extents.extents) {
    if (!all) all = extent;
    all->begin_step = std::min(all->begin_step, extent.begin_step);
    all->end_step = std::max(all->end_step, extent.end_step);
  }
  return all;
}

/// One of the two is part of the other: the smaller one is made to live as long as its bytes do in both. Returns
/// whether that changed anything.
bool bridge(const Program& program, const MovedPiece& piece, std::vector<BufferExtents>& extents) {
  const std::size_t source_bytes = program.buffer(piece.source).bytes();
  const std::size_t target_bytes = program.buffer(piece.target).bytes();
  const std::optional<LiveExtent> source = hull(extents[index_of(piece.source)]);
  const std::optional<LiveExtent> target = hull(extents[index_of(piece.target)]);
  if (!source && !target) return false;
  const bool is_part_of_target = source_bytes <= target_bytes;
  const program::BufferId part = is_part_of_target ? piece.source : piece.target;
  const std::size_t bytes = std::min(source_bytes, target_bytes);
  const LiveExtent all{source ? source->begin_step : target->begin_step, target ? target->end_step : source->end_step,
                       0, bytes};
  BufferExtents joined{bytes, {all}};
  const std::optional<LiveExtent>& own = is_part_of_target ? source : target;
  if (own) {
    joined.extents[0].begin_step = std::min(all.begin_step, own->begin_step);
    joined.extents[0].end_step = std::max(all.end_step, own->end_step);
  }
  BufferExtents& known = extents[index_of(part)];
  const bool is_same = known.extents == joined.extents;
  known = std::move(joined);
  return !is_same;
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
