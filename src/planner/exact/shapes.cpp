#include "planner/exact/shapes.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

namespace pudu::planner {
namespace {

/// To revise a pair, or to look whether it collides, costs as much as a look at so many buffers does in the search for
/// rectangles.
constexpr std::int64_t work_per_pair = 10;
constexpr std::int64_t work_per_look = 3;

/// Far from overflow, far above any arena.
constexpr std::int64_t far = std::int64_t{1} << 60;

std::vector<std::size_t> all_buffers(const Placer& placer) {
  std::vector<std::size_t> buffers(placer.problem().buffers.size());
  std::iota(buffers.begin(), buffers.end(), std::size_t{0});
  return buffers;
}

std::int64_t aligned_up(std::int64_t offset, std::int64_t alignment) {
  return offset <= 0 ? 0 : (offset + alignment - 1) / alignment * alignment;
}

}  // namespace

ShapePacker::ShapePacker(const Placer& placer) : ShapePacker(placer, all_buffers(placer)) {}

ShapePacker::ShapePacker(const Placer& placer, std::span<const std::size_t> buffers) : problem_(placer.problem()) {
  constexpr std::size_t left_out = static_cast<std::size_t>(-1);
  std::vector<std::size_t> item_of(problem_.buffers.size(), left_out);
  for (const std::size_t i : buffers) {
    const PlanBuffer& buffer = problem_.buffers[i];
    if (buffer.bytes == 0) continue;
    Item item;
    item.buffer = i;
    item.bytes = static_cast<std::int64_t>(placer.footprint(i));
    item.alignment = static_cast<std::int64_t>(std::max<std::size_t>(buffer.alignment, 1));
    item.steps = static_cast<std::int64_t>(buffer.end_step) - buffer.begin_step;
    item_of[i] = items_.size();
    items_.push_back(std::move(item));
  }
  for (std::size_t b = 0; b < items_.size(); ++b) {
    for (const Placer::Conflict& conflict : placer.conflicts(items_[b].buffer)) {
      const std::size_t a = item_of[conflict.other];
      if (a == left_out || a >= b) continue;
      items_[a].pairs.push_back(pairs_.size());
      items_[b].pairs.push_back(pairs_.size());
      pairs_.push_back({a, b, conflict.distances});
    }
  }
}

std::optional<std::vector<std::size_t>> ShapePacker::pack(std::size_t capacity, Preference preference,
                                                          WorkBudget& budget) {
  preference_ = preference;
  changes_.clear();
  queue_.clear();
  is_queued_.assign(items_.size(), 0);
  offsets_.clear();
  distances_.assign(pairs_.size(), {-far, far});
  for (const Item& item : items_) {
    const std::int64_t room = static_cast<std::int64_t>(capacity) - item.bytes;
    if (room < 0) return std::nullopt;
    offsets_.push_back({0, room / item.alignment * item.alignment});
  }
  for (std::size_t item = 0; item < items_.size(); ++item) {
    queue_.push_back(item);
    is_queued_[item] = 1;
  }
  if (!propagate(budget) || !solve(budget)) return std::nullopt;
  std::vector<std::size_t> offsets(problem_.buffers.size(), 0);
  for (std::size_t i = 0; i < items_.size(); ++i) {
    offsets[items_[i].buffer] = static_cast<std::size_t>(offsets_[i].lowest);
  }
  return offsets;
}

bool ShapePacker::narrow_offset(std::size_t item, Range range) {
  Range& known = offsets_[item];
  const std::int64_t alignment = items_[item].alignment;
  const Range next{std::max(known.lowest, aligned_up(range.lowest, alignment)),
                   range.highest < 0 ? -1 : std::min(known.highest, range.highest / alignment * alignment)};
  if (next.lowest > next.highest) return false;
  if (next.lowest == known.lowest && next.highest == known.highest) return true;
  changes_.push_back({Kind::Offset, item, known});
  known = next;
  if (is_queued_[item] == 0) {
    is_queued_[item] = 1;
    queue_.push_back(item);
  }
  return true;
}

/// Distances at the ends of the range that are forbidden go, too.
bool ShapePacker::narrow_distance(std::size_t pair, Range range) {
  Range& known = distances_[pair];
  Range next{std::max(known.lowest, range.lowest), std::min(known.highest, range.highest)};
  const std::span<const ForbiddenDistances> forbidden = pairs_[pair].forbidden;
  for (const ForbiddenDistances& each : forbidden) {
    if (each.lower < next.lowest && next.lowest < each.upper) next.lowest = each.upper;
  }
  for (auto each = forbidden.rbegin(); each != forbidden.rend(); ++each) {
    if (each->lower < next.highest && next.highest < each->upper) next.highest = each->lower;
  }
  if (next.lowest > next.highest) return false;
  if (next.lowest == known.lowest && next.highest == known.highest) return true;
  changes_.push_back({Kind::Distance, pair, known});
  known = next;
  return true;
}

bool ShapePacker::revise(std::size_t index) {
  const auto [a, b] = std::pair(pairs_[index].a, pairs_[index].b);
  const Range possible{offsets_[b].lowest - offsets_[a].highest, offsets_[b].highest - offsets_[a].lowest};
  if (!narrow_distance(index, possible)) return false;
  const Range distance = distances_[index];
  return narrow_offset(b, {offsets_[a].lowest + distance.lowest, offsets_[a].highest + distance.highest}) &&
         narrow_offset(a, {offsets_[b].lowest - distance.highest, offsets_[b].highest - distance.lowest});
}

bool ShapePacker::propagate(WorkBudget& budget) {
  bool is_possible = true;
  while (!queue_.empty()) {
    const std::size_t item = queue_.back();
    queue_.pop_back();
    is_queued_[item] = 0;
    if (!is_possible) continue;  // only empties the queue
    budget.spend(work_per_pair * static_cast<std::int64_t>(items_[item].pairs.size()));
    for (const std::size_t pair : items_[item].pairs) is_possible = is_possible && revise(pair);
  }
  return is_possible;
}

/// How much two buffers that collide at their lowest offsets matter.
double ShapePacker::weight(const Pair& pair, const ForbiddenDistances& forbidden) const {
  const Item& a = items_[pair.a];
  const Item& b = items_[pair.b];
  const auto bytes = static_cast<double>(a.bytes) + static_cast<double>(b.bytes);
  switch (preference_) {
    case Preference::LargeArea:
      return bytes * static_cast<double>(std::min(a.steps, b.steps));
    case Preference::LongLived:
      return static_cast<double>(std::min(a.steps, b.steps)) * 1e9 + bytes;
    case Preference::Crowded:
      break;
  }
  // Where least play is left.
  const auto play = static_cast<double>(offsets_[pair.a].highest - offsets_[pair.a].lowest) +
                    static_cast<double>(offsets_[pair.b].highest - offsets_[pair.b].lowest);
  return static_cast<double>(forbidden.upper - forbidden.lower) / (1.0 + play);
}

std::optional<ShapePacker::Collision> ShapePacker::worst_collision(WorkBudget& budget) const {
  budget.spend(work_per_look * static_cast<std::int64_t>(pairs_.size()));
  std::optional<Collision> worst;
  double worst_weight = -1;
  for (std::size_t i = 0; i < pairs_.size(); ++i) {
    const std::int64_t distance = offsets_[pairs_[i].b].lowest - offsets_[pairs_[i].a].lowest;
    for (const ForbiddenDistances& each : pairs_[i].forbidden) {
      if (distance <= each.lower || each.upper <= distance) continue;
      const double weight_here = weight(pairs_[i], each);
      if (weight_here <= worst_weight) continue;
      worst_weight = weight_here;
      worst = Collision{i, each};
    }
  }
  return worst;
}

bool ShapePacker::try_choice(std::size_t pair, Range range, WorkBudget& budget) {
  const std::size_t change_count = changes_.size();
  const bool is_possible = narrow_distance(pair, range) && revise(pair);
  if (propagate(budget) && is_possible && solve(budget)) return true;
  undo(change_count);
  return false;
}

bool ShapePacker::solve(WorkBudget& budget) {
  if (budget.is_spent()) return false;
  const std::optional<Collision> collision = worst_collision(budget);
  if (!collision) return true;
  const auto [a, b] = std::pair(pairs_[collision->pair].a, pairs_[collision->pair].b);
  const Range below{-far, collision->forbidden.lower};
  const Range above{collision->forbidden.upper, far};
  // First what leaves more play.
  const std::int64_t play_below = collision->forbidden.lower - (offsets_[b].lowest - offsets_[a].highest);
  const std::int64_t play_above = offsets_[b].highest - offsets_[a].lowest - collision->forbidden.upper;
  const bool begins_above = play_above >= play_below;
  return try_choice(collision->pair, begins_above ? above : below, budget) ||
         try_choice(collision->pair, begins_above ? below : above, budget);
}

void ShapePacker::undo(std::size_t change_count) {
  for (; changes_.size() > change_count; changes_.pop_back()) {
    const Change& change = changes_.back();
    (change.kind == Kind::Offset ? offsets_ : distances_)[change.index] = change.before;
  }
}

}  // namespace pudu::planner
