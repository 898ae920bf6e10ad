#include "base/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

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
  const auto work = [&] {
    for (std::size_t index = next++; index < count; index = next++) body(index);
  };
  std::vector<std::thread> threads;
  for (std::size_t i = 1; i < worker_count(count); ++i) threads.emplace_back(work);
  work();
  for (std::thread& thread : threads) thread.join();
}

}  // namespace pudu::base
