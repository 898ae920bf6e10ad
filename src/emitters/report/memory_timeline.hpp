// A memory plan of a Report over time: what lives at each step, where the peak is, and what lies unused there. Buffers
// may share memory and may be alive in part, so bytes are counted by address, not by buffer.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "emitters/report/report.hpp"

namespace pudu::emitters {

/// One plan of a report that holds one or two. Refers to the report.
struct PlanView {
  std::size_t arena_bytes = 0;
  std::size_t lower_bound_bytes = 0;
  const std::vector<ReportStep>& steps;
  const std::vector<ReportBuffer>& buffers;
  const std::vector<ReportLayer>& layers;

  bool is_streamed() const { return !steps.empty(); }
  std::size_t count_steps() const;  ///< at least one
  /// The layer that computes at the step; none while bytes are moved or fed, or where there are no layers.
  std::optional<std::size_t> layer_at(std::size_t step) const;
};

PlanView compiled_plan(const Report& report);
/// Of a report that has one.
PlanView layerwise_plan(const Report& report);

/// Addresses [begin, end) of the arena.
struct AddressRange {
  std::size_t begin = 0;
  std::size_t end = 0;
  friend bool operator==(const AddressRange&, const AddressRange&) = default;
};

/// Steps of layers that take turns, or of one layer that runs alone.
struct StepBand {
  std::size_t begin_step = 0;
  std::size_t end_step = 0;
  std::size_t first_layer = 0;  ///< the layers [first_layer, end_layer), of a program without layers none
  std::size_t end_layer = 0;
};

struct MemoryTimeline {
  std::vector<std::size_t> live_bytes;    ///< by step; at least one step
  std::vector<std::size_t> live_buffers;  ///< by step
  std::size_t peak_step = 0;              ///< the first step with most live bytes
  std::vector<AddressRange> peak_gaps;    ///< unused at the peak step; together the fragmentation
  /// By buffer: its live bytes, in order of steps, as few rectangles as do; relative to its offset.
  std::vector<std::vector<ReportExtent>> shapes;
  std::vector<StepBand> bands;  ///< one behind the other, all steps

  std::size_t steps() const { return live_bytes.size(); }
  std::size_t peak_bytes() const { return live_bytes[peak_step]; }
  const StepBand& band_of(std::size_t step) const;
};

/// Buffers that reach beyond the steps of the plan are cut there.
MemoryTimeline make_timeline(const PlanView& plan);

/// Bytes of the buffer that are alive at the step.
std::size_t live_bytes_at(const std::vector<ReportExtent>& shape, std::size_t step);

/// By layer: most bytes alive at one of its steps.
std::vector<std::size_t> live_bytes_by_layer(const PlanView& plan, const MemoryTimeline& timeline);

/// Bytes of the arena that hold nothing at the peak.
std::size_t fragmentation_bytes(const PlanView& plan, const MemoryTimeline& timeline);

/// "features_3_expand", "features_3_expand, row 4", or "start" for a program without layers.
std::string step_name(const PlanView& plan, std::size_t step);

}  // namespace pudu::emitters
