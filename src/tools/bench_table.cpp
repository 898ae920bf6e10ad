#include "tools/bench_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "tools/console.hpp"

namespace pudu::tools {
namespace {

using emitters::Report;
using emitters::ReportExecution;
using emitters::ReportLayer;
using emulator::InstructionClass;

constexpr std::string_view unknown = "-";
constexpr std::string_view glue_name = "(between the layers)";
constexpr std::size_t least_name_width = 24;

ReportExecution execution_of(const emulator::ExecutionCounts& counts, bool has_cycles) {
  ReportExecution execution{.loads = counts.of(InstructionClass::Load),
                            .stores = counts.of(InstructionClass::Store),
                            .multiplies = counts.of(InstructionClass::Multiply),
                            .mve = counts.of(InstructionClass::Mve),
                            .branches = counts.of(InstructionClass::Branch),
                            .others = counts.of(InstructionClass::Other),
                            .branches_taken = counts.branches_taken};
  if (has_cycles) {
    execution.cycles = counts.cycles.estimate;
    execution.cycles_low = counts.cycles.low;
    execution.cycles_high = counts.cycles.high;
  }
  return execution;
}

std::string count_text(const std::optional<std::uint64_t>& count) {
  return count ? with_thousands(*count) : std::string(unknown);
}

std::string ratio_text(const std::optional<std::uint64_t>& instructions, std::int64_t macs) {
  if (!instructions || macs <= 0) return std::string(unknown);
  return fmt::format("{:.2f}", static_cast<double>(*instructions) / static_cast<double>(macs));
}

std::optional<std::uint64_t> cycles_of(const std::optional<ReportExecution>& execution) {
  return execution ? execution->cycles : std::nullopt;
}

/// What two measurements compare: a layer, what is between the layers, or the whole model.
struct Cost {
  std::string name;
  std::optional<std::uint64_t> instructions;
  std::optional<std::uint64_t> cycles;
};

std::optional<Cost> glue_cost(const Report& report) {
  if (!report.instructions) return std::nullopt;
  std::uint64_t in_layers = 0;
  std::optional<std::uint64_t> cycles = cycles_of(report.executed);
  for (const ReportLayer& layer : report.layers) {
    if (!layer.instructions) return std::nullopt;
    in_layers += *layer.instructions;
    if (cycles) *cycles -= std::min(*cycles, cycles_of(layer.executed).value_or(0));
  }
  return Cost{std::string(glue_name), *report.instructions - std::min(*report.instructions, in_layers), cycles};
}

std::vector<Cost> costs_of(const Report& report) {
  std::vector<Cost> costs;
  for (const ReportLayer& layer : report.layers) {
    costs.push_back({layer.name, layer.instructions, cycles_of(layer.executed)});
  }
  if (std::optional<Cost> glue = glue_cost(report)) costs.push_back(std::move(*glue));
  costs.push_back({"total", report.instructions, cycles_of(report.executed)});
  return costs;
}

struct CostPair {
  std::string name;
  std::optional<Cost> now;
  std::optional<Cost> other;
};

/// Layers of `report` in their order, then those that only `other` has, then what is between the layers and the total.
std::vector<CostPair> pair_costs(const Report& report, const Report& other) {
  std::map<std::string, Cost> others;
  std::vector<std::string> other_names;
  for (Cost& cost : costs_of(other)) {
    other_names.push_back(cost.name);
    others.emplace(cost.name, std::move(cost));
  }
  std::vector<CostPair> pairs;
  for (const Cost& cost : costs_of(report)) {
    const auto same = others.find(cost.name);
    pairs.push_back({cost.name, cost, same != others.end() ? std::optional(same->second) : std::nullopt});
  }
  const auto sums = static_cast<std::ptrdiff_t>(glue_cost(report) ? 2 : 1);
  for (const std::string& name : other_names) {
    const bool is_paired =
        std::any_of(pairs.begin(), pairs.end(), [&](const CostPair& pair) { return pair.name == name; });
    if (!is_paired) pairs.insert(pairs.end() - sums, {name, std::nullopt, others.at(name)});
  }
  return pairs;
}

std::string change_text(const std::optional<std::uint64_t>& now, const std::optional<std::uint64_t>& other) {
  if (!now || !other || *other == 0) return std::string(unknown);
  return fmt::format("{:+.1f} %", 100.0 * (static_cast<double>(*now) / static_cast<double>(*other) - 1.0));
}

std::optional<std::uint64_t> field_of(const std::optional<Cost>& cost, std::optional<std::uint64_t> Cost::*field) {
  return cost ? (*cost).*field : std::nullopt;
}

std::size_t kernel_width(const Report& report) {
  std::size_t width = least_name_width;
  for (const ReportLayer& layer : report.layers) width = std::max(width, layer.kernel.size());
  return width;
}

std::size_t name_width(const Report& report) {
  std::size_t width = least_name_width;
  for (const ReportLayer& layer : report.layers) width = std::max(width, layer.name.size());
  return width;
}

}  // namespace

void add_profile(const emulator::Profile& profile, bool has_cycles, Report& report) {
  report.executed = execution_of(profile.whole(), has_cycles);
  const bool has_layers = std::any_of(profile.layers.begin(), profile.layers.end(),
                                      [](const emulator::ExecutionCounts& layer) { return layer.instructions > 0; });
  if (!has_layers || profile.layers.size() != report.layers.size()) return;
  for (std::size_t i = 0; i < report.layers.size(); ++i) {
    report.layers[i].instructions = profile.layers[i].instructions;
    report.layers[i].executed = execution_of(profile.layers[i], has_cycles);
  }
}

std::string layer_cost_table(const Report& report) {
  const std::optional<Cost> glue = glue_cost(report);
  if (!glue) return {};
  const std::size_t width = name_width(report);
  const std::size_t kernels = kernel_width(report);
  const auto share = [&report](std::uint64_t part) {
    return *report.instructions == 0 ? 0.0
                                     : 100.0 * static_cast<double>(part) / static_cast<double>(*report.instructions);
  };
  std::string text = fmt::format("  {:<{}} {:<{}} {:>13} {:>13} {:>8} {:>13} {:>7}\n", "layer", width, "kernel",
                                 kernels, "MACs", "instructions", "per MAC", "est. cycles", "share");
  for (const ReportLayer& layer : report.layers) {
    text += fmt::format("  {:<{}} {:<{}} {:>13} {:>13} {:>8} {:>13} {:>5.1f} %\n", layer.name, width, layer.kernel,
                        kernels, with_thousands(static_cast<std::uint64_t>(layer.macs)), count_text(layer.instructions),
                        ratio_text(layer.instructions, layer.macs), count_text(cycles_of(layer.executed)),
                        share(layer.instructions.value_or(0)));
  }
  text += fmt::format("  {:<{}} {:<{}} {:>13} {:>13} {:>8} {:>13} {:>5.1f} %\n", glue->name, width, "", kernels, "",
                      count_text(glue->instructions), "", count_text(glue->cycles), share(*glue->instructions));
  return text;
}

std::string class_table(const Report& report) {
  const std::size_t width = name_width(report);
  std::string text = fmt::format("  {:<{}} {:>12} {:>12} {:>12} {:>12} {:>12} {:>12} {:>12}\n", "layer", width, "loads",
                                 "stores", "multiplies", "mve", "branches", "of these taken", "others");
  const auto add_row = [&](const std::string& name, const ReportExecution& executed) {
    text += fmt::format(
        "  {:<{}} {:>12} {:>12} {:>12} {:>12} {:>12} {:>14} {:>12}\n", name, width, with_thousands(executed.loads),
        with_thousands(executed.stores), with_thousands(executed.multiplies), with_thousands(executed.mve),
        with_thousands(executed.branches), with_thousands(executed.branches_taken), with_thousands(executed.others));
  };
  for (const ReportLayer& layer : report.layers) {
    if (layer.executed) add_row(layer.name, *layer.executed);
  }
  if (report.executed) add_row("total", *report.executed);
  return text;
}

std::string comparison_table(const Report& report, const Report& other) {
  const std::size_t width = std::max(name_width(report), name_width(other));
  std::string text = fmt::format("  {:<{}} {:>13} {:>13} {:>9} {:>13} {:>13} {:>9}\n", "layer", width, "instructions",
                                 "other", "change", "est. cycles", "other", "change");
  for (const CostPair& pair : pair_costs(report, other)) {
    const auto instructions = field_of(pair.now, &Cost::instructions);
    const auto other_instructions = field_of(pair.other, &Cost::instructions);
    const auto cycles = field_of(pair.now, &Cost::cycles);
    const auto other_cycles = field_of(pair.other, &Cost::cycles);
    text +=
        fmt::format("  {:<{}} {:>13} {:>13} {:>9} {:>13} {:>13} {:>9}\n", pair.name, width, count_text(instructions),
                    count_text(other_instructions), change_text(instructions, other_instructions), count_text(cycles),
                    count_text(other_cycles), change_text(cycles, other_cycles));
  }
  return text;
}

std::string comparison_json(const Report& report, const Report& other) {
  const auto number = [](const std::optional<std::uint64_t>& value) {
    return value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json(nullptr);
  };
  nlohmann::ordered_json layers = nlohmann::ordered_json::array();
  for (const CostPair& pair : pair_costs(report, other)) {
    layers.push_back({{"name", pair.name},
                      {"instructions", number(field_of(pair.now, &Cost::instructions))},
                      {"other_instructions", number(field_of(pair.other, &Cost::instructions))},
                      {"cycles", number(field_of(pair.now, &Cost::cycles))},
                      {"other_cycles", number(field_of(pair.other, &Cost::cycles))}});
  }
  const nlohmann::ordered_json comparison = {{"model", report.model},
                                             {"measured_on", report.measured_on.value_or("")},
                                             {"other_model", other.model},
                                             {"other_measured_on", other.measured_on.value_or("")},
                                             {"layers", std::move(layers)}};
  return comparison.dump(1, ' ', true, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace pudu::tools
