// The memory map of report.html: the data that memory_chart.js draws, as compact JSON, and the HTML around it.
#pragma once

#include <string>

#include "emitters/report/memory_timeline.hpp"
#include "emitters/report/report.hpp"

namespace pudu::emitters {

/// One memory plan, as a reader chooses it above the picture.
struct MemoryView {
  std::string label;
  PlanView plan;
  MemoryTimeline timeline;
};

/// The plan of the compiled model first, then the one to compare it with, if there is one.
std::vector<MemoryView> memory_views(const Report& report);

/// For HTML that carries report.css, report.js, memory_chart.js and memory_map.js. A paragraph when nothing is in the
/// arena.
std::string memory_section(const Report& report, const std::vector<MemoryView>& views);

}  // namespace pudu::emitters
