#include "base/parallel.hpp"

#include <algorithm>
#include <atomic>
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
  std::atomic<bool> is_cancelled = false;
  const std::atomic<bool>* const flag = cancellation_flag();
  const auto work = [&] {
    const CancellationScope scope(flag);
    try {
      for (std::size_t index = next++; index < count; index = next++) {
        check_cancelled();
        body(index);
      }
    } catch (const Cancelled&) {
      is_cancelled = true;
    }
  };
  std::vector<std::thread> threads;
  for (std::size_t i = 1; i < worker_count(count); ++i) threads.emplace_back(work);
  work();
  for (std::thread& thread : threads) thread.join();
  if (is_cancelled) throw Cancelled();
}

}  // namespace pudu::base
