// What a model for any CPU costs against the exact targets, as text.
#pragma once

#include <string>

#include "emitters/report/report.hpp"

namespace pudu::tools {

/// A line per ISA under a heading, indented, no newline at the end; empty for a model for one CPU.
std::string any_cost_table(const emitters::Report& report);

}  // namespace pudu::tools
