// The report of a model as text: what `pudu analyze` prints.
#pragma once

#include <string>

#include "driver/compile.hpp"
#include "emitters/report/report.hpp"
#include "partial/split_channels.hpp"
#include "schedule/reorder.hpp"

namespace pudu::tools {

/// Target, parameters, MACs, weights, arena, transposes.
void print_report_summary(const emitters::Report& report);

/// How many calls run on CMSIS-NN, and which do not, a line for each kernel and reason; empty for built-in kernels.
/// Without a line end behind the last.
std::string cmsis_nn_table(const emitters::Report& report);

/// What remove_dead_channels has removed, in one line; empty where there was nothing.
std::string dead_channels_line(const emitters::Report& report);

/// "lower bound 1,024", and by how much the arena is above it, if it is.
std::string lower_bound_text(const emitters::Report& report);

/// What another order of the calls has won, in one line; empty where the order is the file's.
std::string call_order_line(const schedule::Reordering& reordering);

/// Layers that run part of their channels at a time, a line each, without a line end behind the last; empty where there
/// are none.
std::string channel_splits_lines(const std::vector<partial::ChannelSplit>& splits);

/// Of a model with a dynamic batch that nobody has chosen, where the one that it was exported with is not 1; empty for
/// all others. Reads the model again.
std::string batch_line(const driver::CompileOptions& options, const emitters::Report& report);

/// A line per layer, after an empty one; the step with most live bytes is marked.
void print_layer_table(const emitters::Report& report);

}  // namespace pudu::tools
