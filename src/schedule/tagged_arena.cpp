#include "schedule/tagged_arena.hpp"

#include <iterator>

namespace pudu::schedule {

/// No piece goes over `place`.
void TaggedArena::cut_at(std::size_t place) {
  auto above = pieces_.lower_bound(place);
  if (above == pieces_.begin()) return;
  Piece& piece = std::prev(above)->second;
  if (piece.end <= place) return;
  pieces_.emplace_hint(above, place, piece);
  piece.end = place;
}

void TaggedArena::write(std::size_t begin, std::size_t end, RowTag tag) {
  if (begin >= end) return;
  cut_at(begin);
  cut_at(end);
  pieces_.erase(pieces_.lower_bound(begin), pieces_.lower_bound(end));
  pieces_.emplace(begin, Piece{end, tag, begin});
}

bool TaggedArena::holds(std::size_t begin, std::size_t end, RowTag tag) const {
  auto piece = pieces_.lower_bound(begin);
  for (std::size_t place = begin; place < end; ++piece) {
    if (piece == pieces_.end() || piece->first != place) return false;
    if (piece->second.tag != tag || piece->second.written_begin != begin) return false;
    place = piece->second.end;
  }
  return true;
}

}  // namespace pudu::schedule
