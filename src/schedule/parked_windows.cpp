#include "schedule/parked_windows.hpp"

#include <algorithm>
#include <span>
#include <utility>

namespace pudu::schedule {
namespace {

/// By tensor: its rows wait as soon as no more of them are needed than wait for the next rows later on.
std::vector<std::vector<Filling>> fillings_of(const RegionTrace& trace) {
  std::vector<std::vector<Filling>> fillings(trace.tensors.size());
  std::vector<std::int32_t> most_waiting(trace.tensors.size(), 0);
  for (std::size_t i = 0; i < trace.events.size(); ++i) {
    const RegionEvent& event = trace.events[i];
    if (!trace.tensors[event.tensor].is_window) continue;
    const std::int32_t waiting = event.rows.begin - event.needed_from;
    std::vector<Filling>& of = fillings[event.tensor];
    if (!event.call && !of.empty() && of.back().end == i) {
      // Rows that are fed one after the other; behind rows that nobody needs they come where these were.
      const bool is_next = event.needed_from == of.back().needed_from;
      of.back().left = is_next ? event.rows.end - event.needed_from : waiting, of.back().left_from = event.needed_from;
      if (is_next) {
        of.back().end = i + 1;
        continue;
      }
    }
    most_waiting[event.tensor] = std::max(most_waiting[event.tensor], waiting);
    of.push_back({i, i + 1, waiting, event.needed_from, event.rows.end - event.needed_from, event.needed_from});
  }
  std::vector<std::size_t> current(trace.tensors.size(), 0);
  for (const Release& release : trace.releases) {
    std::vector<Filling>& of = fillings[release.tensor];
    std::size_t& at = current[release.tensor];
    while (at + 1 < of.size() && of[at + 1].begin < release.event) ++at;
    if (of.empty()) continue;
    const std::int32_t written = of[at].left_from + of[at].left;
    const std::int32_t left = std::max(0, written - release.needed_from);
    if (of[at].left <= most_waiting[release.tensor] && release.event > of[at].end) {
      // They are moved for being read, too, so that what lies over the place where they waited may stay there.
      of.insert(of.begin() + static_cast<std::ptrdiff_t>(at) + 1,
                {release.event, release.event + 1, of[at].left, of[at].left_from, left, written - left});
      ++at;
      continue;
    }
    of[at].end = release.event + 1;
    of[at].left = left;
    of[at].left_from = written - left;
  }
  return fillings;
}

struct Candidate {
  std::size_t tensor = 0;
  std::span<const Filling> fillings;
  std::int32_t waiting_rows = 0;

  std::size_t waiting_bytes(const RegionTrace& trace) const {
    return aligned(static_cast<std::size_t>(waiting_rows) * trace.tensors[tensor].row_bytes);
  }
};

/// Are both filled at the same time?
bool meet(const Candidate& a, const Candidate& b) {
  std::size_t i = 0, k = 0;
  while (i < a.fillings.size() && k < b.fillings.size()) {
    if (a.fillings[i].begin < b.fillings[k].end && b.fillings[k].begin < a.fillings[i].end) return true;
    if (a.fillings[i].end <= b.fillings[k].end) {
      ++i;
    } else {
      ++k;
    }
  }
  return false;
}

std::vector<Candidate> candidates_of(const RegionTrace& trace) {
  std::vector<Candidate> candidates;
  for (std::size_t i = 0; i < trace.tensors.size(); ++i) {
    const RegionTensor& tensor = trace.tensors[i];
    if (!tensor.is_window || tensor.begins_anew) continue;
    Candidate candidate{i, trace.fillings[i], 0};
    for (const Filling& filling : candidate.fillings) {
      candidate.waiting_rows = std::max({candidate.waiting_rows, filling.waiting, filling.left});
    }
    if (candidate.waiting_rows < tensor.window_rows) candidates.push_back(candidate);
  }
  return candidates;
}

using Group = std::vector<const Candidate*>;

/// Groups of which no two are filled at the same time.
std::vector<Group> groups_of(const RegionTrace& trace, const std::vector<Candidate>& candidates) {
  std::vector<Group> groups, alone;
  for (const Candidate& candidate : candidates) {
    // Windows that are fed are small: a place of their own costs less than one among others.
    if (trace.tensors[candidate.tensor].is_input) {
      alone.push_back({&candidate});
      continue;
    }
    const auto group = std::find_if(groups.begin(), groups.end(), [&](const Group& each) {
      return std::none_of(each.begin(), each.end(), [&](const Candidate* other) { return meet(*other, candidate); });
    });
    (group != groups.end() ? *group : groups.emplace_back()).push_back(&candidate);
  }
  groups.insert(groups.end(), alone.begin(), alone.end());
  return groups;
}

void park(RegionTrace& trace, Group group) {
  // The one of which most waits is filled where it waits.
  std::stable_sort(group.begin(), group.end(), [&](const Candidate* a, const Candidate* b) {
    return a->waiting_bytes(trace) < b->waiting_bytes(trace);
  });
  std::size_t filled_at = 0;
  for (const Candidate* candidate : group) filled_at += candidate->waiting_bytes(trace);
  std::size_t waits_at = 0;
  for (const Candidate* candidate : group) {
    RegionTensor& tensor = trace.tensors[candidate->tensor];
    const std::size_t distance = candidate == group.back() ? 0 : filled_at - waits_at;
    tensor.waiting_rows = candidate->waiting_rows;
    tensor.filled_slot = static_cast<std::int32_t>((distance + tensor.row_bytes - 1) / tensor.row_bytes);
    waits_at += candidate->waiting_bytes(trace);
  }
}

}  // namespace

void park_windows(RegionTrace& trace) {
  trace.fillings = fillings_of(trace);
  const std::vector<Candidate> candidates = candidates_of(trace);
  for (Group& group : groups_of(trace, candidates)) park(trace, std::move(group));
}

}  // namespace pudu::schedule
