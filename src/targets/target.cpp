#include "targets/target.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "base/spelling.hpp"

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

std::string lower_case(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
  return lower;
}

/// "Cortex-M55", "m55", "cortexm55" -> "cortex-m55"; "M0+" -> "cortex-m0plus".
std::string canonical_cpu_name(std::string_view name) {
  std::string core = lower_case(name);
  if (core.starts_with("cortex")) core.erase(0, std::min(core.find_first_not_of("-_ ", 6), core.size()));
  if (core.ends_with('+')) core.replace(core.size() - 1, 1, "plus");
  return "cortex-" + core;
}

const CpuInfo* find_cpu(std::string_view name) {
  const std::string canonical = canonical_cpu_name(name);
  const auto found = std::find_if(cpu_table.begin(), cpu_table.end(),
                                  [&](const CpuInfo& candidate) { return candidate.name == canonical; });
  return found == cpu_table.end() ? nullptr : &*found;
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

/// For `cortex-m55+int8` and the like, which other tools take; nothing for a name that does not begin with a CPU.
std::optional<Error> suffix_error(std::string_view name) {
  const std::size_t plus = name.find('+', 1);
  if (plus == std::string_view::npos) return std::nullopt;
  // "m0++int8": the first plus belongs to the CPU.
  const bool is_in_name = name.substr(plus).starts_with("++");
  const CpuInfo* cpu = find_cpu(name.substr(0, is_in_name ? plus + 1 : plus));
  if (cpu == nullptr) return std::nullopt;
  const std::string suffix(name.substr(is_in_name ? plus + 1 : plus));
  return unsupported({.where = "--target",
                      .found = "'" + suffix + "' behind the CPU in '" + std::string(name) + "'",
                      .allowed = "the CPU alone, without a data type or features",
                      .hint = "write '" + std::string(cpu->name) + "'; --isa chooses a smaller ISA"});
}

Error unknown_cpu(std::string_view name) {
  if (std::optional<Error> error = suffix_error(name)) return *std::move(error);
  const std::string canonical = canonical_cpu_name(name);
  std::array<std::string_view, cpu_table.size()> names;
  std::transform(cpu_table.begin(), cpu_table.end(), names.begin(), [](const CpuInfo& cpu) { return cpu.name; });
  const std::optional<std::string_view> nearest = base::nearest_name(canonical, names, 2);
  const std::string hint = nearest ? "did you mean '" + std::string(*nearest) + "'?" : "";
  return unsupported(
      {.where = "--target",
       .found = "unknown CPU '" + std::string(name) + "'",
       .allowed = "supported: " + join_names(cpu_table, [](const CpuInfo& cpu) { return cpu.name; }) + ", any",
       .hint = hint});
}

Error unusable_isa(const CpuInfo& cpu, std::string_view name) {
  const std::string isas = join_names(supported_isas(cpu.cpu), [](Isa isa) { return to_string(isa); });
  const bool is_any = lower_case(name) == any_name;
  if (parse_isa(lower_case(name))) {
    return unsupported({.where = "--isa",
                        .found = "ISA '" + std::string(name) + "' is not supported by " + std::string(cpu.name),
                        .allowed = "supported: " + isas});
  }
  return usage_error({.where = "--isa",
                      .found = "unknown ISA '" + std::string(name) + "'",
                      .allowed = "supported by " + std::string(cpu.name) + ": " + isas,
                      .hint = is_any ? "--target any makes an artifact that runs on every ISA"
                                     : base::did_you_mean(lower_case(name), isa_names)});
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

Isa resolve_backend(Cpu cpu) {
  return info(cpu).default_isa;
}

std::vector<Isa> supported_isas(Cpu cpu) {
  std::vector<Isa> isas;
  for (int isa = 0; isa <= static_cast<int>(resolve_backend(cpu)); ++isa) isas.push_back(static_cast<Isa>(isa));
  return isas;
}

std::string_view to_string(KernelLibrary library) {
  return library_names[static_cast<std::size_t>(library)];
}

Result<KernelLibrary> parse_kernel_library(std::string_view name) {
  const auto found = std::find(library_names.begin(), library_names.end(), name);
  if (found != library_names.end()) return static_cast<KernelLibrary>(found - library_names.begin());
  return usage_error(
      {.where = "--kernels",
       .found = "unknown kernel library '" + std::string(name) + "'",
       .allowed = "supported: " + join_names(library_names, [](std::string_view known) { return known; })});
}

std::vector<Isa> TargetConfig::isas() const {
  if (is_any()) return {Isa::Scalar, Isa::Dsp, Isa::Mve};
  return {isa};
}

Result<TargetConfig> make_target(std::string_view cpu_name, std::string_view isa_name, KernelLibrary kernels) {
  if (lower_case(cpu_name) == any_name) {
    if (isa_name.empty() || lower_case(isa_name) == any_name) return TargetConfig{std::nullopt, Isa::Mve, kernels};
    return unsupported({.where = "--isa",
                        .found = "ISA '" + std::string(isa_name) + "' for any CPU",
                        .allowed = "--target any runs on every ISA: leave out --isa, or name the CPU"});
  }
  const CpuInfo* cpu = find_cpu(cpu_name);
  if (cpu == nullptr) return unknown_cpu(cpu_name);

  TargetConfig target{cpu->cpu, resolve_backend(cpu->cpu), kernels};
  if (isa_name.empty()) return target;
  const std::optional<Isa> isa = parse_isa(lower_case(isa_name));
  if (!isa || *isa > target.isa) return unusable_isa(*cpu, isa_name);
  target.isa = *isa;
  return target;
}

}  // namespace pudu::targets
