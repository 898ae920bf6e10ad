#include "base/parallel.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <new>
#include <thread>
#include <vector>

namespace pudu::base {
namespace {

/// More threads than cores while it lives, so that pieces run beside each other on any machine.
class FourWorkers : public ::testing::Test {
 protected:
  FourWorkers() { set_worker_limit(4); }
  ~FourWorkers() override { set_worker_limit(0); }
};

using ParallelFor = FourWorkers;

TEST_F(ParallelFor, RunsEveryPieceOnce) {
  std::vector<std::atomic<int>> runs(1000);
  parallel_for(runs.size(), [&](std::size_t i) { ++runs[i]; });
  for (const std::atomic<int>& count : runs) EXPECT_EQ(count, 1);
}

TEST_F(ParallelFor, ThrowsOnTheCallersThreadWhatAnyPieceThrew) {
  for (std::size_t failing = 0; failing < 16; ++failing) {
    EXPECT_THROW(parallel_for(16,
                              [&](std::size_t i) {
                                if (i == failing) throw std::bad_alloc();
                              }),
                 std::bad_alloc);
  }
}

TEST_F(ParallelFor, AFailureEndsTheOtherThreads) {
  constexpr std::size_t count = 5000;
  std::atomic<std::size_t> ended = 0;
  EXPECT_THROW(parallel_for(count,
                            [&](std::size_t i) {
                              if (i == 0) throw std::bad_alloc();
                              std::this_thread::sleep_for(std::chrono::milliseconds(1));
                              ++ended;
                            }),
               std::bad_alloc);
  EXPECT_LT(ended, count - 1);
}

}  // namespace
}  // namespace pudu::base
