// What `--target any` costs: the arena of the same program, planned for one ISA alone.
#pragma once

#include <vector>

#include "base/result.hpp"
#include "emitters/report/report.hpp"
#include "program/program.hpp"

namespace pudu::driver {

/// One entry per ISA, smallest first, for a program for any CPU; none for a program for one CPU, which costs nothing
/// more. Plans run layer by layer.
Result<std::vector<emitters::ReportIsaCost>> costs_by_isa(const program::Program& program);

}  // namespace pudu::driver
