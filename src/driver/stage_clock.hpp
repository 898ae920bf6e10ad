// Times the stages of a compilation and tells the listener about them.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
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
    begin(name);
    const auto start = std::chrono::steady_clock::now();
    auto result = stage();
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
    end(name, elapsed.count());
    return result;
  }

  /// For stages that somebody else runs and times.
  void begin(std::string_view name) { progress_.begin(name); }
  void end(std::string_view name, double seconds) {
    progress_.end();
    stages_.push_back({std::string(name), seconds, peak_memory_bytes()});
  }

 private:
  std::vector<StageTime>& stages_;
  base::ProgressListener& progress_;
};

}  // namespace pudu::driver
