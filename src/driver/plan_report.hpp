// The memory plans of a compiled model as the report shows them: the plan itself, the one to compare it with, and what
// other options would need.
#pragma once

#include <vector>

#include "base/result.hpp"
#include "driver/compile.hpp"
#include "emitters/report/report.hpp"

namespace pudu::driver {

/// make_report with the extents of the model's schedule, the plan without streaming where there is streaming, and
/// CompiledModel::alternatives. Internal when a plan to compare with fails.
Result<emitters::Report> report_of_plans(const CompiledModel& model);

/// The arenas of the memory plans that the options did not choose, each found by compiling the model again with it. A
/// plan that the model cannot have is left out.
std::vector<PlanAlternative> measure_alternatives(const CompileOptions& options, const CompiledModel& model);

}  // namespace pudu::driver
