#include "tools/report_table.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "tools/console.hpp"

namespace pudu::tools {
namespace {

/// Bytes alive at each step.
std::vector<std::size_t> live_bytes(const emitters::Report& report) {
  std::vector<std::size_t> live(report.layers.size(), 0);
  for (const emitters::ReportBuffer& buffer : report.buffers) {
    for (int step = buffer.begin_step; step < buffer.end_step; ++step) {
      if (step < static_cast<int>(live.size())) live[static_cast<std::size_t>(step)] += buffer.bytes;
    }
  }
  return live;
}

}  // namespace

void print_layer_table(const emitters::Report& report) {
  const std::vector<std::size_t> live = live_bytes(report);
  const auto peak = static_cast<std::size_t>(std::max_element(live.begin(), live.end()) - live.begin());
  std::size_t kernel_width = 24;
  for (const emitters::ReportLayer& layer : report.layers) kernel_width = std::max(kernel_width, layer.kernel.size());
  fmt::print("\n  {:<32} {:<{}} {:>14} {:>10} {:>9} {:>11}\n", "layer", "kernel", kernel_width, "MACs", "weights",
             "scratch", "live bytes");
  for (std::size_t i = 0; i < report.layers.size(); ++i) {
    const emitters::ReportLayer& layer = report.layers[i];
    fmt::print("  {:<32} {:<{}} {:>14} {:>10} {:>9} {:>11}{}\n", layer.name, layer.kernel, kernel_width,
               with_thousands(static_cast<std::uint64_t>(layer.macs)), with_thousands(layer.weights_bytes),
               with_thousands(layer.scratch_bytes), with_thousands(live[i]), i == peak ? "  <- peak" : "");
  }
}

void print_report_summary(const emitters::Report& report) {
  fmt::print("{} on {} (ISA {})\n", report.model, report.cpu, report.isa);
  fmt::print("  parameters  {:>12}\n", with_thousands(static_cast<std::uint64_t>(report.parameters)));
  fmt::print("  MACs        {:>12}\n", with_thousands(static_cast<std::uint64_t>(report.macs)));
  fmt::print("  weights     {:>12} bytes of flash, code comes on top\n", with_thousands(report.weights_bytes));
  fmt::print("  arena       {:>12} bytes of RAM (lower bound {}), stack comes on top\n",
             with_thousands(report.arena_bytes), with_thousands(report.lower_bound_bytes));
  for (const std::string& transpose : report.transposes) fmt::print("  transpose   {}\n", transpose);
}

}  // namespace pudu::tools
