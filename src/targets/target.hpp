// Which CPU and instruction set a model is compiled for. cpus.def is the one list; everything here derives from it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "kernels/kernel.hpp"

namespace pudu::targets {

using kernels::Isa;

enum class Cpu : std::uint8_t {
#define PUDU_CPU(id, name, architecture, isa, fpu, flags, board) id,
#include "targets/cpus.def"
#undef PUDU_CPU
};

struct CpuInfo {
  Cpu cpu;
  std::string_view name;          ///< "cortex-m55"
  std::string_view architecture;  ///< "armv8.1-m.main"
  Isa default_isa;                ///< the largest it supports
  bool has_fpu;
  std::string_view compiler_flags;  ///< for arm-none-eabi-g++
  std::string_view board;           ///< emulated board, or empty
};

std::span<const CpuInfo> all_cpus();
const CpuInfo& info(Cpu cpu);
std::string_view to_string(Isa isa);
std::optional<Isa> parse_isa(std::string_view name);
/// The ISA whose kernels a CPU runs unless told otherwise, its largest: CMSIS-NN's own answer for the CPUs that it
/// knows, and MVE for the Cortex-M52. Every default comes from here.
Isa resolve_backend(Cpu cpu);
/// The ISAs of a CPU, smallest first.
std::vector<Isa> supported_isas(Cpu cpu);

/// Whose kernels the C++ output calls, and whose formulas size the scratch buffers.
enum class KernelLibrary : std::uint8_t { Builtin, CmsisNn };
/// "builtin", "cmsis-nn".
std::string_view to_string(KernelLibrary library);
/// Unknown name: Unsupported, listing the libraries.
Result<KernelLibrary> parse_kernel_library(std::string_view name);

/// What an artifact is made for: one CPU with one ISA, or any CPU, for which every size is the worst case of all ISAs.
struct TargetConfig {
  std::optional<Cpu> cpu = Cpu::M55;  ///< none: any CPU
  Isa isa = Isa::Mve;                 ///< an ISA of the CPU; the largest of all for any CPU
  KernelLibrary kernels = KernelLibrary::Builtin;

  /// Of a target that is_any() not.
  const CpuInfo& cpu_info() const { return info(cpu.value()); }
  bool is_any() const { return !cpu.has_value(); }
  std::string_view cpu_name() const { return is_any() ? "any" : info(*cpu).name; }
  std::string_view isa_name() const { return is_any() ? "any" : to_string(isa); }
  /// The ISAs that the artifact must run on, smallest first: one, or all for any CPU.
  std::vector<Isa> isas() const;
  friend bool operator==(const TargetConfig&, const TargetConfig&) = default;
};

/// Parses `cortex-m55`, `Cortex-M55`, `m55`, `cortexm55` or `any`, `M0+` for `cortex-m0plus`, and an optional ISA
/// override ("" = resolve_backend of the CPU, for which `any` stands with `any`). All errors are Unsupported: an
/// unknown CPU, with the nearest name as a hint; something behind the CPU, as the data type in `cortex-m55+int8`; an
/// ISA that is unknown or not of this CPU, listing those it has; an ISA beside `any`.
Result<TargetConfig> make_target(std::string_view cpu_name, std::string_view isa_name,
                                 KernelLibrary kernels = KernelLibrary::Builtin);

}  // namespace pudu::targets
