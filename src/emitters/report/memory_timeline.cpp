#include "emitters/report/memory_timeline.hpp"

#include <algorithm>

namespace pudu::emitters {
namespace {

std::vector<AddressRange> find_gaps(const Report& report, std::size_t step) {
  std::vector<AddressRange> taken;
  for (const ReportBuffer& buffer : report.buffers) {
    if (buffer.begin_step <= static_cast<int>(step) && static_cast<int>(step) < buffer.end_step) {
      taken.push_back({buffer.offset, buffer.offset + buffer.bytes});
    }
  }
  taken.push_back({report.arena_bytes, report.arena_bytes});
  std::sort(taken.begin(), taken.end(), [](const auto& a, const auto& b) { return a.begin < b.begin; });
  std::vector<AddressRange> gaps;
  std::size_t address = 0;
  for (const AddressRange& range : taken) {
    if (address < range.begin) gaps.push_back({address, range.begin});
    address = std::max(address, range.end);
  }
  return gaps;
}

}  // namespace

MemoryTimeline make_timeline(const Report& report) {
  const std::size_t steps = std::max<std::size_t>(1, report.layers.size());
  MemoryTimeline timeline;
  timeline.live_bytes.resize(steps);
  timeline.live_buffers.resize(steps);
  for (const ReportBuffer& buffer : report.buffers) {
    const auto begin = static_cast<std::size_t>(std::max(0, buffer.begin_step));
    const auto end = std::min(steps, static_cast<std::size_t>(std::max(0, buffer.end_step)));
    for (std::size_t step = begin; step < end; ++step) {
      timeline.live_bytes[step] += buffer.bytes;
      ++timeline.live_buffers[step];
    }
  }
  const auto peak = std::max_element(timeline.live_bytes.begin(), timeline.live_bytes.end());
  timeline.peak_step = static_cast<std::size_t>(peak - timeline.live_bytes.begin());
  timeline.peak_gaps = find_gaps(report, timeline.peak_step);
  return timeline;
}

std::size_t fragmentation_bytes(const Report& report, const MemoryTimeline& timeline) {
  return report.arena_bytes - std::min(report.arena_bytes, timeline.peak_bytes());
}

std::string step_name(const Report& report, std::size_t step) {
  return step < report.layers.size() ? report.layers[step].name : "start";
}

}  // namespace pudu::emitters
