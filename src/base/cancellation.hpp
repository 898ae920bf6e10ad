// Ending a long piece of work from outside: Ctrl-C in Python, a window that is closed.
//
// Whoever starts the work on a thread makes a CancellationScope there; loops that may take long ask check_cancelled().
// Cancelled is thrown through all folders up to the one who made the scope. That is the one exception which crosses
// folders, as std::bad_alloc does: every function on its way would otherwise return an error that says nothing about
// its input. Nothing is thrown where no scope was made, so the command line knows nothing of this.
#pragma once

#include <atomic>

namespace pudu::base {

/// Thrown by check_cancelled() when the work is no longer wanted. Carries nothing: who cancelled it knows why.
struct Cancelled {};

/// While it lives, check_cancelled() on this thread looks at `requested`; then at what the thread looked at before.
/// parallel_for hands the flag on to its threads. The flag must outlive the scope.
class CancellationScope {
 public:
  explicit CancellationScope(const std::atomic<bool>* requested);
  ~CancellationScope();
  CancellationScope(const CancellationScope&) = delete;
  CancellationScope& operator=(const CancellationScope&) = delete;

 private:
  const std::atomic<bool>* previous_;
};

/// The flag of the innermost scope of this thread, or null.
const std::atomic<bool>* cancellation_flag();

/// Cheap enough for every turn of a loop whose body takes microseconds. Throws Cancelled.
void check_cancelled();

}  // namespace pudu::base
