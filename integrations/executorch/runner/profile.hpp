// Times of the operators of a run: ExecuTorch's own profile (ETDump), and the same events summed up per instruction.
#pragma once

#include <executorch/devtools/etdump/etdump_flatcc.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace pudu::executorch_runner {

struct OperatorTime {
  std::uint32_t instruction = 0;
  std::string name;  ///< "cortex_m::quantized_conv2d.out"
  std::uint64_t calls = 0;
  std::uint64_t nanoseconds = 0;  ///< of all calls
};

/// An ETDump generator that also keeps the time of each operator.
class Profiler final : public executorch::etdump::ETDumpGen {
 public:
  executorch::runtime::EventTracerEntry start_profiling(const char* name, executorch::runtime::ChainID chain_id,
                                                        executorch::runtime::DebugHandle debug_handle) override;
  void end_profiling(executorch::runtime::EventTracerEntry entry) override;

  /// By instruction.
  std::vector<OperatorTime> operator_times() const;

 private:
  struct OpenEvent {
    std::string name;
    std::chrono::steady_clock::time_point start;
  };
  std::vector<OpenEvent> open_;  ///< events nest
  std::map<std::pair<std::uint32_t, std::string>, OperatorTime> times_;
};

}  // namespace pudu::executorch_runner
