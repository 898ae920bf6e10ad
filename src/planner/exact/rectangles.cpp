#include "planner/exact/rectangles.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <numeric>
#include <tuple>

namespace pudu::planner {

RectanglePacker::RectanglePacker(const Placer& placer) : problem_(placer.problem()) {
  const PlanProblem& problem = problem_;
  const std::size_t grain = grain_bytes(problem);
  for (std::size_t i = 0; i < problem.buffers.size(); ++i) {
    const PlanBuffer& buffer = problem.buffers[i];
    const std::size_t bytes = footprint_bytes(buffer, grain);
    if (bytes == 0) continue;
    Item item;
    item.buffer = i;
    item.bytes = static_cast<std::int64_t>(bytes);
    item.alignment = static_cast<std::int64_t>(buffer.alignment);
    items_.push_back(std::move(item));
  }
  make_sections();
  for (std::size_t a = 0; a < items_.size(); ++a) {
    for (std::size_t b = 0; b < items_.size(); ++b) {
      const Item& x = items_[a];
      const Item& y = items_[b];
      if (a == b || x.first_section >= y.end_section || y.first_section >= x.end_section) continue;
      items_[a].neighbours.push_back(b);
      if (std::tie(x.first_section, x.end_section, x.bytes, x.alignment) ==
          std::tie(y.first_section, y.end_section, y.bytes, y.alignment)) {
        items_[a].twins.push_back(b);
      }
    }
  }
}

/// One section for every largest set of buffers alive together; the sets of all other steps are parts of those.
void RectanglePacker::make_sections() {
  std::map<int, std::vector<std::size_t>> begins;
  std::map<int, std::vector<std::size_t>> ends;
  for (std::size_t i = 0; i < items_.size(); ++i) {
    begins[problem_.buffers[items_[i].buffer].begin_step].push_back(i);
    ends[problem_.buffers[items_[i].buffer].end_step].push_back(i);
  }
  std::vector<std::size_t> alive;
  bool has_grown = false;
  for (const auto& [step, ended] : ends) {
    // Everything that begins before the next end is alive together.
    while (!begins.empty() && begins.begin()->first < step) {
      for (const std::size_t item : begins.begin()->second) {
        items_[item].first_section = sections_.size();
        alive.push_back(item);
      }
      begins.erase(begins.begin());
      has_grown = true;
    }
    if (has_grown) sections_.push_back(alive);
    has_grown = false;
    for (const std::size_t item : ended) {
      items_[item].end_section = sections_.size();
      alive.erase(std::find(alive.begin(), alive.end(), item));
    }
  }
}

void RectanglePacker::set_ranks(Preference preference) {
  std::vector<std::int64_t> section_bytes;
  for (const std::vector<std::size_t>& section : sections_) {
    std::int64_t sum = 0;
    for (const std::size_t item : section) sum += items_[item].bytes;
    section_bytes.push_back(sum);
  }
  const auto key = [&](std::size_t i) {
    const Item& item = items_[i];
    const PlanBuffer& buffer = problem_.buffers[item.buffer];
    const auto steps = static_cast<std::int64_t>(buffer.end_step) - buffer.begin_step;
    const auto crowd = *std::max_element(section_bytes.begin() + static_cast<std::ptrdiff_t>(item.first_section),
                                         section_bytes.begin() + static_cast<std::ptrdiff_t>(item.end_section));
    const auto area = static_cast<double>(item.bytes) * static_cast<double>(steps);
    switch (preference) {
      case Preference::LongLived:
        return std::tuple(-static_cast<double>(steps), -area, i);
      case Preference::LargeArea:
        return std::tuple(-area, -static_cast<double>(crowd), i);
      case Preference::Crowded:
        break;
    }
    return std::tuple(-static_cast<double>(crowd), -area, i);
  };
  std::vector<std::size_t> order(items_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return key(a) < key(b); });
  ranks_.resize(items_.size());
  for (std::size_t rank = 0; rank < order.size(); ++rank) ranks_[order[rank]] = rank;
}

std::optional<std::vector<std::size_t>> RectanglePacker::pack(std::size_t capacity, Preference preference,
                                                              WorkBudget& budget) {
  set_ranks(preference);
  capacity_ = static_cast<std::int64_t>(capacity);
  lowest_.assign(items_.size(), 0);
  is_placed_.assign(items_.size(), 0);
  unplaced_bytes_.assign(sections_.size(), 0);
  for (std::size_t section = 0; section < sections_.size(); ++section) {
    for (const std::size_t item : sections_[section]) unplaced_bytes_[section] += items_[item].bytes;
  }
  placed_.clear();
  changes_.clear();
  const Sections all{0, sections_.size()};
  if (!fits(all, 0, budget) || !place_parts(all, {}, budget)) return std::nullopt;
  std::vector<std::size_t> offsets(problem_.buffers.size(), 0);
  for (std::size_t i = 0; i < items_.size(); ++i) offsets[items_[i].buffer] = static_cast<std::size_t>(lowest_[i]);
  return offsets;
}

/// Is there, by sections, room above `floor` for everything not yet placed?
bool RectanglePacker::fits(Sections sections, std::int64_t floor, WorkBudget& budget) {
  for (std::size_t section = sections.begin; section < sections.end; ++section) {
    if (unplaced_bytes_[section] == 0) continue;
    if (floor + unplaced_bytes_[section] > capacity_) return false;
    releases_.clear();
    for (const std::size_t item : sections_[section]) {
      if (is_placed_[item] == 0) releases_.push_back({std::max(lowest_[item], floor), items_[item].bytes});
    }
    budget.spend(static_cast<std::int64_t>(sections_[section].size()));
    std::sort(releases_.begin(), releases_.end(),
              [](const Release& a, const Release& b) { return a.lowest < b.lowest; });
    std::int64_t end = 0;
    for (const Release& release : releases_) end = std::max(end, release.lowest) + release.bytes;
    if (end > capacity_) return false;
  }
  return true;
}

std::vector<std::size_t> RectanglePacker::open_items(Sections sections) const {
  std::vector<std::size_t> open;
  for (std::size_t section = sections.begin; section < sections.end; ++section) {
    if (unplaced_bytes_[section] == 0) continue;
    for (const std::size_t item : sections_[section]) {
      const std::size_t first = std::max(items_[item].first_section, sections.begin);
      if (is_placed_[item] == 0 && first == section) open.push_back(item);
    }
  }
  return open;
}

/// The ranges of sections between which no buffer that is not placed yet reaches.
std::vector<RectanglePacker::Sections> RectanglePacker::parts(Sections sections) const {
  std::vector<Sections> found;
  for (const std::size_t item : open_items(sections)) {  // in the order of their first sections
    const Item& open = items_[item];
    if (!found.empty() && open.first_section < found.back().end) {
      found.back().end = std::max(found.back().end, open.end_section);
    } else {
      found.push_back({open.first_section, open.end_section});
    }
  }
  return found;
}

bool RectanglePacker::place_parts(Sections sections, Position last, WorkBudget& budget) {
  const std::size_t placed_count = placed_.size();
  const std::size_t change_count = changes_.size();
  for (const Sections& part : parts(sections)) {
    if (place_next(part, last, budget)) continue;
    undo(placed_count, change_count);
    return false;
  }
  return true;
}

bool RectanglePacker::has_open_twin_before(const Item& item, std::size_t rank) const {
  return std::any_of(item.twins.begin(), item.twins.end(),
                     [&](std::size_t twin) { return is_placed_[twin] == 0 && ranks_[twin] < rank; });
}

/// The buffers that may come next, the lowest first.
std::vector<std::size_t> RectanglePacker::candidates(Sections sections, Position last) const {
  std::vector<std::size_t> open = open_items(sections);
  std::int64_t lowest_end = std::numeric_limits<std::int64_t>::max();
  for (const std::size_t item : open) lowest_end = std::min(lowest_end, lowest_[item] + items_[item].bytes);
  const auto is_excluded = [&](std::size_t item) {
    const bool is_out_of_order = std::tuple(lowest_[item], ranks_[item]) < std::tuple(last.offset, last.rank);
    return is_out_of_order || lowest_[item] >= lowest_end || has_open_twin_before(items_[item], ranks_[item]);
  };
  open.erase(std::remove_if(open.begin(), open.end(), is_excluded), open.end());
  std::sort(open.begin(), open.end(), [&](std::size_t a, std::size_t b) {
    return std::tuple(lowest_[a], ranks_[a]) < std::tuple(lowest_[b], ranks_[b]);
  });
  return open;
}

bool RectanglePacker::place_next(Sections sections, Position last, WorkBudget& budget) {
  const std::vector<std::size_t> next = candidates(sections, last);
  budget.spend(static_cast<std::int64_t>(next.size()) + 1);
  for (const std::size_t item : next) {
    if (budget.is_spent()) return false;
    const std::size_t placed_count = placed_.size();
    const std::size_t change_count = changes_.size();
    place(item);
    const Position here{lowest_[item], ranks_[item]};
    if (fits(sections, here.offset, budget) && place_parts(sections, here, budget)) return true;
    undo(placed_count, change_count);
  }
  return false;
}

void RectanglePacker::place(std::size_t item) {
  is_placed_[item] = 1;
  placed_.push_back(item);
  const Item& placed = items_[item];
  for (std::size_t section = placed.first_section; section < placed.end_section; ++section) {
    unplaced_bytes_[section] -= placed.bytes;
  }
  const std::int64_t end = lowest_[item] + placed.bytes;
  for (const std::size_t other : placed.neighbours) {
    if (is_placed_[other] != 0 || lowest_[other] >= end) continue;
    changes_.push_back({other, lowest_[other]});
    const std::int64_t alignment = items_[other].alignment;
    lowest_[other] = (end + alignment - 1) / alignment * alignment;
  }
}

void RectanglePacker::undo(std::size_t placed_count, std::size_t change_count) {
  for (; changes_.size() > change_count; changes_.pop_back()) lowest_[changes_.back().item] = changes_.back().lowest;
  for (; placed_.size() > placed_count; placed_.pop_back()) {
    const Item& item = items_[placed_.back()];
    is_placed_[placed_.back()] = 0;
    for (std::size_t section = item.first_section; section < item.end_section; ++section) {
      unplaced_bytes_[section] += item.bytes;
    }
  }
}

}  // namespace pudu::planner
