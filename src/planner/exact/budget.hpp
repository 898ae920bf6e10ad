// How much a search may do. It counts work, not time, so that a plan is the same on every machine and every day.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/cancellation.hpp"

namespace pudu::planner {

/// Elementary steps of a search (one buffer looked at) in a second of an ordinary desktop computer, rather too few than
/// too many.
inline constexpr std::int64_t work_per_second = 100'000'000;

class WorkBudget {
 public:
  explicit WorkBudget(std::int64_t work) : left_(work) {}

  void spend(std::int64_t work) {
    base::check_cancelled();
    left_ -= work;
  }
  bool is_spent() const { return left_ <= 0; }
  std::int64_t left() const { return left_ > 0 ? left_ : 0; }

 private:
  std::int64_t left_;
};

inline WorkBudget work_of(double seconds) {
  constexpr double most_seconds = 86400;
  return WorkBudget(static_cast<std::int64_t>(std::clamp(seconds, 0.0, most_seconds) * work_per_second));
}

}  // namespace pudu::planner
