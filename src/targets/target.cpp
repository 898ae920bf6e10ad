#include "targets/target.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <numeric>

namespace pudu::targets {
namespace {

constexpr std::array cpu_table = {
#define PUDU_CPU(id, name, architecture, isa, fpu, flags, board) \
  CpuInfo{Cpu::id, name, architecture, Isa::isa, fpu, flags, board},
#include "targets/cpus.def"
#undef PUDU_CPU
};

constexpr std::array<std::string_view, 3> isa_names = {"scalar", "dsp", "mve"};
constexpr std::array<std::string_view, 2> library_names = {"builtin", "cmsis-nn"};
constexpr std::string_view any_name = "any";

/// "Cortex-M55", "m55" -> "cortex-m55".
std::string canonical_cpu_name(std::string_view name) {
  std::string lower(name);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
  return lower.starts_with("cortex-") ? lower : "cortex-" + lower;
}

/// Levenshtein distance, for did-you-mean hints.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substitution = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substitution});
    }
  }
  return row.back();
}

template <class Range, class Name>
std::string join_names(const Range& range, Name name) {
  std::string text;
  for (const auto& item : range) {
    if (!text.empty()) text += ", ";
    text += name(item);
  }
  return text;
}

Error unknown_cpu(std::string_view name) {
  const std::string canonical = canonical_cpu_name(name);
  const auto nearest = std::min_element(cpu_table.begin(), cpu_table.end(), [&](const CpuInfo& a, const CpuInfo& b) {
    return edit_distance(canonical, a.name) < edit_distance(canonical, b.name);
  });
  std::string hint;
  if (edit_distance(canonical, nearest->name) <= 2) hint = "did you mean '" + std::string(nearest->name) + "'?";
  return unsupported(
      {.where = "--target",
       .found = "unknown CPU '" + std::string(name) + "'",
       .allowed = "supported: " + join_names(cpu_table, [](const CpuInfo& cpu) { return cpu.name; }) + ", any",
       .hint = hint});
}

}  // namespace

std::span<const CpuInfo> all_cpus() {
  return cpu_table;
}

const CpuInfo& info(Cpu cpu) {
  return cpu_table[static_cast<std::size_t>(cpu)];
}

std::string_view to_string(Isa isa) {
  return isa_names[static_cast<std::size_t>(isa)];
}

std::optional<Isa> parse_isa(std::string_view name) {
  const auto found = std::find(isa_names.begin(), isa_names.end(), name);
  if (found == isa_names.end()) return std::nullopt;
  return static_cast<Isa>(found - isa_names.begin());
}

std::vector<Isa> supported_isas(Cpu cpu) {
  std::vector<Isa> isas;
  for (int isa = 0; isa <= static_cast<int>(info(cpu).default_isa); ++isa) isas.push_back(static_cast<Isa>(isa));
  return isas;
}

std::string_view to_string(KernelLibrary library) {
  return library_names[static_cast<std::size_t>(library)];
}

Result<KernelLibrary> parse_kernel_library(std::string_view name) {
  const auto found = std::find(library_names.begin(), library_names.end(), name);
  if (found != library_names.end()) return static_cast<KernelLibrary>(found - library_names.begin());
  return unsupported(
      {.where = "--kernels",
       .found = "unknown kernel library '" + std::string(name) + "'",
       .allowed = "supported: " + join_names(library_names, [](std::string_view known) { return known; })});
}

std::vector<Isa> TargetConfig::isas() const {
  if (is_any()) return {Isa::Scalar, Isa::Dsp, Isa::Mve};
  return {isa};
}

Result<TargetConfig> make_target(std::string_view cpu_name, std::string_view isa_name, KernelLibrary kernels) {
  if (cpu_name == any_name) {
    if (isa_name.empty() || isa_name == any_name) return TargetConfig{std::nullopt, Isa::Mve, kernels};
    return unsupported({.where = "--isa",
                        .found = "ISA '" + std::string(isa_name) + "' for any CPU",
                        .allowed = "--target any runs on every ISA: leave out --isa, or name the CPU"});
  }
  const std::string canonical = canonical_cpu_name(cpu_name);
  const auto cpu = std::find_if(cpu_table.begin(), cpu_table.end(),
                                [&](const CpuInfo& candidate) { return candidate.name == canonical; });
  if (cpu == cpu_table.end()) return unknown_cpu(cpu_name);

  TargetConfig target{cpu->cpu, cpu->default_isa, kernels};
  if (isa_name.empty()) return target;
  const std::optional<Isa> isa = parse_isa(isa_name);
  if (!isa || *isa > cpu->default_isa) {
    return unsupported({.where = "--isa",
                        .found = "ISA '" + std::string(isa_name) + "' is not supported by " + std::string(cpu->name),
                        .allowed = "supported: " + join_names(supported_isas(cpu->cpu),
                                                              [](Isa supported) { return to_string(supported); })});
  }
  target.isa = *isa;
  return target;
}

}  // namespace pudu::targets
