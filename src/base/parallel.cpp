#include "base/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "base/cancellation.hpp"

namespace pudu::base {

namespace {

std::size_t worker_limit = 0;

}  // namespace

void set_worker_limit(std::size_t threads) {
  worker_limit = threads;
}

std::size_t worker_count(std::size_t count) {
  const std::size_t wanted = worker_limit != 0 ? worker_limit : std::thread::hardware_concurrency();
  return std::clamp<std::size_t>(wanted, 1, std::max<std::size_t>(count, 1));
}

void parallel_for(std::size_t count, const std::function<void(std::size_t)>& body) {
  std::atomic<std::size_t> next = 0;
  std::mutex mutex;
  std::exception_ptr failure;
  const std::atomic<bool>* const flag = cancellation_flag();
  const auto work = [&] {
    const CancellationScope scope(flag);
    try {
      for (std::size_t index = next++; index < count; index = next++) {
        check_cancelled();
        body(index);
      }
    } catch (...) {
      next = count;
      const std::lock_guard lock(mutex);
      if (!failure) failure = std::current_exception();
    }
  };
  std::vector<std::thread> threads;
  threads.reserve(worker_count(count));
  try {
    for (std::size_t i = 1; i < worker_count(count); ++i) threads.emplace_back(work);
  } catch (const std::system_error&) {
    // The system gives no more threads: those there are do all the work.
  }
  work();
  for (std::thread& thread : threads) thread.join();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace pudu::base
