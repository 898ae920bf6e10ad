#include "base/cancellation.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "base/parallel.hpp"
#include "base/subprocess.hpp"

namespace pudu::base {
namespace {

TEST(Cancellation, NothingIsThrownWithoutAScope) {
  EXPECT_NO_THROW(check_cancelled());
}

TEST(Cancellation, AScopeEndsWithItsBlock) {
  const std::atomic<bool> requested = true;
  {
    const CancellationScope scope(&requested);
    EXPECT_THROW(check_cancelled(), Cancelled);
    const std::atomic<bool> wanted = false;
    const CancellationScope inner(&wanted);
    EXPECT_NO_THROW(check_cancelled());
  }
  EXPECT_NO_THROW(check_cancelled());
}

TEST(Cancellation, EveryThreadOfAParallelForStops) {
  std::atomic<bool> requested = false;
  std::atomic<std::size_t> pieces = 0;
  const CancellationScope scope(&requested);
  set_worker_limit(4);
  EXPECT_THROW(parallel_for(100000,
                            [&](std::size_t) {
                              if (++pieces == 10) requested = true;
                            }),
               Cancelled);
  set_worker_limit(0);
  EXPECT_LT(pieces, 100000U);
}

TEST(Cancellation, ParallelForHandsTheFlagToItsThreads) {
  std::atomic<bool> requested = false;
  const CancellationScope scope(&requested);
  std::atomic<std::size_t> without_flag = 0;
  set_worker_limit(4);
  parallel_for(64, [&](std::size_t) {
    if (cancellation_flag() != &requested) ++without_flag;
  });
  set_worker_limit(0);
  EXPECT_EQ(without_flag, 0U);
}

TEST(Cancellation, AnotherProgramIsEnded) {
  std::atomic<bool> requested = false;
  const CancellationScope scope(&requested);
  std::thread other([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    requested = true;
  });
  const auto start = std::chrono::steady_clock::now();
  EXPECT_THROW((void)run_process({"sleep", "60"}), Cancelled);
  other.join();
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
}

}  // namespace
}  // namespace pudu::base
