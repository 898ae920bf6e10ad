#include "emitters/report/memory_timeline.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace pudu::emitters {
namespace {

/// Sorted, without overlaps.
std::vector<AddressRange> merge_ranges(std::vector<AddressRange> ranges) {
  std::sort(ranges.begin(), ranges.end(), [](const auto& a, const auto& b) { return a.begin < b.begin; });
  std::vector<AddressRange> merged;
  for (const AddressRange& range : ranges) {
    if (!merged.empty() && range.begin <= merged.back().end) {
      merged.back().end = std::max(merged.back().end, range.end);
    } else {
      merged.push_back(range);
    }
  }
  return merged;
}

/// Extents inside of the steps, the whole life of a buffer that has none; by their first step.
std::vector<ReportExtent> extents_of(const ReportBuffer& buffer, int steps) {
  std::vector<ReportExtent> extents = buffer.extents;
  if (extents.empty()) extents.push_back({buffer.begin_step, buffer.end_step, 0, buffer.bytes});
  for (ReportExtent& extent : extents) {
    extent.begin_step = std::clamp(extent.begin_step, 0, steps - 1);
    extent.end_step = std::clamp(extent.end_step, extent.begin_step + 1, steps);
  }
  std::sort(extents.begin(), extents.end(),
            [](const ReportExtent& a, const ReportExtent& b) { return a.begin_step < b.begin_step; });
  return extents;
}

/// Rectangles that do not overlap: cut wherever an extent begins or ends, joined again where nothing changes.
std::vector<ReportExtent> make_shape(const ReportBuffer& buffer, int steps) {
  const std::vector<ReportExtent> extents = extents_of(buffer, steps);
  std::vector<int> cuts;
  for (const ReportExtent& extent : extents) cuts.insert(cuts.end(), {extent.begin_step, extent.end_step});
  std::sort(cuts.begin(), cuts.end());
  cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());
  std::vector<ReportExtent> shape;
  std::vector<AddressRange> last_ranges;
  std::vector<ReportExtent> alive;
  std::size_t next = 0;
  for (std::size_t cut = 0; cut + 1 < cuts.size(); ++cut) {
    const int begin = cuts[cut];
    const int end = cuts[cut + 1];
    std::erase_if(alive, [&](const ReportExtent& extent) { return extent.end_step <= begin; });
    for (; next < extents.size() && extents[next].begin_step <= begin; ++next) alive.push_back(extents[next]);
    std::vector<AddressRange> ranges;
    for (const ReportExtent& extent : alive) ranges.push_back({extent.begin_byte, extent.end_byte});
    ranges = merge_ranges(std::move(ranges));
    const bool continues = !shape.empty() && shape.back().end_step == begin && ranges == last_ranges;
    if (continues) {
      for (std::size_t i = shape.size() - ranges.size(); i < shape.size(); ++i) shape[i].end_step = end;
    } else {
      for (const AddressRange& range : ranges) shape.push_back({begin, end, range.begin, range.end});
      last_ranges = std::move(ranges);
    }
  }
  return shape;
}

std::vector<AddressRange> find_gaps(const std::vector<AddressRange>& taken, std::size_t arena_bytes) {
  std::vector<AddressRange> gaps;
  std::size_t address = 0;
  for (const AddressRange& range : taken) {
    if (address < range.begin) gaps.push_back({address, std::min(range.begin, arena_bytes)});
    address = std::max(address, range.end);
  }
  if (address < arena_bytes) gaps.push_back({address, arena_bytes});
  return gaps;
}

std::vector<std::vector<AddressRange>> ranges_by_step(const PlanView& plan, MemoryTimeline& timeline) {
  std::vector<std::vector<AddressRange>> taken(timeline.steps());
  for (std::size_t i = 0; i < plan.buffers.size(); ++i) {
    std::size_t counted = 0;  // steps up to here
    for (const ReportExtent& extent : timeline.shapes[i]) {
      const std::size_t offset = plan.buffers[i].offset;
      for (auto step = static_cast<std::size_t>(extent.begin_step); step < static_cast<std::size_t>(extent.end_step);
           ++step) {
        taken[step].push_back({offset + extent.begin_byte, offset + extent.end_byte});
        if (step >= counted) ++timeline.live_buffers[step];
      }
      counted = std::max(counted, static_cast<std::size_t>(extent.end_step));
    }
  }
  return taken;
}

/// Layers whose steps interleave are one band; what lies between bands belongs to the next.
std::vector<StepBand> find_bands(const PlanView& plan) {
  struct Span {
    std::size_t begin, end, layer;
  };
  std::vector<Span> spans;
  for (std::size_t layer = 0; layer < plan.layers.size(); ++layer) spans.push_back({plan.count_steps(), 0, layer});
  for (std::size_t step = 0; step < plan.count_steps(); ++step) {
    const std::optional<std::size_t> layer = plan.layer_at(step);
    if (!layer || *layer >= spans.size()) continue;
    spans[*layer].begin = std::min(spans[*layer].begin, step);
    spans[*layer].end = step + 1;
  }
  std::erase_if(spans, [](const Span& span) { return span.end == 0; });
  std::stable_sort(spans.begin(), spans.end(), [](const Span& a, const Span& b) { return a.begin < b.begin; });
  std::vector<StepBand> bands;
  for (const Span& span : spans) {
    if (!bands.empty() && span.begin < bands.back().end_step) {
      bands.back().end_step = std::max(bands.back().end_step, span.end);
      bands.back().first_layer = std::min(bands.back().first_layer, span.layer);
      bands.back().end_layer = std::max(bands.back().end_layer, span.layer + 1);
    } else {
      bands.push_back({bands.empty() ? 0 : bands.back().end_step, span.end, span.layer, span.layer + 1});
    }
  }
  if (bands.empty()) bands.push_back({});
  bands.back().end_step = plan.count_steps();
  return bands;
}

}  // namespace

std::size_t PlanView::count_steps() const {
  return std::max<std::size_t>(1, is_streamed() ? steps.size() : layers.size());
}

std::optional<std::size_t> PlanView::layer_at(std::size_t step) const {
  if (!is_streamed()) return step < layers.size() ? std::optional(step) : std::nullopt;
  if (step >= steps.size() || !steps[step].layer || *steps[step].layer < 0) return std::nullopt;
  return static_cast<std::size_t>(*steps[step].layer);
}

PlanView compiled_plan(const Report& report) {
  return {report.arena_bytes, report.lower_bound_bytes, report.steps, report.buffers, report.layers};
}

PlanView layerwise_plan(const Report& report) {
  const ReportPlan& plan = report.layerwise.value();
  return {plan.arena_bytes, plan.lower_bound_bytes, plan.steps, plan.buffers, report.layers};
}

const StepBand& MemoryTimeline::band_of(std::size_t step) const {
  const auto behind = std::upper_bound(bands.begin(), bands.end(), step,
                                       [](std::size_t wanted, const StepBand& band) { return wanted < band.end_step; });
  return behind == bands.end() ? bands.back() : *behind;
}

MemoryTimeline make_timeline(const PlanView& plan) {
  const std::size_t steps = plan.count_steps();
  MemoryTimeline timeline;
  timeline.live_bytes.resize(steps);
  timeline.live_buffers.resize(steps);
  for (const ReportBuffer& buffer : plan.buffers)
    timeline.shapes.push_back(make_shape(buffer, static_cast<int>(steps)));
  std::vector<std::vector<AddressRange>> taken = ranges_by_step(plan, timeline);
  for (std::size_t step = 0; step < steps; ++step) {
    taken[step] = merge_ranges(std::move(taken[step]));
    for (const AddressRange& range : taken[step]) timeline.live_bytes[step] += range.end - range.begin;
  }
  const auto peak = std::max_element(timeline.live_bytes.begin(), timeline.live_bytes.end());
  timeline.peak_step = static_cast<std::size_t>(peak - timeline.live_bytes.begin());
  timeline.peak_gaps = find_gaps(taken[timeline.peak_step], plan.arena_bytes);
  timeline.bands = find_bands(plan);
  return timeline;
}

std::size_t live_bytes_at(const std::vector<ReportExtent>& shape, std::size_t step) {
  std::size_t bytes = 0;
  for (const ReportExtent& extent : shape) {
    const bool is_alive =
        static_cast<std::size_t>(extent.begin_step) <= step && step < static_cast<std::size_t>(extent.end_step);
    if (is_alive) bytes += extent.end_byte - extent.begin_byte;
  }
  return bytes;
}

std::vector<std::size_t> live_bytes_by_layer(const PlanView& plan, const MemoryTimeline& timeline) {
  std::vector<std::size_t> live(plan.layers.size());
  for (std::size_t step = 0; step < timeline.steps(); ++step) {
    const std::optional<std::size_t> layer = plan.layer_at(step);
    if (layer && *layer < live.size()) live[*layer] = std::max(live[*layer], timeline.live_bytes[step]);
  }
  return live;
}

std::size_t fragmentation_bytes(const PlanView& plan, const MemoryTimeline& timeline) {
  return plan.arena_bytes - std::min(plan.arena_bytes, timeline.peak_bytes());
}

std::string step_name(const PlanView& plan, std::size_t step) {
  const std::optional<std::size_t> layer = plan.layer_at(step);
  std::string name = layer && *layer < plan.layers.size() ? plan.layers[*layer].name : "";
  if (!plan.is_streamed() || step >= plan.steps.size()) return name.empty() ? "start" : name;
  const ReportStep& now = plan.steps[step];
  const std::string rows = now.end_row - now.begin_row == 1
                               ? fmt::format("row {}", now.begin_row)
                               : fmt::format("rows {} to {}", now.begin_row, std::int64_t{now.end_row} - 1);
  if (now.kind == "rows") return name + ", " + rows;
  if (now.kind == "slide") return fmt::format("{}: {} slide to the front", now.buffer, rows);
  if (now.kind == "feed") return fmt::format("{}: {} come from the caller", now.buffer, rows);
  return name;
}

}  // namespace pudu::emitters
