#include "tools/report_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "driver/frontends.hpp"
#include "driver/pte_report.hpp"
#include "emitters/report/memory_timeline.hpp"
#include "targets/target.hpp"
#include "tools/console.hpp"

namespace pudu::tools {
namespace {

/// Why the arena is no smaller: what is alive at the step that needs most, the largest first.
void print_alive(const emitters::PlanView& plan, const emitters::MemoryTimeline& timeline) {
  std::vector<std::pair<std::size_t, const emitters::ReportBuffer*>> alive;
  for (std::size_t i = 0; i < plan.buffers.size(); ++i) {
    const std::size_t bytes = emitters::live_bytes_at(timeline.shapes[i], timeline.peak_step);
    if (bytes > 0) alive.emplace_back(bytes, &plan.buffers[i]);
  }
  std::stable_sort(alive.begin(), alive.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  fmt::print("\n  alive at the peak, {}\n", emitters::step_name(plan, timeline.peak_step));
  for (const auto& [bytes, buffer] : alive) {
    fmt::print("  {:>12} bytes  {:<10}  {}\n", with_thousands(bytes), buffer->kind, buffer->name);
  }
}

void print_regions(const emitters::Report& report) {
  constexpr std::size_t most_names = 3;
  for (const emitters::ReportRegion& region : report.regions) {
    const auto shown = static_cast<std::ptrdiff_t>(std::min(region.contents.size(), most_names));
    const std::string more =
        region.contents.size() > most_names ? fmt::format(" and {} more", region.contents.size() - most_names) : "";
    fmt::print("  {:<11} {:>12} of {} bytes of {} in {}: {}{}\n", region.name, with_thousands(region.bytes),
               with_thousands(region.capacity_bytes), region.kind, region.section,
               fmt::join(region.contents.begin(), region.contents.begin() + shown, ", "),
               region.contents.empty() ? "nothing" : more);
  }
}

/// What the layer calls.
const std::string& implementation_of(const emitters::ReportLayer& layer) {
  return layer.function.empty() ? layer.kernel : layer.function;
}

}  // namespace

std::string cmsis_nn_table(const emitters::Report& report) {
  if (report.kernels != targets::to_string(targets::KernelLibrary::CmsisNn)) return {};
  std::size_t on_cmsis_nn = 0;
  std::map<std::pair<std::string, std::string>, std::vector<std::string>> fallbacks;  // by reason and kernel
  for (const emitters::ReportLayer& layer : report.layers) {
    if (layer.fallback.empty()) {
      ++on_cmsis_nn;
    } else {
      fallbacks[{layer.fallback, layer.kernel}].push_back(layer.name);
    }
  }
  std::string text = fmt::format("  CMSIS-NN {:>12} of {} kernel calls", on_cmsis_nn, report.layers.size());
  for (const auto& [cause, names] : fallbacks) {
    constexpr std::size_t most_names = 4;
    const auto end = names.begin() + static_cast<std::ptrdiff_t>(std::min(names.size(), most_names));
    const std::string more = names.size() > most_names ? fmt::format(" and {} more", names.size() - most_names) : "";
    text += fmt::format("\n  built-in {:>12} {} ({}{}): {}", names.size(), cause.second,
                        fmt::join(names.begin(), end, ", "), more, cause.first);
  }
  return text;
}

std::string dead_channels_line(const emitters::Report& report) {
  const emitters::ReportDeadChannels& dead = report.dead_channels;
  if (dead.layers.empty()) return {};
  return fmt::format(
      "  dead     {:>12} channels of {} layers removed: {} multiply-accumulates, {} bytes of weights less",
      with_thousands(static_cast<std::uint64_t>(dead.channels)), dead.layers.size(),
      with_thousands(static_cast<std::uint64_t>(dead.macs)),
      with_thousands(static_cast<std::uint64_t>(std::max<std::int64_t>(dead.constant_bytes, 0))));
}

std::string lower_bound_text(const emitters::Report& report) {
  std::string bound = "lower bound " + with_thousands(report.lower_bound_bytes);
  if (report.arena_bytes <= report.lower_bound_bytes) return bound;
  const std::size_t gap = report.arena_bytes - report.lower_bound_bytes;
  return fmt::format("{}, gap {} bytes", bound, with_thousands(gap));
}

std::string call_order_line(const schedule::Reordering& reordering) {
  if (reordering.moved_calls == 0) return {};
  return fmt::format(
      "  order    {:>12} calls moved: an arena of {} instead of {} bytes, layer by layer in the dialect's kernels",
      reordering.moved_calls, with_thousands(reordering.arena_bytes), with_thousands(reordering.old_arena_bytes));
}

std::string channel_splits_lines(const std::vector<partial::ChannelSplit>& splits) {
  std::string lines;
  for (const partial::ChannelSplit& split : splits) {
    lines += fmt::format("{}  partial  {:>12} channels from {} to {} in {} parts, one after the other",
                         lines.empty() ? "" : "\n", with_thousands(static_cast<std::uint64_t>(split.channels)),
                         split.first, split.last, split.parts);
  }
  return lines;
}

std::string batch_line(const driver::CompileOptions& options, const emitters::Report& report) {
  if (options.batch || report.io.empty() || report.io.front().shape.size() < 2) return {};
  const std::int64_t batch = report.io.front().shape.front();
  if (batch <= 1 || !driver::read_model(options.model, 1)) return {};
  return fmt::format(
      "  note     a batch of {}, as the example with which the model was exported; --batch 1 is for one sample", batch);
}

void print_layer_table(const emitters::Report& report) {
  const emitters::PlanView plan = emitters::compiled_plan(report);
  const emitters::MemoryTimeline timeline = emitters::make_timeline(plan);
  const std::vector<std::size_t> live = emitters::live_bytes_by_layer(plan, timeline);
  const auto peak = static_cast<std::size_t>(std::max_element(live.begin(), live.end()) - live.begin());
  std::size_t name_width = 32, kernel_width = 24;
  for (const emitters::ReportLayer& layer : report.layers) {
    name_width = std::max(name_width, layer.name.size());
    kernel_width = std::max(kernel_width, implementation_of(layer).size());
  }
  fmt::print("\n  {:<{}} {:<{}} {:>14} {:>10} {:>9} {:>11}\n", "layer", name_width, "kernel", kernel_width, "MACs",
             "weights", "scratch", "live bytes");
  for (std::size_t i = 0; i < report.layers.size(); ++i) {
    const emitters::ReportLayer& layer = report.layers[i];
    fmt::print("  {:<{}} {:<{}} {:>14} {:>10} {:>9} {:>11}{}\n", layer.name, name_width, implementation_of(layer),
               kernel_width, with_thousands(static_cast<std::uint64_t>(layer.macs)),
               with_thousands(layer.weights_bytes), with_thousands(layer.scratch_bytes), with_thousands(live[i]),
               i == peak ? "  <- peak" : "");
  }
  if (peak < report.layers.size()) print_alive(plan, timeline);
}

void print_report_summary(const emitters::Report& report) {
  if (report.cpu == driver::not_recorded) {
    fmt::print("{} for a CPU that the file does not name (its scratch fits ISA {})\n", report.model, report.isa);
  } else {
    fmt::print("{} on {} (ISA {})\n", report.model, report.cpu, report.isa);
  }
  fmt::print("  parameters  {:>12}\n", with_thousands(static_cast<std::uint64_t>(report.parameters)));
  fmt::print("  MACs        {:>12}\n", with_thousands(static_cast<std::uint64_t>(report.macs)));
  fmt::print("  weights     {:>12} bytes of flash, code comes on top\n", with_thousands(report.weights_bytes));
  fmt::print("  arena       {:>12} bytes of RAM ({}), stack comes on top\n", with_thousands(report.arena_bytes),
             lower_bound_text(report));
  if (report.persistent_bytes > 0) {
    fmt::print("  state       {:>12} bytes of RAM beside the arena, kept from run to run\n",
               with_thousands(report.persistent_bytes));
  }
  if (report.layerwise) {
    fmt::print("  layerwise   {:>12} bytes of arena without streaming\n",
               with_thousands(report.layerwise->arena_bytes));
  }
  for (const emitters::ReportAlternative& other : report.alternatives) {
    fmt::print("  or          {:>12} bytes of arena with {}\n", with_thousands(other.arena_bytes), other.option);
  }
  print_regions(report);
  if (const std::string line = dead_channels_line(report); !line.empty()) fmt::print("{}\n", line);
  for (std::size_t i = 0; i < report.transposes.size(); ++i) {
    const std::string reason = i < report.transpose_reasons.size() ? ": " + report.transpose_reasons[i] : "";
    fmt::print("  transpose   {}{}\n", report.transposes[i], reason);
  }
}

}  // namespace pudu::tools
