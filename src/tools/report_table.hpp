// The report of a model as text: what `pudu analyze` prints.
#pragma once

#include "emitters/report/report.hpp"

namespace pudu::tools {

/// Target, parameters, MACs, weights, arena, transposes.
void print_report_summary(const emitters::Report& report);

/// A line per layer, after an empty one; the step with most live bytes is marked.
void print_layer_table(const emitters::Report& report);

}  // namespace pudu::tools
