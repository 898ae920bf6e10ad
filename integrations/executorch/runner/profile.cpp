#include "runner/profile.hpp"

namespace pudu::executorch_runner {

using executorch::runtime::EventTracerEntry;

EventTracerEntry Profiler::start_profiling(const char* name, executorch::runtime::ChainID chain_id,
                                           executorch::runtime::DebugHandle debug_handle) {
  const EventTracerEntry entry = ETDumpGen::start_profiling(name, chain_id, debug_handle);
  open_.push_back({name, std::chrono::steady_clock::now()});
  return entry;
}

void Profiler::end_profiling(EventTracerEntry entry) {
  ETDumpGen::end_profiling(entry);
  if (open_.empty()) return;
  const OpenEvent event = open_.back();
  open_.pop_back();
  // Operators are named after their namespace; the rest are events of the runtime itself.
  const std::string stock_prefix = "native_call_";
  const bool is_stock = event.name.rfind(stock_prefix, 0) == 0;
  if (!is_stock && event.name.rfind("cortex_m::", 0) != 0 && event.name.rfind("dim_order_ops::", 0) != 0) return;
  const std::string name = is_stock ? event.name.substr(stock_prefix.size()) : event.name;
  OperatorTime& time = times_[{entry.debug_handle, name}];
  time.instruction = entry.debug_handle;
  time.name = name;
  ++time.calls;
  time.nanoseconds += static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now() - event.start).count());
}

std::vector<OperatorTime> Profiler::operator_times() const {
  std::vector<OperatorTime> times;
  for (const auto& [key, time] : times_) times.push_back(time);
  return times;
}

}  // namespace pudu::executorch_runner
