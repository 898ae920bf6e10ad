// Times the stages of a compilation and tells the listener about them.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/progress.hpp"
#include "driver/compile.hpp"

namespace pudu::driver {

/// Largest resident memory of the process so far.
std::size_t peak_memory_bytes();

class StageClock {
 public:
  StageClock(std::vector<StageTime>& stages, base::ProgressListener& progress) : stages_(stages), progress_(progress) {}

  /// Runs one stage; its result passes through.
  template <class Stage>
  auto run(const std::string& name, Stage stage) {
    progress_.begin(name);
    const auto start = std::chrono::steady_clock::now();
    auto result = stage();
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
    progress_.end();
    stages_.push_back({name, elapsed.count(), peak_memory_bytes()});
    return result;
  }

 private:
  std::vector<StageTime>& stages_;
  base::ProgressListener& progress_;
};

}  // namespace pudu::driver
