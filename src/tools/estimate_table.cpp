#include "tools/estimate_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "tools/console.hpp"

namespace pudu::tools {
namespace {

using driver::LayerEstimate;
using driver::TargetEstimate;
using Json = nlohmann::ordered_json;

std::uint64_t whole(double number) {
  return static_cast<std::uint64_t>(std::llround(number));
}

std::string text_of(double number) {
  return with_thousands(whole(number));
}

std::size_t guessed_layers(const TargetEstimate& estimate) {
  return static_cast<std::size_t>(std::count_if(estimate.layers.begin(), estimate.layers.end(),
                                                [](const LayerEstimate& layer) { return layer.is_guess; }));
}

Json json_of(const std::optional<double>& number) {
  return number ? Json(whole(*number)) : Json();
}

std::string layers_table(const TargetEstimate& estimate) {
  std::size_t width = 5, kernels = 6;
  for (const LayerEstimate& layer : estimate.layers) {
    width = std::max(width, layer.name.size());
    kernels = std::max(kernels, layer.kernel.size());
  }
  std::string text = fmt::format("\n  {} ({})\n  {:<{}}  {:<{}} {:>12} {:>14} {:>14}\n", estimate.cpu, estimate.isa,
                                 "layer", width, "kernel", kernels, "MACs", "instructions", "cycles");
  for (const LayerEstimate& layer : estimate.layers) {
    text += fmt::format("  {:<{}}  {:<{}} {:>12} {:>14} {:>14}{}\n", layer.name, width, layer.kernel, kernels,
                        with_thousands(static_cast<std::uint64_t>(layer.macs)), text_of(layer.instructions),
                        layer.cycles ? text_of(*layer.cycles) : "-", layer.is_guess ? " guessed" : "");
  }
  return text;
}

}  // namespace

Result<std::vector<TargetEstimate>> estimate_model(const ModelOptions& options, const std::vector<std::string>& targets,
                                                   base::ProgressListener& progress) {
  if (targets.empty()) {
    return usage_error({.where = "--target", .found = "no target", .allowed = "one CPU or several"});
  }
  std::vector<targets::TargetConfig> configs;
  driver::CompileOptions compile_options;
  for (const std::string& target : targets) {
    ModelOptions of_target = options;
    of_target.target = target;
    PUDU_TRY_ASSIGN(compile_options, to_compile_options(of_target));
    configs.push_back(compile_options.target);
  }
  return driver::estimate(compile_options, configs, progress);
}

std::string estimates_table(const std::vector<TargetEstimate>& estimates, bool with_layers) {
  std::string text = fmt::format("  {:<16} {:<7} {:>12} {:>12} {:>14} {:>14} {:>14} {:>9}\n", "target", "ISA", "RAM",
                                 "flash", "MACs", "instructions", "cycles", "host");
  std::size_t guessed = 0;
  for (const TargetEstimate& estimate : estimates) {
    text += fmt::format("  {:<16} {:<7} {:>12} {:>12} {:>14} {:>14} {:>14} {:>6.0f} ms{}\n", estimate.cpu, estimate.isa,
                        with_thousands(estimate.ram_bytes()), text_of(estimate.flash_bytes()),
                        with_thousands(static_cast<std::uint64_t>(estimate.macs)), text_of(estimate.instructions),
                        estimate.cycles ? text_of(*estimate.cycles) : "-", estimate.seconds * 1e3,
                        estimate.is_streamed ? "  by rows" : "");
    guessed += guessed_layers(estimate);
  }
  if (guessed > 0)
    text += fmt::format("  {} layer(s) run kernels that were never measured: --verbose shows them\n", guessed);
  if (with_layers) {
    for (const TargetEstimate& estimate : estimates) text += layers_table(estimate);
  }
  return text;
}

std::string estimates_json(const std::vector<TargetEstimate>& estimates) {
  Json list = Json::array();
  for (const TargetEstimate& estimate : estimates) {
    Json layers = Json::array();
    for (const LayerEstimate& layer : estimate.layers) {
      layers.push_back({{"name", layer.name},
                        {"kernel", layer.kernel},
                        {"macs", layer.macs},
                        {"instructions", whole(layer.instructions)},
                        {"cycles", json_of(layer.cycles)},
                        {"is_guess", layer.is_guess}});
    }
    list.push_back({{"target", estimate.cpu},
                    {"isa", estimate.isa},
                    {"ram_bytes", estimate.ram_bytes()},
                    {"arena_bytes", estimate.arena_bytes},
                    {"streamed", estimate.is_streamed},
                    {"state_bytes", estimate.state_bytes},
                    {"flash_bytes", whole(estimate.flash_bytes())},
                    {"constants_bytes", estimate.constants_bytes},
                    {"code_bytes", whole(estimate.code_bytes)},
                    {"macs", estimate.macs},
                    {"instructions", whole(estimate.instructions)},
                    {"cycles", json_of(estimate.cycles)},
                    {"guessed_layers", guessed_layers(estimate)},
                    {"seconds", std::round(estimate.seconds * 1e6) / 1e6},
                    {"layers", layers}});
  }
  return list.dump(1, ' ', true, Json::error_handler_t::replace) + "\n";
}

}  // namespace pudu::tools
