// What the memory plan's peak consists of, and what would have to change for a smaller arena: only figures of the plan
// and of other plans that were really made.
#pragma once

#include <string>

#include "emitters/report/memory_picture.hpp"

namespace pudu::emitters {

/// A block of HTML for the view of this index.
std::string peak_story(const Report& report, const MemoryView& view, std::size_t index);

}  // namespace pudu::emitters
