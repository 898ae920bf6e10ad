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
/// The ISAs of a CPU, smallest first.
std::vector<Isa> supported_isas(Cpu cpu);

/// Whose kernels the C++ output calls, and whose formulas size the scratch buffers.
struct TargetConfig {
  Cpu cpu = Cpu::M55;
  Isa isa = Isa::Mve;

  const CpuInfo& cpu_info() const { return info(cpu); }
  friend bool operator==(const TargetConfig&, const TargetConfig&) = default;
};

/// Parses `cortex-m55`, `Cortex-M55` or `m55`, and an optional ISA override ("" = the CPU's default).
/// Unknown CPU: Unsupported, with the nearest name as a hint. ISA not of this CPU: Unsupported, listing those it has.
Result<TargetConfig> make_target(std::string_view cpu_name, std::string_view isa_name);

}  // namespace pudu::targets
