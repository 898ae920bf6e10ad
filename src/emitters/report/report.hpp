// The report of a compiled model: everything known about it in one value, and its two forms, report.json (schema in
// docs/report.md) and report.html (one file that opens offline, with the memory map as an interactive picture).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "emitters/report/validation.hpp"
#include "program/memory_map.hpp"
#include "program/program.hpp"

namespace pudu::emitters {

struct ReportPort {
  std::string name;
  std::string direction;  ///< "input" or "output"
  std::vector<std::int64_t> shape;
  std::string dtype;  ///< "int8" or "float32"
  std::optional<float> scale;
  std::optional<std::int32_t> zero_point;
};

/// Executed instructions by class, and cycles estimated from them (docs/boards.md); the sum of the classes is the
/// count.
struct ReportExecution {
  std::uint64_t loads = 0;
  std::uint64_t stores = 0;
  std::uint64_t multiplies = 0;
  std::uint64_t mve = 0;  ///< every instruction on vectors
  std::uint64_t branches = 0;
  std::uint64_t others = 0;
  std::uint64_t branches_taken = 0;
  std::optional<std::uint64_t> cycles;  ///< none for a CPU without published timings, as the two below
  std::optional<std::uint64_t> cycles_low;
  std::optional<std::uint64_t> cycles_high;

  std::uint64_t instructions() const { return loads + stores + multiplies + mve + branches + others; }
};

struct ReportLayer {
  std::string name;
  std::string op;  ///< "conv2d"; `operator` in JSON
  std::string kernel;
  std::string function;  ///< of CMSIS-NN, which computes the layer; empty: the built-in kernel does
  std::string fallback;  ///< why so, in a model for CMSIS-NN's kernels; else empty
  std::string choice;    ///< of a kernel prepared for the ISA: its variant; else empty
  std::optional<std::uint64_t> estimated_instructions;  ///< of a prepared kernel, by the model that chose it
  std::string source;                                   ///< where the user wrote it
  std::vector<std::int64_t> output_shape;               ///< physical
  std::int64_t macs = 0;
  std::size_t weights_bytes = 0;
  std::size_t scratch_bytes = 0;
  std::optional<std::uint64_t> instructions;
  std::optional<ReportExecution> executed;  ///< the same by class, once benched
  std::optional<double> sqnr_db;
};

/// Bytes [begin_byte, end_byte) of a buffer hold data during the steps [begin_step, end_step).
struct ReportExtent {
  int begin_step = 0;
  int end_step = 0;
  std::size_t begin_byte = 0;
  std::size_t end_byte = 0;
  friend bool operator==(const ReportExtent&, const ReportExtent&) = default;
};

struct ReportBuffer {
  std::string name;
  std::string kind;  ///< "input", "activation", "output", "scratch"
  std::size_t offset = 0;
  std::size_t bytes = 0;  ///< of memory: of a tensor that is held in part, of that part
  int begin_step = 0;
  int end_step = 0;
  std::optional<int> written_by = {};      ///< layer; none for an input
  std::vector<int> read_by = {};           ///< layers
  std::vector<ReportExtent> extents = {};  ///< empty: all bytes from begin_step to end_step
};

/// What runs at one step of a streamed plan. Without a list of steps, layer i runs at step i.
struct ReportStep {
  std::string kind;  ///< "whole", "rows", "slide" or "feed"
  std::optional<int> layer = {};
  std::string buffer = {};  ///< of slide and feed
  int begin_row = 0;        ///< rows [begin_row, end_row) of rows, slide and feed
  int end_row = 0;
};

/// A memory plan of the same program.
struct ReportPlan {
  std::size_t arena_bytes = 0;
  std::size_t lower_bound_bytes = 0;
  std::string plan_strategy;
  std::vector<ReportStep> steps;
  std::vector<ReportBuffer> buffers;
};

/// What another choice of options needs, measured by planning it.
struct ReportAlternative {
  std::string option;  ///< as it is given on the command line
  std::size_t arena_bytes = 0;
};

/// What planning by rows has done, in units that are the same on every machine (schedule/planning_work.hpp).
struct ReportPlanning {
  std::int64_t traced_steps = 0;
  std::int64_t packed_arenas = 0;
  std::int64_t packing_work = 0;
};

struct ReportStage {
  std::string name;
  double seconds = 0;
  std::size_t peak_memory_bytes = 0;
};

/// What a model for any CPU would need if it were compiled for one ISA only.
struct ReportIsaCost {
  std::string isa;
  std::size_t arena_bytes = 0;
  std::size_t scratch_bytes = 0;  ///< the largest of one layer
};

/// An operator that stays float32, and why.
struct ReportFloatPart {
  std::string name;
  std::string op;
  std::string reason;
  std::int64_t macs = 0;
  std::size_t weights_bytes = 0;
};

/// Output channels of one layer that are gone, because no output of the model depends on them.
struct ReportDeadLayer {
  std::string layer;
  std::int64_t removed = 0;
  std::int64_t of = 0;
};

/// What the pass remove_dead_channels has removed; the figures of layers and buffers are those without it.
struct ReportDeadChannels {
  std::int64_t channels = 0;
  std::int64_t macs = 0;
  std::int64_t constant_bytes = 0;
  std::int64_t activation_bytes = 0;  ///< sum over buffers, which share memory
  std::vector<ReportDeadLayer> layers;
};

/// A memory that the user has named, and what lies in it.
struct ReportRegion {
  std::string name;
  std::string kind;  ///< "ram" or "flash"
  std::string section;
  std::size_t capacity_bytes = 0;
  std::size_t bytes = 0;              ///< in use
  std::size_t begin = 0;              ///< of RAM: its first offset in the arena
  std::vector<std::string> contents;  ///< names of buffers or constants, the largest first
};

/// Values of 16 bits among those of 8; figures where they were chosen by measurement.
struct ReportInt16 {
  std::vector<std::string> values;              ///< nodes and inputs, as --int16 takes them
  std::optional<double> sqnr_db, int8_sqnr_db;  ///< of the outputs with them, and without
  std::optional<std::size_t> held_out_samples;  ///< calibration samples that these were measured on
};

struct Report {
  std::string pudu_version;
  int kernel_abi_version = 0;
  std::string model;  ///< name of the model's file
  std::string cpu;
  std::string isa;
  std::string kernels = "builtin";
  std::string optimize;  ///< "balanced", "speed" or "size"; empty: kernels of the target are not prepared
  std::vector<ReportPort> io;
  std::size_t arena_bytes = 0;
  std::size_t lower_bound_bytes = 0;
  std::size_t persistent_bytes = 0;
  std::size_t weights_bytes = 0;
  std::vector<ReportIsaCost> exact_targets;  ///< of a model for any CPU; else empty
  std::optional<std::string> measured_on;    ///< the CPU that the next three fields were measured on
  std::optional<std::size_t> code_bytes;     ///< known once built
  std::optional<std::size_t> stack_bytes;    ///< known once run
  std::int64_t macs = 0;
  std::int64_t parameters = 0;  ///< elements of weights and biases
  ReportDeadChannels dead_channels;
  std::vector<std::string> float_operators;
  std::vector<ReportFloatPart> float_parts;    ///< of float islands; those that lower to no call of their own, too
  std::optional<ReportInt16> int16;            ///< none: all values are int8
  std::vector<std::string> transposes;         ///< names of the transpose calls that remain
  std::vector<std::string> transpose_reasons;  ///< why each of them does
  std::optional<std::uint64_t> instructions;   ///< per inference, once benched
  std::optional<ReportExecution> executed;     ///< the same by class
  std::vector<ReportLayer> layers;
  std::vector<ReportStep> steps;  ///< empty: layer by layer
  std::vector<ReportBuffer> buffers;
  std::optional<ReportPlan> layerwise;          ///< of a streamed model: the plan without streaming, to compare with
  std::vector<ReportAlternative> alternatives;  ///< what was measured beside the plan
  std::vector<ReportRegion> regions;            ///< of a model that is divided among several memories
  std::optional<ReportValidation> validation;   ///< known after `pudu validate --report`
  ReportPlanning planning;
  std::vector<ReportStage> stages;
  std::string plan_strategy;
};

/// What a buffer takes in the arena when it is held in part, and which of these bytes are alive when.
struct BufferExtents {
  std::size_t bytes = 0;
  std::vector<program::LiveExtent> extents;
};

/// Everything that program and memory map tell; the rest is for the caller to fill in. Extents by BufferId, or none
/// where all buffers are whole all their lives.
Report make_report(const program::Program& program, const program::MemoryMap& memory,
                   const std::vector<BufferExtents>& extents = {});

/// Another plan of the same program, for Report::layerwise.
ReportPlan describe_plan(const program::Program& program, const program::MemoryMap& memory,
                         const std::vector<BufferExtents>& extents = {});

/// Weights and biases of int8 calls in the dialect's layout, each once. Kernels prepared for one core hold them in
/// forms that cannot be counted: ask before `prepare`.
std::int64_t count_parameters(const program::Program& program);

std::string to_json(const Report& report);
/// The inverse of to_json, so that measurements can be added to a report later. InvalidInput for anything else.
Result<Report> report_from_json(std::string_view json);
std::string to_html(const Report& report);

}  // namespace pudu::emitters
