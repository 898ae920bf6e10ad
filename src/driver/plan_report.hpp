// The memory plans of a compiled model as the report shows them: the plan itself, the one to compare it with, and what
// other options would need.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "driver/compile.hpp"
#include "emitters/report/report.hpp"

namespace pudu::driver {

/// make_report with the extents of the model's schedule, the plan without streaming where there is streaming, and
/// CompiledModel::alternatives. Internal when a plan to compare with fails.
Result<emitters::Report> report_of_plans(const CompiledModel& model);

/// Name of the layer that computes at the step with most live bytes; of rows that move, or where there are no layers,
/// what stands there in the report.
std::string peak_layer(const program::Program& program, const program::MemoryMap& memory);

/// The arenas of the memory plans that the options did not choose, each found by compiling the model again with it, and
/// of images whose channels come last, where a transpose puts them there. A plan that the model cannot have, or that is
/// not smaller, is left out.
std::vector<PlanAlternative> measure_alternatives(const CompileOptions& options, const CompiledModel& model);

}  // namespace pudu::driver
