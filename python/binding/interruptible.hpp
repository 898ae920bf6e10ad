// Long work on behalf of Python: it runs on a thread of its own without the interpreter's lock, while the calling
// thread hands progress to a Python callable and looks for Ctrl-C. What a callback raises, or a signal handler, ends
// the work (base/cancellation.hpp) and is raised again when the thread has stopped.
#pragma once

#include <nanobind/nanobind.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <new>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "base/cancellation.hpp"
#include "base/progress.hpp"
#include "base/result.hpp"

namespace pudu::python {

/// One call of the Python callable: stage, units done, units in all. 0 of 0: the stage begins.
struct ProgressEvent {
  std::string stage;
  std::size_t done = 0;
  std::size_t total = 0;
};

/// Events from the working thread to the one that holds the interpreter. Of several advances that wait, the last
/// counts.
class ProgressQueue final : public base::ProgressListener {
 public:
  void begin(std::string_view stage) override;
  void advance(std::size_t done, std::size_t total) override;
  void end() override;

  /// The work has ended; nothing follows.
  void finish();
  /// Waits until something is there or `time` is over, and takes it. Returns whether the work goes on.
  bool wait(std::chrono::milliseconds time, std::deque<ProgressEvent>& events);

 private:
  void push(std::size_t done, std::size_t total);  // the mutex is held

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<ProgressEvent> events_;
  std::string stage_;
  std::size_t total_ = 0;
  bool is_finished_ = false;
};

/// Calls `callback` for each event and looks for signals until the work has ended. Returns false, with Python's error
/// set, when one of them raised; `is_cancelled` is set then. The interpreter's lock is held by the caller.
bool attend(nanobind::handle callback, ProgressQueue& queue, std::atomic<bool>& is_cancelled);

/// What escapes is a defect of Pudu, but for a lack of memory: the words of the command line.
Error error_of(const std::exception& exception);

/// Runs work(base::ProgressListener&) -> Result<T>. `callback` is None or callable(stage, done, total). Throws
/// nanobind::python_error for KeyboardInterrupt and what the callback raises.
template <class Work>
auto run_interruptible(nanobind::handle callback, Work work)
    -> decltype(work(std::declval<base::ProgressListener&>())) {
  using Outcome = decltype(work(std::declval<base::ProgressListener&>()));
  ProgressQueue queue;
  std::atomic<bool> is_cancelled = false;
  std::optional<Outcome> outcome;
  std::thread thread([&] {
    const base::CancellationScope scope(&is_cancelled);
    try {
      outcome.emplace(work(static_cast<base::ProgressListener&>(queue)));
    } catch (const base::Cancelled&) {
      outcome.reset();
    } catch (const std::exception& exception) {
      outcome.emplace(error_of(exception));
    }
    queue.finish();
  });
  bool is_wanted = false;
  try {
    is_wanted = attend(callback, queue, is_cancelled);
  } catch (...) {
    is_cancelled = true;
    thread.join();
    throw;
  }
  {
    const nanobind::gil_scoped_release unlocked;
    thread.join();
  }
  if (!is_wanted) throw nanobind::python_error();
  return std::move(*outcome);
}

}  // namespace pudu::python
