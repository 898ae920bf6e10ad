#include "planner/arrangement.hpp"

#include <algorithm>

namespace pudu::planner {

Arrangement::Arrangement(const Placer& placer, std::vector<std::size_t> order)
    : placer_(placer),
      order_(std::move(order)),
      positions_(order_.size()),
      offsets_(placer.place(order_, Fit::Lowest)),
      arena_bytes_(placer.arena_bytes(offsets_)),
      is_marked_(order_.size(), 0) {
  for (std::size_t position = 0; position < order_.size(); ++position) positions_[order_[position]] = position;
}

bool Arrangement::exchange(std::size_t position, std::size_t other) {
  if (position == other) return true;
  const std::size_t begin = std::min(position, other), last = std::max(position, other);
  const auto swap = [&] {
    std::swap(order_[begin], order_[last]);
    positions_[order_[begin]] = begin, positions_[order_[last]] = last;
  };
  swap();
  mark_moved(order_[begin], begin, last + 1);
  mark_moved(order_[last], begin, last + 1);
  if (place_marked(begin)) return true;
  swap();
  return false;
}

bool Arrangement::advance(std::size_t from, std::size_t to) {
  rotate(from, to);
  mark_moved(order_[to], to, from + 1);
  if (place_marked(to)) return true;
  rotate(to, from);
  return false;
}

void Arrangement::rotate(std::size_t from, std::size_t to) {
  const auto at = [&](std::size_t position) { return order_.begin() + static_cast<std::ptrdiff_t>(position); };
  if (to <= from) {
    std::rotate(at(to), at(from), at(from + 1));
  } else {
    std::rotate(at(from), at(from + 1), at(to + 1));
  }
  for (std::size_t position = std::min(from, to); position <= std::max(from, to); ++position) {
    positions_[order_[position]] = position;
  }
}

void Arrangement::mark_moved(std::size_t buffer, std::size_t begin, std::size_t end) {
  is_marked_[buffer] = 1;
  for (const Placer::Conflict& conflict : placer_.conflicts(buffer)) {
    const std::size_t position = positions_[conflict.other];
    if (begin <= position && position < end) is_marked_[conflict.other] = 1;
  }
}

/// A buffer lies where it did as long as the same ones come before it, and lie where they did. Ends as soon as one ends
/// above the arena.
bool Arrangement::place_marked(std::size_t begin) {
  changes_.clear();
  for (std::size_t position = begin; position < order_.size(); ++position) {
    const std::size_t buffer = order_[position];
    if (is_marked_[buffer] == 0) continue;
    is_marked_[buffer] = 0;
    const std::size_t offset = lowest_offset(buffer);
    if (offset == offsets_[buffer]) continue;
    changes_.emplace_back(buffer, offsets_[buffer]);
    offsets_[buffer] = offset;
    if (placer_.footprint(buffer) > 0 && offset + placer_.footprint(buffer) > arena_bytes_) {
      take_back();
      return false;
    }
    for (const Placer::Conflict& conflict : placer_.conflicts(buffer)) {
      if (positions_[conflict.other] > position) is_marked_[conflict.other] = 1;
    }
  }
  if (!changes_.empty()) arena_bytes_ = placer_.arena_bytes(offsets_);
  return true;
}

std::size_t Arrangement::lowest_offset(std::size_t buffer) {
  forbidden_.clear();
  for (const Placer::Conflict& conflict : placer_.conflicts(buffer)) {
    if (positions_[conflict.other] < positions_[buffer]) {
      Placer::append_forbidden(conflict, offsets_[conflict.other], forbidden_);
    }
  }
  return placer_.lowest_allowed(buffer, forbidden_);
}

void Arrangement::take_back() {
  for (const auto& [buffer, offset] : changes_) offsets_[buffer] = offset;
  std::fill(is_marked_.begin(), is_marked_.end(), 0);
}

}  // namespace pudu::planner
