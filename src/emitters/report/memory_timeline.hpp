// The memory map of a Report over time: what lives at each step, where the peak is, and what lies unused there.
#pragma once

#include <cstddef>
#include <vector>

#include "emitters/report/report.hpp"

namespace pudu::emitters {

/// Addresses [begin, end) of the arena.
struct AddressRange {
  std::size_t begin = 0;
  std::size_t end = 0;
};

struct MemoryTimeline {
  std::vector<std::size_t> live_bytes;    ///< by step; at least one step
  std::vector<std::size_t> live_buffers;  ///< by step
  std::size_t peak_step = 0;              ///< the first step with most live bytes
  std::vector<AddressRange> peak_gaps;    ///< unused at the peak step; together the fragmentation

  std::size_t steps() const { return live_bytes.size(); }
  std::size_t peak_bytes() const { return live_bytes[peak_step]; }
};

/// Buffers that reach beyond the steps of the report are cut there.
MemoryTimeline make_timeline(const Report& report);

/// Bytes of the arena that hold nothing at the peak.
std::size_t fragmentation_bytes(const Report& report, const MemoryTimeline& timeline);

/// "features_3_expand", or "start" for a program without layers.
std::string step_name(const Report& report, std::size_t step);

}  // namespace pudu::emitters
