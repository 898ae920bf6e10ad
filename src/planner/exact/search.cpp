#include "planner/exact/search.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "planner/exact/rectangles.hpp"
#include "planner/exact/shapes.hpp"
#include "planner/strategies/strategies.hpp"

namespace pudu::planner {
namespace {

constexpr std::array preferences = {Preference::LargeArea, Preference::LongLived, Preference::Crowded};

/// The first round gives a question this part of the budget, each further round `growth` times as much.
constexpr std::int64_t first_share = 1000;
constexpr std::int64_t growth = 4;

/// What is_too_small() looks at, and how long at a time.
constexpr std::size_t deciding_buffers = 24;
constexpr std::int64_t deciding_work = 1'000'000;

enum class Answer : std::uint8_t { Found, NoneExists, Unknown };

/// `Packer` is RectanglePacker or ShapePacker.
template <class Packer>
class Search {
 public:
  Search(const Placer& placer, ArenaBounds known, WorkBudget& budget)
      : placer_(placer), packer_(placer), grain_(grain_bytes(placer.problem())), budget_(budget), result_{known, {}} {}

  SearchResult run() {
    std::int64_t work = std::max<std::int64_t>(budget_.left() / first_share, 1);
    for (; !is_done(); work *= growth) run_round(work);
    return std::move(result_);
  }

 private:
  bool is_done() const { return result_.bounds.lower_bytes >= result_.bounds.best_bytes || budget_.is_spent(); }

  /// Bisects between the bounds; what this round's work does not answer counts as too small, for this round.
  void run_round(std::int64_t work) {
    std::size_t floor = result_.bounds.lower_bytes;
    std::size_t capacity = floor;  // often the lower bound is reached
    while (!is_done() && floor < result_.bounds.best_bytes) {
      const Answer answer = ask(capacity, work);
      if (answer == Answer::NoneExists) result_.bounds.lower_bytes = capacity + grain_;
      if (answer != Answer::Found) floor = capacity + grain_;
      if (floor >= result_.bounds.best_bytes) break;
      capacity = floor + (result_.bounds.best_bytes - grain_ - floor) / 2 / grain_ * grain_;
    }
  }

  Answer ask(std::size_t capacity, std::int64_t work) {
    for (const Preference preference : preferences) {
      WorkBudget share(std::min(work, budget_.left()));
      auto offsets = packer_.pack(capacity, preference, share);
      const bool is_cut_off = !offsets && share.is_spent();
      budget_.spend(std::min(work, budget_.left()) - share.left());
      if (offsets) {
        result_.bounds.best_bytes = placer_.arena_bytes(*offsets);
        result_.offsets = std::move(offsets);
        return Answer::Found;
      }
      if (!is_cut_off) return Answer::NoneExists;
    }
    return Answer::Unknown;
  }

  const Placer& placer_;
  Packer packer_;
  std::size_t grain_;
  WorkBudget& budget_;
  SearchResult result_;
};

}  // namespace

bool is_too_small(const Placer& placer, std::size_t capacity, std::int64_t& work) {
  std::vector<std::size_t> largest = order_by_area(placer.problem());
  largest.resize(std::min(largest.size(), deciding_buffers));
  std::sort(largest.begin(), largest.end());
  ShapePacker packer(placer, largest);
  for (const Preference preference : {Preference::LargeArea, Preference::Crowded}) {
    WorkBudget budget(deciding_work);
    const bool is_packed = packer.pack(capacity, preference, budget).has_value();
    work += deciding_work - budget.left();
    if (is_packed) return false;
    if (!budget.is_spent()) return true;
  }
  return false;
}

SearchResult search_rectangles(const Placer& placer, ArenaBounds known, WorkBudget& budget) {
  return Search<RectanglePacker>(placer, known, budget).run();
}

SearchResult search_shapes(const Placer& placer, ArenaBounds known, WorkBudget& budget) {
  return Search<ShapePacker>(placer, known, budget).run();
}

}  // namespace pudu::planner
