// The tables of report.html. Each returns a whole <section> or, where it has nothing to show, an empty text.
#pragma once

#include <string>

#include "emitters/report/memory_picture.hpp"
#include "emitters/report/report.hpp"

namespace pudu::emitters {

/// One row per layer, in order of execution; measured columns only when something was measured.
std::string layer_section(const Report& report, const MemoryView& view);
/// The layers summed up by operator, the one with most work first.
std::string operator_section(const Report& report);
/// What a model for any CPU costs against one compiled for one ISA; empty for a model for one CPU.
std::string any_cost_section(const Report& report);
/// The memories that the model is divided among; empty for a model with one of each.
std::string region_section(const Report& report);
std::string io_section(const Report& report);
/// The memory map as a table, folded up.
std::string buffer_section(const Report& report);
std::string stage_section(const Report& report);

}  // namespace pudu::emitters
