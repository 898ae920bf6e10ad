// The lists of everything between reading a model and emitting it: the passes on graphs and the stages. One for float
// models, which Pudu quantizes, and a short one for models that are quantized already.
#pragma once

#include <optional>
#include <vector>

#include "base/progress.hpp"
#include "driver/compile.hpp"
#include "ir/graph.hpp"
#include "lowering/lowering.hpp"
#include "partial/split_channels.hpp"
#include "passes/pass.hpp"
#include "passes/remove_dead_channels.hpp"
#include "prepare/prepare.hpp"
#include "program/memory_map.hpp"
#include "quantizer/calibrate.hpp"
#include "quantizer/float_islands.hpp"
#include "quantizer/int16.hpp"
#include "quantizer/options.hpp"
#include "schedule/planning_work.hpp"
#include "schedule/reorder.hpp"

namespace pudu::driver {

/// What stages hand to each other and to the result, beside the graph and the program.
struct StageResults {
  quantizer::Ranges ranges;                       ///< by calibrate
  ir::Graph float_graph;                          ///< by quantize, which replaces it
  std::vector<quantizer::FloatPart> float_parts;  ///< by calibrate: nodes that stay float32
  std::optional<quantizer::Int16Choice> int16;    ///< by choose_int16
  passes::DeadChannelReport dead_channels;        ///< by remove_dead_channels
  schedule::Reordering reordering;                ///< by reorder
  /// By prepare: what it began with, for the .pte output; empty when it changed nothing.
  std::optional<program::Program> dialect_program;
  std::vector<prepare::Choice> choices;               ///< by prepare
  program::MemoryMap memory;                          ///< by plan
  lowering::ValuePlaces places;                       ///< by lower
  std::vector<partial::ChannelSplit> channel_splits;  ///< by plan
  schedule::PlanningWork planning_work;               ///< by plan
};

/// Every pass for a float graph, in the order in which they run. The passes keep references to `results` and
/// `progress`.
std::vector<passes::Pass> pass_list(const quantizer::QuantizerOptions& options, prepare::Optimize optimize,
                                    const PlanOptions& plan_options, StageResults& results,
                                    base::ProgressListener& progress);

/// The same for a float graph between quantize and dequantize nodes, as PT2E leaves it.
std::vector<passes::Pass> adopted_pass_list(const quantizer::QuantizerOptions& options, prepare::Optimize optimize,
                                            const PlanOptions& plan_options, StageResults& results);

/// The same for a graph that was quantized when it was read.
std::vector<passes::Pass> quantized_pass_list(const quantizer::QuantizerOptions& options, prepare::Optimize optimize,
                                              const PlanOptions& plan_options, StageResults& results);

}  // namespace pudu::driver
