// The report of a model as text: what `pudu analyze` prints.
#pragma once

#include <string>

#include "emitters/report/report.hpp"

namespace pudu::tools {

/// Target, parameters, MACs, weights, arena, transposes.
void print_report_summary(const emitters::Report& report);

/// How many calls run on CMSIS-NN, and which do not, a line for each kernel and reason; empty for built-in kernels.
/// Without a line end behind the last.
std::string cmsis_nn_table(const emitters::Report& report);

/// What remove_dead_channels has removed, in one line; empty where there was nothing.
std::string dead_channels_line(const emitters::Report& report);

/// A line per layer, after an empty one; the step with most live bytes is marked.
void print_layer_table(const emitters::Report& report);

}  // namespace pudu::tools
