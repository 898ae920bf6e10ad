// pudu analyze: what a network needs on a target, before any calibration data exist.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "driver/artifact.hpp"
#include "driver/memory_log.hpp"
#include "tools/command.hpp"
#include "tools/memory_table.hpp"

namespace pudu::tools {
namespace {

constexpr const char* description =
    "Say what a network needs: parameters, MACs, flash, arena, what limits it\n\n"
    "  pudu analyze model.pt2 --target cortex-m4\n"
    "  pudu analyze model.pt2 --target cortex-m55 --ram 256K --flash 1M     exit code 4 when it does not fit\n\n"
    "Needs no calibration data: sizes do not depend on them.\n";

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

void print_table(const emitters::Report& report) {
  const std::vector<std::size_t> live = live_bytes(report);
  const auto peak = static_cast<std::size_t>(std::max_element(live.begin(), live.end()) - live.begin());
  fmt::print("\n  {:<32} {:<24} {:>14} {:>10} {:>9} {:>11}\n", "layer", "kernel", "MACs", "weights", "scratch",
             "live bytes");
  for (std::size_t i = 0; i < report.layers.size(); ++i) {
    const emitters::ReportLayer& layer = report.layers[i];
    fmt::print("  {:<32} {:<24} {:>14} {:>10} {:>9} {:>11}{}\n", layer.name, layer.kernel,
               with_thousands(static_cast<std::uint64_t>(layer.macs)), with_thousands(layer.weights_bytes),
               with_thousands(layer.scratch_bytes), with_thousands(live[i]), i == peak ? "  <- peak" : "");
  }
}

void print_summary(const emitters::Report& report) {
  fmt::print("{} on {} (ISA {})\n", report.model, report.cpu, report.isa);
  fmt::print("  parameters  {:>12}\n", with_thousands(static_cast<std::uint64_t>(report.parameters)));
  fmt::print("  MACs        {:>12}\n", with_thousands(static_cast<std::uint64_t>(report.macs)));
  fmt::print("  weights     {:>12} bytes of flash, code comes on top\n", with_thousands(report.weights_bytes));
  fmt::print("  arena       {:>12} bytes of RAM (lower bound {}), stack comes on top\n",
             with_thousands(report.arena_bytes), with_thousands(report.lower_bound_bytes));
  for (const std::string& transpose : report.transposes) fmt::print("  transpose   {}\n", transpose);
}

/// The report with one field more.
std::string report_json(const emitters::Report& report, const driver::MemoryLog& in_arena,
                        const driver::MemoryLog& in_pool) {
  std::string text = emitters::to_json(report);
  text.erase(text.rfind("\n}"));
  return fmt::format("{},\n  \"memory\": {{\"scratch_in_arena\": {}, \"scratch_in_pool\": {}}}\n}}\n", text,
                     memory_json(in_arena), memory_json(in_pool));
}

Status run(const ModelOptions& options, const OutputOptions& output) {
  if (std::optional<Status> end = end_early("analyze", options, CalibrationPolicy::Synthetic, output)) return *end;
  PUDU_TRY_ASSIGN(driver::CompileOptions compile_options, to_compile_options(options));
  const std::optional<std::size_t> ram = std::exchange(compile_options.ram_bytes, std::nullopt);
  const std::optional<std::size_t> flash = std::exchange(compile_options.flash_bytes, std::nullopt);
  ConsoleProgress progress(output);
  PUDU_TRY_ASSIGN(const driver::CompiledModel model, driver::compile(compile_options, progress));
  const emitters::Report report = driver::report_of(model);
  const driver::MemoryLog in_arena = driver::memory_log(model.program, model.memory);
  PUDU_TRY_ASSIGN(const driver::MemoryLog in_pool, driver::memory_log_with_scratch_pool(model.program));
  if (output.json) {
    fmt::print("{}", report_json(report, in_arena, in_pool));
  } else if (!output.quiet) {
    print_summary(report);
    print_table(report);
    fmt::print("\n{}", memory_table(in_arena, in_pool));
  }
  // The table comes first: who asks whether it fits wants to see why not.
  Status fits = driver::check_limits(model, ram, flash);
  if (!fits) return std::move(fits).error().in_file(options.model);
  if (ram || flash) say(output, "\n  it fits");
  return {};
}

}  // namespace

Action add_analyze(CLI::App& app) {
  auto options = std::make_shared<ModelOptions>();
  CLI::App* command = app.add_subcommand("analyze", description);
  add_model_options(*command, *options);
  return [options](const OutputOptions& output) { return run(*options, output); };
}

}  // namespace pudu::tools
