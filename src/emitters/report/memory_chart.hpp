// The memory map as one SVG element: time across, address down, a box per buffer; live bytes per step below it.
#pragma once

#include <string>

#include "emitters/report/memory_timeline.hpp"
#include "emitters/report/report.hpp"

namespace pudu::emitters {

/// For HTML that carries report.css. A paragraph instead of a chart when nothing is in the arena.
std::string memory_chart(const Report& report, const MemoryTimeline& timeline);

}  // namespace pudu::emitters
