#include "interruptible.hpp"

#include <nanobind/stl/string.h>

namespace pudu::python {
namespace {

namespace nb = nanobind;

/// How long Ctrl-C may go unnoticed.
constexpr std::chrono::milliseconds signal_interval(50);

bool call(nb::handle callback, const ProgressEvent& event) {
  if (callback.is_none()) return true;
  try {
    callback(event.stage, event.done, event.total);
    return true;
  } catch (nb::python_error& error) {
    error.restore();
    return false;
  }
}

}  // namespace

void ProgressQueue::begin(std::string_view stage) {
  const std::lock_guard lock(mutex_);
  stage_ = stage;
  total_ = 0;
  events_.push_back({stage_, 0, 0});
  changed_.notify_one();
}

void ProgressQueue::advance(std::size_t done, std::size_t total) {
  const std::lock_guard lock(mutex_);
  push(done, total);
}

void ProgressQueue::end() {
  const std::lock_guard lock(mutex_);
  const std::size_t total = total_ == 0 ? 1 : total_;
  push(total, total);
}

void ProgressQueue::push(std::size_t done, std::size_t total) {
  total_ = total;
  if (!events_.empty() && events_.back().stage == stage_ && events_.back().total == total) events_.pop_back();
  events_.push_back({stage_, done, total});
  changed_.notify_one();
}

void ProgressQueue::finish() {
  const std::lock_guard lock(mutex_);
  is_finished_ = true;
  changed_.notify_one();
}

bool ProgressQueue::wait(std::chrono::milliseconds time, std::deque<ProgressEvent>& events) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, time, [this] { return is_finished_ || !events_.empty(); });
  events.swap(events_);
  return !is_finished_;
}

bool attend(nb::handle callback, ProgressQueue& queue, std::atomic<bool>& is_cancelled) {
  for (bool goes_on = true; goes_on;) {
    std::deque<ProgressEvent> events;
    {
      const nb::gil_scoped_release unlocked;
      goes_on = queue.wait(signal_interval, events);
    }
    bool is_wanted = PyErr_CheckSignals() == 0;
    for (std::size_t i = 0; is_wanted && i < events.size(); ++i) is_wanted = call(callback, events[i]);
    if (is_wanted) continue;
    is_cancelled = true;
    return false;
  }
  return true;
}

Error error_of(const std::exception& exception) {
  if (dynamic_cast<const std::bad_alloc*>(&exception) != nullptr) {
    return internal_error({.found = "out of memory", .hint = "free memory, or use a machine with more"});
  }
  return internal_error({.found = std::string("internal error: ") + exception.what()});
}

}  // namespace pudu::python
