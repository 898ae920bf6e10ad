// compile(): the one function that wires the stages, from a model file to a Program with a memory map.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/progress.hpp"
#include "base/result.hpp"
#include "driver/samples.hpp"
#include "driver/tensor_stream.hpp"
#include "ir/graph.hpp"
#include "lowering/lowering.hpp"
#include "partial/split_channels.hpp"
#include "passes/pass.hpp"
#include "passes/remove_dead_channels.hpp"
#include "planner/plan.hpp"
#include "prepare/prepare.hpp"
#include "program/memory_map.hpp"
#include "program/program.hpp"
#include "quantizer/calibrate.hpp"
#include "quantizer/float_islands.hpp"
#include "quantizer/int16.hpp"
#include "quantizer/options.hpp"
#include "schedule/planning_work.hpp"
#include "schedule/reorder.hpp"
#include "targets/memory_regions.hpp"
#include "targets/target.hpp"

namespace pudu::driver {

/// How the caller passes images: as PyTorch has them, or with channels innermost (no transpose on the device).
enum class InputLayout : std::uint8_t { AsExported, Nchw, Nhwc };

/// Whether calls run one after the other, or take turns row by row, which needs less memory and a little more time.
enum class MemoryMode : std::uint8_t {
  Layerwise,
  Streamed,
  Auto,  ///< layerwise where that fits the RAM, or none is given
};

/// How the C++ takes its inputs: as a whole, or row by row while it runs.
enum class Feed : std::uint8_t { Whole, Rows };

/// How the memory of a program is planned.
struct PlanOptions {
  double seconds = planner::default_plan_seconds;  ///< for the exact search, at most
  MemoryMode memory = MemoryMode::Auto;
  Feed feed = Feed::Whole;
  std::optional<std::size_t> ram_bytes = {};  ///< for arena and states: what a streamed plan is made to fit
};

struct CompileOptions {
  std::filesystem::path model;
  /// One .npz or one .npy per input; empty = synthetic data, for analysis only: sizes are right, accuracy is not.
  std::vector<std::filesystem::path> calibration;
  targets::TargetConfig target;
  quantizer::QuantizerOptions quantizer;
  prepare::Optimize optimize = prepare::Optimize::Balanced;
  InputLayout input_layout = InputLayout::AsExported;
  std::optional<std::int64_t> batch;                   ///< for models with a dynamic batch
  std::vector<std::string> disabled_passes;            ///< of pass_list.hpp, by name
  std::optional<std::filesystem::path> intermediates;  ///< folder for the text after every pass
  PlanOptions plan;
  std::optional<std::size_t> ram_bytes;    ///< fail when the arena is larger
  std::optional<std::size_t> flash_bytes;  ///< fail when the constants are larger
  /// Memories to divide arena and constants among; empty: one of each.
  std::vector<targets::MemoryRegion> memories = {};
};

/// Reading, a pass, or emitting.
struct StageTime {
  std::string name;
  double seconds = 0;
  std::size_t peak_memory_bytes = 0;  ///< of the process, up to the end of the stage
};

/// What another choice of options needs, found by planning it.
struct PlanAlternative {
  std::string option;  ///< as it is given on the command line
  std::size_t arena_bytes = 0;
};

struct CompiledModel {
  program::Program program;
  program::MemoryMap memory;
  std::vector<StageTime> stages;
  std::vector<quantizer::FloatPart> float_parts = {};      ///< nodes that stay float32, with the reason
  std::optional<quantizer::Int16Choice> int16 = {};        ///< values that were chosen to be int16
  passes::DeadChannelReport dead_channels = {};            ///< what remove_dead_channels found
  schedule::Reordering reordering = {};                    ///< what another order of the calls has won
  std::vector<partial::ChannelSplit> channel_splits = {};  ///< layers that run part of their channels at a time
  schedule::PlanningWork planning_work = {};               ///< of the search for plans by rows
  std::string model_file;                                  ///< name of the model's file, without its folder
  std::set<program::BufferId> channels_last_inputs = {};   ///< image inputs whose port has NHWC sizes
  /// The program in the dialect's layout, with the same ports; empty when `program` is.
  std::optional<program::Program> dialect_program = {};
  std::optional<prepare::Optimize> optimize = {};  ///< empty when no kernel could be prepared
  std::vector<prepare::Choice> choices = {};       ///< calls of prepared kernels
  std::vector<std::string> warnings = {};          ///< about the calibration data
  std::vector<PlanAlternative> alternatives = {};  ///< for the report
  std::optional<PlanOptions> plan = {};            ///< none for an ExecuTorch program: its runtime runs whole layers
};

/// Errors are those of the passes, with the file filled in; Usage when options.disabled_passes cannot be left out (see
/// passes::select_passes); LimitExceeded when --ram or --flash are too small.
Result<CompiledModel> compile(const CompileOptions& options, base::ProgressListener& progress);

/// What a quantized network is compared with.
enum class Reference : std::uint8_t {
  FloatNetwork,
  OwnNumbers,  ///< of a file that is quantized already: what its integers stand for, in float arithmetic
};

/// A compilation whose results can be laid beside the float network's: the dialect's kernels, all channels.
struct ComparableModel {
  program::Program program;
  program::MemoryMap memory;
  ir::Graph float_graph;         ///< as it was quantized
  lowering::ValuePlaces places;  ///< where its values lie in the program, by name
  std::vector<std::string> warnings;
  std::optional<quantizer::Int16Choice> int16 = {};  ///< values that were chosen to be int16
  Reference reference = Reference::FloatNetwork;
  InputCodes input_codes = {};  ///< of the float graph's inputs, where samples may be codes
};

/// As compile(), without the passes that leave nothing to compare, and without limits. Unsupported, naming the node: a
/// quantized file with an operator that has no float form.
Result<ComparableModel> compile_comparable(const CompileOptions& options, base::ProgressListener& progress);

/// A compilation that ended early.
struct StoppedModel {
  std::string form;  ///< what the text is of: "graph" or "program"
  std::string text;  ///< as ir::print and program::print have it, without the data of constants
  std::vector<StageTime> stages;
};

/// Runs the passes up to and including `last_pass`. Limits are not looked at.
Result<StoppedModel> compile_until(const CompileOptions& options, const std::string& last_pass,
                                   base::ProgressListener& progress);

/// The passes that compile(), or compile_until() if there is a last one, would run: to be listed, not to be run. Those
/// of a float model where none is named.
Result<std::vector<passes::Pass>> selected_passes(const CompileOptions& options,
                                                  const std::optional<std::string>& last_pass);

/// LimitExceeded, naming what needs most, when the arena or the constants are larger than allowed.
Status check_limits(const CompiledModel& model, std::optional<std::size_t> ram_bytes,
                    std::optional<std::size_t> flash_bytes);

/// Plans the arena of a program and checks the plan with the independent validator.
Result<program::MemoryMap> plan_program(const program::Program& program, const PlanOptions& options = {});

/// Bytes of all constants: what the model itself needs of the flash, without code.
std::size_t constant_bytes(const program::Program& program);

}  // namespace pudu::driver
